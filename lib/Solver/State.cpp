//===- State.cpp - memory, handles and temporaries on one path ------------===//

#include "lib/Solver/State.h"
#include "lib/Solver/SortedBy.h"
#include <algorithm>

namespace handrail::solver {

State State::frame() const {
  State R;
  static_cast<StateInfo &>(R) = *this;
  R.Obls = Obls;
  R.Temps = Temps;
  R.Exposed = Exposed;
  R.Relinked = Relinked;
  R.Loops = Loops;
  R.Swept = Swept;
  return R;
}

// Memory ---------------------------------------------------------------------

ValueId State::stored(ValueId Addr) const {
  auto It = findBy(Heap, Addr, [](const HeapEntry &E) { return E.Addr; });
  return It != Heap.end() && It->Addr == Addr ? It->Value : 0;
}

void State::store(ValueId Addr, ValueId V) {
  auto It = findBy(Heap, Addr, [](const HeapEntry &E) { return E.Addr; });
  if (It != Heap.end() && It->Addr == Addr)
    It->Value = V;
  else
    Heap.insert(It, HeapEntry{Addr, V});
}

void State::eraseStored(ValueId Addr) {
  auto It = findBy(Heap, Addr, [](const HeapEntry &E) { return E.Addr; });
  if (It != Heap.end() && It->Addr == Addr)
    Heap.erase(It);
}

ValueId State::token(const ValueTable &T, ValueId Addr, ValueId &Prefix) const {
  for (ValueId A = Addr;;) {
    auto It = findBy(Tokens, A, [](const ValuePair &P) { return P.First; });
    if (It != Tokens.end() && It->First == A) {
      Prefix = A;
      return It->Second;
    }
    const ValueInfo &I = T[A];
    if (T.isStep(A)) {
      A = I.A;
      continue;
    }
    Prefix = A;
    return I.Kind == ValueKind::GlobalAddr && !I.Stable ? GlobalToken : 0;
  }
}

ValueId State::load(ValueTable &T, ValueId Addr, int64_t Lo, int64_t Hi) const {
  Addr = rep(Addr);
  if (ValueId V = stored(Addr))
    return rep(V);
  if (T[Addr].Kind == ValueKind::ElemAt) {
    // "Some element": prefer one that holds an open handle, so that a loop which
    // releases an array empties it.
    ValueId Base = T[Addr].A;
    for (const HeapEntry &E : from(Base)) {
      const ValueInfo &I = T[E.Addr];
      bool Sibling = (I.Kind == ValueKind::ElemAt || I.Kind == ValueKind::Elem) && I.A == Base;
      if (!Sibling && E.Addr != Base)
        continue;
      if (const Obligation *O = obligation(rep(E.Value)); O && O->St == HandleState::Open)
        return rep(E.Value);
    }
  }
  ValueId Prefix = 0;
  ValueId Token = token(T, Addr, Prefix);
  ValueId At = Addr;
  if (T[Token].Kind == ValueKind::ZeroToken)
    return T.constant(0);
  if (T[Token].Kind == ValueKind::CopyToken) {
    At = T.rebase(At, Prefix, T[Token].A);
    Token = T[Token].B;
  }
  ValueId V = rep(T.content(At, Token, Lo, Hi));
  return V;
}

llvm::ArrayRef<HeapEntry> State::from(ValueId Prefix) const {
  auto It = findBy(Heap, Prefix, [](const HeapEntry &E) { return E.Addr; });
  return {It, Heap.end()};
}

void State::forget(const ValueTable &T, ValueId Prefix, ValueId Token) {
  auto First = findBy(Heap, Prefix, [](const HeapEntry &E) { return E.Addr; });
  Heap.erase(std::remove_if(First, Heap.end(),
                            [&](const HeapEntry &E) { return T.within(E.Addr, Prefix); }),
             Heap.end());
  auto Place = findBy(Tokens, Prefix, [](const ValuePair &P) { return P.First; });
  bool Reuse = Token && Place != Tokens.end() && Place->First == Prefix;
  if (Reuse)
    (Place++)->Second = Token;
  Tokens.erase(std::remove_if(Place, Tokens.end(),
                              [&](const ValuePair &P) { return T.within(P.First, Prefix); }),
               Tokens.end());
  if (Token && !Reuse)
    Tokens.insert(Place, ValuePair{Prefix, Token});
}

void State::copyMemory(ValueTable &T, ValueId To, const State &Source, ValueId From) {
  To = rep(To);
  From = Source.rep(From);
  if (To == From)
    return;
  // A copy of a copy is one of the first: Prefix is what the token stands for, and
  // From may be a part of that.
  auto Copy = [&](ValueId At, ValueId Prefix, ValueId Token) {
    const ValueInfo &I = T[Token];
    if (I.Kind == ValueKind::ZeroToken)
      return Token;
    return I.Kind == ValueKind::CopyToken ? T.copyToken(T.rebase(At, Prefix, I.A), I.B)
                                          : T.copyToken(At, Token);
  };
  llvm::SmallVector<HeapEntry, 8> Copied;
  for (const HeapEntry &E : Source.from(From))
    if (T.within(E.Addr, From))
      Copied.push_back({T.rebase(E.Addr, From, To), rep(E.Value)});
  llvm::SmallVector<ValuePair, 2> Parts;
  for (const ValuePair &P : Source.Tokens)
    if (P.First != From && T.within(P.First, From))
      Parts.push_back({T.rebase(P.First, From, To), Copy(P.First, P.First, P.Second)});
  ValueId Prefix = 0;
  ValueId Token = Source.token(T, From, Prefix);
  forget(T, To, Copy(From, Prefix, Token));
  for (const ValuePair &P : Parts)
    forget(T, P.First, P.Second);
  for (const HeapEntry &E : Copied)
    store(E.Addr, E.Value);
}

// Handles and temporaries ------------------------------------------------------

Obligation *State::obligation(ValueId V) {
  auto It = findBy(Obls, V, [](const Obligation &O) { return O.V; });
  return It != Obls.end() && It->V == V ? &*It : nullptr;
}

const Obligation *State::obligation(ValueId V) const {
  return const_cast<State *>(this)->obligation(V);
}

Obligation &State::addObligation(ValueId V) {
  auto It = findBy(Obls, V, [](const Obligation &O) { return O.V; });
  if (It == Obls.end() || It->V != V)
    It = Obls.insert(It, Obligation{});
  *It = Obligation{};
  It->V = V;
  return *It;
}

void State::dropObligation(ValueId V) {
  llvm::erase_if(Obls, [&](const Obligation &O) { return O.V == V; });
}

void State::expose(ValueId Root) { insertSorted(Exposed, Root); }

void State::noteSwept(model::KindId K) { insertSorted(Swept, K); }

bool State::hasOpen() const {
  return std::any_of(Obls.begin(), Obls.end(),
                     [](const Obligation &O) { return O.St == HandleState::Open && !O.Incoming; });
}

ValueId State::temp(uint32_t T) const {
  auto It = findBy(Temps, T, [](const ValuePair &P) { return P.First; });
  return It != Temps.end() && It->First == T ? rep(It->Second) : 0;
}

void State::setTemp(uint32_t T, ValueId V) {
  auto It = findBy(Temps, T, [](const ValuePair &P) { return P.First; });
  if (It != Temps.end() && It->First == T)
    It->Second = V;
  else
    Temps.insert(It, ValuePair{T, V});
}

void State::killTemp(uint32_t T) {
  llvm::erase_if(Temps, [&](const ValuePair &P) { return P.First == T; });
}

unsigned State::rounds(uint32_t LoopHead) const {
  auto It = findBy(Loops, LoopHead, [](const ValuePair &P) { return P.First; });
  return It != Loops.end() && It->First == LoopHead ? It->Second : 0;
}

void State::setRounds(uint32_t LoopHead, unsigned Rounds) {
  auto It = findBy(Loops, LoopHead, [](const ValuePair &P) { return P.First; });
  if (It == Loops.end() || It->First != LoopHead)
    It = Loops.insert(It, ValuePair{LoopHead, 0});
  It->Second = Rounds;
}

} // namespace handrail::solver
