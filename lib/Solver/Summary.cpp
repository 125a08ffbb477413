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

NodeId Summary::origin(NodeId N) const {
  while (N)
    switch (Nodes[N].Kind) {
    case ValueKind::LocalAddr:
    case ValueKind::GlobalAddr:
      return N;
    case ValueKind::Content:
    case ValueKind::Field:
    case ValueKind::Container:
    case ValueKind::Elem:
    case ValueKind::ElemAt:
    case ValueKind::Plus:
    case ValueKind::Derived:
      N = Nodes[N].A;
      break;
    default:
      return 0;
    }
  return 0;
}

bool Summary::mayWriteTo(unsigned Arg) const {
  // Of the argument itself, a part of what it points to, or what is reached from there.
  auto OfArgument = [&](NodeId N) {
    const SumNode &From = Nodes[origin(N)];
    return From.Kind == ValueKind::LocalAddr && From.A == Arg;
  };
  // An address in there, and not what lies at one.
  auto IsAddress = [&](NodeId N) {
    for (; N; N = Nodes[N].A)
      if (Nodes[N].Kind == ValueKind::Content)
        return Nodes[Nodes[N].A].Kind == ValueKind::LocalAddr && OfArgument(N);
      else if (Nodes[N].Kind != ValueKind::Field && Nodes[N].Kind != ValueKind::Elem &&
               Nodes[N].Kind != ValueKind::ElemAt && Nodes[N].Kind != ValueKind::Container)
        return OfArgument(N);
    return false;
  };
  return llvm::any_of(Cases, [&](const SumCase &C) {
    return IsAddress(C.Ret) || llvm::any_of(C.Forgets, OfArgument) ||
           llvm::any_of(C.Copies, [&](const auto &P) { return OfArgument(P.first); }) ||
           llvm::any_of(
               C.Writes,
               [&](const auto &P) { return OfArgument(P.first) || IsAddress(P.second); }) ||
           llvm::any_of(C.Handles, [&](const SumHandle &H) {
             return H.St == HandleState::Kept && IsAddress(H.Node);
           });
  });
}

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
  for (model::KindId K : S.Sweeps)
    OS << "  sweeps " << Models.Kinds[K].Id << "\n";
  for (const SumCase &C : S.Cases) {
    OS << "  case" << (C.Throws ? " throws" : "");
    if (!C.Thrown.empty())
      OS << " " << C.Thrown.front();
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
