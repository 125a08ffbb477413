//===- ProgramArchive.cpp - solved components as bytes --------------------===//
//
// Values are taken apart with structured bindings: a member that is added to one of
// them and forgotten here does not compile.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/ProgramArchive.h"
#include "lib/Model/ModelDigest.h"
#include "lib/Solver/SummaryCodec.h"
#include "lib/Support/Archive.h"
#include "lib/Support/Digest.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"
#include <algorithm>
#include <set>

using namespace handrail::ir;

namespace handrail::solver {

namespace {

/// Hashes a sequence of values.
class Mixer {
public:
  template <class... T> Mixer &operator()(const T &...Values) {
    (Words.push_back(static_cast<uint64_t>(Values)), ...);
    return *this;
  }
  Mixer &text(llvm::StringRef Text) { return (*this)(llvm::xxh3_64bits(Text)); }
  llvm::StringRef bytes() const {
    return {reinterpret_cast<const char *>(Words.data()), Words.size() * sizeof(uint64_t)};
  }
  uint64_t hash() const { return llvm::xxh3_64bits(bytes()); }

private:
  llvm::SmallVector<uint64_t, 64> Words;
};

} // namespace

//===- What numbers mean ---------------------------------------------------===//

static uint64_t locHash(const SourceLoc &Loc, llvm::ArrayRef<uint64_t> Files) {
  const auto &[File, Line, Col, EndLine, EndCol, SpellFile, SpellLine, SpellCol] = Loc;
  auto NameOf = [&](uint32_t F) { return F < Files.size() ? Files[F] : 0; };
  return Mixer()(NameOf(File), Line, Col, EndLine, EndCol, NameOf(SpellFile), SpellLine, SpellCol)
      .hash();
}

/// The types it consists of stand before it.
static uint64_t typeHash(const Unit &U, const Type &T, llvm::ArrayRef<uint64_t> Before,
                         llvm::ArrayRef<uint64_t> Strings) {
  const auto &[Kind, Signed, Const, Variadic, Reference, Bits, Elem, Rec, Count, Params, Name] = T;
  Mixer M;
  M(Kind, Signed, Const, Variadic, Reference, Bits, Count, Strings[Name]);
  auto Part = [&](TypeId Id) { M(Id < Before.size() ? Before[Id] : 0); };
  Part(Elem);
  for (TypeId P : Params)
    Part(P);
  if (Kind == TypeKind::Record)
    M.text(U.Records[Rec].Usr);
  return M.hash();
}

/// Of what is no part of any one function.
static uint64_t programHash(const ProgramIndex &Index, const model::ModelSet &Models,
                            const SolverOptions &Options) {
  const auto &[MaxStates, JoinAbove, MaxCases, MaxSteps, MaxPlainStates, MaxPlainCases,
               MaxPlainSteps, MaxPlainNodes, MaxWrites, MaxKeptInTables, MaxNodes, MaxDepth,
               MaxHeap, LoopRounds, RecursionRounds, PlainRounds, MaxTargets, MaxComponent,
               MaxBound, MaxBoundDepth, MaxEvents, MaxThrown, MaxCallsThrough, FollowPointers,
               FollowFiles, Strict, Threads, WriteSummaries] = Options;
  Mixer M;
  M(MaxStates, JoinAbove, MaxCases, MaxSteps, MaxPlainStates, MaxPlainCases, MaxPlainSteps,
    MaxPlainNodes, MaxWrites, MaxKeptInTables, MaxNodes, MaxDepth, MaxHeap, LoopRounds,
    RecursionRounds, PlainRounds, MaxTargets, MaxComponent, MaxBound, MaxBoundDepth, MaxEvents,
    MaxThrown, MaxCallsThrough, FollowPointers, FollowFiles, Strict);
  M.text(model::digestOfKinds(Models)).text(Index.ToldDigest);
  // By name, for numbers change.
  std::vector<llvm::StringRef> Leading;
  for (uint32_t Name = 0; Name < Index.Names.size(); ++Name)
    if (Index.LeadingMember[Name])
      Leading.push_back(Index.Names[Name]);
  llvm::sort(Leading);
  for (llvm::StringRef Name : Leading)
    M.text(Name);
  return M.hash();
}

ProgramArchive::ProgramArchive(const ProgramIndex &Index, const CallGraph &Graph,
                               const IndirectCalls &Indirect, const Borrowing &Lent,
                               const GlobalLocks &Locks, const model::ModelSet &Models,
                               const SolverOptions &Options)
    : Index(Index), Graph(Graph), Indirect(Indirect),
      Everywhere(programHash(Index, Models, Options)) {
  for (const ProgramIndex::UnitInfo &Info : Index.Units) {
    const Unit &U = *Info.U;
    UnitHashes &H = Units.emplace_back();
    // One file may have been compiled several times.
    for (unsigned K = 0; H.Identity.empty() || UnitsByIdentity.contains(H.Identity); ++K)
      H.Identity = U.MainFile + "#" + std::to_string(K);
    UnitsByIdentity[H.Identity] = &U;
    for (const std::string &S : U.Strings)
      H.Strings.push_back(llvm::xxh3_64bits(S));
    for (const SourceFile &F : U.Files)
      H.Files.push_back(llvm::xxh3_64bits(F.Path));
    for (const SourceLoc &L : U.Locs)
      H.Locs.push_back(locHash(L, H.Files));
    for (const Type &T : U.Types)
      H.Types.push_back(typeHash(U, T, H.Types, H.Strings));
  }
  for (uint32_t K = 0; K < Index.Names.size(); ++K)
    NameIds[Index.Names[K]] = K;
  std::vector<uint64_t> ModelHashes;
  for (const model::FunctionModel &Model : Models.Functions)
    ModelHashes.push_back(llvm::xxh3_64bits(model::digestOf(Model)));
  for (ProgSym S = 0; S < Index.Symbols.size(); ++S) {
    ByIdentity[identity(S)] = S;
    Facts.push_back(symbolHash(S, Lent, ModelHashes));
  }
  std::vector<uint64_t> Whole;
  for (ProgSym S = 0; S < Facts.size(); ++S)
    Whole.push_back(tableHash(S));
  Facts = std::move(Whole);
  // Any function may come to hold such a lock, through those it calls.
  std::set<std::tuple<llvm::StringRef, llvm::StringRef, llvm::StringRef>> GivenBack;
  for (auto [Lock, By] : Locks.givenBack())
    for (ProgSym Callee : Graph.Callees[By])
      GivenBack.insert({identity(Lock), identity(By), identity(Callee)});
  Mixer M;
  M(Everywhere);
  for (const auto &[Lock, By, Callee] : GivenBack)
    M.text(Lock).text(By).text(Callee);
  Everywhere = M.hash();
}

/// What is known of a symbol, and of what constant tables lead to from there.
uint64_t ProgramArchive::tableHash(ProgSym S) const {
  std::vector<ProgSym> Reached = Index.reachableFrom(S);
  if (Reached.size() == 1)
    return Facts[S];
  Mixer M;
  for (ProgSym R : Reached)
    M(Facts[R], Graph.Hidden.contains(R));
  return M.hash();
}

ProgramArchive::UnitHashes &ProgramArchive::hashes(const Unit *U) const {
  return Units[&Index.unit(U) - Index.Units.data()];
}

uint64_t ProgramArchive::operandHash(const Operand &O, const ProgramIndex::UnitInfo &Names,
                                     const UnitHashes &H) const {
  const auto &[Kind, Id, Value] = O;
  Mixer M;
  M(Kind, Value);
  if (Kind == OperandKind::Global || Kind == OperandKind::Func)
    M(Facts.size() == Index.Symbols.size() ? Facts[Names.Symbols[Id]] : 0)
        .text(Names.U->Symbols[Id].Usr);
  else // the number of a string stands in summaries
    M(Id, Kind == OperandKind::String ? H.Strings[Id] : 0);
  return M.hash();
}

/// All that callers of \p S see of it beside its summary. Its place is no part of
/// that: else a new line would outdate the callers of all that stands below it.
uint64_t ProgramArchive::symbolHash(ProgSym S, const Borrowing &Lent,
                                    llvm::ArrayRef<uint64_t> ModelHashes) const {
  const auto &[Identity, SymUnit, Sym, Body, Models, CLibrary, ModelWins, AddressTaken, Foreign,
               Told] = Index.Symbols[S];
  const Unit &U = *SymUnit;
  const UnitHashes &H = hashes(SymUnit);
  const auto &[Usr, Name, IsFunction, Link, Ty, CLinkage, Exported, NoReturn, NoThrow, System,
               Const, Method, Virtual, Destructor, Constructor, Pure, Parent, Header, Loc,
               Attributes, Overrides, Init, Values] = *Sym;
  Mixer M;
  M(Body != nullptr, CLibrary, ModelWins, AddressTaken, Foreign, Told, IsFunction, Link,
    H.Types[Ty], CLinkage, Exported, NoReturn, NoThrow, System, Const, Method, Virtual, Destructor,
    Constructor, Pure, H.Strings[Header], operandHash(Init, Index.unit(SymUnit), H));
  M.text(identity(S)).text(U.str(Name)).text(Parent == None ? "" : U.Records[Parent].Usr);
  for (uint32_t Model : Models)
    M(ModelHashes[Model]);
  for (const std::string &A : Attributes)
    M.text(A);
  for (SymbolId O : Overrides)
    M.text(U.Symbols[O].Usr);
  for (const auto &[Steps, Value] : Values) {
    M(Steps.size(), operandHash(Value, Index.unit(SymUnit), H));
    for (const auto &[Field, Element] : Steps)
      M(H.Strings[Field], Element);
  }
  if (!Body && IsFunction)
    for (unsigned Arg = 0; Arg < 16; ++Arg)
      M(Lent.borrows(S, Arg));
  return M.hash();
}

std::string ProgramArchive::bodyDigest(ProgSym S) const {
  const ProgramIndex::UnitInfo &Names = Index.unit(Index.Symbols[S].U);
  const UnitHashes &H = hashes(Names.U);
  const auto &[Sym, NumParams, NumTemps, Loc, EndLoc, Locals, Closures, Rewrites, Blocks] =
      *Index.Symbols[S].Body;
  Mixer M;
  M(Everywhere, Names.U->CPlusPlus, Graph.Recursive[S], Facts[S], NumParams, NumTemps, H.Locs[Loc],
    H.Locs[EndLoc]);
  M.text(H.Identity);
  auto AddOperand = [&](const Operand &O) { M(operandHash(O, Names, H)); };
  for (const auto &[Name, Ty, At, Param] : Locals)
    M(H.Strings[Name], H.Types[Ty], H.Locs[At], Param);
  for (const auto &[Callee, Captures, At] : Closures) {
    M(Callee == None ? 0 : Facts[Names.Symbols[Callee]], H.Locs[At], Captures.size());
    for (const auto &[Kind, Implicit, Name, Value, Ty, Place] : Captures) {
      M(Kind, Implicit, H.Strings[Name], H.Types[Ty], H.Locs[Place]);
      AddOperand(Value);
    }
  }
  for (const auto &[Ops, Term] : Blocks) {
    M(Ops.size());
    for (const Op &O : Ops) {
      const auto &[Kind, Flags, Ty, Result, Aux, At, Operands] = O;
      bool Named = Kind == OpKind::Field || Kind == OpKind::Container;
      bool Direct = Kind == OpKind::Call && !(Flags & OF_Indirect);
      M(Kind, Flags, H.Types[Ty], Result, H.Locs[At], Operands.size(),
        Named    ? H.Strings[Aux]
        : Direct ? Facts[Names.Symbols[Aux]]
                 : Aux);
      for (const Operand &V : Operands)
        AddOperand(V);
      if (const CallTargets *Targets = Indirect.at(O)) {
        const auto &[Functions, Open] = *Targets;
        M(Open, Functions.size());
        for (ProgSym Target : Functions)
          M(Facts[Target]);
      }
    }
    const auto &[Kind, At, Value, Succs, Cases, Thrown, Catches] = Term;
    M(Kind, H.Locs[At], Succs.size(), Cases.size(), Thrown.size(), Catches.size());
    for (const auto *Classes : {&Thrown, &Catches})
      for (StringId Class : *Classes)
        M(H.Strings[Class]);
    AddOperand(Value);
    for (BlockId Succ : Succs)
      M(Succ);
    for (const auto &[Lo, Hi, Target] : Cases)
      M(Lo, Hi, Target);
  }
  return digestOf(M.bytes());
}

/// The location of \p U with that hash; 0 when there is none.
LocId ProgramArchive::findLoc(const Unit *U, uint64_t Hash) const {
  UnitHashes &H = hashes(U);
  std::call_once(H.Indexed, [&] {
    for (LocId K = 0; K < H.Locs.size(); ++K)
      H.LocIds.try_emplace(H.Locs[K] >> 1, K); // DenseMap keeps the highest keys for itself
  });
  auto It = H.LocIds.find(Hash >> 1);
  return It == H.LocIds.end() ? None : It->second;
}

//===- Components as bytes -------------------------------------------------===//

/// Names things of the program so that another run finds them again.
class ProgramArchive::Names {
public:
  explicit Names(const ProgramArchive &P) : P(P) {}

  template <class A, class T> void symbol(A &Ar, T &Id) {
    named(Ar, Id, [&](ProgSym S) { return P.identity(S); }, P.ByIdentity);
  }

  template <class A, class T> void name(A &Ar, T &Id) {
    named(Ar, Id, [&](uint32_t N) { return llvm::StringRef(P.Index.Names[N]); }, P.NameIds);
  }

  /// The digest of all that a component depends on says that the numbers are the same.
  template <class A, class T> void kind(A &Ar, T &Id) { Ar.number(Id); }

  template <class A, class U, class L> void place(A &Ar, U &Unit, L &Loc) {
    // Most places lie in the unit of the one before.
    bool Same = Unit == Last;
    Ar.number(Same);
    if constexpr (A::Reading) {
      if (!Same) {
        auto It = P.UnitsByIdentity.find(Ar.view());
        Last = It == P.UnitsByIdentity.end() ? nullptr : It->second;
      }
      Unit = Last;
      uint64_t Hash = 0;
      Ar.number(Hash);
      Loc = Unit ? P.findLoc(Unit, Hash) : 0;
      if (Loc == None)
        Ar.spoil();
    } else {
      if (!Same)
        Ar.text(Unit ? llvm::StringRef(P.hashes(Unit).Identity) : "");
      Last = Unit;
      Ar.number(Unit ? P.hashes(Unit).Locs[Loc] : 0);
    }
  }

private:
  /// A number that a table of names explains.
  template <class A, class T, class NameOf, class Ids>
  void named(A &Ar, T &Id, NameOf Name, const Ids &IdOf) {
    if constexpr (A::Reading) {
      auto It = IdOf.find(Ar.view());
      if (It == IdOf.end())
        Ar.spoil();
      else
        Id = It->second;
    } else {
      Ar.text(Name(Id));
    }
  }

  const ProgramArchive &P;
  const Unit *Last = nullptr;
};

/// In every function, T is const when the archive writes.
template <class A> class ProgramArchive::Codec {
public:
  Codec(A &Ar, const ProgramArchive &P) : Ar(Ar), In(P), Inner(Ar, In) {}

  template <class T> void summary(T &S) { Inner.summary(S); }

  /// In \p U, of the body \p F.
  template <class T> void violation(T &V) {
    auto &[Kind, Loss, U, F, Loc, Handle, Variable, Acquirer, Releaser, Sure, Path] = V;
    Ar.number(Kind);
    Ar.number(Loss);
    Ar.number(Handle);
    Ar.number(Sure);
    In.place(Ar, U, Loc);
    Ar.text(Variable);
    Ar.text(Acquirer);
    Ar.text(Releaser);
    Ar.list(Path, [&](auto &E) { Inner.event(E); });
  }

  template <class T> void kept(T &K) {
    auto &[Callee, U, Acquired, Passed] = K;
    Ar.text(Callee);
    In.place(Ar, U, Acquired);
    In.place(Ar, U, Passed);
  }

private:
  A &Ar;
  Names In;
  SummaryCodec<A, Names> Inner;
};

template <class A, class T> static void transferStats(A &Ar, T &Stats) {
  Stats.forEach([&](auto &Count) { Ar.number(Count); });
}

std::string ProgramArchive::summaryDigest(const Summary &Sum,
                                          std::vector<ProgSym> &Callable) const {
  ArchiveWriter Out;
  Codec<ArchiveWriter>(Out, *this).summary(Sum);
  Digest Result;
  Result.add(Out.Bytes);
  for (const SumNode &N : Sum.Nodes)
    if (N.Kind == ValueKind::GlobalAddr || N.Kind == ValueKind::FuncAddr) {
      Result.add(Facts[N.A]);
      bool Table = N.Kind == ValueKind::GlobalAddr;
      for (ProgSym S : Index.reachableFrom(N.A))
        if (Index.Symbols[S].Body && !(Table && Graph.Hidden.contains(S)))
          Callable.push_back(S);
    }
  return Result.hex();
}

std::string ProgramArchive::write(const SolvedComponent &C) const {
  ArchiveWriter Out;
  Codec<ArchiveWriter> Names(Out, *this);
  for (const Summary &S : C.Summaries)
    Names.summary(S);
  for (const std::vector<Violation> &Found : C.Violations)
    Out.list(Found, [&](const Violation &V) { Names.violation(V); });
  for (const std::vector<KeptHandle> &Taken : C.Kept)
    Out.list(Taken, [&](const KeptHandle &K) { Names.kept(K); });
  transferStats(Out, C.Stats);
  return std::move(Out.Bytes);
}

bool ProgramArchive::read(llvm::StringRef Bytes, llvm::ArrayRef<ProgSym> Members,
                          SolvedComponent &C) const {
  ArchiveReader In(Bytes);
  Codec<ArchiveReader> Names(In, *this);
  C.Summaries.resize(Members.size());
  C.Violations.resize(Members.size());
  C.Kept.resize(Members.size());
  for (Summary &S : C.Summaries)
    Names.summary(S);
  for (size_t M = 0; M < Members.size(); ++M)
    In.list(C.Violations[M], [&](Violation &V) {
      Names.violation(V);
      V.F = Index.Symbols[Members[M]].Body;
    });
  for (std::vector<KeptHandle> &Taken : C.Kept)
    In.list(Taken, [&](KeptHandle &K) { Names.kept(K); });
  transferStats(In, C.Stats);
  return In.complete();
}

} // namespace handrail::solver
