//===- UnknownCalls.cpp - what code that we do not see may do -------------===//
//
// What it can reach it may keep or overwrite. The evidence policy for handles that
// it is given is in docs/architecture.md.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace handrail::ir;

namespace handrail::solver {

void Explorer::keepReachable(State &S, ValueId V, llvm::StringRef Callee) {
  llvm::SmallVector<ValueId, 8> Work{S.rep(V)};
  llvm::DenseSet<ValueId> Seen;
  while (!Work.empty()) {
    ValueId X = Work.pop_back_val();
    if (!X || !Seen.insert(X).second)
      continue;
    keep(S, X, Callee);
    const ValueInfo I = T[X];
    if (I.Kind == ValueKind::Derived || I.Kind == ValueKind::Plus) {
      Work.push_back(S.rep(I.A));
      if (I.Kind == ValueKind::Derived && I.B)
        Work.push_back(S.rep(I.B));
      continue;
    }
    for (const HeapEntry &E : S.from(X))
      if (T.within(E.Addr, X))
        Work.push_back(S.rep(E.Value));
    // A parameter that nobody has written yet.
    if (I.Kind == ValueKind::LocalAddr && I.A < F.NumParams && !I.Input && !S.stored(X)) {
      Interval L = limits(F.Locals[I.A].Ty);
      Work.push_back(S.load(T, X, L.Lo, L.Hi));
    }
    if (T[X].Allocated)
      S.expose(X);
  }
}

/// Open handles, and memory of our own, that lie in the memory at \p Pointer.
llvm::SmallVector<ValueId, 4> Explorer::heldBelow(const State &S, ValueId Pointer) const {
  llvm::SmallVector<ValueId, 4> Result;
  Pointer = S.rep(Pointer);
  for (const HeapEntry &E : S.from(Pointer)) {
    if (!T.within(E.Addr, Pointer))
      continue;
    ValueId V = S.rep(E.Value);
    const Obligation *O = S.obligation(V);
    if ((O && O->St == HandleState::Open) || T[T.root(V)].Allocated)
      Result.push_back(V);
  }
  return Result;
}

/// What lies at places that nobody knows is in a container, and who gets to see that may
/// close what is in it, `const` or not.
void Explorer::keepElements(State &S, ValueId Container, llvm::StringRef Callee) {
  llvm::SmallVector<ValueId, 4> Elements;
  for (const HeapEntry &E : S.from(Container))
    for (ValueId A = E.Addr; A != T.root(A) && A != Container; A = T[A].A)
      if (T[A].Kind == ValueKind::ElemAt && T.within(A, Container))
        Elements.push_back(E.Value);
  for (ValueId V : Elements)
    keepReachable(S, V, Callee);
}

/// A callee may have written anything to what \p Pointer points to. With \p Keep
/// it may also hold what it found there.
void Explorer::clobber(State &S, ValueId Pointer, bool Keep, llvm::StringRef Callee) {
  Pointer = S.rep(Pointer);
  const ValueInfo &I = T[Pointer];
  if (I.Kind == ValueKind::Const || I.Kind == ValueKind::StringAddr ||
      I.Kind == ValueKind::FuncAddr)
    return;
  bool Any = false;
  llvm::SmallVector<ValueId, 8> Held;
  for (const HeapEntry &E : S.from(Pointer))
    if (T.within(E.Addr, Pointer)) {
      Any = true;
      Held.push_back(E.Value);
    }
  for (ValueId V : Held) {
    if (Keep)
      keepReachable(S, V, Callee);
    else if (const Obligation *O = S.obligation(S.rep(V)); O && O->St == HandleState::Open)
      keep(S, V, Callee); // what overwrote it is not known to have lost it
  }
  bool Addressable = I.NonNull || T.isInput(Pointer) || I.Allocated;
  if (Any || Addressable)
    S.forget(T, Pointer, T.opResult(OpNumber, round(S), 60));
  ValueId Root = T.root(Pointer);
  if (Keep && (T[Root].Kind == ValueKind::LocalAddr || T[Root].Allocated))
    S.expose(Root);
}

void Explorer::clobberGlobals(State &S) {
  llvm::SmallVector<ValueId, 8> Roots;
  for (const HeapEntry &E : S.Heap) {
    ValueId R = T.root(E.Addr);
    if (T[R].Kind == ValueKind::GlobalAddr && !T[R].Stable) {
      Roots.push_back(R);
      keepReachable(S, E.Value, "");
    }
  }
  // Straight code that tests a global twice means the same by it both times; a
  // loop may well wait for it to change.
  if (Info.LoopsOf[Block].empty())
    return;
  for (ValueId R : Roots)
    S.forget(T, R, 0);
  S.GlobalToken = T.opResult(OpNumber, round(S), 61);
}

void Explorer::applyUnknown(State &S, const Op &O, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                            bool CLibrary) {
  bool Indirect = O.has(OF_Indirect);
  std::string Name = Indirect ? "" : Index.symbolName(Callee).str();
  if (!CLibrary) {
    ++Stats.UnknownCallees;
    // What earlier calls were shown, this one may change.
    auto Exposed = S.Exposed;
    for (ValueId R : Exposed)
      clobber(S, R, true, Name);
    clobberGlobals(S);
  }
  for (size_t K = 0; K < Args.size(); ++K) {
    ValueId V = S.rep(Args[K]);
    while (T[V].Kind == ValueKind::Field && Index.LeadingMember[T[V].B])
      V = S.rep(T[V].A);
    bool Const = !Indirect && constPointee(Callee, K);
    if (Const) {
      if (!CLibrary && !Options.Strict && valueByReference(Callee, K))
        keepReachable(S, V, Name);
      else if (!CLibrary && !Options.Strict && U.CPlusPlus)
        keepElements(S, V, Name);
      continue;
    }
    if (CLibrary) {
      clobber(S, V, false, Name);
      continue;
    }
    if (Options.Strict || (!Indirect && Callees.borrows(Callee, K))) {
      clobber(S, V, false, Name);
      continue;
    }
    llvm::SaveAndRestore Here(Keeper, std::optional(Name));
    keepReachable(S, V, Name);
    clobber(S, V, true, Name);
  }
  if (O.Result != None) {
    ValueId V = fresh(S, 0, O.Ty);
    if (U.type(O.Ty).Kind == TypeKind::Record)
      T.setAllocated(V);
    S.setTemp(O.Result, V);
  }
}

} // namespace handrail::solver
