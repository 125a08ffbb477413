//===- CallGraph.cpp - order of solving -----------------------------------===//

#include "lib/Solver/CallGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

/// Calls \p Each with every operand of \p F.
template <class Fn> static void forEachOperand(const Function &F, Fn Each) {
  for (const ClosureInfo &C : F.Closures)
    for (const LambdaCapture &L : C.Captures)
      Each(L.Value);
  for (const Block &B : F.Blocks) {
    for (const Op &O : B.Ops)
      llvm::for_each(O.Operands, Each);
    Each(B.Term.Value);
  }
}

static void sortUnique(std::vector<ProgSym> &Symbols) {
  llvm::sort(Symbols);
  Symbols.erase(std::unique(Symbols.begin(), Symbols.end()), Symbols.end());
}

/// By symbol: the functions with bodies that it may find in constant tables.
static std::vector<std::vector<ProgSym>> functionsInTables(const ProgramIndex &Index) {
  std::vector<std::vector<ProgSym>> Result(Index.Symbols.size()), Table(Index.Symbols.size());
  for (ProgSym S = 0; S < Table.size(); ++S)
    if (!Index.Symbols[S].Sym->IsFunction)
      llvm::copy_if(Index.reachableFrom(S), std::back_inserter(Table[S]),
                    [&](ProgSym C) { return Index.Symbols[C].Body != nullptr; });
  for (ProgSym S = 0; S < Result.size(); ++S) {
    const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
    if (!SI.Body)
      continue;
    const ProgramIndex::UnitInfo &Names = Index.unit(SI.U);
    forEachOperand(*SI.Body, [&](const Operand &V) {
      if (V.Kind == OperandKind::Global)
        llvm::append_range(Result[S], Table[Names.Symbols[V.Index]]);
    });
    sortUnique(Result[S]);
  }
  return Result;
}

/// The calls of every function, and those through pointers as far as they are known.
/// What a function does that does not return, such as to say why, is of no account to
/// those who call it, unless it throws where somebody waits for that; and it would make
/// most of a program one recursion.
static CallGraph collectCalls(const ProgramIndex &Index, const IndirectCalls &Indirect) {
  CallGraph G;
  size_t N = Index.Symbols.size();
  G.Callees.resize(N);
  for (ProgSym S = 0; S < N; ++S) {
    const auto &SI = Index.Symbols[S];
    if (!SI.Body)
      continue;
    const auto &Names = Index.unit(SI.U);
    auto &Out = G.Callees[S];
    auto Add = [&](ProgSym C) {
      if (Index.Symbols[C].Body)
        Out.push_back(C);
    };
    auto AddReturning = [&](ProgSym C) {
      if (!Index.Symbols[C].Sym->NoReturn)
        Add(C);
    };
    for (const Block &B : SI.Body->Blocks)
      for (const Op &O : B.Ops) {
        if (O.has(OF_NoReturn))
          continue;
        if (O.Kind == OpKind::Call && !O.has(OF_Indirect))
          Add(Names.Symbols[O.Aux]);
        if (const CallTargets *Targets = Indirect.at(O))
          llvm::for_each(Targets->Functions, AddReturning);
      }
    forEachOperand(*SI.Body, [&](const Operand &V) {
      if (V.Kind == OperandKind::Func)
        AddReturning(Names.Symbols[V.Index]);
    });
    sortUnique(Out);
  }
  return G;
}

/// Tarjan's algorithm without recursion.
static void findComponents(const ProgramIndex &Index, CallGraph &G) {
  size_t N = Index.Symbols.size();
  G.Components.clear();
  G.Recursive.assign(N, 0);
  for (ProgSym S = 0; S < N; ++S)
    G.Recursive[S] = std::binary_search(G.Callees[S].begin(), G.Callees[S].end(), S);
  std::vector<uint32_t> Number(N), Low(N);
  std::vector<char> OnStack(N);
  std::vector<ProgSym> Stack;
  struct Frame {
    ProgSym S;
    size_t Next;
  };
  std::vector<Frame> Frames;
  uint32_t Counter = 0;
  for (ProgSym Start = 0; Start < N; ++Start) {
    if (!Index.Symbols[Start].Body || Number[Start])
      continue;
    Frames.push_back({Start, 0});
    while (!Frames.empty()) {
      ProgSym S = Frames.back().S;
      if (Frames.back().Next == 0 && !Number[S]) {
        Number[S] = Low[S] = ++Counter;
        Stack.push_back(S);
        OnStack[S] = 1;
      }
      if (Frames.back().Next < G.Callees[S].size()) {
        ProgSym C = G.Callees[S][Frames.back().Next++];
        if (!Number[C])
          Frames.push_back({C, 0});
        else if (OnStack[C])
          Low[S] = std::min(Low[S], Number[C]);
        continue;
      }
      Frames.pop_back();
      if (!Frames.empty())
        Low[Frames.back().S] = std::min(Low[Frames.back().S], Low[S]);
      if (Low[S] != Number[S])
        continue;
      std::vector<ProgSym> Component;
      ProgSym Member;
      do {
        Member = Stack.back();
        Stack.pop_back();
        OnStack[Member] = 0;
        Component.push_back(Member);
      } while (Member != S);
      std::sort(Component.begin(), Component.end());
      if (Component.size() > 1)
        for (ProgSym M : Component)
          G.Recursive[M] = 1;
      G.Components.push_back(std::move(Component));
    }
  }
  G.ComponentOf.assign(N, UINT32_MAX);
  for (uint32_t C = 0; C < G.Components.size(); ++C)
    for (ProgSym S : G.Components[C])
      G.ComponentOf[S] = C;
}

/// Forgets the calls through pointers that stay inside \p Component.
static uint64_t untangle(const ProgramIndex &Index, llvm::ArrayRef<ProgSym> Component,
                         IndirectCalls &Indirect) {
  uint64_t Forgotten = 0;
  for (ProgSym S : Component)
    for (const Block &B : Index.Symbols[S].Body->Blocks)
      for (const Op &O : B.Ops)
        if (const CallTargets *Targets = Indirect.at(O);
            Targets && llvm::any_of(Targets->Functions, [&](ProgSym C) {
              return std::binary_search(Component.begin(), Component.end(), C);
            })) {
          Indirect.forget(O);
          ++Forgotten;
        }
  return Forgotten;
}

/// \p G with edges to what is not hidden in tables.
static CallGraph withTables(const ProgramIndex &Index, CallGraph G,
                            llvm::ArrayRef<std::vector<ProgSym>> InTables) {
  for (ProgSym S = 0; S < InTables.size(); ++S) {
    llvm::copy_if(InTables[S], std::back_inserter(G.Callees[S]),
                  [&](ProgSym C) { return !G.Hidden.contains(C); });
    sortUnique(G.Callees[S]);
  }
  findComponents(Index, G);
  return G;
}

CallGraph buildCallGraph(const ProgramIndex &Index, IndirectCalls &Indirect, unsigned MaxComponent,
                         uint64_t &Forgotten) {
  CallGraph G = collectCalls(Index, Indirect);
  findComponents(Index, G);
  uint64_t Before = Forgotten;
  for (const auto &Component : G.Components)
    if (Component.size() > MaxComponent)
      Forgotten += untangle(Index, Component, Indirect);
  if (Forgotten != Before)
    G = collectCalls(Index, Indirect);

  std::vector<std::vector<ProgSym>> InTables = functionsInTables(Index);
  CallGraph All = withTables(Index, G, InTables);
  for (const auto &Component : All.Components)
    if (Component.size() > MaxComponent)
      for (ProgSym S : Component)
        for (ProgSym C : InTables[S])
          if (std::binary_search(Component.begin(), Component.end(), C))
            G.Hidden.insert(C);
  return G.Hidden.empty() ? All : withTables(Index, std::move(G), InTables);
}

std::vector<uint32_t> CallGraph::calleeComponents(uint32_t C) const {
  std::vector<uint32_t> Result;
  for (ProgSym S : Components[C])
    for (ProgSym Callee : Callees[S])
      if (ComponentOf[Callee] != C)
        Result.push_back(ComponentOf[Callee]);
  std::sort(Result.begin(), Result.end());
  Result.erase(std::unique(Result.begin(), Result.end()), Result.end());
  return Result;
}

} // namespace handrail::solver
