//===- Facts.cpp - what is known of the values of a state -----------------===//
//
// Facts are intervals with a few exclusions, equalities, and the truth of
// comparisons between symbols. No solver behind them: what they cannot express
// is not assumed.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/SortedBy.h"
#include "lib/Solver/State.h"
#include <algorithm>

namespace handrail::solver {

namespace {

// Named addresses lie somewhere in the upper part of memory. Limits for them
// keep `p == NULL`, `p == MAP_FAILED` and `(intptr_t)p < 0` false.
constexpr int64_t LowestAddress = 4096;

int64_t satAdd(int64_t A, int64_t B) {
  int64_t R;
  if (!__builtin_add_overflow(A, B, &R))
    return R;
  return B < 0 ? MinInt : MaxInt;
}

} // namespace

bool mayBeSame(const ValueTable &T, const State &A, ValueId V, const State &B, ValueId W) {
  Interval I = A.range(T, V), J = B.range(T, W);
  if (I.Hi < J.Lo || J.Hi < I.Lo)
    return false;
  return !(I.Lo == I.Hi && B.excludes(T, W, I.Lo)) && !(J.Lo == J.Hi && A.excludes(T, V, J.Lo));
}

Interval hull(Interval A, Interval B) { return {std::min(A.Lo, B.Lo), std::max(A.Hi, B.Hi)}; }

// Values -------------------------------------------------------------------

ValueId State::rep(ValueId V) const {
  while (!Alias.empty()) {
    auto It = findBy(Alias, V, [](const ValuePair &P) { return P.First; });
    if (It == Alias.end() || It->First != V)
      break;
    V = It->Second;
  }
  return V;
}

const Fact *State::fact(ValueId V) const {
  auto It = findBy(Facts, V, [](const Fact &F) { return F.V; });
  return It != Facts.end() && It->V == V ? &*It : nullptr;
}

Fact *State::factFor(ValueId V) {
  auto It = findBy(Facts, V, [](const Fact &F) { return F.V; });
  if (It != Facts.end() && It->V == V)
    return &*It;
  Fact F;
  F.V = V;
  return &*Facts.insert(It, F);
}

Interval State::range(const ValueTable &T, ValueId V) const {
  V = rep(V);
  const ValueInfo &I = T[V];
  if (I.Kind == ValueKind::Const)
    return {I.C, I.C};
  Interval R{I.Lo, I.Hi};
  if (I.NonNull)
    R.Lo = LowestAddress;
  if (I.Kind == ValueKind::Plus) {
    Interval B = range(T, I.A);
    if (B.Lo != MinInt)
      R.Lo = std::max(R.Lo, satAdd(B.Lo, I.C));
    if (B.Hi != MaxInt)
      R.Hi = std::min(R.Hi, satAdd(B.Hi, I.C));
  }
  if (const Fact *F = fact(V)) {
    R.Lo = std::max(R.Lo, F->Lo);
    R.Hi = std::min(R.Hi, F->Hi);
  }
  if (R.Lo != R.Hi)
    if (auto Is = decided(T, V))
      R = {*Is, *Is};
  return R;
}

std::optional<int64_t> State::constant(const ValueTable &T, ValueId V) const {
  Interval R = range(T, V);
  if (R.Lo == R.Hi)
    return R.Lo;
  return std::nullopt;
}

bool State::excludes(const ValueTable &T, ValueId V, int64_t C) const {
  V = rep(V);
  Interval R = range(T, V);
  if (C < R.Lo || C > R.Hi)
    return true;
  if (const Fact *F = fact(V))
    for (unsigned I = 0; I < F->NumExcluded; ++I)
      if (F->Excluded[I] == C)
        return true;
  return false;
}

bool State::allIn(const ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) const {
  Interval R = range(T, V);
  return std::any_of(Rs.begin(), Rs.end(),
                     [&](const model::ValueRange &X) { return X.Lo <= R.Lo && R.Hi <= X.Hi; });
}

bool State::someIn(const ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) const {
  Interval R = range(T, V);
  for (const model::ValueRange &X : Rs) {
    int64_t Lo = std::max(R.Lo, X.Lo), Hi = std::min(R.Hi, X.Hi);
    if (Lo > Hi || (Lo == Hi && excludes(T, V, Lo)))
      continue;
    return true;
  }
  return false;
}

/// What a comparison or negation comes to, by what is known of its operands.
std::optional<bool> State::decided(const ValueTable &T, ValueId V) const {
  const ValueInfo &I = T[V];
  if (I.Kind == ValueKind::Not) {
    if (auto B = truth(T, I.A))
      return !*B;
  } else if (I.Kind == ValueKind::Eq) {
    ValueId A = rep(I.A), B = rep(I.B);
    if (A == B)
      return true;
    if (T.isNamedAddress(A) && T.isNamedAddress(B))
      return false;
    Interval RA = range(T, A), RB = range(T, B);
    if (RA.Hi < RB.Lo || RB.Hi < RA.Lo)
      return false;
    if (RA.Lo == RA.Hi && RB.Lo == RB.Hi && RA.Lo == RB.Lo)
      return true;
    if ((RA.Lo == RA.Hi && excludes(T, B, RA.Lo)) || (RB.Lo == RB.Hi && excludes(T, A, RB.Lo)))
      return false;
  } else if (I.Kind == ValueKind::Lt) {
    ValueId A = rep(I.A), B = rep(I.B);
    if (A == B)
      return false;
    Interval RA = range(T, A), RB = range(T, B);
    if (!I.C || (RA.Lo >= 0 && RB.Lo >= 0)) {
      if (RA.Hi < RB.Lo)
        return true;
      if (RA.Lo >= RB.Hi)
        return false;
    }
  }
  return std::nullopt;
}

std::optional<bool> State::truth(const ValueTable &T, ValueId V) const {
  V = rep(V);
  if (T[V].NonNull)
    return true;
  if (auto B = decided(T, V))
    return B;
  Interval R = range(T, V);
  if (R.Lo == 0 && R.Hi == 0)
    return false;
  if (excludes(T, V, 0))
    return true;
  return std::nullopt;
}

// Assumptions ----------------------------------------------------------------

/// Shrinks the interval over excluded ends; false when nothing is left.
bool State::settle(ValueTable &T, Fact &F) {
  const ValueInfo &I = T[F.V];
  int64_t Lo = std::max(F.Lo, I.NonNull ? std::max(I.Lo, LowestAddress) : I.Lo);
  int64_t Hi = std::min(F.Hi, I.Hi);
  bool Again = true;
  while (Again && Lo <= Hi) {
    Again = false;
    for (unsigned K = 0; K < F.NumExcluded; ++K) {
      if (F.Excluded[K] == Lo && Lo != MaxInt) {
        ++Lo;
        Again = true;
      } else if (F.Excluded[K] == Hi && Hi != MinInt) {
        --Hi;
        Again = true;
      }
    }
  }
  if (Lo > Hi)
    return false;
  F.Lo = Lo;
  F.Hi = Hi;
  unsigned Kept = 0;
  for (unsigned K = 0; K < F.NumExcluded; ++K)
    if (F.Excluded[K] > Lo && F.Excluded[K] < Hi)
      F.Excluded[Kept++] = F.Excluded[K];
  for (unsigned K = Kept; K < Fact::MaxExcluded; ++K)
    F.Excluded[K] = 0;
  F.NumExcluded = Kept;
  return true;
}

bool State::assumeRange(ValueTable &T, ValueId V, int64_t Lo, int64_t Hi) {
  V = rep(V);
  const ValueInfo I = T[V];
  if (I.Kind == ValueKind::Const)
    return Lo <= I.C && I.C <= Hi;
  if (I.Kind == ValueKind::Plus) {
    int64_t L = Lo == MinInt ? MinInt : satAdd(Lo, -I.C),
            H = Hi == MaxInt ? MaxInt : satAdd(Hi, -I.C);
    return assumeRange(T, I.A, L, H);
  }
  Interval R = range(T, V);
  if (Hi < R.Lo || Lo > R.Hi)
    return false;
  if (Lo <= R.Lo && R.Hi <= Hi)
    return true;
  // A comparison used as a number.
  if (I.Kind == ValueKind::Eq || I.Kind == ValueKind::Lt || I.Kind == ValueKind::Not) {
    if (Lo > 0)
      return assume(T, V, true);
    if (Hi < 1)
      return assume(T, V, false);
  }
  Fact *F = factFor(V);
  F->Lo = std::max(F->Lo, Lo);
  F->Hi = std::min(F->Hi, Hi);
  return settle(T, *F);
}

bool State::rulesOut(const ValueTable &T, ValueId V, int64_t Lo, int64_t Hi) const {
  V = rep(V);
  if (T[V].Kind == ValueKind::Plus)
    return false; // judged by what it is added to
  Interval R = range(T, V);
  return Hi < R.Lo || Lo > R.Hi;
}

bool State::assumeNot(ValueTable &T, ValueId V, int64_t C) {
  V = rep(V);
  const ValueInfo I = T[V];
  if (I.Kind == ValueKind::Const)
    return I.C != C;
  if (I.Kind == ValueKind::Plus)
    return assumeNot(T, I.A, satAdd(C, -I.C));
  if (excludes(T, V, C))
    return true;
  Interval R = range(T, V);
  if (R.Lo == C)
    return C != MaxInt && assumeRange(T, V, C + 1, MaxInt);
  if (R.Hi == C)
    return C != MinInt && assumeRange(T, V, MinInt, C - 1);
  Fact *F = factFor(V);
  if (F->NumExcluded < Fact::MaxExcluded) {
    F->Excluded[F->NumExcluded++] = C;
    std::sort(F->Excluded, F->Excluded + F->NumExcluded);
  }
  return settle(T, *F);
}

bool State::holdsObject(const ValueTable &T, ValueId Addr) const {
  return llvm::any_of(Obls, [&](const Obligation &O) {
    return O.St == HandleState::Open && T.isObjectAt(O.V, Addr);
  });
}

bool State::assumeEqual(ValueTable &T, ValueId A, ValueId B) {
  A = rep(A);
  B = rep(B);
  if (A == B)
    return true;
  if (T.isNamedAddress(A) && T.isNamedAddress(B))
    return false;
  Interval RA = range(T, A), RB = range(T, B);
  if (RA.Lo == RA.Hi)
    return assumeRange(T, B, RA.Lo, RA.Hi) && !excludes(T, B, RA.Lo);
  if (RB.Lo == RB.Hi)
    return assumeRange(T, A, RB.Lo, RB.Hi) && !excludes(T, A, RB.Lo);
  if (!assumeRange(T, A, RB.Lo, RB.Hi) || !assumeRange(T, B, RA.Lo, RA.Hi))
    return false;
  Obligation *OA = obligation(A), *OB = obligation(B);
  if (OA && OB) {
    // What was open while its equal was closed was closed with it, unless they were two
    // that this function had at the same time.
    for (auto [X, Y] : {std::pair(OA, OB), std::pair(OB, OA)})
      if (X->St == HandleState::Open && Y->St == HandleState::Closed && X->Acquired < Y->Changed) {
        if (X->Checked && !X->Incoming && !Y->Incoming)
          return false;
        X->St = Y->St;
        X->Changed = Y->Changed;
      }
    // Two handles that are both open are two numbers.
    return OA->St != HandleState::Open || OB->St != HandleState::Open;
  }
  // What was just acquired is none of what was there before.
  auto OwnOpen = [](const Obligation *O) {
    return O && O->St == HandleState::Open && !O->Incoming;
  };
  auto FromMemory = [&](ValueId V) { return T.isInput(V) || T[V].Kind == ValueKind::Content; };
  if ((OwnOpen(OA) && FromMemory(B)) || (OwnOpen(OB) && FromMemory(A)))
    return false;
  // The number of a closed handle is free again: who has it may have got it since.
  for (ValueId V : {A, B})
    if (Obligation *O = obligation(V); O && O->St == HandleState::Closed)
      O->Doubtful = true;
  // Keep the older name, unless the younger one is the handle, or a lock or a reference
  // that is held goes by it.
  const bool HeldA = holdsObject(T, A), HeldB = holdsObject(T, B);
  if (HeldA != HeldB && !OA && !OB ? HeldB : (B < A && !OA) || OB)
    std::swap(A, B);
  if (T[B].Kind == ValueKind::Const || T.isNamedAddress(B) || T[B].Allocated)
    std::swap(A, B);
  if (obligation(B) || T[B].Kind == ValueKind::Const || T[B].Allocated)
    return true;
  if (holdsObject(T, B)) // twice, or by a name that goes away: no count is kept
    for (Obligation &O : Obls)
      if (O.St == HandleState::Open && (T.isObjectAt(O.V, A) || T.isObjectAt(O.V, B)))
        O.St = HandleState::Kept;
  for (HeapEntry &E : Heap)
    if (E.Value == B)
      E.Value = A;
  for (ValuePair &P : Temps)
    if (P.Second == B)
      P.Second = A;
  if (const Fact *F = fact(B)) {
    Fact Copy = *F;
    for (unsigned K = 0; K < Copy.NumExcluded; ++K)
      if (!assumeNot(T, A, Copy.Excluded[K]))
        return false;
  }
  // What was stored through the one pointer is seen through the other.
  llvm::SmallVector<HeapEntry, 4> Moved;
  for (size_t K = 0; K < Heap.size();) {
    if (Heap[K].Addr != B && T.within(Heap[K].Addr, B)) {
      Moved.push_back(Heap[K]);
      Heap.erase(Heap.begin() + K);
    } else if (Heap[K].Addr == B) {
      Moved.push_back(Heap[K]);
      Heap.erase(Heap.begin() + K);
    } else {
      ++K;
    }
  }
  for (const HeapEntry &E : Moved) {
    ValueId Addr = T.rebase(E.Addr, B, A);
    if (!stored(Addr))
      store(Addr, E.Value);
  }
  auto It = findBy(Alias, B, [](const ValuePair &P) { return P.First; });
  Alias.insert(It, ValuePair{B, A});
  return true;
}

bool State::assume(ValueTable &T, ValueId V, bool True) {
  V = rep(V);
  if (auto Known = truth(T, V))
    if (*Known != True)
      return false;
  const ValueInfo I = T[V];
  switch (I.Kind) {
  case ValueKind::Const:
    return (I.C != 0) == True;
  case ValueKind::Not:
    return assume(T, I.A, !True);
  case ValueKind::Eq: {
    ValueId A = rep(I.A), B = rep(I.B);
    auto CA = constant(T, A), CB = constant(T, B);
    if (True) {
      if (!assumeEqual(T, A, B))
        return false;
    } else if (CB) {
      if (!assumeNot(T, A, *CB))
        return false;
    } else if (CA) {
      if (!assumeNot(T, B, *CA))
        return false;
    }
    if (CA || CB)
      return true;
    break;
  }
  case ValueKind::Lt: {
    ValueId A = rep(I.A), B = rep(I.B);
    Interval RA = range(T, A), RB = range(T, B);
    bool Const = RA.Lo == RA.Hi || RB.Lo == RB.Hi;
    if (I.C) { // unsigned
      if (True && RB.Lo >= 0 && RB.Hi != MaxInt) {
        // a < b unsigned with a known b: a lies in [0, b)
        if (!assumeRange(T, A, 0, RB.Hi - 1))
          return false;
        return true;
      }
      if (!(RA.Lo >= 0 && RB.Lo >= 0)) {
        Const = false;
        break;
      }
    }
    if (True) {
      if (RB.Hi != MinInt && !assumeRange(T, A, MinInt, RB.Hi == MaxInt ? MaxInt : RB.Hi - 1))
        return false;
      if (!assumeRange(T, B, RA.Lo == MinInt ? MinInt : satAdd(RA.Lo, 1), MaxInt))
        return false;
    } else {
      if (!assumeRange(T, A, RB.Lo, MaxInt) || !assumeRange(T, B, MinInt, RA.Hi))
        return false;
    }
    if (Const)
      return true;
    break;
  }
  default:
    return True ? assumeNot(T, V, 0) : assumeRange(T, V, 0, 0);
  }
  Fact *F = factFor(V);
  F->Lo = F->Hi = True;
  return settle(T, *F);
}

bool State::assumeIn(ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) {
  if (Rs.empty())
    return true;
  // The hull, less the gaps that are single values.
  int64_t Lo = MaxInt, Hi = MinInt;
  for (const model::ValueRange &R : Rs) {
    Lo = std::min(Lo, R.Lo);
    Hi = std::max(Hi, R.Hi);
  }
  if (!someIn(T, V, Rs) || !assumeRange(T, V, Lo, Hi))
    return false;
  if (Rs.size() == 2) {
    const auto &A = Rs[0].Lo < Rs[1].Lo ? Rs[0] : Rs[1];
    const auto &B = Rs[0].Lo < Rs[1].Lo ? Rs[1] : Rs[0];
    if (A.Hi != MaxInt && B.Lo != MinInt && A.Hi + 1 == B.Lo - 1)
      return assumeNot(T, V, A.Hi + 1);
  }
  return true;
}

bool State::assumeNotIn(ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) {
  for (const model::ValueRange &R : Rs) {
    if (R.Lo == R.Hi) {
      if (!assumeNot(T, V, R.Lo))
        return false;
      continue;
    }
    Interval Now = range(T, V);
    if (Now.Lo >= R.Lo && Now.Hi <= R.Hi)
      return false;
    if (R.Lo <= Now.Lo && R.Hi >= Now.Lo) {
      if (R.Hi == MaxInt || !assumeRange(T, V, R.Hi + 1, MaxInt))
        return false;
    } else if (R.Hi >= Now.Hi && R.Lo <= Now.Hi) {
      if (R.Lo == MinInt || !assumeRange(T, V, MinInt, R.Lo - 1))
        return false;
    }
  }
  return true;
}

} // namespace handrail::solver
