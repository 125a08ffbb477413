//===- IndirectCalls.cpp - where calls through pointers go ----------------===//

#include "lib/Solver/IndirectCalls.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

static constexpr unsigned MaxSteps = 8;  // between a value or an address and where it comes from
static constexpr unsigned MaxBases = 16; // of a record, below each other or in all

/// Variables are nodes, and what is stored to one flows along the edges.
class TargetAnalysis {
public:
  TargetAnalysis(const ProgramIndex &Index, unsigned MaxTargets, IndirectCalls &Out);
  void run();

private:
  using NodeId = uint32_t;
  enum class Place : uint32_t { Field, Global, Local };
  struct Node {
    bool Open = false;
    uint32_t Record = None, Name = 0; ///< Field: a number of RecordIds, a program name
    std::vector<ProgSym> Functions;   ///< sorted
    std::vector<NodeId> From;
  };
  struct Call {
    const Op *O;
    NodeId Callee;
  };

  // Names.
  NodeId node(Place P, uint32_t A, uint32_t B);
  uint32_t recordOf(const Unit &In, RecordId Id);
  uint32_t owner(const Unit &In, RecordId Id, StringId Field, unsigned Depth = 0);
  bool seenWhole(const Unit &In, const Record &R) const;
  bool seenWhole(ProgSym Function) const;

  // The function being read.
  void read(ProgSym Self);
  TypeId pointee(const Operand &Address) const;
  bool holdsFunctions(TypeId Ty) const;
  std::optional<NodeId> place(const Operand &Address, unsigned Depth = 0);
  void flow(NodeId To, const Operand &V, unsigned Depth = 0);
  void shown(const Operand &V);
  void losePlace(const Operand &Address);
  void readOp(const Op &O);
  void bindArguments(const Op &O);

  // What initialisers say, and classes.
  void readSymbols(const Unit &In);
  void readTable(const Unit &In, const Symbol &S);
  void addOverriders();
  void resolveVirtual(const Op &O);

  void add(NodeId To, ProgSym Function);
  void propagate();
  void settle(const Op &O, std::vector<ProgSym> Functions, bool Open);
  bool fits(ProgSym Function, const Op &O) const;

  const ProgramIndex &Index;
  const unsigned MaxTargets;
  IndirectCalls &Out;
  /// In a program of one unit, others may know what its headers declare.
  const bool Alone;
  std::vector<Node> Nodes;
  llvm::DenseMap<std::tuple<uint32_t, uint32_t, uint32_t>, NodeId> Ids;
  llvm::StringMap<uint32_t> RecordIds;
  std::vector<char> RecordOpen;  ///< by number of RecordIds
  llvm::DenseSet<uint32_t> Lost; ///< names of members of who knows which record
  std::vector<Call> Calls;
  std::vector<const Op *> Dispatches;
  std::vector<std::vector<ProgSym>> Overriders; ///< by method: those that override it directly
  std::vector<char> Pure;

  const Function *F = nullptr;
  const Unit *U = nullptr;
  const ProgramIndex::UnitInfo *Names = nullptr;
  ProgSym Self = 0;
  std::vector<llvm::SmallVector<const Op *, 1>> Defs;
};

TargetAnalysis::TargetAnalysis(const ProgramIndex &Index, unsigned MaxTargets, IndirectCalls &Out)
    : Index(Index), MaxTargets(MaxTargets), Out(Out), Alone(Index.Units.size() == 1),
      Overriders(Index.Symbols.size()), Pure(Index.Symbols.size()) {}

//===- Names ---------------------------------------------------------------===//

TargetAnalysis::NodeId TargetAnalysis::node(Place P, uint32_t A, uint32_t B) {
  auto [It, New] = Ids.try_emplace(std::tuple(static_cast<uint32_t>(P), A, B),
                                   static_cast<NodeId>(Nodes.size()));
  if (New) {
    Nodes.emplace_back();
    if (P == Place::Field) {
      Nodes.back().Record = A;
      Nodes.back().Name = B;
    }
  }
  return It->second;
}

/// False when units that are not here may make objects of this type.
bool TargetAnalysis::seenWhole(const Unit &In, const Record &R) const {
  const SourceLoc &L = In.loc(R.Loc);
  return !R.System && !(Alone && L.File < In.Files.size() && In.Files[L.File].Path != In.MainFile);
}

/// False when code that is not here may call the function.
bool TargetAnalysis::seenWhole(ProgSym Function) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Function];
  bool Visible = Alone ? SI.Sym->Link != Linkage::Internal : SI.Sym->Exported;
  return !Visible && !SI.AddressTaken && !SI.Sym->Virtual;
}

uint32_t TargetAnalysis::recordOf(const Unit &In, RecordId Id) {
  const Record &R = In.Records[Id];
  auto [It, New] = RecordIds.try_emplace(R.Usr, static_cast<uint32_t>(RecordOpen.size()));
  if (New)
    RecordOpen.push_back(false);
  RecordOpen[It->second] |= !seenWhole(In, R);
  return It->second;
}

/// The record among \p Id and its bases that has the field.
uint32_t TargetAnalysis::owner(const Unit &In, RecordId Id, StringId Field, unsigned Depth) {
  const Record &R = In.Records[Id];
  auto Has = [&](const Record &X) {
    return llvm::any_of(X.Fields, [&](const ir::Field &Y) { return Y.Name == Field; });
  };
  if (!Has(R) && Depth == MaxBases)
    ++Out.TooFar;
  else if (!Has(R))
    for (TypeId Base : R.Bases) {
      const Type &T = In.type(Base);
      if (T.Kind != TypeKind::Record)
        continue;
      const Record &B = In.Records[T.Record];
      if (Has(B) || !B.Bases.empty())
        return owner(In, T.Record, Field, Depth + 1);
    }
  return recordOf(In, Id);
}

//===- Bodies --------------------------------------------------------------===//

/// The type of the object at \p Address, or 0.
TypeId TargetAnalysis::pointee(const Operand &Address) const {
  switch (Address.Kind) {
  case OperandKind::Local:
    return F->Locals[Address.Index].Ty;
  case OperandKind::Global:
    return U->symbol(Address.Index).Ty;
  case OperandKind::Temp: {
    const auto &Ops = Defs[Address.Index];
    if (Ops.empty())
      return 0;
    if (Ops[0]->Kind == OpKind::New)
      return Ops[0]->Ty;
    const Type &T = U->type(Ops[0]->Ty);
    return T.Kind == TypeKind::Pointer ? T.Elem : 0;
  }
  default:
    return 0;
  }
}

/// True for a pointer to a function and for arrays of them.
bool TargetAnalysis::holdsFunctions(TypeId Ty) const {
  while (U->type(Ty).Kind == TypeKind::Array)
    Ty = U->type(Ty).Elem;
  const Type &T = U->type(Ty);
  return T.Kind == TypeKind::Pointer && U->type(T.Elem).Kind == TypeKind::Function;
}

/// The variable at \p Address when that holds functions.
std::optional<TargetAnalysis::NodeId> TargetAnalysis::place(const Operand &Address,
                                                            unsigned Depth) {
  if (!holdsFunctions(pointee(Address)))
    return std::nullopt;
  if (Address.Kind == OperandKind::Local)
    return node(Place::Local, Self, Address.Index);
  if (Address.Kind == OperandKind::Global)
    return node(Place::Global, Names->Symbols[Address.Index], 0);
  if (Depth > MaxSteps)
    ++Out.TooFar;
  if (Depth > MaxSteps || Defs[Address.Index].size() != 1)
    return std::nullopt;
  const Op &Def = *Defs[Address.Index][0];
  if (Def.Kind == OpKind::Index)
    return U->type(pointee(Def.Operands[0])).Kind == TypeKind::Array
               ? place(Def.Operands[0], Depth + 1)
               : std::nullopt;
  if (Def.Kind != OpKind::Field)
    return std::nullopt;
  const Type &Object = U->type(pointee(Def.Operands[0]));
  if (Object.Kind != TypeKind::Record)
    return std::nullopt;
  return node(Place::Field, owner(*U, Object.Record, Def.Aux), Names->Strings[Def.Aux]);
}

/// What \p V may be goes to \p To.
void TargetAnalysis::flow(NodeId To, const Operand &V, unsigned Depth) {
  if (V.Kind == OperandKind::Func)
    return add(To, Names->Symbols[V.Index]);
  if (V.isInt())
    return; // null, or a number that nobody calls
  const bool TooFar = V.isTemp() && Depth > MaxSteps;
  Out.TooFar += TooFar;
  if (!V.isTemp() || TooFar || Defs[V.Index].empty()) {
    Nodes[To].Open = true;
    return;
  }
  for (const Op *Def : Defs[V.Index]) {
    if (Def->Kind == OpKind::Copy || Def->Kind == OpKind::Cast) {
      flow(To, Def->Operands[0], Depth + 1);
      continue;
    }
    auto From = Def->Kind == OpKind::Load ? place(Def->Operands[0]) : std::nullopt;
    if (From)
      Nodes[To].From.push_back(*From);
    else
      Nodes[To].Open = true;
  }
}

/// The address \p V goes where nobody follows it, and anything may be stored there.
void TargetAnalysis::shown(const Operand &V) {
  if (V.Kind == OperandKind::Global && U->symbol(V.Index).Const)
    return;
  if (auto P = place(V))
    Nodes[*P].Open = true;
}

/// The parameters of a function of which all calls are seen are variables that the
/// calls store to.
void TargetAnalysis::bindArguments(const Op &O) {
  ProgSym Callee = Names->Symbols[O.Aux];
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (!SI.Body || !seenWhole(Callee))
    return;
  for (uint32_t K = 0; K < SI.Body->NumParams; ++K) {
    const Type &T = SI.U->type(SI.Body->Locals[K].Ty);
    if (T.Kind != TypeKind::Pointer || SI.U->type(T.Elem).Kind != TypeKind::Function)
      continue;
    NodeId To = node(Place::Local, Callee, K);
    if (K < O.Operands.size())
      flow(To, O.Operands[K]);
    else
      Nodes[To].Open = true;
  }
}

/// A store to a member of something that is no record to us, such as a union.
void TargetAnalysis::losePlace(const Operand &Address) {
  if (!Address.isTemp())
    return;
  for (const Op *Def : Defs[Address.Index])
    if (Def->Kind == OpKind::Field && U->type(pointee(Def->Operands[0])).Kind != TypeKind::Record)
      Lost.insert(Names->Strings[Def->Aux]);
}

void TargetAnalysis::readOp(const Op &O) {
  // Where the address of a variable is no more than the place of an access.
  unsigned First = 0;
  switch (O.Kind) {
  case OpKind::Load:
  case OpKind::Field:
  case OpKind::Index:
  case OpKind::Decl:
  case OpKind::End:
  case OpKind::Zero:
    return;
  case OpKind::Store:
    if (auto To = place(O.Operands[0]))
      flow(*To, O.Operands[1]);
    else
      losePlace(O.Operands[0]);
    First = 1;
    break;
  case OpKind::Havoc: {
    TypeId Ty = pointee(O.Operands[0]);
    while (U->type(Ty).Kind == TypeKind::Array)
      Ty = U->type(Ty).Elem;
    if (U->type(Ty).Kind == TypeKind::Record)
      RecordOpen[recordOf(*U, U->type(Ty).Record)] = true;
    break;
  }
  case OpKind::Call:
    if (O.has(OF_Indirect)) {
      NodeId Callee = Nodes.size();
      Nodes.emplace_back();
      flow(Callee, O.Operands[0]);
      Calls.push_back({&O, Callee});
      First = 1;
    } else if (O.has(OF_Virtual)) {
      Dispatches.push_back(&O);
    } else {
      bindArguments(O);
    }
    break;
  default:
    break;
  }
  for (const Operand &V : llvm::drop_begin(O.Operands, First))
    shown(V);
}

void TargetAnalysis::read(ProgSym S) {
  Self = S;
  F = Index.Symbols[S].Body;
  U = Index.Symbols[S].U;
  Names = &Index.unit(U);
  Defs.assign(F->NumTemps, {});
  for (const Block &B : F->Blocks)
    for (const Op &O : B.Ops)
      if (O.Result != None)
        Defs[O.Result].push_back(&O);
  if (!seenWhole(S))
    for (uint32_t K = 0; K < F->NumParams; ++K)
      if (holdsFunctions(F->Locals[K].Ty))
        Nodes[node(Place::Local, S, K)].Open = true;
  for (const Block &B : F->Blocks) {
    for (const Op &O : B.Ops)
      readOp(O);
    shown(B.Term.Value);
  }
  for (const ClosureInfo &C : F->Closures)
    for (const LambdaCapture &L : C.Captures)
      shown(L.Value);
}

//===- Initialisers and classes --------------------------------------------===//

/// Every step is taken to find the record that the last member belongs to.
void TargetAnalysis::readTable(const Unit &In, const Symbol &S) {
  const ProgramIndex::UnitInfo &Info = Index.unit(&In);
  for (const InitialValue &V : S.Values) {
    TypeId Ty = S.Ty;
    auto Element = [&] {
      while (In.type(Ty).Kind == TypeKind::Array)
        Ty = In.type(Ty).Elem;
    };
    std::optional<NodeId> To;
    for (const InitialStep &Step : V.Steps) {
      if (!Step.Field)
        continue;
      Element();
      if (In.type(Ty).Kind != TypeKind::Record) {
        Lost.insert(Info.Strings[Step.Field]);
        To.reset();
        continue;
      }
      RecordId Id = In.type(Ty).Record;
      To = node(Place::Field, owner(In, Id, Step.Field), Info.Strings[Step.Field]);
      Ty = 0;
      std::vector<RecordId> Work{Id};
      for (size_t K = 0; K < Work.size() && K < MaxBases; ++K) {
        for (const Field &Member : In.Records[Work[K]].Fields)
          if (Member.Name == Step.Field && !Ty)
            Ty = Member.Ty;
        for (TypeId Base : In.Records[Work[K]].Bases)
          if (In.type(Base).Kind == TypeKind::Record)
            Work.push_back(In.type(Base).Record);
      }
      Out.TooFar += Work.size() > MaxBases;
    }
    if (llvm::none_of(V.Steps, [](const InitialStep &Step) { return Step.Field != 0; }))
      To = node(Place::Global, Info.Symbols[&S - In.Symbols.data()], 0);
    if (!To)
      continue;
    if (V.Value.Kind == OperandKind::Func)
      add(*To, Info.Symbols[V.Value.Index]);
    else
      Nodes[*To].Open = true;
  }
}

void TargetAnalysis::readSymbols(const Unit &In) {
  const ProgramIndex::UnitInfo &Info = Index.unit(&In);
  for (SymbolId Id = 0; Id < In.Symbols.size(); ++Id) {
    const Symbol &S = In.Symbols[Id];
    ProgSym P = Info.Symbols[Id];
    Pure[P] |= S.Pure;
    for (SymbolId O : S.Overrides)
      Overriders[Info.Symbols[O]].push_back(P);
    if (S.IsFunction)
      continue;
    NodeId To = node(Place::Global, P, 0);
    if (S.Init.Kind == OperandKind::Func)
      add(To, Info.Symbols[S.Init.Index]);
    // What the one unit that defines it puts there is seen there.
    const Symbol &Defined = *Index.Symbols[P].Sym;
    bool Elsewhere = Alone && S.Link != Linkage::Internal && !S.Const;
    bool Unknown =
        !Defined.Init && Defined.Values.empty() && In.type(S.Ty).Kind == TypeKind::Pointer;
    Nodes[To].Open |= Elsewhere || Unknown || S.Exported || S.System;
    TypeId Ty = S.Ty;
    while (In.type(Ty).Kind == TypeKind::Array)
      Ty = In.type(Ty).Elem;
    if (S.Init.Kind == OperandKind::Undef) {
      Nodes[To].Open = true;
      if (In.type(Ty).Kind == TypeKind::Record)
        RecordOpen[recordOf(In, In.type(Ty).Record)] = true;
    }
    readTable(In, S);
  }
}

/// \p O ends in the method it names or in one that overrides that.
void TargetAnalysis::resolveVirtual(const Op &O) {
  ProgSym Named = Names->Symbols[O.Aux];
  std::vector<ProgSym> Functions, Work{Named};
  llvm::DenseSet<ProgSym> Seen{Named};
  bool Open = false;
  for (size_t K = 0; K < Work.size(); ++K) {
    ProgSym M = Work[K];
    if (!Pure[M])
      Functions.push_back(M);
    const ProgramIndex::SymbolInfo &SI = Index.Symbols[M];
    if (SI.Sym->Parent == None || !seenWhole(*SI.U, SI.U->Records[SI.Sym->Parent]))
      Open = true;
    for (ProgSym Over : Overriders[M])
      if (Seen.insert(Over).second)
        Work.push_back(Over);
  }
  llvm::sort(Functions);
  settle(O, std::move(Functions), Open);
}

//===- The answer ----------------------------------------------------------===//

void TargetAnalysis::add(NodeId To, ProgSym Function) {
  auto &Set = Nodes[To].Functions;
  auto It = llvm::lower_bound(Set, Function);
  if (It == Set.end() || *It != Function)
    Set.insert(It, Function);
}

void TargetAnalysis::propagate() {
  // By number, until nothing moves: nodes are few, and chains of them short.
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (NodeId To = 0; To < Nodes.size(); ++To)
      for (NodeId From : Nodes[To].From) {
        if (From == To)
          continue;
        size_t Before = Nodes[To].Functions.size() + Nodes[To].Open;
        Nodes[To].Open |= Nodes[From].Open;
        for (ProgSym S : Nodes[From].Functions)
          add(To, S);
        Changed |= Nodes[To].Functions.size() + Nodes[To].Open != Before;
      }
  }
}

/// False when the function takes other numbers of arguments.
bool TargetAnalysis::fits(ProgSym Function, const Op &O) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Function];
  const Type &T = SI.U->type(SI.Sym->Ty);
  size_t Given = O.Operands.size() - 1;
  return T.Kind == TypeKind::Function &&
         (T.Variadic ? Given >= T.Params.size() : Given == T.Params.size());
}

void TargetAnalysis::settle(const Op &O, std::vector<ProgSym> Functions, bool Open) {
  CallTargets Targets;
  for (ProgSym S : Functions) {
    const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
    if (SI.Body || !SI.Models.empty())
      Targets.Functions.push_back(S);
    else
      Open = true;
  }
  Targets.Open = Open;
  if (Targets.Functions.size() > MaxTargets) {
    ++Out.TooMany;
    return;
  }
  if (Targets.Functions.empty())
    return;
  ++Out.Resolved;
  Out.Calls.try_emplace(&O, std::move(Targets));
}

void TargetAnalysis::run() {
  for (const ProgramIndex::UnitInfo &Info : Index.Units)
    readSymbols(*Info.U);
  for (ProgSym S = 0; S < Index.Symbols.size(); ++S) {
    if (!Index.Symbols[S].Body)
      continue;
    read(S);
    for (const Op *O : std::exchange(Dispatches, {}))
      resolveVirtual(*O);
  }
  // A field of a record that others know may hold anything besides.
  for (Node &N : Nodes)
    N.Open |= N.Record != None && (RecordOpen[N.Record] || Lost.contains(N.Name));
  propagate();
  for (const Call &C : Calls) {
    std::vector<ProgSym> Functions = Nodes[C.Callee].Functions;
    llvm::erase_if(Functions, [&](ProgSym S) { return !fits(S, *C.O); });
    settle(*C.O, std::move(Functions), Nodes[C.Callee].Open);
  }
}

IndirectCalls::IndirectCalls(const ProgramIndex &Index, unsigned MaxTargets) {
  TargetAnalysis(Index, MaxTargets, *this).run();
}

} // namespace handrail::solver
