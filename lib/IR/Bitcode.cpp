//===- Bitcode.cpp - Handle IR in binary -----------------------*- C++ -*-===//
//
// One description of the format serves both directions: each `transfer` names the
// members of a value in order, and an archive either writes or reads them. The
// numbers are chosen so that the usual case takes one byte: an operation mostly
// has the next location, defines the next temporary and uses the last one.
//
// A reader never fails in the middle. It turns sticky-bad, hands out zeros and
// empty tables from then on, and the one check at the end sees it; `verify` then
// looks at every index.
//
//===----------------------------------------------------------------------===//

#include "lib/IR/Bitcode.h"
#include "lib/IR/OpInfo.h"
#include "lib/IR/Verify.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/SHA256.h"
#include <cstring>

namespace handrail::ir {

namespace {
constexpr char Magic[4] = {'H', 'R', 'I', 'R'};
constexpr size_t VersionAt = 4, SizeAt = 8, HashAt = 16, HeaderSize = BitcodeHeaderSize;

uint64_t zigzag(int64_t V) { return (uint64_t(V) << 1) ^ uint64_t(V >> 63); }
int64_t unzigzag(uint64_t V) { return int64_t(V >> 1) ^ -int64_t(V & 1); }

class Writer {
public:
  static constexpr bool Reading = false;
  explicit Writer(llvm::SmallVectorImpl<char> &Out) : Out(Out) {}

  void byte(uint8_t V) { Out.push_back(char(V)); }
  void number(uint64_t V) {
    while (V >= 0x80) {
      byte(uint8_t(V) | 0x80);
      V >>= 7;
    }
    byte(uint8_t(V));
  }
  void u16(uint16_t V) { number(V); }
  void u32(uint32_t V) { number(V); }
  void u64(uint64_t V) { number(V); }
  void i64(int64_t V) { number(zigzag(V)); }
  /// An index that may be None.
  void optional(uint32_t V) { number(uint32_t(V + 1)); }
  /// \p V is mostly near \p Expected.
  void near(uint32_t V, uint32_t Expected) { i64(int64_t(V) - int64_t(Expected)); }
  template <class E> void kind(E V, E) { byte(uint8_t(V)); }
  void string(const std::string &S) {
    number(S.size());
    Out.append(S.begin(), S.end());
  }
  template <class... B> void flags(B... Bits) {
    uint32_t Word = 0, I = 0;
    ((Word |= uint32_t(Bits) << I++), ...);
    number(Word);
  }
  /// The first \p Implied entries are in every unit and are not written.
  template <class C, class Fn> void list(const C &Items, Fn Each, size_t Implied = 0) {
    number(Items.size() - Implied);
    for (size_t I = Implied; I < Items.size(); ++I)
      Each(Items[I]);
  }
  void strings(const std::vector<std::string> &Items) {
    list(Items, [&](const std::string &S) { number(S.size()); }, 1);
    for (const std::string &S : Items)
      Out.append(S.begin(), S.end());
  }

private:
  llvm::SmallVectorImpl<char> &Out;
};

class Reader {
public:
  static constexpr bool Reading = true;
  explicit Reader(llvm::StringRef In) : P(In.bytes_begin()), End(In.bytes_end()) {}

  bool complete() const { return !Bad && P == End; }

  uint8_t byte() {
    if (P == End)
      return spoil();
    return *P++;
  }
  uint64_t number() {
    if (P != End && *P < 0x80)
      return *P++;
    uint64_t V = 0;
    for (unsigned Shift = 0; Shift < 64; Shift += 7) {
      uint8_t B = byte();
      V |= uint64_t(B & 0x7f) << Shift;
      if (B < 0x80)
        return V;
    }
    return spoil();
  }
  void u16(uint16_t &V) { V = uint16_t(below(uint64_t(UINT16_MAX) + 1)); }
  void u32(uint32_t &V) { V = uint32_t(below(uint64_t(UINT32_MAX) + 1)); }
  void u64(uint64_t &V) { V = number(); }
  void i64(int64_t &V) { V = unzigzag(number()); }
  void optional(uint32_t &V) {
    u32(V);
    V -= 1;
  }
  void near(uint32_t &V, uint32_t Expected) {
    // Wraps on damage alone, and then the check below sees it.
    uint64_t Sum = uint64_t(Expected) + uint64_t(unzigzag(number()));
    V = Sum <= UINT32_MAX ? uint32_t(Sum) : spoil();
  }
  template <class E> void kind(E &V, E Last) {
    uint8_t B = byte();
    V = E(B <= uint8_t(Last) ? B : spoil());
  }
  void string(std::string &S) {
    size_t Size = count();
    S.assign(reinterpret_cast<const char *>(P), Size);
    P += Size;
  }
  template <class... B> void flags(B &...Bits) {
    uint64_t Word = below(uint64_t(1) << sizeof...(Bits));
    uint32_t I = 0;
    ((Bits = Word >> I++ & 1), ...);
  }
  template <class C, class Fn> void list(C &Items, Fn Each, size_t = 0) {
    // A count that lies costs little memory: what is not there is not built.
    size_t N = count();
    Items.reserve(Items.size() + std::min<size_t>(N, 256));
    for (; N && !Bad; --N)
      Each(Items.emplace_back());
  }
  void strings(std::vector<std::string> &Items) {
    size_t N = count();
    std::vector<size_t> Sizes;
    Sizes.reserve(N);
    while (N-- && !Bad)
      Sizes.push_back(number());
    Items.reserve(Items.size() + Sizes.size());
    for (size_t Size : Sizes) {
      if (Size > size_t(End - P)) {
        spoil();
        return;
      }
      Items.emplace_back(reinterpret_cast<const char *>(P), Size);
      P += Size;
    }
  }
  uint8_t spoil() {
    Bad = true;
    P = End;
    return 0;
  }

private:
  uint64_t below(uint64_t Limit) {
    uint64_t V = number();
    return V < Limit ? V : spoil();
  }
  /// The size of something whose parts take a byte each or more.
  size_t count() {
    uint64_t N = number();
    return N <= uint64_t(End - P) ? size_t(N) : spoil();
  }

  const uint8_t *P, *End;
  bool Bad = false;
};

/// What the coding of one operation depends on.
struct Context {
  uint32_t NextLoc = 1;  ///< one above every location so far
  uint32_t NextTemp = 0; ///< one above every result of the function so far

  void sawLoc(LocId L) { NextLoc = std::max(NextLoc, L == None ? L : L + 1); }
  void sawResult(TempId T) {
    if (T != None)
      NextTemp = std::max(NextTemp, T + 1);
  }
};

} // namespace

// In every `transfer`, T is const when the archive writes.

//===- Tables --------------------------------------------------------------===//

template <class A, class T> static void transferLocs(A &Ar, T &Locs) {
  SourceLoc Last;
  Ar.list(
      Locs,
      [&](auto &L) {
        bool SameFile = L.File == Last.File, OneLine = L.EndLine == L.Line,
             SameSpelling = L.SpellFile == L.File && L.SpellLine == L.Line && L.SpellCol == L.Col;
        Ar.flags(SameFile, OneLine, SameSpelling);
        if constexpr (A::Reading) {
          L = SourceLoc();
          L.File = Last.File;
        }
        if (!SameFile)
          Ar.u32(L.File);
        Ar.near(L.Line, Last.Line);
        Ar.u32(L.Col);
        if constexpr (A::Reading)
          L.EndLine = L.Line;
        if (!OneLine)
          Ar.near(L.EndLine, L.Line);
        Ar.near(L.EndCol, L.Col);
        if constexpr (A::Reading) {
          L.SpellFile = L.File;
          L.SpellLine = L.Line;
          L.SpellCol = L.Col;
        }
        if (!SameSpelling) {
          Ar.u32(L.SpellFile);
          Ar.near(L.SpellLine, Last.SpellLine);
          Ar.u32(L.SpellCol);
        }
        Last = L;
      },
      /*Implied=*/1);
}

template <class A, class T> static void transferType(A &Ar, T &Ty) {
  Ar.kind(Ty.Kind, TypeKind::Other);
  Ar.flags(Ty.Signed, Ty.Const, Ty.Variadic, Ty.Reference);
  Ar.u32(Ty.Name);
  switch (Ty.Kind) {
  case TypeKind::Int:
  case TypeKind::Float:
    Ar.u16(Ty.Bits);
    break;
  case TypeKind::Pointer:
    Ar.u32(Ty.Elem);
    break;
  case TypeKind::Array:
    Ar.u32(Ty.Elem);
    Ar.u64(Ty.Count);
    break;
  case TypeKind::Record:
    Ar.u32(Ty.Record);
    break;
  case TypeKind::Function:
    Ar.u32(Ty.Elem);
    Ar.list(Ty.Params, [&](auto &P) { Ar.u32(P); });
    break;
  case TypeKind::Void:
  case TypeKind::Bool:
  case TypeKind::Other:
    break;
  }
}

template <class A, class T> static void transferRecord(A &Ar, T &R) {
  Ar.string(R.Usr);
  Ar.u32(R.Name);
  Ar.flags(R.Union, R.Polymorphic, R.Trivial, R.System);
  Ar.optional(R.Destructor);
  Ar.kind(R.CopyCtor, SpecialMember::User);
  Ar.kind(R.MoveCtor, SpecialMember::User);
  Ar.kind(R.CopyAssign, SpecialMember::User);
  Ar.kind(R.MoveAssign, SpecialMember::User);
  Ar.list(R.Fields, [&](auto &F) {
    Ar.u32(F.Name);
    Ar.u32(F.Ty);
    Ar.u32(F.Loc);
  });
  Ar.list(R.Bases, [&](auto &B) { Ar.u32(B); });
  Ar.u32(R.Loc);
}

/// The kind stands in the low three bits. Temporaries count back from the newest
/// one; a number that has no room beside the kind comes as a None with a rest.
template <class A, class T> static void transferOperand(A &Ar, T &O, const Context &C) {
  constexpr uint64_t Room = uint64_t(1) << 60;
  if constexpr (A::Reading) {
    uint64_t Word = Ar.number();
    O.Kind = OperandKind(Word & 7);
    uint64_t Rest = Word >> 3;
    if (O.Kind == OperandKind::None && Rest == 1) {
      O.Kind = OperandKind::Int;
      Ar.i64(O.Value);
    } else if (O.Kind == OperandKind::Int) {
      O.Value = unzigzag(Rest);
    } else if (O.Kind == OperandKind::Temp) {
      uint64_t Index = uint64_t(C.NextTemp) + uint64_t(unzigzag(Rest));
      O.Index = Index <= UINT32_MAX ? uint32_t(Index) : Ar.spoil();
    } else {
      O.Index = Rest <= UINT32_MAX ? uint32_t(Rest) : Ar.spoil();
    }
  } else {
    uint64_t Rest = O.Index;
    if (O.Kind == OperandKind::Temp)
      Rest = zigzag(int64_t(O.Index) - int64_t(C.NextTemp));
    if (O.Kind == OperandKind::Int && zigzag(O.Value) >= Room) {
      Ar.number(uint64_t(1) << 3 | uint64_t(OperandKind::None));
      Ar.i64(O.Value);
      return;
    }
    if (O.Kind == OperandKind::Int)
      Rest = zigzag(O.Value);
    Ar.number(Rest << 3 | uint64_t(O.Kind));
  }
}

template <class A, class T> static void transferSymbol(A &Ar, T &S) {
  Ar.string(S.Usr);
  Ar.u32(S.Name);
  Ar.kind(S.Link, Linkage::Weak);
  Ar.u32(S.Ty);
  Ar.flags(S.IsFunction, S.CLinkage, S.Exported, S.NoReturn, S.NoThrow, S.System, S.Const, S.Method,
           S.Virtual, S.Destructor, S.Constructor, S.Pure);
  Ar.optional(S.Parent);
  Ar.u32(S.Header);
  Ar.u32(S.Loc);
  Ar.list(S.Attributes, [&](auto &X) { Ar.string(X); });
  Ar.list(S.Overrides, [&](auto &X) { Ar.u32(X); });
  transferOperand(Ar, S.Init, Context());
  Ar.list(S.Values, [&](auto &V) {
    Ar.list(V.Steps, [&](auto &Step) {
      Ar.u32(Step.Field);
      Ar.u32(Step.Index);
    });
    transferOperand(Ar, V.Value, Context());
  });
}

//===- Functions -----------------------------------------------------------===//

template <class A, class T> static void transferOp(A &Ar, T &O, Context &C) {
  // The first byte: kind, whether flags follow, whether the location is new.
  constexpr uint8_t HasFlags = 0x40, NewLoc = 0x80;
  static_assert(NumOpKinds <= HasFlags);
  uint8_t First = 0;
  if constexpr (A::Reading) {
    First = Ar.byte();
    uint8_t Kind = First & (HasFlags - 1);
    O.Kind = OpKind(Kind < NumOpKinds ? Kind : Ar.spoil());
    if (First & HasFlags)
      O.Flags = Ar.byte();
    O.Loc = C.NextLoc;
  } else {
    First = uint8_t(O.Kind) | (O.Flags ? HasFlags : 0) | (O.Loc == C.NextLoc ? NewLoc : 0);
    Ar.byte(First);
    if (First & HasFlags)
      Ar.byte(O.Flags);
  }
  if (!(First & NewLoc))
    Ar.near(O.Loc, C.NextLoc);
  C.sawLoc(O.Loc);
  Ar.u32(O.Ty);

  if (O.Kind == OpKind::Field || O.Kind == OpKind::Container || O.Kind == OpKind::Closure ||
      O.Kind == OpKind::Cast || (O.Kind == OpKind::Call && !(O.Flags & OF_Indirect)))
    Ar.u32(O.Aux);

  const OpInfo &Info = opInfo(O.Kind);
  if (Info.MinOperands == Info.MaxOperands) {
    if constexpr (A::Reading)
      O.Operands.resize(Info.MinOperands);
    for (auto &V : O.Operands)
      transferOperand(Ar, V, C);
  } else {
    Ar.list(O.Operands, [&](auto &V) { transferOperand(Ar, V, C); });
  }

  // After the operands, which count back from the newest temporary.
  bool HasResult = O.Result != None;
  if (Info.Result == ResultRule::Maybe)
    Ar.flags(HasResult);
  else
    HasResult = Info.Result == ResultRule::Always;
  if (HasResult)
    Ar.near(O.Result, C.NextTemp);
  C.sawResult(O.Result);
}

template <class A, class T> static void transferTerminator(A &Ar, T &Term, Context &C) {
  Ar.kind(Term.Kind, TermKind::Unreachable);
  Ar.near(Term.Loc, C.NextLoc);
  C.sawLoc(Term.Loc);
  transferOperand(Ar, Term.Value, C);
  Ar.list(Term.Succs, [&](auto &S) { Ar.u32(S); });
  if (Term.Kind == TermKind::Switch)
    Ar.list(Term.Cases, [&](auto &Case) {
      Ar.i64(Case.Lo);
      Ar.i64(Case.Hi);
      Ar.u32(Case.Target);
    });
  if (Term.Kind == TermKind::Throw)
    for (auto *Names : {&Term.Thrown, &Term.Catches})
      Ar.list(*Names, [&](auto &Name) { Ar.u32(Name); });
}

template <class A, class T> static void transferFunction(A &Ar, T &F, Context &C) {
  Ar.u32(F.Sym);
  Ar.u32(F.NumParams);
  Ar.u32(F.NumTemps);
  Ar.u32(F.Loc);
  Ar.u32(F.EndLoc);
  C.sawLoc(F.Loc);
  C.sawLoc(F.EndLoc);
  C.NextTemp = 0;
  Ar.list(F.Locals, [&](auto &L) {
    Ar.u32(L.Name);
    Ar.u32(L.Ty);
    Ar.flags(L.Param);
    Ar.near(L.Loc, C.NextLoc);
    C.sawLoc(L.Loc);
  });
  Ar.list(F.Closures, [&](auto &Closure) {
    Ar.optional(Closure.Callee);
    Ar.u32(Closure.Loc);
    Ar.list(Closure.Captures, [&](auto &L) {
      Ar.kind(L.Kind, CaptureKind::Init);
      Ar.flags(L.Implicit);
      Ar.u32(L.Name);
      transferOperand(Ar, L.Value, Context());
      Ar.u32(L.Ty);
      Ar.u32(L.Loc);
    });
  });
  Ar.list(F.Rewrites, [&](auto &R) {
    Ar.kind(R.Kind, RewriteKind::CaptureWeakly);
    Ar.u32(R.About);
    Ar.list(R.Edits, [&](auto &E) {
      Ar.u32(E.Offset);
      Ar.u32(E.Length);
      Ar.u32(E.Text);
    });
  });
  Ar.list(F.Blocks, [&](auto &B) {
    Ar.list(B.Ops, [&](auto &O) { transferOp(Ar, O, C); });
    transferTerminator(Ar, B.Term, C);
  });
}

template <class A, class T> static void transferUnit(A &Ar, T &U) {
  Ar.string(U.MainFile);
  Ar.flags(U.CPlusPlus, U.HadErrors);
  Ar.list(U.Files, [&](auto &F) {
    Ar.string(F.Path);
    Ar.flags(F.System);
  });
  Ar.strings(U.Strings);
  transferLocs(Ar, U.Locs);
  Ar.list(U.Types, [&](auto &Ty) { transferType(Ar, Ty); }, /*Implied=*/1);
  Ar.list(U.Records, [&](auto &R) { transferRecord(Ar, R); });
  Ar.list(U.Symbols, [&](auto &S) { transferSymbol(Ar, S); });
  Context C;
  Ar.list(U.Functions, [&](auto &F) { transferFunction(Ar, F, C); });
}

//===- The file ------------------------------------------------------------===//

static std::array<uint8_t, 32> hashOf(llvm::StringRef Payload) {
  return llvm::SHA256::hash(llvm::arrayRefFromStringRef(Payload));
}

void writeBitcode(const Unit &U, llvm::SmallVectorImpl<char> &Out) {
  Out.clear();
  Out.resize(HeaderSize);
  Writer W(Out);
  transferUnit(W, U);
  llvm::StringRef Payload(Out.data() + HeaderSize, Out.size() - HeaderSize);
  std::array<uint8_t, 32> Hash = hashOf(Payload);
  std::memcpy(Out.data(), Magic, sizeof(Magic));
  llvm::support::endian::write32le(Out.data() + VersionAt, BitcodeVersion);
  llvm::support::endian::write64le(Out.data() + SizeAt, Payload.size());
  std::memcpy(Out.data() + HashAt, Hash.data(), Hash.size());
}

llvm::Expected<Unit> readBitcode(llvm::MemoryBufferRef Buffer) {
  auto Fail = [&](const llvm::Twine &Why) {
    return llvm::createStringError(llvm::errc::invalid_argument,
                                   Buffer.getBufferIdentifier() + ": " + Why);
  };
  llvm::StringRef Data = Buffer.getBuffer();
  if (!Data.starts_with(llvm::StringRef(Magic, sizeof(Magic))))
    return Fail("not a unit in binary form");
  if (Data.size() < SizeAt)
    return Fail("truncated unit");
  // The version comes first: another one may have another header.
  uint32_t Version = llvm::support::endian::read32le(Data.data() + VersionAt);
  if (Version != BitcodeVersion)
    return Fail("unit of format version " + llvm::Twine(Version) + ", but version " +
                llvm::Twine(BitcodeVersion) + " is needed; capture the file again");
  if (Data.size() < HeaderSize)
    return Fail("truncated unit");
  llvm::StringRef Payload = Data.drop_front(HeaderSize);
  uint64_t Size = llvm::support::endian::read64le(Data.data() + SizeAt);
  if (Payload.size() < Size)
    return Fail("truncated unit: " + llvm::Twine(Payload.size()) + " of " + llvm::Twine(Size) +
                " bytes are there");
  if (Payload.size() > Size)
    return Fail("damaged unit: more bytes than the header says");
  std::array<uint8_t, 32> Hash = hashOf(Payload);
  if (std::memcmp(Hash.data(), Data.data() + HashAt, Hash.size()) != 0)
    return Fail("damaged unit: the checksum does not match");

  Unit U;
  Reader R(Payload);
  transferUnit(R, U);
  if (!R.complete())
    return Fail("damaged unit: the tables do not fill the payload");
  if (std::optional<Broken> B = verifyStructure(U))
    return Fail("damaged unit: " + B->What);
  return std::move(U);
}

static std::string hashIn(llvm::StringRef Header) {
  return llvm::toHex(llvm::arrayRefFromStringRef(Header.substr(HashAt, 32)), /*LowerCase=*/true);
}

std::optional<std::string> bitcodeHash(llvm::StringRef Header, uint64_t FileSize) {
  using namespace llvm::support::endian;
  if (Header.size() < HeaderSize || !Header.starts_with(llvm::StringRef(Magic, sizeof(Magic))) ||
      read32le(Header.data() + VersionAt) != BitcodeVersion ||
      read64le(Header.data() + SizeAt) + HeaderSize != FileSize)
    return std::nullopt;
  return hashIn(Header);
}

std::string contentHash(const Unit &U) {
  llvm::SmallVector<char, 0> Out;
  writeBitcode(U, Out);
  return hashIn({Out.data(), Out.size()});
}

} // namespace handrail::ir
