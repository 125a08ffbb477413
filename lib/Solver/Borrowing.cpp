//===- Borrowing.cpp - functions without a body that only borrow ----------===//

#include "lib/Solver/Borrowing.h"
#include "lib/Solver/FunctionInfo.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallBitVector.h"
#include <map>

using namespace handrail::ir;

namespace handrail::solver {

namespace {

/// Where a handle lies: a variable and the steps from it. A step is a program
/// field name; 0 is a dereference.
struct Path {
  bool Global = false;
  uint32_t Root = None;
  llvm::SmallVector<uint32_t, 4> Steps;

  explicit operator bool() const { return Root != None; }
  bool operator==(const Path &O) const = default;
  auto operator<=>(const Path &O) const {
    if (auto C = std::pair(Global, Root) <=> std::pair(O.Global, O.Root); C != 0)
      return C;
    return std::lexicographical_compare_three_way(Steps.begin(), Steps.end(), O.Steps.begin(),
                                                  O.Steps.end());
  }
  bool startsWith(const Path &P) const {
    return Global == P.Global && Root == P.Root && Steps.size() >= P.Steps.size() &&
           std::equal(P.Steps.begin(), P.Steps.end(), Steps.begin());
  }
  Path then(uint32_t Step) const {
    Path P = *this;
    if (P)
      P.Steps.push_back(Step);
    return P;
  }
};

constexpr unsigned MaxSteps = 4;

} // namespace

/// The evidence of one function after the other, callees first.
class BorrowingAnalysis {
public:
  BorrowingAnalysis(const ProgramIndex &Index, const IndirectCalls &Indirect,
                    const model::ModelSet &Models, Borrowing &Out)
      : Index(Index), Indirect(Indirect), Models(Models), Out(Out) {}

  void visit(ProgSym Self);

private:
  struct Event {
    enum { Pass, Release, Overwrite } Kind;
    Path Where;
    const Op *O = nullptr;
    unsigned Arg = 0;
  };

  Path place(const Operand &Address, unsigned Depth = 0) const;
  Path holder(const Operand &Value, unsigned Depth = 0) const;
  std::vector<Event> eventsOf(const Block &B) const;
  bool releases(ProgSym Callee, unsigned Arg, bool Deref) const;
  bool releases(const Op &O, unsigned Arg, bool Deref) const;
  bool unseen(const Op &O) const;
  bool acquires(const Op &O) const;
  void vote(const Block &B, const Event &E, const llvm::BitVector &After,
            llvm::ArrayRef<llvm::BitVector> In, unsigned Key);
  std::optional<int64_t> evaluate(const Operand &V, const Op &Call, const Block &B, int64_t Result,
                                  unsigned Depth = 0) const;

  const ProgramIndex &Index;
  const IndirectCalls &Indirect;
  const model::ModelSet &Models;
  Borrowing &Out;
  /// Functions with a body that release a parameter, or what it points to.
  llvm::DenseSet<std::tuple<ProgSym, unsigned, unsigned>> Releasing;

  // The function being visited.
  const Function *F = nullptr;
  const Unit *U = nullptr;
  const ProgramIndex::UnitInfo *Names = nullptr;
  std::vector<const Op *> DefOf;
  llvm::DenseSet<uint32_t> OwnLocals; ///< that hold what an acquire returned
};

/// The place that \p Address is the address of.
Path BorrowingAnalysis::place(const Operand &Address, unsigned Depth) const {
  if (Address.Kind == OperandKind::Local)
    return {false, Address.Index, {}};
  if (Address.Kind == OperandKind::Global)
    return {true, Names->Symbols[Address.Index], {}};
  const Op *Def = Address.isTemp() ? DefOf[Address.Index] : nullptr;
  if (!Def || Depth > MaxSteps)
    return {};
  switch (Def->Kind) {
  case OpKind::Field:
    return place(Def->Operands[0], Depth + 1).then(Names->Strings[Def->Aux]);
  case OpKind::Load:
    return place(Def->Operands[0], Depth + 1).then(0);
  case OpKind::Copy:
  case OpKind::Cast:
    return place(Def->Operands[0], Depth + 1);
  default:
    return {};
  }
}

/// The place that \p Value was read from.
Path BorrowingAnalysis::holder(const Operand &Value, unsigned Depth) const {
  const Op *Def = Value.isTemp() ? DefOf[Value.Index] : nullptr;
  if (!Def || Depth > MaxSteps)
    return {};
  if (Def->Kind == OpKind::Load)
    return place(Def->Operands[0]);
  if (Def->Kind == OpKind::Copy || Def->Kind == OpKind::Cast)
    return holder(Def->Operands[0], Depth + 1);
  return {};
}

bool BorrowingAnalysis::releases(ProgSym Callee, unsigned Arg, bool Deref) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (SI.Body && !SI.ModelWins)
    return Releasing.contains({Callee, Arg, Deref});
  for (uint32_t M : SI.Models)
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (E.Op == model::EffectKind::Release && static_cast<unsigned>(E.At.Root) == Arg &&
          E.Kind != model::NoKind && Models.KindEnabled[E.Kind] &&
          E.At.Steps.size() == (Deref ? 1 : 0))
        return true;
  return false;
}

/// True when something that \p O may call does.
bool BorrowingAnalysis::releases(const Op &O, unsigned Arg, bool Deref) const {
  if (const CallTargets *Targets = Indirect.at(O))
    return llvm::any_of(Targets->Functions, [&](ProgSym C) { return releases(C, Arg, Deref); });
  return !O.has(OF_Indirect) && releases(Names->Symbols[O.Aux], Arg, Deref);
}

bool BorrowingAnalysis::unseen(const Op &O) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Names->Symbols[O.Aux]];
  return !SI.Body && SI.Models.empty() && !SI.CLibrary;
}

bool BorrowingAnalysis::acquires(const Op &O) const {
  if (O.Kind != OpKind::Call || O.has(OF_Indirect))
    return false;
  for (uint32_t M : Index.Symbols[Names->Symbols[O.Aux]].Models)
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (E.Op == model::EffectKind::Acquire && E.At.Root == model::Place::Return &&
          Models.KindEnabled[E.Kind])
        return true;
  return false;
}

std::vector<BorrowingAnalysis::Event> BorrowingAnalysis::eventsOf(const Block &B) const {
  std::vector<Event> Events;
  for (const Op &O : B.Ops) {
    if (O.Kind == OpKind::Store || O.Kind == OpKind::Decl || O.Kind == OpKind::End) {
      if (Path P = place(O.Operands[0]))
        Events.push_back({Event::Overwrite, P});
      continue;
    }
    if (O.Kind != OpKind::Call)
      continue;
    bool ByPointer = O.has(OF_Indirect);
    for (unsigned K = ByPointer; K < O.Operands.size(); ++K) {
      Path Value = holder(O.Operands[K]), Address = place(O.Operands[K]);
      if (Value && releases(O, K - ByPointer, false))
        Events.push_back({Event::Release, Value});
      else if (Address && releases(O, K - ByPointer, true))
        Events.push_back({Event::Release, Address});
      else if (Value && !ByPointer && unseen(O))
        Events.push_back({Event::Pass, Value, &O, K});
    }
  }
  return Events;
}

/// \p V of the block's end when \p Call had returned \p Result, if that decides it.
std::optional<int64_t> BorrowingAnalysis::evaluate(const Operand &V, const Op &Call, const Block &B,
                                                   int64_t Result, unsigned Depth) const {
  if (V.isInt())
    return V.Value;
  if (!V.isTemp() || Depth > 6)
    return std::nullopt;
  if (V.Index == Call.Result)
    return Result;
  const Op *Def = DefOf[V.Index];
  if (!Def)
    return std::nullopt;
  auto Sub = [&](unsigned K) { return evaluate(Def->Operands[K], Call, B, Result, Depth + 1); };
  switch (Def->Kind) {
  case OpKind::Copy:
  case OpKind::Cast:
    return Sub(0);
  case OpKind::Not: {
    auto X = Sub(0);
    return X ? std::optional<int64_t>(*X == 0) : std::nullopt;
  }
  case OpKind::Load: {
    // The variable or member that the result went to.
    Path From = place(Def->Operands[0]);
    std::optional<int64_t> Stored;
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Store && From && place(O.Operands[0]) == From)
        Stored = evaluate(O.Operands[1], Call, B, Result, Depth + 1);
    return Stored;
  }
  case OpKind::Eq:
  case OpKind::Ne:
  case OpKind::Lt:
  case OpKind::Le:
  case OpKind::Gt:
  case OpKind::Ge: {
    auto X = Sub(0), Y = Sub(1);
    if (!X || !Y)
      return std::nullopt;
    switch (Def->Kind) {
    case OpKind::Eq:
      return *X == *Y;
    case OpKind::Ne:
      return *X != *Y;
    case OpKind::Lt:
      return *X < *Y;
    case OpKind::Le:
      return *X <= *Y;
    case OpKind::Gt:
      return *X > *Y;
    default:
      return *X >= *Y;
    }
  }
  default:
    return std::nullopt;
  }
}

/// \p After: the keys that may be released between the call and the end of the
/// block; \p In: those that may be released from the start of each block on.
void BorrowingAnalysis::vote(const Block &B, const Event &E, const llvm::BitVector &After,
                             llvm::ArrayRef<llvm::BitVector> In, unsigned Key) {
  auto &Votes = Out.Seen[{Names->Symbols[E.O->Aux], E.Arg}];
  if (After.test(Key)) {
    ++Votes.Borrowed;
    return;
  }
  // Who closes what was not taken, because the call failed, proves nothing.
  if (B.Term.Kind == TermKind::Branch && E.O->Result != None) {
    auto Edge = [&](int64_t Result) -> std::optional<bool> {
      auto V = evaluate(B.Term.Value, *E.O, B, Result);
      return V ? std::optional(*V != 0) : std::nullopt;
    };
    auto Negative = Edge(-1), Zero = Edge(0), Positive = Edge(1);
    if (Negative && Zero && Positive && !(*Negative == *Zero && *Zero == *Positive)) {
      bool Pointer = U->type(E.O->Ty).Kind == TypeKind::Pointer;
      bool OnTrue = In[B.Term.Succs[0]].test(Key), OnFalse = In[B.Term.Succs[1]].test(Key);
      bool Released = Pointer              ? (*Positive ? OnTrue : OnFalse)
                      : *Negative != *Zero ? (*Zero ? OnTrue : OnFalse)
                                           : OnTrue && OnFalse;
      Votes.Borrowed += Released;
      return;
    }
  }
  bool Later = llvm::any_of(successors(B.Term), [&](BlockId S) { return In[S].test(Key); });
  if (Later)
    ++Votes.Borrowed;
  else if (!E.Where.Global && E.Where.Steps.empty() && OwnLocals.contains(E.Where.Root))
    ++Votes.Taken;
}

void BorrowingAnalysis::visit(ProgSym Self) {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Self];
  F = SI.Body;
  U = SI.U;
  Names = &Index.unit(U);
  DefOf = singleDefinitions(*F);
  OwnLocals.clear();

  std::vector<std::vector<Event>> Events;
  std::map<Path, unsigned> Keys;
  bool Passes = false;
  for (const Block &B : F->Blocks) {
    Events.push_back(eventsOf(B));
    for (const Event &E : Events.back()) {
      Passes |= E.Kind == Event::Pass;
      if (E.Kind == Event::Overwrite)
        continue;
      Keys.try_emplace(E.Where, Keys.size());
      if (E.Kind == Event::Release && !E.Where.Global && E.Where.Root < F->NumParams &&
          E.Where.Steps.size() <= 1 && (E.Where.Steps.empty() || E.Where.Steps[0] == 0))
        Releasing.insert({Self, E.Where.Root, E.Where.Steps.size()});
    }
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Store && O.Operands[0].Kind == OperandKind::Local &&
          O.Operands[1].isTemp())
        if (const Op *Def = DefOf[O.Operands[1].Index]; Def && acquires(*Def))
          OwnLocals.insert(O.Operands[0].Index);
  }
  if (!Passes)
    return;

  // Backward: what may be released from here on, under the same name.
  size_t N = F->Blocks.size();
  std::vector<llvm::BitVector> In(N, llvm::BitVector(Keys.size()));
  auto Apply = [&](const Event &E, llvm::BitVector &Live) {
    if (E.Kind == Event::Release)
      Live.set(Keys[E.Where]);
    else if (E.Kind == Event::Overwrite)
      for (const auto &[P, Key] : Keys)
        if (P.startsWith(E.Where))
          Live.reset(Key);
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (size_t B = N; B-- > 0;) {
      llvm::BitVector Live(Keys.size());
      for (BlockId S : successors(F->Blocks[B].Term))
        Live |= In[S];
      for (const Event &E : llvm::reverse(Events[B]))
        Apply(E, Live);
      if (Live != In[B]) {
        In[B] = std::move(Live);
        Changed = true;
      }
    }
  }
  for (size_t B = 0; B < N; ++B) {
    llvm::BitVector Live(Keys.size()); // within the block
    for (const Event &E : llvm::reverse(Events[B])) {
      if (E.Kind == Event::Pass)
        vote(F->Blocks[B], E, Live, In, Keys[E.Where]);
      Apply(E, Live);
    }
  }
}

Borrowing::Borrowing(const ProgramIndex &Index, const CallGraph &Graph,
                     const IndirectCalls &Indirect, const model::ModelSet &Models) {
  BorrowingAnalysis A(Index, Indirect, Models, *this);
  for (const auto &Component : Graph.Components)
    for (ProgSym S : Component)
      A.visit(S);
}

bool Borrowing::borrows(ProgSym Callee, unsigned Arg) const {
  auto It = Seen.find({Callee, Arg});
  return It != Seen.end() && It->second.Borrowed > It->second.Taken;
}

} // namespace handrail::solver
