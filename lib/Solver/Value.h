//===- Value.h - symbolic values, interned per function ----------*- C++ -*-===//
//
// A value is an id for an expression over the function's inputs. Ids are
// hash-consed: the same expression is the same id on every path. So two states
// that read the same untouched field hold equal ids, a condition tested twice is
// one id with one fact, and a summary can be carried over to a caller by
// rebuilding its expressions over the caller's values.
//
//   Content(A, t)   what memory at address A held when it was last made unknown
//                   (token t; 0: on entry to the function)
//   OpResult(o, s)  what operation o produced in loop round s
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <limits>
#include <vector>

namespace handrail::solver {

using ValueId = uint32_t; ///< 0 is "no value"

enum class ValueKind : uint8_t {
  None,
  Const,      ///< C
  LocalAddr,  ///< A: local
  GlobalAddr, ///< A: program symbol
  FuncAddr,   ///< A: program symbol
  StringAddr, ///< A: string
  Field,      ///< A: base address, B: program field name
  Container,  ///< A: address of a member, B: its program field name; never that of a Field
  Elem,       ///< A: base address, C: constant index, never 0
  ElemAt,     ///< A: base address, B: index value
  Content,    ///< A: address, B: token
  OpResult,   ///< A: operation, B: loop round, C: which of its results
  Joined,     ///< A: block, B: loop round, C: address or temporary that differed
  Eq,         ///< A == B, with A < B
  Lt,         ///< A < B; C: 1 when unsigned
  Not,        ///< A == 0
  Plus,       ///< A + C
  Derived,    ///< computed from A and B in a way nobody follows; C: operation
  ZeroToken,  ///< token: memory reads as zero
  CopyToken   ///< token: memory reads as that at address A did under token B, itself no copy
};

inline constexpr int64_t MinInt = std::numeric_limits<int64_t>::min();
inline constexpr int64_t MaxInt = std::numeric_limits<int64_t>::max();

/// Derived with C from here on is the handle of that kind at address A.
inline constexpr uint32_t ObjectHandle = 3000;

struct ValueInfo {
  ValueKind Kind = ValueKind::None;
  bool Allocated = false; ///< the address of memory that this function made
  bool Stable = false;    ///< GlobalAddr: no code we do not see writes it
  bool NonNull = false;
  bool Input = false;      ///< depends on nothing that was made inside the function
  bool Computable = false; ///< an input, a constant, or an expression over those
  uint8_t Depth = 0;       ///< pointers that are followed from an input to get there
  uint8_t Parts = 1;       ///< operations and leaves of the expression, 255 for more
  ValueId Root = 0;        ///< the address without its steps; itself where there are none
  uint32_t Steps = 0;      ///< fields and elements between Root and here
  uint32_t A = 0, B = 0;
  int64_t C = 0;
  int64_t Lo = MinInt, Hi = MaxInt; ///< what the type allows
};

/// Interns values of one function exploration. Not thread safe; ids depend on
/// the order of creation alone, so the same exploration gives the same ids.
class ValueTable {
public:
  ValueTable();
  const ValueInfo &operator[](ValueId V) const { return Infos[V]; }

  ValueId constant(int64_t C) { return intern(ValueKind::Const, 0, 0, C, C, C); }
  ValueId localAddr(uint32_t L) { return address(ValueKind::LocalAddr, L, 0, 0); }
  ValueId globalAddr(uint32_t S) { return address(ValueKind::GlobalAddr, S, 0, 0); }
  void setStable(ValueId V) { Infos[V].Stable = true; }
  /// The local \p V is the caller's object: a parameter of record type.
  void setCallers(ValueId V) { Infos[V].Input = Infos[V].Computable = true; }
  ValueId funcAddr(uint32_t S) { return address(ValueKind::FuncAddr, S, 0, 0); }
  ValueId stringAddr(uint32_t S) { return address(ValueKind::StringAddr, S, 0, 0); }
  ValueId field(ValueId Base, uint32_t Name);
  /// The object whose member \p Name lies at \p Member.
  ValueId container(ValueId Member, uint32_t Name);
  ValueId elem(ValueId Base, int64_t Index);
  ValueId elemAt(ValueId Base, ValueId Index) { return address(ValueKind::ElemAt, Base, Index, 0); }
  ValueId content(ValueId Addr, ValueId Token, int64_t Lo = MinInt, int64_t Hi = MaxInt) {
    return intern(ValueKind::Content, Addr, Token, 0, Lo, Hi);
  }
  ValueId opResult(uint32_t Op, uint32_t Round, int64_t Which, int64_t Lo = MinInt,
                   int64_t Hi = MaxInt) {
    return intern(ValueKind::OpResult, Op, Round, Which, Lo, Hi);
  }
  ValueId joined(uint32_t Block, uint32_t Round, int64_t What, int64_t Lo, int64_t Hi) {
    return intern(ValueKind::Joined, Block, Round, What, Lo, Hi);
  }
  ValueId eq(ValueId A, ValueId B) {
    return intern(ValueKind::Eq, std::min(A, B), std::max(A, B), 0, 0, 1);
  }
  ValueId lt(ValueId A, ValueId B, bool Unsigned) {
    return intern(ValueKind::Lt, A, B, Unsigned, 0, 1);
  }
  ValueId logicalNot(ValueId A);
  ValueId plus(ValueId A, int64_t C);
  ValueId derived(ValueId A, ValueId B, uint32_t Op, int64_t Lo, int64_t Hi) {
    return intern(ValueKind::Derived, A, B, Op, Lo, Hi);
  }
  ValueId zeroToken() { return intern(ValueKind::ZeroToken, 0, 0, 0, 0, 0); }
  ValueId copyToken(ValueId From, ValueId Token) {
    return intern(ValueKind::CopyToken, From, Token, 0, 0, 0);
  }

  /// True when \p V is the handle of an object at \p Addr: a lock there, or a reference to
  /// it.
  bool isObjectAt(ValueId V, ValueId Addr) const {
    return Infos[V].Kind == ValueKind::Derived && Infos[V].C >= ObjectHandle && Infos[V].A == Addr;
  }

  /// Notes that the joined value \p J may be \p V, memory that this function made:
  /// who holds \p J holds \p V.
  static constexpr size_t MaxAlternatives = 16;
  void addAlternative(ValueId J, ValueId V);
  llvm::ArrayRef<ValueId> alternatives(ValueId J) const;

  void setAllocated(ValueId V) { Infos[V].Allocated = Infos[V].NonNull = true; }
  void setAllocatedMaybeNull(ValueId V) { Infos[V].Allocated = true; }

  /// True for the address of a part, seen from the whole that A names.
  bool isStep(ValueId V) const { return Infos[V].Steps != 0; }
  /// The address without its field and element steps.
  ValueId root(ValueId Addr) const { return Infos[Addr].Root; }
  /// What one follows pointers from to get to \p V: for an input, a parameter or a global
  /// variable.
  ValueId origin(ValueId V) const;
  /// True when \p Addr is \p Prefix or lies inside it. A part is never older than the
  /// whole, so that the ids of what lies inside begin at that of \p Prefix.
  bool within(ValueId Addr, ValueId Prefix) const {
    if (Addr <= Prefix || Infos[Addr].Root != Infos[Prefix].Root)
      return Addr == Prefix;
    for (uint32_t Steps = Infos[Prefix].Steps; Infos[Addr].Steps > Steps;)
      Addr = Infos[Addr].A;
    return Addr == Prefix;
  }
  /// \p Addr with its prefix \p From replaced by \p To.
  ValueId rebase(ValueId Addr, ValueId From, ValueId To);
  bool isConst(ValueId V) const { return Infos[V].Kind == ValueKind::Const; }
  /// Addresses of named things: pairwise different, never null.
  bool isNamedAddress(ValueId V) const {
    ValueKind K = Infos[V].Kind;
    return K >= ValueKind::LocalAddr && K <= ValueKind::StringAddr;
  }
  bool isInput(ValueId V) const { return Infos[V].Input; }
  bool isComputable(ValueId V) const { return Infos[V].Computable; }
  unsigned depth(ValueId V) const { return Infos[V].Depth; }
  /// An expression beyond this, such as a hash, decides over nothing that anybody
  /// could follow. Sharing makes some of them trees of astronomic size.
  static constexpr unsigned MaxParts = 64;
  bool isIntricate(ValueId V) const { return Infos[V].Parts > MaxParts; }
  size_t size() const { return Infos.size(); }

private:
  ValueId intern(ValueKind K, uint32_t A, uint32_t B, int64_t C, int64_t Lo, int64_t Hi);
  ValueId address(ValueKind K, uint32_t A, uint32_t B, int64_t C);
  void describe(ValueInfo &I) const;

  struct Key {
    uint32_t Kind, A, B;
    int64_t C;
    bool operator==(const Key &) const = default;
  };
  struct KeyHash {
    static Key getEmptyKey() { return {UINT32_MAX, 0, 0, 0}; }
    static Key getTombstoneKey() { return {UINT32_MAX - 1, 0, 0, 0}; }
    static unsigned getHashValue(const Key &K) {
      // Two rounds of multiply and shift: the ids are small and close to each other.
      uint64_t H = (uint64_t(K.A) << 32 | K.B) * 0x9E3779B97F4A7C15;
      H = (H ^ H >> 32 ^ uint64_t(K.C) ^ uint64_t(K.Kind) << 56) * 0xD6E8FEB86659FD93;
      return static_cast<unsigned>(H >> 32);
    }
    static bool isEqual(const Key &L, const Key &R) { return L == R; }
  };
  std::vector<ValueInfo> Infos;
  llvm::DenseMap<Key, ValueId, KeyHash> Ids;
  llvm::DenseMap<ValueId, llvm::SmallVector<ValueId, 2>> Alternatives;
};

} // namespace handrail::solver
