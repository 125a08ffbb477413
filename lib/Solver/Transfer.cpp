//===- Transfer.cpp - the meaning of operations ---------------------------===//

#include "lib/Solver/Explorer.h"

using namespace handrail::ir;

namespace handrail::solver {

Interval Explorer::limits(TypeId Ty) const {
  const Type &X = U.type(Ty);
  switch (X.Kind) {
  case TypeKind::Bool:
    return {0, 1};
  case TypeKind::Int:
    if (X.Bits == 0 || X.Bits > 63)
      return {MinInt, MaxInt};
    if (X.Signed)
      return {-(int64_t(1) << (X.Bits - 1)), (int64_t(1) << (X.Bits - 1)) - 1};
    return {0, (int64_t(1) << X.Bits) - 1};
  default:
    return {MinInt, MaxInt};
  }
}

ValueId Explorer::fresh(const State &S, int64_t Which, TypeId Ty) {
  Interval L = limits(Ty);
  return T.opResult(OpNumber, round(S), Which, L.Lo, L.Hi);
}

ValueId Explorer::globalAddr(ProgSym G) {
  ValueId V = T.globalAddr(G);
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[G];
  const Symbol &Sym = *SI.Sym;
  // stdin is always the same.
  bool Stream = SI.CLibrary && SI.U->type(Sym.Ty).Kind == TypeKind::Pointer;
  if (Sym.Const || Sym.Link == Linkage::Internal || Stream)
    T.setStable(V);
  return V;
}

/// What a variable holds that nobody writes: its initialiser.
std::optional<int64_t> Explorer::fixedContent(ValueId Addr) const {
  if (T[Addr].Kind != ValueKind::GlobalAddr)
    return std::nullopt;
  const Symbol &Sym = *Index.Symbols[T[Addr].A].Sym;
  if (!Sym.Const || !Sym.Init.isInt() || Sym.Link == Linkage::Weak)
    return std::nullopt;
  return Sym.Init.Value;
}

ValueId Explorer::value(State &S, const Operand &O) {
  switch (O.Kind) {
  case OperandKind::Temp: {
    ValueId V = S.temp(O.Index);
    return V ? V : fresh(S, 100 + O.Index, 0);
  }
  case OperandKind::Int:
    return T.constant(O.Value);
  case OperandKind::Local:
    return S.rep(T.localAddr(O.Index));
  case OperandKind::Global:
    return globalAddr(Names.Symbols[O.Index]);
  case OperandKind::Func:
    return T.funcAddr(Names.Symbols[O.Index]);
  case OperandKind::String:
    return T.stringAddr(O.Index);
  case OperandKind::Undef:
  case OperandKind::None:
    return fresh(S, 99, 0);
  }
  return 0;
}

/// True for `x & Bit` with a single bit: it is 0 or the bit.
bool Explorer::isBitTest(ValueId V, int64_t Bit) const {
  return T[V].Kind == ValueKind::Derived && T[V].C == static_cast<int64_t>(OpKind::And) &&
         Bit > 0 && (Bit & (Bit - 1)) == 0 && T[V].Hi == Bit;
}

/// A value that is 0 when \p V is, and of which facts can be kept: `~fd` is 0 when
/// `fd` is -1.
ValueId Explorer::condition(ValueId V) {
  if (T[V].Kind != ValueKind::Derived || T[V].C != static_cast<int64_t>(OpKind::BitNot))
    return V;
  return T.logicalNot(T.eq(T[V].A, T.constant(-1)));
}

ValueId Explorer::compare(State &S, const Op &O) {
  ValueId A = value(S, O.Operands[0]), B = value(S, O.Operands[1]);
  bool Unsigned = O.has(OF_Unsigned);
  bool Negate = false;
  OpKind K = O.Kind;
  if (K == OpKind::Ne || K == OpKind::Ge || K == OpKind::Le) {
    Negate = true;
    K = K == OpKind::Ne ? OpKind::Eq : K == OpKind::Ge ? OpKind::Lt : OpKind::Gt;
  }
  if (K == OpKind::Gt) {
    std::swap(A, B);
    K = OpKind::Lt;
  }
  ValueId R;
  // A comparison compared with 0 or 1 is itself or its opposite.
  auto IsBool = [&](ValueId V) {
    ValueKind X = T[V].Kind;
    return X == ValueKind::Eq || X == ValueKind::Lt || X == ValueKind::Not;
  };
  if (K == OpKind::Eq) {
    auto CA = S.constant(T, A), CB = S.constant(T, B);
    if (CA && !CB) {
      std::swap(A, B);
      std::swap(CA, CB);
    }
    if (CB && *CB == 0)
      R = T.logicalNot(condition(A));
    else if (CB && *CB == 1 && IsBool(A))
      R = A;
    else if (CB && isBitTest(A, *CB))
      R = T.logicalNot(T.logicalNot(A)); // (flags & BIT) == BIT
    else
      R = T.eq(A, CB ? T.constant(*CB) : B);
  } else {
    R = T.lt(A, B, Unsigned);
  }
  if (Negate)
    R = T.logicalNot(R);
  if (auto Known = S.truth(T, R))
    return T.constant(*Known);
  return R;
}

std::optional<int64_t> fold(OpKind K, int64_t X, int64_t Y) {
  int64_t R;
  switch (K) {
  case OpKind::Add:
    return __builtin_add_overflow(X, Y, &R) ? std::nullopt : std::optional(R);
  case OpKind::Sub:
    return __builtin_sub_overflow(X, Y, &R) ? std::nullopt : std::optional(R);
  case OpKind::Mul:
    return __builtin_mul_overflow(X, Y, &R) ? std::nullopt : std::optional(R);
  case OpKind::Div:
  case OpKind::Rem:
    // Of a big unsigned number or of a negative one: here they look alike.
    if (X < 0 || Y <= 0)
      return std::nullopt;
    return K == OpKind::Div ? X / Y : X % Y;
  case OpKind::And:
    return X & Y;
  case OpKind::Or:
    return X | Y;
  case OpKind::Xor:
    return X ^ Y;
  case OpKind::Shl:
    if (Y < 0 || Y >= 63)
      return std::nullopt;
    return static_cast<int64_t>(static_cast<uint64_t>(X) << Y);
  case OpKind::Shr:
    if (Y < 0 || Y >= 63 || X < 0)
      return std::nullopt;
    return X >> Y;
  case OpKind::Neg:
    return X == MinInt ? std::nullopt : std::optional(-X);
  case OpKind::BitNot:
    return ~X;
  default:
    return std::nullopt;
  }
}

/// `(p | TAG) & TAG` is the tag.
std::optional<int64_t> Explorer::taggedBits(ValueId A, OpKind K, ValueId Mask) const {
  const ValueInfo &X = T[A];
  if (K != OpKind::And || !T.isConst(Mask) || X.Kind != ValueKind::Derived ||
      X.C != static_cast<int64_t>(OpKind::Or) || !X.B || !T.isConst(X.B))
    return std::nullopt;
  int64_t M = T[Mask].C;
  return (T[X.B].C & M) == M ? std::optional(M) : std::nullopt;
}

ValueId Explorer::arithmetic(State &S, const Op &O) {
  ValueId A = value(S, O.Operands[0]);
  ValueId B = O.Operands.size() > 1 ? value(S, O.Operands[1]) : 0;
  auto CA = S.constant(T, A);
  auto CB = B ? S.constant(T, B) : std::nullopt;
  Interval L = limits(O.Ty);
  auto Wrap = [&](int64_t V) -> ValueId {
    const Type &Ty = U.type(O.Ty);
    if (Ty.Kind == TypeKind::Int && Ty.Bits && Ty.Bits < 64) {
      uint64_t Mask = (uint64_t(1) << Ty.Bits) - 1;
      uint64_t W = static_cast<uint64_t>(V) & Mask;
      if (Ty.Signed && (W >> (Ty.Bits - 1)))
        W |= ~Mask;
      V = static_cast<int64_t>(W);
    }
    return T.constant(V);
  };
  if (CA && (CB || !B))
    if (auto C = fold(O.Kind, *CA, CB.value_or(0)))
      return Wrap(*C);
  if (auto Tag = CB ? taggedBits(A, O.Kind, T.constant(*CB)) : std::nullopt)
    return T.constant(*Tag);
  if (O.Kind == OpKind::Add && CB)
    return T.plus(A, *CB);
  if (O.Kind == OpKind::Add && CA)
    return T.plus(B, *CA);
  if (O.Kind == OpKind::Sub && CB && *CB != MinInt)
    return T.plus(A, -*CB);
  if (O.Kind == OpKind::Sub && A == B)
    return T.constant(0);
  // Packing a handle with zero bits, or a mask of all ones, keeps it.
  if ((O.Kind == OpKind::Or || O.Kind == OpKind::Xor) && CB && *CB == 0)
    return A;
  // `~flags & BIT` is set when `flags & BIT` is not.
  auto IsBit = [](int64_t V) { return V > 0 && (V & (V - 1)) == 0; };
  if (O.Kind == OpKind::And && CB && IsBit(*CB) && T[A].Kind == ValueKind::Derived &&
      T[A].C == static_cast<int64_t>(OpKind::BitNot))
    return T.logicalNot(T.derived(T[A].A, B, static_cast<uint32_t>(O.Kind), 0, *CB));
  int64_t Lo = L.Lo, Hi = L.Hi;
  if (O.Kind == OpKind::And && CB && *CB >= 0) {
    Lo = 0;
    Hi = *CB;
  } else if (O.Kind == OpKind::Rem && CB && *CB > 0 && S.range(T, A).Lo >= 0) {
    Lo = 0;
    Hi = *CB - 1;
  }
  ValueId R = T.derived(A, B, static_cast<uint32_t>(O.Kind), Lo, Hi);
  if (T.isIntricate(R))
    return fresh(S, 0, O.Ty);
  if (O.Kind == OpKind::Neg) {
    Interval I = S.range(T, A);
    if (I.Lo != MinInt && I.Hi != MaxInt)
      (void)S.assumeRange(T, R, -I.Hi, -I.Lo);
    if (S.excludes(T, A, 0))
      (void)S.assumeNot(T, R, 0);
  }
  // `BIT | x` is never zero. A new value has no facts that this could contradict.
  if (O.Kind == OpKind::Or && ((CB && *CB != 0) || (CA && *CA != 0)))
    (void)S.assumeNot(T, R, 0);
  return R;
}

void Explorer::storeTo(State &S, ValueId Addr, ValueId V) {
  Addr = S.rep(Addr);
  nameValue(S, Addr, V);
  noteRelink(S, Addr);
  S.store(Addr, V);
}

/// `node->next->prev = x` writes an object that other paths may lead to as well.
void Explorer::noteRelink(State &S, ValueId Addr) {
  ValueId Root = T.root(Addr);
  const ValueInfo &R = T[Root];
  bool Parameter = R.Kind == ValueKind::Content && T[R.A].Kind == ValueKind::LocalAddr;
  if (T.isNamedAddress(Root) || R.Allocated || Parameter)
    return;
  uint32_t Name = T[Addr].Kind == ValueKind::Field ? T[Addr].B : 0;
  auto It = llvm::lower_bound(S.Relinked, Name);
  if (It == S.Relinked.end() || *It != Name)
    S.Relinked.insert(It, Name);
}

/// True when \p V was read through a member that may have been written meanwhile, in
/// a way that nobody followed: `close(head->fd)` after the head was unlinked.
bool Explorer::mayBeAnother(const State &S, ValueId V) const {
  for (unsigned Depth = 0; T[V].Kind == ValueKind::Content && Depth < 8; ++Depth) {
    ValueId Addr = T[V].A;
    if (T[Addr].Kind == ValueKind::LocalAddr)
      return false;
    uint32_t Name = T[Addr].Kind == ValueKind::Field ? T[Addr].B : 0;
    if (llvm::is_contained(S.Relinked, 0u) || llvm::is_contained(S.Relinked, Name))
      return true;
    V = T.root(Addr);
  }
  return false;
}

/// What is an object in a local variable is lost with it, unless its address is known
/// elsewhere or its bytes were copied.
void Explorer::loseObjects(State &S, ValueId Root) {
  if (!S.hasOpen() || Info.Dies.test(Block) || T[Root].Kind != ValueKind::LocalAddr ||
      F.Locals[T[Root].A].Param || llvm::is_contained(S.Exposed, Root) ||
      llvm::any_of(S.Temps, [&](const ValuePair &P) { return T.root(P.Second) == Root; }))
    return;
  llvm::SmallVector<ValueId, 2> Lost;
  for (const Obligation &O : S.Obls)
    if (O.St == HandleState::Open && !O.Incoming && isObject(O.V) && T.root(T[O.V].A) == Root &&
        Models.Kinds[O.Kind].ReportLeak && (!IsMain || Models.Kinds[O.Kind].LeakAtExit))
      Lost.push_back(O.V);
  const Terminator &Term = F.Blocks[Block].Term;
  bool Returns = Term.Kind == TermKind::Return;
  for (ValueId V : Lost) {
    report(S, ViolationKind::Leak, V, S.obligation(V)->Kind, "",
           Returns ? LossKind::Return : LossKind::ScopeEnd, Returns ? Term.Loc : OpLoc);
    S.dropObligation(V);
  }
}

void Explorer::copyMemory(State &S, ValueId To, ValueId From) {
  S.copyMemory(T, To, From);
  keepCopied(S, From);
}

/// What \p O copies. The first element of an array has the address of the array: where
/// records of that type are elements, to store one is to store its members, and leaves
/// the other elements alone.
void Explorer::copyObject(State &S, const Op &O) {
  ValueId To = value(S, O.Operands[0]), From = value(S, O.Operands[1]);
  const Type &Ty = U.type(O.Ty);
  if (Ty.Kind != TypeKind::Record || !ElementRecords.contains(Ty.Record) ||
      T[To].Kind == ValueKind::Elem || T[To].Kind == ValueKind::ElemAt)
    return copyMemory(S, To, From);
  for (const Field &Member : U.Records[Ty.Record].Fields)
    if (uint32_t Name = Names.Strings[Member.Name])
      copyMemory(S, T.field(To, Name), T.field(From, Name));
}

/// Finds the records that are elements of an array here.
void Explorer::findElementRecords() {
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind != OpKind::Index || U.type(O.Ty).Kind != TypeKind::Pointer)
        continue;
      const Type &Element = U.type(U.type(O.Ty).Elem);
      if (Element.Kind == TypeKind::Record && U.Records[Element.Record].Bases.empty())
        ElementRecords.insert(Element.Record);
    }
}

/// Of two copies of an object either may be the one that is released.
void Explorer::keepCopied(State &S, ValueId From) {
  for (Obligation &X : S.Obls)
    if (X.St == HandleState::Open && isObject(X.V) && T.within(T[X.V].A, From))
      X.St = HandleState::Kept;
}

/// Ends everything below the address \p Root.
void Explorer::endOf(State &S, ValueId Root) {
  loseObjects(S, Root);
  S.forget(T, Root, 0);
  llvm::erase_if(S.Exposed, [&](ValueId V) { return V == Root; });
}

/// What is accessed through a pointer that is null ends there: false. What goes on
/// knows that it was not.
bool Explorer::dereference(State &S, const Op &O) {
  if ((O.Kind != OpKind::Load && O.Kind != OpKind::Store) || !O.Operands[0].isTemp())
    return true;
  ValueId Root = S.rep(T.root(value(S, O.Operands[0])));
  const ValueInfo &I = T[Root];
  if (I.Kind == ValueKind::Const)
    return I.C != 0;
  return I.NonNull || T.isNamedAddress(Root) || S.assumeNot(T, Root, 0);
}

/// Interprets an operation that has one outcome: anything but a call.
void Explorer::transfer(State &S, const Op &O) {
  auto Bind = [&](ValueId V) {
    if (O.Result != None)
      S.setTemp(O.Result, S.rep(V));
  };
  bool MayLose = false;
  LossKind Why = LossKind::Overwrite;
  switch (O.Kind) {
  case OpKind::Copy:
    Bind(value(S, O.Operands[0]));
    break;
  case OpKind::Load: {
    Interval L = limits(O.Ty);
    ValueId Addr = value(S, O.Operands[0]);
    auto Fixed = fixedContent(Addr);
    ValueId V = Fixed ? T.constant(*Fixed) : S.load(T, Addr, L.Lo, L.Hi);
    // It is read after something failed, and then it is positive.
    if (ErrnoAddr && Addr == ErrnoAddr && T[V].Kind == ValueKind::Content)
      (void)S.assumeRange(T, V, StoresErrno ? 0 : 1, 4095);
    if (ValueId Known = T[V].Kind == ValueKind::Content ? initialValue(Addr) : 0)
      V = Known;
    Bind(V);
    break;
  }
  case OpKind::Store: {
    ValueId Addr = value(S, O.Operands[0]), V = value(S, O.Operands[1]);
    MayLose = S.stored(Addr) != 0;
    storeTo(S, Addr, V);
    break;
  }
  case OpKind::CopyMem:
    copyObject(S, O);
    MayLose = true;
    break;
  case OpKind::Zero:
    S.forget(T, value(S, O.Operands[0]), T.zeroToken());
    MayLose = true;
    break;
  case OpKind::Havoc:
    S.forget(T, value(S, O.Operands[0]), fresh(S, 0, 0));
    MayLose = true;
    break;
  case OpKind::Field:
    Bind(T.field(value(S, O.Operands[0]), Names.Strings[O.Aux]));
    break;
  case OpKind::Container:
    Bind(T.container(value(S, O.Operands[0]), Names.Strings[O.Aux]));
    break;
  case OpKind::Index: {
    ValueId Base = value(S, O.Operands[0]), I = value(S, O.Operands[1]);
    if (auto C = S.constant(T, I))
      Bind(T.elem(Base, *C));
    else
      Bind(T.elemAt(Base, I));
    break;
  }
  case OpKind::Add:
  case OpKind::Sub:
  case OpKind::Mul:
  case OpKind::Div:
  case OpKind::Rem:
  case OpKind::And:
  case OpKind::Or:
  case OpKind::Xor:
  case OpKind::Shl:
  case OpKind::Shr:
  case OpKind::Neg:
  case OpKind::BitNot:
    Bind(arithmetic(S, O));
    break;
  case OpKind::Eq:
  case OpKind::Ne:
  case OpKind::Lt:
  case OpKind::Le:
  case OpKind::Gt:
  case OpKind::Ge:
    Bind(compare(S, O));
    break;
  case OpKind::Not: {
    ValueId V = T.logicalNot(condition(value(S, O.Operands[0])));
    if (auto Known = S.truth(T, V))
      V = T.constant(*Known);
    Bind(V);
    break;
  }
  case OpKind::Cast: {
    ValueId V = value(S, O.Operands[0]);
    if (static_cast<CastKind>(O.Aux) == CastKind::Value) {
      Interval L = limits(O.Ty), R = S.range(T, V);
      if (auto C = S.constant(T, V)) {
        Op Wrap = O;
        Wrap.Kind = OpKind::Add;
        Wrap.Operands = {Operand::integer(*C), Operand::integer(0)};
        V = arithmetic(S, Wrap);
      } else if (!(L.Lo <= R.Lo && R.Hi <= L.Hi) && !S.obligation(V) && U.type(O.Ty).Bits < 32) {
        // A handle survives any cast; other values may lose bits.
        V = T.derived(V, 0, 1000 + U.type(O.Ty).Bits, L.Lo, L.Hi);
      }
    }
    Bind(V);
    break;
  }
  case OpKind::Call:
    break;
  case OpKind::New: {
    ValueId V = fresh(S, 0, 0);
    T.setAllocated(V);
    S.forget(T, V, fresh(S, 1, 0));
    Bind(V);
    break;
  }
  case OpKind::Delete: {
    ValueId V = value(S, O.Operands[0]);
    if (T[V].Allocated)
      S.forget(T, V, fresh(S, 0, 0));
    MayLose = true;
    Why = LossKind::HolderFreed;
    break;
  }
  case OpKind::Closure: {
    ValueId V = fresh(S, 0, 0);
    T.setAllocated(V);
    for (const LambdaCapture &C : F.Closures[O.Aux].Captures) {
      if (!C.Value)
        continue;
      ValueId Member = T.field(V, Names.Strings[C.Name]);
      ValueId Captured = value(S, C.Value);
      TypeKind K = U.type(C.Ty).Kind;
      if (K == TypeKind::Record || K == TypeKind::Array)
        S.copyMemory(T, Member, Captured);
      else
        S.store(Member, Captured);
    }
    Bind(V);
    break;
  }
  case OpKind::Decl: {
    ValueId A = value(S, O.Operands[0]);
    S.forget(T, A, fresh(S, 0, 0));
    break;
  }
  case OpKind::End:
    endOf(S, value(S, O.Operands[0]));
    break;
  case OpKind::Escape:
    for (const Operand &X : O.Operands) {
      ValueId V = value(S, X);
      keepReachable(S, V, "");
      clobber(S, V, true, "");
    }
    break;
  case OpKind::Await:
    checkSuspension(S);
    Bind(fresh(S, 0, O.Ty));
    break;
  case OpKind::Threw:
    Bind(T.constant(S.Unwinding != 0));
    break;
  }
  if (MayLose && S.hasOpen())
    checkLosses(S, Why, O.Loc);
}

} // namespace handrail::solver
