//===- Flow.cpp - where pointers go inside one function --------------------===//
#include "lib/Infer/Flow.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetOperations.h"
#include <deque>
#include <map>

using namespace handrail::ir;

namespace handrail::infer {

namespace {

constexpr size_t MaxOrigins = 2000, MaxBlocks = 3000, MaxRounds = 60;

/// What is known of a temporary, or of a variable's content.
struct Value {
  OriginSet Origins; ///< empty: a constant, or nothing yet
  bool Part = false; ///< the address of a part of that
  bool Constant = false;
  int64_t Number = 0;
  LocalId Variable = None; ///< the address of a variable, or of a part of one
  // What a member was counted by: `p->n` is Address, its content Content.
  enum : uint8_t { NoMember, Address, Content, Increased, Decreased } Counts = NoMember;
  StringId Member = 0;
  // The variable it was read from, and whether it is a test of that for null.
  LocalId From = None;
  enum : uint8_t { NoTest, IsNull, NotNull } Test = NoTest;

  bool operator==(const Value &) const = default;
  bool isVariable() const { return Variable != None && !Part; }
};

void merge(OriginSet &Into, llvm::ArrayRef<OriginId> From) {
  for (OriginId O : From)
    if (auto It = llvm::lower_bound(Into, O); It == Into.end() || *It != O)
      Into.insert(It, O);
}

bool contains(llvm::ArrayRef<OriginId> Set, OriginId O) {
  return std::binary_search(Set.begin(), Set.end(), O);
}

struct State {
  std::vector<Value> Variables;
  llvm::BitVector Given; ///< by number of Give
  bool Reached = false;

  /// True when it has changed.
  bool join(const State &From) {
    if (!Reached) {
      *this = From;
      Reached = true;
      return true;
    }
    bool Changed = false;
    for (size_t I = 0; I < Variables.size(); ++I) {
      Value &To = Variables[I];
      const Value &V = From.Variables[I];
      if (To == V)
        continue;
      Value Joined = To;
      merge(Joined.Origins, V.Origins);
      Joined.Part |= V.Part;
      // Null on one way and a handle on the other is that handle, as far as we care.
      Joined.Constant &= V.Constant && To.Number == V.Number && Joined.Origins.empty();
      if (Joined.Variable != V.Variable)
        Joined.Variable = None;
      Joined.Counts = Value::NoMember;
      Joined.Test = Value::NoTest;
      Joined.From = None;
      if (!(Joined == To)) {
        To = std::move(Joined);
        Changed = true;
      }
    }
    if (llvm::BitVector Before = Given; (Given |= From.Given) != Before)
      Changed = true;
    return Changed;
  }
};

class FlowFinder {
public:
  FlowFinder(const Unit &U, const Function &F) : U(U), F(F), Temps(F.NumTemps) {}
  Flow run();

private:
  OriginId origin(Origin::KindT Kind, const Op *At, SymbolId Callee, uint32_t Arg, LocId Loc);
  Give &give(const Op &At, SymbolId Callee, uint32_t Arg);
  Value value(const Operand &O, const State &S) const;
  void step(const Op &O, State &S);
  void call(const Op &O, State &S);
  void passOn(const Op &O, SymbolId Callee, uint32_t Arg, const Value &V, bool ByAddress, State &S);
  void store(const Op &O, State &S);
  void use(llvm::ArrayRef<OriginId> Set, LocId Loc, const State &S);
  void noteRead(llvm::ArrayRef<OriginId> Set);
  void stored(llvm::ArrayRef<OriginId> Set, llvm::ArrayRef<OriginId> In = {});
  void leave(const Block &B, BlockId Id, State &S);
  State refined(const Block &B, size_t Edge, State S) const;
  bool isScalar(LocalId L) const {
    TypeKind K = U.type(F.Locals[L].Ty).Kind;
    return K == TypeKind::Pointer || K == TypeKind::Int;
  }
  void setTemp(const Op &O, Value V);

  const Unit &U;
  const Function &F;
  Flow Out;
  std::vector<Value> Temps;
  std::map<std::tuple<const Op *, int, uint32_t>, OriginId> OriginOf;
  std::map<std::pair<const Op *, uint32_t>, size_t> GiveOf;
  BlockId Here = 0;
  bool Recording = false;
};

OriginId FlowFinder::origin(Origin::KindT Kind, const Op *At, SymbolId Callee, uint32_t Arg,
                            LocId Loc) {
  auto [It, New] = OriginOf.try_emplace({At, Kind, Arg}, Out.Origins.size());
  if (New) {
    if (Out.Origins.size() >= MaxOrigins) {
      It->second = 0;
      return 0;
    }
    Origin O;
    O.Kind = Kind;
    O.Callee = Callee;
    O.Arg = Arg;
    O.Loc = Loc;
    Out.Origins.push_back(O);
  }
  return It->second;
}

Give &FlowFinder::give(const Op &At, SymbolId Callee, uint32_t Arg) {
  auto [It, New] = GiveOf.try_emplace({&At, Arg}, Out.Gives.size());
  if (New) {
    Give G;
    G.Callee = Callee;
    G.Arg = Arg;
    G.Loc = At.Loc;
    G.Block = Here;
    Out.Gives.push_back(std::move(G));
  }
  return Out.Gives[It->second];
}

Value FlowFinder::value(const Operand &O, const State &S) const {
  Value V;
  switch (O.Kind) {
  case OperandKind::Temp:
    return Temps[O.Index];
  case OperandKind::Int:
    V.Constant = true;
    V.Number = O.Value;
    return V;
  case OperandKind::Local:
    V.Variable = O.Index;
    return V;
  default:
    V.Origins = {0};
    return V;
  }
}

void FlowFinder::setTemp(const Op &O, Value V) {
  if (O.Result == None)
    return;
  Value &T = Temps[O.Result];
  // A temporary that several blocks write is one or the other.
  if (O.Kind == OpKind::Copy) {
    merge(V.Origins, T.Origins);
    V.Constant &= V.Origins.empty();
  }
  T = std::move(V);
}

void FlowFinder::use(llvm::ArrayRef<OriginId> Set, LocId Loc, const State &S) {
  if (!Recording)
    return;
  for (unsigned G : S.Given.set_bits()) {
    Give &Earlier = Out.Gives[G];
    if (!Earlier.UsedAfter &&
        llvm::any_of(Earlier.Origins, [&](OriginId O) { return O && contains(Set, O); }))
      Earlier.UsedAfter = Loc;
  }
}

/// Values are written to a part of \p In.
void FlowFinder::stored(llvm::ArrayRef<OriginId> Set, llvm::ArrayRef<OriginId> In) {
  bool New = !In.empty() && llvm::all_of(In, [&](OriginId O) {
    return Out.Origins[O].Kind == Origin::Result || Out.Origins[O].Kind == Origin::Out;
  });
  for (OriginId O : Set)
    if (In.size() != 1 || In[0] != O || O == 0)
      (New ? Out.Origins[O].StoredInNew : Out.Origins[O].Stored) = true;
}

void FlowFinder::store(const Op &O, State &S) {
  Value A = value(O.Operands[0], S), V = value(O.Operands[1], S);
  if (A.isVariable()) {
    V.From = None;
    S.Variables[A.Variable] = std::move(V);
    return;
  }
  use(A.Origins, O.Loc, S);
  if (!Recording)
    return;
  if (A.Counts == Value::Address && V.Member == A.Member &&
      (V.Counts == Value::Increased || V.Counts == Value::Decreased))
    for (OriginId Of : A.Origins)
      Out.Bumps.push_back({Of, A.Member, V.Counts == Value::Increased});
  bool HandsOut = !A.Part && A.Origins.size() == 1 &&
                  Out.Origins[A.Origins[0]].Kind == Origin::Parameter && !V.Part;
  if (HandsOut) {
    Out.Outs.push_back(
        {O.Loc, Here, Out.Origins[A.Origins[0]].Arg, V.Origins, V.Constant, V.Number});
    for (OriginId Of : V.Origins)
      Out.Origins[Of].HandedOut = true;
  } else {
    stored(V.Origins, A.Origins);
  }
}

void FlowFinder::passOn(const Op &O, SymbolId Callee, uint32_t Arg, const Value &V, bool ByAddress,
                        State &S) {
  if (llvm::none_of(V.Origins, [](OriginId Of) { return Of != 0; }))
    return;
  use(V.Origins, O.Loc, S);
  Give &G = give(O, Callee, Arg);
  merge(G.Origins, V.Origins);
  G.Part |= V.Part;
  G.ByAddress = ByAddress;
  size_t Number = &G - Out.Gives.data();
  if (S.Given.size() <= Number)
    S.Given.resize(Number + 64);
  if (!V.Part)
    S.Given.set(Number);
}

void FlowFinder::call(const Op &O, State &S) {
  bool Unknown = O.has(OF_Indirect) || O.has(OF_Virtual);
  SymbolId Callee = Unknown ? None : O.Aux;
  auto Arguments = llvm::ArrayRef(O.Operands).drop_front(O.has(OF_Indirect));
  llvm::SmallVector<std::pair<LocalId, uint32_t>, 2> Filled;
  for (uint32_t I = 0; I < Arguments.size(); ++I) {
    Value V = value(Arguments[I], S);
    if (V.isVariable()) {
      if (!isScalar(V.Variable))
        continue;
      passOn(O, Callee, I, S.Variables[V.Variable], /*ByAddress=*/true, S);
      Filled.push_back({V.Variable, I});
    } else {
      passOn(O, Callee, I, V, false, S);
    }
  }
  // What this call gave in an earlier round is given anew.
  auto Forget = [&](OriginId Id) {
    for (unsigned G : S.Given.set_bits())
      if (Out.Gives[G].Origins.size() == 1 && Out.Gives[G].Origins[0] == Id)
        S.Given.reset(G);
  };
  for (auto [L, Arg] : Filled) {
    Value &V = S.Variables[L];
    OriginId Id = origin(Origin::Out, &O, Callee, Arg, O.Loc);
    Forget(Id);
    merge(V.Origins, Id);
    V.Constant = false;
  }
  if (O.Result != None) {
    Value V;
    V.Origins = {origin(Origin::Result, &O, Callee, 0, O.Loc)};
    Forget(V.Origins[0]);
    setTemp(O, std::move(V));
  }
}

/// Blocks come in an order in which what is always written first is seen first.
void FlowFinder::noteRead(llvm::ArrayRef<OriginId> Set) {
  for (OriginId O : Set)
    if (Out.Origins[O].Kind == Origin::Parameter &&
        llvm::none_of(Out.Outs, [&](const Leaves &L) { return L.Arg == Out.Origins[O].Arg; }))
      Out.Origins[O].ReadFirst = true;
}

void FlowFinder::step(const Op &O, State &S) {
  auto At = [&](unsigned I) { return value(O.Operands[I], S); };
  switch (O.Kind) {
  case OpKind::Copy:
  case OpKind::Cast:
    return setTemp(O, At(0));
  case OpKind::Load: {
    Value A = At(0);
    if (A.isVariable()) {
      Value V = S.Variables[A.Variable];
      V.From = A.Variable;
      return setTemp(O, std::move(V));
    }
    use(A.Origins, O.Loc, S);
    if (Recording && !A.Part)
      noteRead(A.Origins);
    Value V;
    V.Origins = {0};
    if (A.Counts == Value::Address) {
      V.Counts = Value::Content;
      V.Member = A.Member;
    }
    return setTemp(O, std::move(V));
  }
  case OpKind::Store:
    return store(O, S);
  case OpKind::Field:
  case OpKind::Index:
  case OpKind::Container: {
    Value V = At(0);
    V.Counts = O.Kind == OpKind::Field && !V.Part ? Value::Address : Value::NoMember;
    V.Member = O.Kind == OpKind::Field ? O.Aux : 0;
    V.Part = true;
    V.Constant = false;
    V.From = None;
    return setTemp(O, std::move(V));
  }
  case OpKind::Add:
  case OpKind::Sub: {
    Value V = At(0), By = At(1), Result;
    Result.Origins = {0};
    if (V.Counts == Value::Content && By.Constant && (By.Number == 1 || By.Number == -1)) {
      Result.Member = V.Member;
      Result.Counts =
          (O.Kind == OpKind::Add) == (By.Number == 1) ? Value::Increased : Value::Decreased;
    }
    return setTemp(O, std::move(Result));
  }
  case OpKind::Eq:
  case OpKind::Ne:
  case OpKind::Not: {
    Value V = At(0), Result;
    Result.Origins = {0};
    bool Zero = O.Kind == OpKind::Not || (At(1).Constant && At(1).Number == 0);
    if (Zero && V.Test != Value::NoTest && O.Kind != OpKind::Ne) { // `!(p == 0)`
      Result.From = V.From;
      Result.Test = V.Test == Value::IsNull ? Value::NotNull : Value::IsNull;
    } else if (Zero && V.From != None) {
      Result.From = V.From;
      Result.Test = O.Kind == OpKind::Ne ? Value::NotNull : Value::IsNull;
    }
    return setTemp(O, std::move(Result));
  }
  case OpKind::Call:
    return call(O, S);
  case OpKind::CopyMem:
    use(At(0).Origins, O.Loc, S);
    return use(At(1).Origins, O.Loc, S);
  case OpKind::Decl:
  case OpKind::Havoc:
  case OpKind::Zero:
    if (Value A = At(0); A.isVariable()) {
      S.Variables[A.Variable] = Value();
      S.Variables[A.Variable].Constant = O.Kind == OpKind::Zero;
      if (O.Kind == OpKind::Havoc)
        S.Variables[A.Variable].Origins = {0};
    }
    return;
  case OpKind::Escape:
    if (Recording)
      for (const Operand &V : O.Operands)
        stored(value(V, S).Origins);
    return;
  default: {
    Value V;
    V.Origins = {0};
    return setTemp(O, std::move(V));
  }
  }
}

void FlowFinder::leave(const Block &B, BlockId Id, State &S) {
  if (B.Term.Kind != TermKind::Return || !B.Term.Value)
    return;
  Value V = value(B.Term.Value, S);
  use(V.Origins, B.Term.Loc, S);
  if (!Recording)
    return;
  for (OriginId O : V.Origins)
    (V.Part ? Out.Origins[O].Stored : Out.Origins[O].Returned) = true;
  if (V.Part)
    V.Origins = {0};
  Out.Returns.push_back({B.Term.Loc, Id, 0, V.Origins, V.Constant, V.Number});
}

/// \p S on the way to a successor: a variable that is null there holds nothing.
State FlowFinder::refined(const Block &B, size_t Edge, State S) const {
  if (B.Term.Kind != TermKind::Branch)
    return S;
  Value C = value(B.Term.Value, S);
  if (C.From == None)
    return S;
  bool NullThere = C.Test == Value::IsNull ? Edge == 0 : Edge == 1;
  if (NullThere) {
    Value Null;
    Null.Constant = true;
    S.Variables[C.From] = std::move(Null);
  }
  return S;
}

Flow FlowFinder::run() {
  if (F.Blocks.size() > MaxBlocks) {
    Out.TooBig = true;
    return std::move(Out);
  }
  std::vector<State> States(F.Blocks.size());
  State Entry;
  Entry.Variables.resize(F.Locals.size());
  for (uint32_t P = 0; P < F.NumParams; ++P)
    if (isScalar(P))
      Entry.Variables[P].Origins = {origin(Origin::Parameter, nullptr, None, P, F.Locals[P].Loc)};
  States[0].join(Entry);
  std::vector<char> Waits(F.Blocks.size());
  std::vector<unsigned> Rounds(F.Blocks.size());
  std::deque<BlockId> Work{0};
  while (!Work.empty()) {
    Here = Work.front();
    Work.pop_front();
    Waits[Here] = false;
    if (++Rounds[Here] > MaxRounds)
      continue;
    const Block &B = F.Blocks[Here];
    State S = States[Here];
    for (const Op &O : B.Ops)
      step(O, S);
    for (size_t E = 0; E < B.Term.Succs.size() + B.Term.Cases.size(); ++E) {
      BlockId To =
          E < B.Term.Succs.size() ? B.Term.Succs[E] : B.Term.Cases[E - B.Term.Succs.size()].Target;
      if (States[To].join(refined(B, E, S)) && !Waits[To]) {
        Waits[To] = true;
        Work.push_back(To);
      }
    }
  }
  Recording = true;
  for (Here = 0; Here < F.Blocks.size(); ++Here) {
    if (!States[Here].Reached)
      continue;
    State S = States[Here];
    for (const Op &O : F.Blocks[Here].Ops)
      step(O, S);
    leave(F.Blocks[Here], Here, S);
  }
  return std::move(Out);
}

} // namespace

Flow flowOf(const Unit &U, const Function &F) { return FlowFinder(U, F).run(); }

/// The parameter that a branch tests for null in \p B, and whether it is null on the first
/// edge.
static std::optional<bool> nullOnFirstEdge(const Block &B, uint32_t Arg) {
  if (B.Term.Kind != TermKind::Branch || !B.Term.Value.isTemp())
    return std::nullopt;
  auto DefinedBy = [&](const Operand &V) -> const Op * {
    for (const Op &O : llvm::reverse(B.Ops))
      if (V.isTemp() && O.Result == V.Index)
        return &O;
    return nullptr;
  };
  bool Null = false; // on the first edge
  for (const Op *O = DefinedBy(B.Term.Value); O; O = DefinedBy(O->Operands[0])) {
    bool Zero = O->Operands.size() == 2 && O->Operands[1].isInt() && O->Operands[1].Value == 0;
    if (O->Kind == OpKind::Load && O->Operands[0] == Operand::local(Arg))
      return Null;
    if (O->Kind == OpKind::Not || (O->Kind == OpKind::Eq && Zero))
      Null = !Null;
    else if (!(O->Kind == OpKind::Ne && Zero))
      return std::nullopt;
  }
  return std::nullopt;
}

bool canAvoid(const Function &F, uint32_t Arg, const llvm::BitVector &Ends) {
  llvm::BitVector Seen(F.Blocks.size());
  std::vector<BlockId> Work{0};
  while (!Work.empty()) {
    BlockId Id = Work.back();
    Work.pop_back();
    if (Seen.test(Id) || Ends.test(Id))
      continue;
    Seen.set(Id);
    const Block &B = F.Blocks[Id];
    if (B.Term.Kind == TermKind::Return)
      return true;
    std::optional<bool> Null = nullOnFirstEdge(B, Arg);
    for (size_t E = 0; E < B.Term.Succs.size(); ++E)
      if (!Null || *Null != (E == 0))
        Work.push_back(B.Term.Succs[E]);
    for (const SwitchCase &C : B.Term.Cases)
      Work.push_back(C.Target);
  }
  return false;
}

} // namespace handrail::infer
