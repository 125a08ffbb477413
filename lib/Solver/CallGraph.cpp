//===- CallGraph.cpp - order of solving -----------------------------------===//

#include "lib/Solver/CallGraph.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

CallGraph buildCallGraph(const ProgramIndex &Index) {
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
        for (const Operand &X : O.Operands)
          if (X.Kind == OperandKind::Func)
            Add(X.Index);
      }
    std::sort(Out.begin(), Out.end());
    Out.erase(std::unique(Out.begin(), Out.end()), Out.end());
    G.Recursive[S] = std::binary_search(Out.begin(), Out.end(), S);
  }

  // Tarjan's algorithm without recursion.
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
  return G;
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
