//===- Calls.cpp - the meaning of calls -----------------------------------===//
//
// In order of trust: a model that stands before a body, the summary of the body,
// any other model, the policy for what has neither. See the table in docs/architecture.md.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"

using namespace handrail::ir;

namespace handrail::solver {

namespace {

bool movesHandle(const model::Effect &E) {
  switch (E.Op) {
  case model::EffectKind::Acquire:
  case model::EffectKind::Release:
  case model::EffectKind::Transfer:
  case model::EffectKind::Duplicate:
  case model::EffectKind::Retain:
  case model::EffectKind::Unretain:
  case model::EffectKind::Sweeps:
    return true;
  default:
    return false;
  }
}

/// Releases before acquires: what is replaced goes first.
unsigned rank(model::EffectKind K) {
  switch (K) {
  case model::EffectKind::Use:
    return 0;
  case model::EffectKind::Release:
  case model::EffectKind::Unretain:
    return 1;
  case model::EffectKind::Copy: // realloc: before the old block goes
    return 0;
  case model::EffectKind::Transfer:
  case model::EffectKind::Zero:
  case model::EffectKind::Same:
    return 4;
  default:
    return 3;
  }
}

} // namespace

bool Explorer::isEvent(const Op &O) const {
  if (O.Kind != OpKind::Call || O.has(OF_NoReturn))
    return false;
  if (!O.has(OF_Indirect) && isEvent(Names.Symbols[O.Aux]))
    return true;
  const CallTargets *Targets = targets(O);
  return Targets && llvm::any_of(Targets->Functions, [&](ProgSym C) { return isEvent(C); });
}

bool Explorer::isEvent(ProgSym Callee) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (SI.Sym->NoReturn)
    return false;
  if (SI.isSummarized())
    return Callees.movesHandles(Callee);
  for (uint32_t M : SI.Models)
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (movesHandle(E) && enabled(E.Kind))
        return true;
  return false;
}

/// A call after which a handle that it was given may be somebody else's, or closed.
bool Explorer::mayEnd(const Op &O) const {
  if (O.has(OF_NoReturn))
    return false;
  if (const CallTargets *Targets = targets(O))
    return Targets->Open || llvm::any_of(Targets->Functions, [&](ProgSym C) { return mayEnd(C); });
  return O.has(OF_Indirect) || mayEnd(Names.Symbols[O.Aux]);
}

bool Explorer::mayEnd(ProgSym Callee) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (!SI.isSummarized() && SI.Models.empty())
    return !SI.CLibrary && !SI.Sym->NoReturn;
  return isEvent(Callee);
}

/// True when an object of type \p Ty has elements that an index names.
static bool holdsArrays(const Unit &U, TypeId Ty, unsigned Depth = 0) {
  const Type &T = U.type(Ty);
  if (T.Kind == TypeKind::Array || Depth > 4)
    return true;
  if (T.Kind != TypeKind::Record || T.Record == None)
    return false;
  const Record &R = U.Records[T.Record];
  return llvm::any_of(R.Fields, [&](const Field &X) { return holdsArrays(U, X.Ty, Depth + 1); }) ||
         llvm::any_of(R.Bases, [&](TypeId B) { return holdsArrays(U, B, Depth + 1); });
}

/// False when \p O calls what does not write to the variable whose address, or a part's,
/// its operand number \p K is.
bool Explorer::mayWrite(const Op &O, unsigned K) {
  if (O.has(OF_Indirect) || O.has(OF_Virtual))
    return true;
  const Operand *X = &O.Operands[K];
  while (X->isTemp()) {
    const Op *Def = DefOf[X->Index];
    if (!Def || (Def->Kind != OpKind::Field && Def->Kind != OpKind::Index))
      return true;
    X = &Def->Operands[0];
  }
  if (X->Kind != OperandKind::Local || holdsArrays(U, F.Locals[X->Index].Ty))
    return true;
  ProgSym Callee = Names.Symbols[O.Aux];
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (!SI.isSummarized())
    return !constPointee(Callee, K);
  const Summary &Sum = Callees.get(Callee);
  return Sum.Unknown || !(Options.FollowFiles || SI.isOf(U)) || Sum.mayWriteTo(K);
}

const model::FunctionModel *Explorer::pickModel(const State &S, llvm::ArrayRef<uint32_t> Ms,
                                                llvm::ArrayRef<ValueId> Args) const {
  for (uint32_t Id : Ms) {
    const model::FunctionModel &M = Models.Functions[Id];
    if (Args.size() < M.MinArgs)
      continue;
    bool Fits = true;
    for (const auto &[Arg, Values] : M.ArgumentIs) {
      auto C = Arg < Args.size() ? S.constant(T, Args[Arg]) : std::nullopt;
      Fits &= C && std::any_of(Values.begin(), Values.end(),
                               [&](const model::ValueRange &R) { return R.contains(*C); });
    }
    if (Fits)
      return &M;
  }
  return nullptr;
}

/// The type of the parameter that gets argument \p Arg, or null: `this` is none.
const Type *Explorer::parameterType(ProgSym Callee, unsigned Arg) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  const Type &Fn = SI.U->type(SI.Sym->Ty);
  if (SI.Sym->Method && Arg-- == 0)
    return nullptr;
  if (Fn.Kind != TypeKind::Function || Arg >= Fn.Params.size())
    return nullptr;
  return &SI.U->type(Fn.Params[Arg]);
}

bool Explorer::constPointee(ProgSym Callee, unsigned Arg) const {
  const Type *P = parameterType(Callee, Arg);
  return P && P->Kind == TypeKind::Pointer && Index.Symbols[Callee].U->type(P->Elem).Const;
}

/// A value that is passed by reference to what it lies in: `push_back(const T &)`. The
/// C++ library copies records as well, into its containers.
bool Explorer::valueByReference(ProgSym Callee, unsigned Arg) const {
  const Type *P = parameterType(Callee, Arg);
  if (!P || !P->Reference)
    return false;
  const Symbol &Sym = *Index.Symbols[Callee].Sym;
  TypeKind K = Index.Symbols[Callee].U->type(P->Elem).Kind;
  return K == TypeKind::Pointer || K == TypeKind::Int ||
         (K == TypeKind::Record && Sym.System && !Sym.CLinkage);
}

/// What identifies the handle of \p E at \p V. Kinds that are objects share their
/// address with other kinds (an initialised mutex is also a lock that is held).
ValueId Explorer::handleAt(const model::Effect &E, ValueId V) {
  if (E.Kind == model::NoKind || Models.Kinds[E.Kind].Repr != model::Representation::Object)
    return V;
  return T.derived(V, 0, ObjectHandle + E.Kind, MinInt, MaxInt);
}

/// The value at \p P or, with \p AsAddress, the address it lies at. Nothing for a
/// place without an address (the result itself, an argument).
std::optional<ValueId> Explorer::place(State &S, const model::Place &P,
                                       llvm::ArrayRef<ValueId> Args, ValueId Ret, bool AsAddress) {
  ValueId V;
  if (P.Root == model::Place::Return)
    V = Ret;
  else if (static_cast<size_t>(P.Root) < Args.size())
    V = Args[P.Root];
  else
    return std::nullopt;
  if (AsAddress && P.Steps.empty())
    return std::nullopt;
  for (size_t K = 0; K < P.Steps.size(); ++K) {
    const model::PlaceStep &Step = P.Steps[K];
    ValueId Addr = V;
    switch (Step.Kind) {
    case model::PlaceStep::Deref:
      break;
    case model::PlaceStep::Index:
      Addr = T.elem(V, Step.Number);
      break;
    case model::PlaceStep::AnyIndex:
      Addr = T.elemAt(V, T.opResult(OpNumber, round(S), 55));
      break;
    case model::PlaceStep::Field: {
      uint32_t Name = 0;
      for (uint32_t N = 1; N < Index.Names.size(); ++N)
        if (Index.Names[N] == Step.Name)
          Name = N;
      if (!Name)
        return std::nullopt;
      Addr = T.field(V, Name);
      break;
    }
    }
    if (AsAddress && K + 1 == P.Steps.size())
      return Addr;
    V = S.load(T, Addr, MinInt, MaxInt);
  }
  return V;
}

/// The kind of what \p E makes. A copy has the kind of what was copied: that of a message
/// queue's descriptor is one, too.
model::KindId Explorer::kindOfCopy(State &S, const model::Effect &E, llvm::ArrayRef<ValueId> Args,
                                   ValueId Ret) {
  if (E.Op != model::EffectKind::Duplicate || !E.From || E.Kind == model::NoKind)
    return E.Kind;
  auto From = place(S, *E.From, Args, Ret, false);
  const Obligation *O = From ? S.obligation(S.rep(*From)) : nullptr;
  bool Alike = O && O->Kind != model::NoKind && O->St != HandleState::Closed &&
               Models.Kinds[O->Kind].Repr == Models.Kinds[E.Kind].Repr;
  return Alike ? O->Kind : E.Kind;
}

/// False when an effect contradicts what is known on this path.
bool Explorer::applyEffects(State &S, const Op &O, const model::FunctionModel &M,
                            llvm::ArrayRef<ValueId> Args, ValueId Ret, llvm::StringRef Callee,
                            llvm::ArrayRef<const model::Effect *> Effects) {
  for (const model::Effect *E : Effects) {
    bool Object =
        E->Kind != model::NoKind && Models.Kinds[E->Kind].Repr == model::Representation::Object;
    switch (E->Op) {
    case model::EffectKind::Acquire:
    case model::EffectKind::Duplicate: {
      // `close(1); dup(fd);` takes the lowest free number on purpose.
      if (E->Op == model::EffectKind::Duplicate && O.has(OF_Discarded))
        break;
      if (E->At.Root >= 0 && !E->At.Steps.empty() &&
          static_cast<size_t>(E->At.Root) < Args.size() && S.constant(T, Args[E->At.Root]) == 0)
        break; // nobody asked for it
      if (Object || E->At.Steps.empty()) {
        auto V = place(S, E->At, Args, Ret, false);
        if (V)
          acquire(S, handleAt(*E, *V), kindOfCopy(S, *E, Args, Ret), Callee, E->When.always());
        break;
      }
      auto Addr = place(S, E->At, Args, Ret, true);
      if (!Addr)
        break;
      // Through an out-parameter: a fresh handle, valid when the case says so.
      ValueId V = T.opResult(OpNumber, round(S), 200 + (E - M.Effects.data()));
      if (enabled(E->Kind)) {
        if (!S.assumeNotIn(T, V, Models.Kinds[E->Kind].Invalid))
          break;
      } else if (Models.Kinds[E->Kind].Memory) {
        T.setAllocatedMaybeNull(V);
      }
      storeTo(S, *Addr, V);
      acquire(S, V, E->Kind, Callee, E->When.always());
      break;
    }
    case model::EffectKind::Release:
      if (auto V = place(S, E->At, Args, Ret, false))
        release(S, handleAt(*E, *V), E->Kind, Callee);
      break;
    case model::EffectKind::Use:
      if (auto V = place(S, E->At, Args, Ret, false))
        use(S, handleAt(*E, *V), E->Kind, Callee);
      break;
    case model::EffectKind::Borrow:
      if (auto From = E->From ? place(S, *E->From, Args, Ret, false) : std::nullopt)
        if (auto V = place(S, E->At, Args, Ret, false))
          borrow(S, *V, E->Kind, *From);
      break;
    case model::EffectKind::Transfer:
      if (auto V = place(S, E->At, Args, Ret, false)) {
        ValueId To = 0;
        if (E->To)
          if (auto X = place(S, *E->To, Args, Ret, false))
            To = S.rep(*X);
        transferTo(S, *V, E->Kind, To, Callee);
      }
      break;
    case model::EffectKind::Retain:
      if (auto V = place(S, E->At, Args, Ret, false))
        retain(S, *V, E->Kind, Callee);
      break;
    case model::EffectKind::Unretain:
      if (auto V = place(S, E->At, Args, Ret, false))
        if (!releaseReference(S, *V, E->Kind, Callee))
          keep(S, *V, Callee);
      break;
    case model::EffectKind::Calls:
      if (auto F = place(S, E->At, Args, Ret, false); F && onlyLooks(*F)) {
        if (auto V = E->Data ? place(S, *E->Data, Args, Ret, false) : std::nullopt)
          clobber(S, *V, false, Callee);
        break;
      }
      [[fallthrough]];
    case model::EffectKind::Stores:
      for (const std::optional<model::Place> &P : {std::optional(E->At), E->Data})
        if (P)
          if (auto V = place(S, *P, Args, Ret, false)) {
            keepReachable(S, *V, Callee);
            clobber(S, *V, true, Callee);
          }
      break;
    case model::EffectKind::Sweeps:
      sweep(S, E->Kind, Callee);
      break;
    case model::EffectKind::Sends:
      if (auto V = place(S, E->At, Args, Ret, false))
        for (ValueId Sent : heldBelow(S, *V))
          keepReachable(S, Sent, Callee);
      break;
    case model::EffectKind::Same: {
      auto A = place(S, E->At, Args, Ret, false);
      auto B = E->From ? place(S, *E->From, Args, Ret, false) : std::nullopt;
      if (A && B && !S.assumeEqual(T, *A, *B))
        return false;
      break;
    }
    case model::EffectKind::Copy: {
      auto A = place(S, E->At, Args, Ret, false);
      auto B = E->From ? place(S, *E->From, Args, Ret, false) : std::nullopt;
      if (A && B)
        copyMemory(S, S.rep(*A), S.rep(*B));
      break;
    }
    case model::EffectKind::Zero:
      if (auto A = place(S, E->At, Args, Ret, false))
        S.forget(T, S.rep(*A), T.zeroToken());
      break;
    }
  }
  orderReleases(S, M, Args, Ret, Effects);
  return !std::exchange(Crashed, false);
}

void Explorer::applyModel(State S, const Op &O, const model::FunctionModel &M,
                          llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out) {
  llvm::StringRef Name = Index.symbolName(Callee);
  // The result: what it may be, and whether it stands for something known.
  Interval L = limits(O.Ty);
  ValueId Ret = T.opResult(OpNumber, round(S), 0, L.Lo, L.Hi);
  for (const model::Effect &E : M.Effects) {
    bool AtReturn = E.At.Root == model::Place::Return && E.At.Steps.empty();
    if (E.Op == model::EffectKind::Borrow && AtReturn && E.From && enabled(E.Kind)) {
      if (auto From = place(S, *E.From, Args, Ret, false))
        Ret = T.derived(*From, 0, 2000 + E.Kind, L.Lo, L.Hi);
    } else if ((E.Op == model::EffectKind::Acquire || E.Op == model::EffectKind::Duplicate) &&
               AtReturn && M.Returns.empty()) {
      const model::ResourceKind &K = Models.Kinds[E.Kind];
      // An int that is a handle or -1.
      if (K.Repr == model::Representation::Int && K.Invalid.size() == 1 && K.Invalid[0].Hi == -1 &&
          !S.assumeRange(T, Ret, -1, MaxInt))
        return;
    }
  }
  if (!S.assumeIn(T, Ret, M.Returns))
    return;

  // Memory that a modelled function writes without its model saying what.
  llvm::SmallVector<char, 8> IsHandle(Args.size(), false);
  for (const model::Effect &E : M.Effects)
    for (const model::Place *P : {&E.At, E.From ? &*E.From : nullptr, E.Data ? &*E.Data : nullptr})
      if (P && P->Root >= 0 && static_cast<size_t>(P->Root) < Args.size() && P->Steps.empty())
        IsHandle[P->Root] = true;
  if (!M.Pure)
    for (size_t K = 0; K < Args.size(); ++K)
      if (!IsHandle[K] && !constPointee(Callee, K))
        clobber(S, Args[K], false, Name);

  std::vector<model::ReturnClass> Classes;
  // Who drops the result of taking a reference takes it for granted.
  auto Trusted = [&](const model::Effect &E) {
    return E.Op == model::EffectKind::Retain && O.has(OF_Discarded);
  };
  auto Matters = [&](const model::Effect &E) {
    if (E.Op != model::EffectKind::Sends)
      return !Trusted(E);
    auto V = place(S, E.At, Args, Ret, false);
    return V && !heldBelow(S, *V).empty();
  };
  for (const model::Effect &E : M.Effects)
    if (!E.When.always() && Matters(E) &&
        std::find(Classes.begin(), Classes.end(), E.When) == Classes.end())
      Classes.push_back(E.When);
  auto Emit = [&](State X, const model::ReturnClass *Class) {
    // An object that could not be initialised is not what it was before, either.
    for (const model::Effect &E : M.Effects)
      if (E.Op == model::EffectKind::Acquire && !E.When.always() && !(Class && E.When == *Class) &&
          Models.Kinds[E.Kind].Repr == model::Representation::Object)
        if (auto V = place(X, E.At, Args, Ret, false))
          if (const Obligation *Old = X.obligation(X.rep(handleAt(E, *V)));
              Old && Old->St == HandleState::Closed)
            X.dropObligation(Old->V);
    // Who tried to release an object and could not has done what there was to do.
    for (const model::Effect &E : M.Effects)
      if (E.Op == model::EffectKind::Release && !E.When.always() && !(Class && E.When == *Class) &&
          Models.Kinds[E.Kind].Repr == model::Representation::Object)
        if (auto V = place(X, E.At, Args, Ret, false))
          if (Obligation *Left = X.obligation(X.rep(handleAt(E, *V))))
            Left->Doubtful = true;
    std::vector<const model::Effect *> Now;
    for (const model::Effect &E : M.Effects)
      if (E.When.always() || Trusted(E) || (Class && E.When == *Class))
        Now.push_back(&E);
    std::stable_sort(Now.begin(), Now.end(), [](const model::Effect *A, const model::Effect *B) {
      return rank(A->Op) < rank(B->Op);
    });
    if (O.Result != None)
      X.setTemp(O.Result, X.rep(Ret)); // a root while losses are looked for
    uint8_t Free = X.FreeStandard;
    if (!applyEffects(X, O, M, Args, Ret, Name, Now))
      return;
    // The numbers that `close(0)` freed are given out first, one or more at a call.
    auto Acquires = [&](const model::Effect *E) {
      return (E->Op == model::EffectKind::Acquire || E->Op == model::EffectKind::Duplicate) &&
             !Models.Kinds[E->Kind].Immortal.empty();
    };
    if (Free && llvm::any_of(Now, Acquires))
      --X.FreeStandard;
    if (X.hasOpen())
      checkLosses(X, LossKind::Overwrite, OpLoc);
    Out.push_back(std::move(X));
  };
  if (M.MayThrow && !S.Unwinding) {
    Out.push_back(S);
    throwFrom(Out.back(), Name, 0);
  }
  if (M.NoReturn)
    return;
  for (const model::ReturnClass &C : Classes) {
    State X = S;
    if (X.assumeIn(T, Ret, C.Values)) {
      settleValidity(X);
      Emit(std::move(X), &C);
    }
  }
  for (const model::ReturnClass &C : Classes)
    if (!S.assumeNotIn(T, Ret, C.Values))
      return;
  Emit(std::move(S), nullptr);
}

bool Explorer::isErrno(const Op &O) const {
  if (O.Kind != OpKind::Call || O.has(OF_Indirect))
    return false;
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Names.Symbols[O.Aux]];
  return !SI.Body && SI.Models.size() == 1 && Models.Functions[SI.Models[0]].Errno;
}

void Explorer::findErrno() {
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (isErrno(O))
        ErrnoAddr = T.stringAddr(UINT32_MAX); // somewhere that nothing else is
      else if (O.Kind == OpKind::Store && O.Operands[0].isTemp())
        if (const Op *Def = DefOf[O.Operands[0].Index])
          StoresErrno |= isErrno(*Def);
    }
}

void Explorer::call(State &S, const Op &O, States &Out) {
  if (ErrnoAddr) {
    if (isErrno(O)) {
      if (O.Result != None)
        S.setTemp(O.Result, ErrnoAddr);
      Out.push_back(std::move(S));
      return;
    }
    KnowsReason = S.constant(T, S.load(T, ErrnoAddr, MinInt, MaxInt)).has_value();
    S.forget(T, ErrnoAddr, T.opResult(OpNumber, round(S), 62));
  }
  llvm::SmallVector<ValueId, 8> Args;
  for (size_t K = O.has(OF_Indirect) ? 1 : 0; K < O.Operands.size(); ++K)
    Args.push_back(value(S, O.Operands[K]));
  if (O.has(OF_NoReturn)) {
    Out.clear();
    return;
  }
  if (O.has(OF_Indirect)) {
    dispatch(std::move(S), O, Args, Out);
    return;
  }
  ProgSym Callee = Names.Symbols[O.Aux];
  // What a model says of a method it says of those that override it.
  if (O.has(OF_Virtual) && !pickModel(S, Index.Symbols[Callee].Models, Args))
    dispatch(std::move(S), O, Args, Out);
  else
    callFunction(std::move(S), O, Args, Callee, Out);
}

/// \p O, or what it calls through a pointer, is \p Callee.
void Explorer::callFunction(State S, const Op &O, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                            States &Out) {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (SI.Sym->NoReturn && !SI.isSummarized()) // one that is known may throw
    return;
  if (SI.isSummarized() && !O.has(OF_Virtual)) {
    const Summary &Sum = Callees.get(Callee);
    if (!Sum.Unknown && (Options.FollowFiles || SI.isOf(U) || Sum.NoReturn)) {
      applySummary(S, O, boundSummary(S, O, Sum, Args, Callee), Args, Callee, Out);
      return;
    }
  } else if (const model::FunctionModel *M = pickModel(S, SI.Models, Args)) {
    applyModel(std::move(S), O, *M, Args, Callee, Out);
    return;
  }
  applyUnknown(S, O, Args, Callee, SI.CLibrary && !SI.Body);
  Out.push_back(std::move(S));
}

} // namespace handrail::solver
