//===- Explorer.h - interprets one function over sets of states --*- C++ -*-===//
//
// Forward, disjunctive, bounded. Blocks are processed in reverse post-order with
// one list of states each; states that agree on what handles depend on are
// joined when a block starts (FunctionInfo.h). Loops run as they are for
// SolverOptions::LoopRounds rounds, then once with what they change unknown.
//
// The class is one subject in several files: Explorer.cpp walks, Join.cpp decides
// which states are one, Transfer.cpp is the meaning of operations, Calls.cpp and
// ApplySummary.cpp that of calls, Handles.cpp keeps the handles and says what went
// wrong with them, Summarize.cpp turns what returns into a summary.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/FunctionInfo.h"
#include "lib/Solver/ProgramIndex.h"
#include "lib/Solver/Summary.h"
#include "llvm/ADT/DenseSet.h"
#include <functional>
#include <map>
#include <set>

namespace handrail::solver {

/// What one exploration gives back.
struct Exploration {
  Summary Sum;
  std::vector<Violation> Violations;
  SolverStats Stats;
};

/// \p K applied to constants, before it is cut to a type; \p Y is ignored for unary
/// operations. Nothing on overflow.
std::optional<int64_t> fold(ir::OpKind K, int64_t X, int64_t Y);

/// Where the explorer finds summaries of functions with bodies, which are those that
/// the call graph has an edge to, and what can be reached from there.
struct SummarySource {
  virtual ~SummarySource() = default;
  /// The summary, computed now if need be; "does not return" inside a recursion.
  virtual const Summary &get(ProgSym S) = 0;
  /// True when a summary that is there already moves handles. Callees that matter
  /// are solved before their callers, so nothing is computed for this.
  virtual bool movesHandles(ProgSym S) const = 0;
  /// True when \p S, of which there is no body, does not take over argument \p Arg.
  virtual bool borrows(ProgSym S, unsigned Arg) const = 0;
};

class Explorer {
public:
  Explorer(const ProgramIndex &Index, ProgSym Self, const model::ModelSet &Models,
           const SolverOptions &Options, SummarySource &Callees);
  Exploration run();

private:
  using States = std::vector<State>;

  // Explorer.cpp, Join.cpp, Summarize.cpp
  void runBlock(ir::BlockId B);
  void takeEdge(State S, ir::BlockId From, ir::BlockId To);
  bool loopIsDone(const State &S, ir::BlockId From, ir::BlockId To) const;
  void branch(State S, ir::BlockId B);
  void switchOn(State S, ir::BlockId B);
  void widen(State &S, ir::BlockId Head);
  void join(States &Ss, ir::BlockId B);
  using Projection = llvm::SmallVector<int64_t, 0>;
  Projection project(const State &S, ir::BlockId At, bool HandlesAlone = false) const;
  template <typename Item, typename KeyOf, typename JoinInto, typename LengthOf>
  static void reduce(std::vector<Item> &Items, size_t Limit, KeyOf Key, JoinInto Join,
                     LengthOf Length);
  bool relevantValue(ValueId V, ir::BlockId At) const;
  bool relevantAddress(ValueId A, ir::BlockId At) const;
  void mayBe(ValueId Joined, ValueId V);
  State joinTwo(const State &A, const State &B, ir::BlockId At);
  void dropDead(State &S, ir::BlockId B);
  void shrinkTokens(State &S, ir::BlockId B);
  void shrinkHeap(State &S, ir::BlockId B);
  uint32_t round(const State &S) const;
  void finish(State S, const ir::Terminator &T);
  struct CaseBuilder;
  void reportHeldLocks();
  Summary summarize();
  std::optional<unsigned> returnClass(const State &S, ValueId Ret) const;
  void settleValidity(State &S);

  // Transfer.cpp
  void transfer(State &S, const ir::Op &O);
  [[nodiscard]] bool dereference(State &S, const ir::Op &O);
  ValueId value(State &S, const ir::Operand &O);
  ValueId globalAddr(ProgSym G);
  Interval limits(ir::TypeId Ty) const;
  bool isBitTest(ValueId V, int64_t Bit) const;
  ValueId compare(State &S, const ir::Op &O);
  ValueId arithmetic(State &S, const ir::Op &O);
  ValueId fresh(const State &S, int64_t Which, ir::TypeId Ty);
  void storeTo(State &S, ValueId Addr, ValueId V);
  void endOf(State &S, ValueId Root);
  std::string describe(const ir::Operand &O, unsigned Depth = 0) const;
  std::string describeAddress(const State &S, ValueId Addr) const;

  // Calls.cpp, ApplySummary.cpp
  void findErrno();
  bool isErrno(const ir::Op &O) const;
  void call(State &S, const ir::Op &O, States &Out);
  void applyModel(State S, const ir::Op &O, const model::FunctionModel &M,
                  llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out);
  [[nodiscard]] bool applyEffects(State &S, const ir::Op &O, const model::FunctionModel &M,
                                  llvm::ArrayRef<ValueId> Args, ValueId Ret, llvm::StringRef Callee,
                                  llvm::ArrayRef<const model::Effect *> Effects);
  void applySummary(const State &S, const ir::Op &O, const Summary &Sum,
                    llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out);
  struct CallSite;
  struct BoundCase;
  ValueId build(const CallSite &Call, BoundCase &B, NodeId N);
  [[nodiscard]] bool assumeFact(const CallSite &Call, BoundCase &B, const SumFact &X);
  [[nodiscard]] bool bind(const CallSite &Call, BoundCase &B);
  void applyHandles(const CallSite &Call, BoundCase &B, llvm::ArrayRef<BoundCase> All,
                    llvm::DenseSet<ValueId> &Made);
  void applyWrites(const CallSite &Call, BoundCase &B, llvm::DenseSet<ValueId> Made);
  void doubtUndecided(llvm::MutableArrayRef<BoundCase> Bound);
  void applyUnknown(State &S, const ir::Op &O, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                    bool CLibrary);
  const model::FunctionModel *pickModel(const State &S, llvm::ArrayRef<uint32_t> Ms,
                                        llvm::ArrayRef<ValueId> Args) const;
  std::optional<ValueId> place(State &S, const model::Place &P, llvm::ArrayRef<ValueId> Args,
                               ValueId Ret, bool AsAddress);
  ValueId handleAt(const model::Effect &E, ValueId V);
  bool constPointee(ProgSym Callee, unsigned Arg) const;
  void clobber(State &S, ValueId Pointer, bool Keep, llvm::StringRef Callee);
  void clobberGlobals(State &S);
  void keepReachable(State &S, ValueId V, llvm::StringRef Callee);
  bool isEvent(const ir::Op &O) const;
  bool mayEnd(const ir::Op &O) const;

  // Handles.cpp
  void acquire(State &S, ValueId V, model::KindId K, llvm::StringRef Callee, bool MayFail);
  bool samePath(ValueId A, ValueId B) const;
  void release(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  void use(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  void keep(State &S, ValueId V, llvm::StringRef Callee);
  void keepSomeObject(State &S, ValueId V, llvm::StringRef Callee);
  void transferTo(State &S, ValueId V, model::KindId K, ValueId To, llvm::StringRef Callee);
  void borrow(State &S, ValueId V, model::KindId K, ValueId From);
  void checkLosses(State &S, LossKind Why, ir::LocId Loc, ValueId AlsoRoot = 0,
                   const llvm::DenseSet<ValueId> *Unreported = nullptr);
  /// True for the handle of a kind that is an object, such as a lock.
  bool isObject(ValueId V) const {
    return T[V].Kind == ValueKind::Derived && T[V].C >= ObjectHandle;
  }
  bool mayBeValid(const State &S, const Obligation &O);
  bool neverLost(const State &S, const Obligation &O) const;
  void report(State &S, ViolationKind K, ValueId V, model::KindId Kind, llvm::StringRef Releaser,
              LossKind Loss, ir::LocId Loc);
  WitnessId event(State &S, EventKind K, ValueId V, llvm::StringRef Text, bool Value = false,
                  const std::vector<Event> *Inner = nullptr);
  std::vector<Event> path(const State &S, ValueId V) const;
  void assumed(State &S, const ir::Operand &Condition, ir::LocId Loc, bool Value);
  void nameValue(const State &S, ValueId Addr, ValueId V);
  bool enabled(model::KindId K) const { return K != model::NoKind && Models.KindEnabled[K]; }
  const std::string &acquirerOf(const Obligation &O) const;

  const ProgramIndex &Index;
  const ProgSym Self;
  const ir::Unit &U;
  const ir::Function &F;
  const ProgramIndex::UnitInfo &Names;
  const model::ModelSet &Models;
  const SolverOptions &Options;
  SummarySource &Callees;
  FunctionInfo Info;
  llvm::DenseMap<uint32_t, unsigned> GlobalBit, FieldBit; ///< program names to bits of Info
  ValueTable T;
  bool IsMain = false;

  struct WitnessNode {
    Event E;
    ValueId V = 0;
    WitnessId Parent = 0;
    const ir::Operand *Condition = nullptr; ///< Assumed: put into words when it is reported
    std::vector<Event> Inner;
  };
  std::vector<WitnessNode> Events{WitnessNode{}};
  std::map<ValueId, std::string> ValueNames;
  ValueId ErrnoAddr = 0;             ///< when the function looks at errno
  bool StoresErrno = false;          ///< `errno = 0`: what it reads later may be 0
  std::vector<const ir::Op *> DefOf; ///< by temporary: its definition when there is just one
  std::set<ValueId> ReleasedObjects; ///< locks that this function gives back on some path

  std::vector<States> Pending; ///< by block
  std::set<uint32_t> Ready;    ///< positions in reverse post-order
  llvm::BitVector Left;        ///< by loop head: some path has left the loop
  struct Returned {
    State S;
    ValueId Ret;
    ir::LocId Loc;
    Projection Outcome; ///< what callers can tell apart
  };
  void joinReturns(Returned &Into, const State &S);
  std::vector<Returned> Returns;
  std::map<Projection, size_t> ReturnIndex;
  uint32_t OpNumber = 0; ///< of the operation being interpreted
  ir::LocId OpLoc = 0;
  ir::BlockId Block = 0;
  bool Aborted = false;
  bool SawEvent = false;
  bool Latent = false; ///< what happens now takes an input that nothing here decides

  struct Found {
    Violation V;
    size_t Length;
  };
  std::map<std::tuple<ViolationKind, ir::LocId, std::string, ir::LocId>, Found> Violations;
  SolverStats Stats;
};

/// Brings \p Items within \p Limit: those with equal keys are joined, beginning
/// where there are most; if that is not enough, those with the longest paths go.
template <typename Item, typename KeyOf, typename JoinInto, typename LengthOf>
void Explorer::reduce(std::vector<Item> &Items, size_t Limit, KeyOf Key, JoinInto Join,
                      LengthOf Length) {
  std::map<Projection, std::vector<size_t>> Alike;
  for (size_t K = 0; K < Items.size(); ++K)
    Alike[Key(Items[K])].push_back(K);
  std::vector<char> Gone(Items.size());
  for (size_t Left = Items.size(); Left > Limit; --Left) {
    auto &Most = std::max_element(Alike.begin(), Alike.end(), [](const auto &A, const auto &B) {
                   return A.second.size() < B.second.size();
                 })->second;
    if (Most.size() == 1)
      break;
    size_t Last = Most.back();
    Most.pop_back();
    Join(Items[Most.back()], Items[Last]);
    Gone[Last] = 1;
  }
  std::vector<Item> Kept;
  for (size_t K = 0; K < Items.size(); ++K)
    if (!Gone[K])
      Kept.push_back(std::move(Items[K]));
  Items = std::move(Kept);
  if (Items.size() <= Limit)
    return;
  std::stable_sort(Items.begin(), Items.end(),
                   [&](const Item &A, const Item &B) { return Length(A) < Length(B); });
  Items.resize(Limit);
}

} // namespace handrail::solver
