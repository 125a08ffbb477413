//===- CallGraph.cpp - order of solving -----------------------------------===//

#include "lib/Solver/CallGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

/// The calls of every function, and those through pointers as far as they are known.
static CallGraph collectCalls(const ProgramIndex &Index, const IndirectCalls &Indirect) {
  CallGraph G;
  size_t N = Index.Symbols.size();
  G.Callees.resize(N);
  G.Recursive.resize(N);
  for (ProgSym S = 0; S < N; ++S) {
    const auto &SI = Index.Symbols[S];
    if (!SI.Body)
      continue;
    const auto &Names = Index.unit(SI.U);
    auto &Out = G.Callees[S];
    auto Add = [&](SymbolId Id) {
      ProgSym C = Names.Symbols[Id];
      if (Index.Symbols[C].Body)
        Out.push_back(C);
    };
    for (const Block &B : SI.Body->Blocks)
      for (const Op &O : B.Ops) {
        if (O.Kind == OpKind::Call && !O.has(OF_Indirect))
          Add(O.Aux);
        if (const CallTargets *Targets = Indirect.at(O))
          llvm::copy_if(Targets->Functions, std::back_inserter(Out),
                        [&](ProgSym C) { return Index.Symbols[C].Body != nullptr; });
        for (const Operand &X : O.Operands)
          if (X.Kind == OperandKind::Func)
            Add(X.Index);
      }
    std::sort(Out.begin(), Out.end());
    Out.erase(std::unique(Out.begin(), Out.end()), Out.end());
    G.Recursive[S] = std::binary_search(Out.begin(), Out.end(), S);
  }

  return G;
}

/// Tarjan's algorithm without recursion.
static void findComponents(const ProgramIndex &Index, CallGraph &G) {
  size_t N = Index.Symbols.size();
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

CallGraph buildCallGraph(const ProgramIndex &Index, IndirectCalls &Indirect, unsigned MaxComponent,
                         uint64_t &Forgotten) {
  CallGraph G = collectCalls(Index, Indirect);
  findComponents(Index, G);
  uint64_t Before = Forgotten;
  for (const auto &Component : G.Components)
    if (Component.size() > MaxComponent)
      Forgotten += untangle(Index, Component, Indirect);
  if (Forgotten == Before)
    return G;
  G = collectCalls(Index, Indirect);
  findComponents(Index, G);
  return G;
}

} // namespace handrail::solver
