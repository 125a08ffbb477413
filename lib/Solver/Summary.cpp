//===- Summary.cpp - summaries as text ------------------------------------===//

#include "lib/Solver/Summary.h"

namespace handrail::solver {

namespace {

const char *stateName(HandleState S) {
  switch (S) {
  case HandleState::Open:
    return "open";
  case HandleState::Closed:
    return "closed";
  case HandleState::Transferred:
    return "transferred";
  case HandleState::Borrowed:
    return "borrowed";
  case HandleState::Kept:
    return "kept";
  case HandleState::Failed:
    return "failed";
  }
  return "";
}

class NodePrinter {
public:
  NodePrinter(const Summary &S, llvm::function_ref<std::string(ValueKind, uint32_t)> Name)
      : S(S), Name(Name) {}

  std::string operator()(NodeId N) const {
    const SumNode &X = S.Nodes[N];
    auto Sub = [&](uint32_t K) { return (*this)(K); };
    switch (X.Kind) {
    case ValueKind::None:
      return "none";
    case ValueKind::Const:
      return std::to_string(X.C);
    case ValueKind::LocalAddr:
      return "&arg" + std::to_string(X.A);
    case ValueKind::GlobalAddr:
    case ValueKind::FuncAddr:
      return "&" + Name(X.Kind, X.A);
    case ValueKind::StringAddr:
      return "string";
    case ValueKind::Field:
      return Sub(X.A) + "." + Name(X.Kind, X.B);
    case ValueKind::Container:
      return "container(" + Sub(X.A) + ", " + Name(ValueKind::Field, X.B) + ")";
    case ValueKind::Elem:
      return Sub(X.A) + "[" + std::to_string(X.C) + "]";
    case ValueKind::ElemAt:
      return Sub(X.A) + "[" + Sub(X.B) + "]";
    case ValueKind::Content:
      if (X.B)
        return "fresh" + std::to_string(N);
      if (S.Nodes[X.A].Kind == ValueKind::LocalAddr)
        return "arg" + std::to_string(S.Nodes[X.A].A);
      return "*" + Sub(X.A);
    case ValueKind::Eq:
      return "(" + Sub(X.A) + " == " + Sub(X.B) + ")";
    case ValueKind::Lt:
      return "(" + Sub(X.A) + " < " + Sub(X.B) + ")";
    case ValueKind::Not:
      return "!" + Sub(X.A);
    case ValueKind::Plus:
      return "(" + Sub(X.A) + " + " + std::to_string(X.C) + ")";
    default:
      return (X.Allocated ? "memory" : "fresh") + std::to_string(N);
    }
  }

private:
  const Summary &S;
  llvm::function_ref<std::string(ValueKind, uint32_t)> Name;
};

void printFact(const SumFact &F, const NodePrinter &Node, llvm::raw_ostream &OS) {
  auto Limit = [](int64_t V) -> std::string {
    return V == MinInt ? "-inf" : V == MaxInt ? "inf" : std::to_string(V);
  };
  OS << Node(F.Node) << " in [" << Limit(F.F.Lo) << ", " << Limit(F.F.Hi) << "]";
  for (unsigned K = 0; K < F.F.NumExcluded; ++K)
    OS << " not " << F.F.Excluded[K];
}

} // namespace

void printSummary(const Summary &S, const model::ModelSet &Models,
                  llvm::function_ref<std::string(ValueKind, uint32_t)> Name,
                  llvm::raw_ostream &OS) {
  NodePrinter Node(S, Name);
  if (S.Unknown) {
    OS << "  unknown\n";
    return;
  }
  if (S.NoReturn) {
    OS << "  does not return\n";
    return;
  }
  for (NodeId N : S.CallsThrough)
    OS << "  calls " << Node(N) << "\n";
  for (const SumCase &C : S.Cases) {
    OS << "  case" << (C.Throws ? " throws" : "");
    if (C.Ret) {
      OS << " returns ";
      if (C.RetFact.Node)
        printFact(C.RetFact, Node, OS);
      else
        OS << Node(C.Ret);
    }
    OS << "\n";
    for (const SumFact &F : C.Requires) {
      OS << "    requires ";
      printFact(F, Node, OS);
      OS << "\n";
    }
    for (const SumHandle &H : C.Handles) {
      OS << "    " << (H.Incoming ? "handle " : "new handle ") << Node(H.Node) << " "
         << stateName(H.St);
      if (H.Kind != model::NoKind)
        OS << " " << Models.Kinds[H.Kind].Id;
      if (H.First == Requirement::Use)
        OS << " must be open";
      if (H.Owner)
        OS << " owner " << Node(H.Owner);
      OS << "\n";
    }
    for (const auto &[To, From] : C.Copies)
      OS << "    copies *" << Node(From) << " to *" << Node(To) << "\n";
    for (NodeId N : C.Forgets)
      OS << "    forgets " << Node(N) << "\n";
    if (C.ForgetsGlobals)
      OS << "    forgets globals\n";
    for (const auto &[A, V] : C.Writes)
      OS << "    writes *" << Node(A) << " = " << Node(V) << "\n";
  }
}

} // namespace handrail::solver
