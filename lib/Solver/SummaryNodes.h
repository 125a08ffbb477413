//===- SummaryNodes.h - values of a function as nodes -------------*- C++ -*-===//
//
// A summary names values by nodes of its own, for the ids of values mean nothing
// outside of one exploration.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/Summary.h"
#include <map>

namespace handrail::solver {

/// Numbers the values that a summary names, in the order they come up.
class NodeBuilder {
public:
  NodeBuilder(const ValueTable &T, unsigned NumParams, Summary &Sum)
      : T(T), NumParams(NumParams), Sum(Sum) {}

  NodeId node(ValueId V) {
    if (!V)
      return 0;
    if (auto It = Ids.find(V); It != Ids.end())
      return It->second;
    const ValueInfo I = T[V];
    SumNode N;
    N.Kind = I.Kind;
    N.Allocated = I.Allocated;
    N.NonNull = I.NonNull;
    N.A = I.A;
    N.B = I.B;
    N.C = I.C;
    N.Lo = I.Lo;
    N.Hi = I.Hi;
    switch (I.Kind) {
    case ValueKind::LocalAddr:
      // The structure that is returned is a new one to the caller.
      if (I.A >= NumParams) {
        N.Kind = ValueKind::OpResult;
        N.Allocated = N.NonNull = true;
      }
      break;
    case ValueKind::Field:
    case ValueKind::Container:
    case ValueKind::Elem:
    case ValueKind::Not:
    case ValueKind::Plus:
      N.A = node(I.A);
      break;
    case ValueKind::Content:
      N.A = node(I.A);
      N.B = I.B != 0; // under a token of ours it is a new value to the caller
      break;
    case ValueKind::ElemAt:
    case ValueKind::Eq:
    case ValueKind::Lt:
    case ValueKind::Derived:
      N.A = node(I.A);
      N.B = node(I.B);
      break;
    default:
      break;
    }
    Sum.Nodes.push_back(N);
    return Ids[V] = Sum.Nodes.size() - 1;
  }

private:
  const ValueTable &T;
  unsigned NumParams;
  Summary &Sum;
  std::map<ValueId, NodeId> Ids;
};

} // namespace handrail::solver
