//===- Explorer.h - interprets one function over sets of states --*- C++ -*-===//
//
// Forward, disjunctive, bounded. Blocks are processed in reverse post-order with
// one list of states each; states that agree on what handles depend on are
// joined when a block starts (FunctionInfo.h). Loops run as they are for
// SolverOptions::LoopRounds rounds, then once with what they change unknown.
//
// The class is one subject in several files: Explorer.cpp walks, Join.cpp decides
// which states are one, Transfer.cpp is the meaning of operations, Calls.cpp,
// Dispatch.cpp, UnknownCalls.cpp and ApplySummary.cpp that of calls, Handles.cpp and Misuse.cpp
// keep the handles and say what went wrong with them, Describe.cpp puts values into words,
// Returns.cpp joins and compares the states that return, Summarize.cpp turns them into a summary.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/FunctionInfo.h"
#include "lib/Solver/IndirectCalls.h"
#include "lib/Solver/ProgramIndex.h"
#include "lib/Solver/Solver.h"
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
  std::vector<KeptHandle> Kept;
  SolverStats Stats;
};

/// \p K applied to constants, before it is cut to a type; \p Y is ignored for unary
/// operations. Nothing on overflow.
std::optional<int64_t> fold(ir::OpKind K, int64_t X, int64_t Y);

/// Pointers that a caller knows: a member of Summary::CallsThrough, and where it leads.
using BoundPointers = std::vector<std::pair<NodeId, ProgSym>>;

/// Where the explorer finds summaries of functions with bodies, which are those that
/// the call graph has an edge to, and what can be reached from there; and those that
/// another run has told.
struct SummarySource {
  virtual ~SummarySource() = default;
  /// The summary, computed now if need be; "does not return" inside a recursion.
  virtual const Summary &get(ProgSym S) = 0;
  /// The summary of \p S for callers that know these pointers, or null.
  virtual const Summary *getFor(ProgSym S, const BoundPointers &Known) = 0;
  /// True when a summary that is there already moves handles. Callees that matter
  /// are solved before their callers, so nothing is computed for this.
  virtual bool movesHandles(ProgSym S) const = 0;
  /// True when \p S, of which there is no body, does not take over argument \p Arg.
  virtual bool borrows(ProgSym S, unsigned Arg) const = 0;
  /// True when a function that calls \p S gives back the lock in the variable \p Lock,
  /// and did not take it.
  virtual bool callersGiveBack(ProgSym S, ProgSym Lock) const = 0;
  /// True when get() has an answer for \p S although only constant tables lead to it.
  virtual bool findsInTables(ProgSym S) const = 0;
  /// What \p O may call through a pointer or a virtual table, or null.
  virtual const CallTargets *targets(const ir::Op &O) const = 0;
};

class Explorer {
public:
  Explorer(const ProgramIndex &Index, ProgSym Self, const model::ModelSet &Models,
           const SolverOptions &Options, SummarySource &Callees);
  Exploration run();
  /// As run(), where \p Known of \p Generic, the function's summary, lead there.
  Exploration runFor(const Summary &Generic, const BoundPointers &Known);

private:
  using States = std::vector<State>;

  // Explorer.cpp, Join.cpp, Returns.cpp, Summarize.cpp
  Exploration runFrom(State Start);
  void runBlock(ir::BlockId B);
  void takeEdge(State S, ir::BlockId From, ir::BlockId To);
  ir::BlockId takeReady();
  bool loopIsDone(const State &S, ir::BlockId From, ir::BlockId To) const;
  unsigned firstRound(const State &S, ir::BlockId Head) const;
  void branch(State S, ir::BlockId B);
  void switchOn(State S, ir::BlockId B);
  void raise(State S, const ir::Terminator &Term, ir::BlockId B);
  bool firstCallTells(const ir::Terminator &Choice);
  uint32_t exceptionOf(std::vector<std::string> Classes);
  void widen(State &S, ir::BlockId Head);
  bool takesFromLoop(ValueId V, ir::BlockId At) const;
  void join(States &Ss, ir::BlockId B);
  using Projection = std::vector<int64_t>;
  bool isNumberOutput(ValueId Addr) const;
  /// What keeps states apart: their handles; what decides over handles later on, too, and
  /// what callers look at.
  enum class Apart { Handles, Branches };
  void project(const State &S, ir::BlockId At, Apart By, Projection &Key) const;
  template <typename Item, typename KeyOf, typename JoinInto, typename LengthOf>
  static bool reduce(std::vector<Item> &Items, size_t Limit, KeyOf Key, JoinInto Join,
                     LengthOf Length);
  bool relevantValue(ValueId V, ir::BlockId At) const;
  bool relevantAddress(ValueId A, ir::BlockId At) const;
  void mayBe(ValueId Joined, ValueId V);
  State joinTwo(const State &A, const State &B, ir::BlockId At);
  void dropDead(State &S, ir::BlockId B);
  void shrinkTokens(State &S, ir::BlockId B);
  void shrinkHeap(State &S, ir::BlockId B);
  uint32_t round(const State &S) const;
  bool callers(ValueId Root) const;
  /// Kept by the program in a global variable, or reached through one.
  bool inTables(ValueId V) const { return T[T.origin(V)].Kind == ValueKind::GlobalAddr; }
  void finish(State S, const ir::Terminator &T);
  void checkReturned(State &S, ValueId Ret, ir::LocId Loc);
  struct CaseBuilder;
  void reduceReturns(size_t Limit);
  Summary summarize();
  std::optional<unsigned> returnClass(const State &S, ValueId Ret) const;
  unsigned outcomeClass(const State &S, ValueId Ret, bool Throws) const;
  void settleValidity(State &S);

  // Transfer.cpp
  void transfer(State &S, const ir::Op &O);
  [[nodiscard]] bool dereference(State &S, const ir::Op &O);
  ValueId value(State &S, const ir::Operand &O);
  ValueId globalAddr(ProgSym G);
  std::optional<int64_t> fixedContent(ValueId Addr) const;
  Interval limits(ir::TypeId Ty) const;
  bool isBitTest(ValueId V, int64_t Bit) const;
  ValueId condition(ValueId V);
  ValueId compare(State &S, const ir::Op &O);
  ValueId arithmetic(State &S, const ir::Op &O);
  std::optional<int64_t> taggedBits(ValueId A, ir::OpKind K, ValueId Mask) const;
  ValueId fresh(const State &S, int64_t Which, ir::TypeId Ty);
  void storeTo(State &S, ValueId Addr, ValueId V);
  void loseObjects(State &S, ValueId Root);
  void copyMemory(State &S, ValueId To, ValueId From);
  void copyObject(State &S, const ir::Op &O);
  void findElementRecords();
  void keepCopied(State &S, ValueId From);
  void noteRelink(State &S, ValueId Addr);
  bool mayBeAnother(const State &S, ValueId V) const;
  void endOf(State &S, ValueId Root);
  std::string describe(const ir::Operand &O, unsigned Depth = 0) const;
  std::string describeAddress(const State &S, ValueId Addr) const;

  // Calls.cpp, Dispatch.cpp, UnknownCalls.cpp, ApplySummary.cpp
  void findErrno();
  bool isErrno(const ir::Op &O) const;
  void call(State &S, const ir::Op &O, States &Out);
  void callFunction(State S, const ir::Op &O, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                    States &Out);
  const CallTargets *targets(const ir::Op &O) const {
    return Options.FollowPointers ? Callees.targets(O) : nullptr;
  }
  void callTarget(State S, const ir::Op &Direct, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                  States &Out);
  void dispatch(State S, const ir::Op &O, llvm::ArrayRef<ValueId> Args, States &Out);
  void noteCalledThrough(ValueId Pointer);
  const Summary &boundSummary(const State &S, const ir::Op &O, const Summary &Sum,
                              llvm::ArrayRef<ValueId> Args, ProgSym Callee);
  ValueId inputNamed(const Summary &Sum, NodeId N);
  ValueId initialValue(ValueId Addr);
  bool onlyLooks(ValueId Callback);
  void applyModel(State S, const ir::Op &O, const model::FunctionModel &M,
                  llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out);
  [[nodiscard]] bool applyEffects(State &S, const ir::Op &O, const model::FunctionModel &M,
                                  llvm::ArrayRef<ValueId> Args, ValueId Ret, llvm::StringRef Callee,
                                  llvm::ArrayRef<const model::Effect *> Effects);
  void throwFrom(State &S, llvm::StringRef Callee, uint32_t Exception);
  void applySummary(const State &S, const ir::Op &O, const Summary &Sum,
                    llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out);
  struct CallSite;
  struct BoundCase;
  ValueId build(const CallSite &Call, BoundCase &B, NodeId N);
  [[nodiscard]] bool assumeFact(const CallSite &Call, BoundCase &B, const SumFact &X);
  [[nodiscard]] bool bind(const CallSite &Call, BoundCase &B);
  void applyHandles(const CallSite &Call, BoundCase &B, llvm::ArrayRef<BoundCase> All,
                    llvm::DenseSet<ValueId> &Made);
  bool clearsUnasked(const State &Before, const BoundCase &B, llvm::ArrayRef<BoundCase> All,
                     ValueId Addr, ValueId New) const;
  void applyWrites(const CallSite &Call, BoundCase &B, llvm::ArrayRef<BoundCase> All,
                   llvm::DenseSet<ValueId> Made);
  bool distinguishable(const BoundCase &A, const BoundCase &B) const;
  void doubtWhatOthersEnd(BoundCase &A, llvm::ArrayRef<BoundCase> Bound);
  void doubtUndecided(llvm::MutableArrayRef<BoundCase> Bound);
  void applyUnknown(State &S, const ir::Op &O, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                    bool CLibrary);
  const model::FunctionModel *pickModel(const State &S, llvm::ArrayRef<uint32_t> Ms,
                                        llvm::ArrayRef<ValueId> Args) const;
  std::optional<ValueId> place(State &S, const model::Place &P, llvm::ArrayRef<ValueId> Args,
                               ValueId Ret, bool AsAddress);
  ValueId handleAt(const model::Effect &E, ValueId V);
  model::KindId kindOfCopy(State &S, const model::Effect &E, llvm::ArrayRef<ValueId> Args,
                           ValueId Ret);
  const ir::Type *parameterType(ProgSym Callee, unsigned Arg) const;
  bool constPointee(ProgSym Callee, unsigned Arg) const;
  llvm::SmallVector<ValueId, 4> heldBelow(const State &S, ValueId Pointer) const;
  bool valueByReference(ProgSym Callee, unsigned Arg) const;
  void clobber(State &S, ValueId Pointer, bool Keep, llvm::StringRef Callee);
  void clobberGlobals(State &S);
  void keepElements(State &S, ValueId Container, llvm::StringRef Callee);
  void keepReachable(State &S, ValueId V, llvm::StringRef Callee);
  bool isEvent(const ir::Op &O) const;
  bool isEvent(ProgSym Callee) const;
  bool mayEnd(const ir::Op &O) const;
  bool mayEnd(ProgSym Callee) const;
  bool mayWrite(const ir::Op &O, unsigned Operand);

  // Handles.cpp
  void acquire(State &S, ValueId V, model::KindId K, llvm::StringRef Callee, bool MayFail);
  bool samePath(ValueId A, ValueId B) const;
  ValueId unpacked(const State &S, ValueId V, model::KindId K) const;
  void release(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  void use(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  void keep(State &S, ValueId V, llvm::StringRef Callee);
  void keepSomeObject(State &S, ValueId V, llvm::StringRef Callee);
  void transferTo(State &S, ValueId V, model::KindId K, ValueId To, llvm::StringRef Callee);
  void borrow(State &S, ValueId V, model::KindId K, ValueId From);
  void checkLosses(State &S, LossKind Why, ir::LocId Loc, ValueId AlsoRoot = 0,
                   const llvm::DenseSet<ValueId> *Unreported = nullptr);
  // Sweeps.cpp
  void sweep(State &S, model::KindId K, llvm::StringRef Callee);
  bool isParsed(ValueId V) const;
  bool countsThrough(const State &S, ValueId V, const model::ResourceKind &K);
  void forgetSweepsOfChildren();
  void doubtSwept();
  // Misuse.cpp
  void orderReleases(State &S, const model::FunctionModel &M, llvm::ArrayRef<ValueId> Args,
                     ValueId Ret, llvm::ArrayRef<const model::Effect *> Effects);
  void checkOrder(State &S, const Obligation &O, llvm::StringRef Callee);
  bool hasOtherOwner(const State &S, const Obligation &O, ValueId To) const;
  ValueId referenceTo(ValueId V, model::KindId K);
  bool isReference(const Obligation &O) const;
  void retain(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  bool releaseReference(State &S, ValueId V, model::KindId K, llvm::StringRef Callee);
  void keepReference(State &S, ValueId V);
  void checkSuspension(State &S);
  void checkReturnedBorrow(State &S, ValueId Ret, ir::LocId Loc);

  /// True for the handle of a kind that is an object, such as a lock.
  bool isObject(ValueId V) const {
    return T[V].Kind == ValueKind::Derived && T[V].C >= ObjectHandle;
  }
  bool isInvalid(const State &S, ValueId V, const model::ResourceKind &K) const;
  void crash(const model::ResourceKind &K);
  bool mayBeValid(const State &S, const Obligation &O);
  bool neverLost(const State &S, const Obligation &O) const;
  bool mayBeCounted(const Obligation &O) const;
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
  bool IsMain = false, ReturnsNothing = false;

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
  bool KnowsReason = false;          ///< errno was found to be one number before this call
  std::vector<const ir::Op *> DefOf; ///< by temporary: its definition when there is just one
  /// The function of which nothing is known and that is being called, and which one
  /// took a value first.
  std::optional<std::string> Keeper;
  std::map<ValueId, std::string> KeptBy;
  std::map<std::pair<std::string, ir::LocId>, ir::LocId> KeptAt; ///< callee, acquired: passed
  llvm::DenseSet<ValueId> LeftToCallers; ///< doubtful for a condition that a summary tells
  std::set<ValueId> ReleasedObjects;     ///< locks that this function gives back on some path

  std::set<ValueId> CalledThrough; ///< inputs, for Summary::CallsThrough

  std::vector<States> Pending;                  ///< by block
  std::set<uint32_t> Ready;                     ///< positions in reverse post-order
  llvm::BitVector Left;                         ///< by loop head: some path has left the loop
  llvm::DenseMap<ValueId, ir::BlockId> Widened; ///< what a loop left unknown, and its head
  struct Returned {
    State S;
    ValueId Ret;
    ir::LocId Loc;
    bool Throws;
    Projection Outcome; ///< what callers can tell apart
  };
  void keepStoredOnce(State &Into, const State &A, const State &B) const;
  void joinReturns(Returned &Into, const State &S);
  void tellOutputs(const State &S, Projection &Key) const;
  bool isOutput(ValueId Addr) const;
  bool toldByOutput(const Returned &R, const Returned &Q) const;
  bool givenBackElsewhere(const Returned &R, ValueId V, bool AlsoIncoming) const;
  void reportHeld(ViolationKind K,
                  llvm::function_ref<bool(const Returned &, const Obligation &)> Wrong);
  void reportHeldLocks();
  bool isKeptForCallers(ValueId Lock) const;
  void reportImbalances();
  /// Kinds of exceptions, each a class and its bases, by State::Exception.
  std::vector<std::vector<std::string>> Exceptions{std::vector<std::string>()};
  std::set<uint32_t> Thrown; ///< those that leave the function
  std::vector<Returned> Returns;
  std::map<Projection, size_t> ReturnIndex;
  uint32_t OpNumber = 0; ///< of the operation being interpreted
  ir::LocId OpLoc = 0;
  ir::BlockId Block = 0;
  bool Aborted = false;
  bool SawEvent = false;
  bool Crashed = false;      ///< the path that is being interpreted goes no further
  bool Latent = false;       ///< what happens now takes an input that nothing here decides
  bool OneOfSeveral = false; ///< what happens now does so in one of several possible callees
  uint32_t FirstCase = 0;    ///< number of the callee's first case among those of the call
  llvm::DenseMap<ValueId, ValueId> Initial;    ///< place inside a constant table, what lies there
  llvm::DenseSet<ProgSym> InitialKnown;        ///< tables whose places are in Initial
  llvm::DenseSet<ir::RecordId> ElementRecords; ///< indexed somewhere in the function

  struct Found {
    Violation V;
    size_t Length;
    ir::BlockId At; ///< where it was found
    uint32_t AtOp;
  };
  std::map<std::tuple<ViolationKind, ir::LocId, std::string, ir::LocId>, Found> Violations;
  /// Where handles are closed by number: kind, block, operation.
  std::set<std::tuple<model::KindId, ir::BlockId, uint32_t>> Sweeps;
  /// By operation: the first number that a loop closed there.
  llvm::DenseMap<uint32_t, ValueId> Counted;
  SolverStats Stats;
};

/// Brings \p Items within \p Limit: those with equal keys are joined, beginning
/// where there are most; if that is not enough, those with the longest paths go, and the
/// result is true.
template <typename Item, typename KeyOf, typename JoinInto, typename LengthOf>
bool Explorer::reduce(std::vector<Item> &Items, size_t Limit, KeyOf Key, JoinInto Join,
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
    return false;
  std::stable_sort(Items.begin(), Items.end(),
                   [&](const Item &A, const Item &B) { return Length(A) < Length(B); });
  Items.resize(Limit);
  return true;
}

} // namespace handrail::solver
