//===- Value.cpp - symbolic values, interned per function -----------------===//

#include "lib/Solver/Value.h"
#include "llvm/ADT/STLExtras.h"

namespace handrail::solver {

ValueTable::ValueTable() {
  constexpr unsigned Usual = 192; // most functions get by with that many
  Infos.reserve(Usual);
  Ids.reserve(Usual);
  Infos.emplace_back();
}

ValueId ValueTable::intern(ValueKind K, uint32_t A, uint32_t B, int64_t C, int64_t Lo, int64_t Hi) {
  auto [It, New] =
      Ids.try_emplace(Key{static_cast<uint32_t>(K), A, B, C}, static_cast<ValueId>(Infos.size()));
  if (New) {
    ValueInfo I;
    I.Kind = K;
    I.A = A;
    I.B = B;
    I.C = C;
    I.Lo = Lo;
    I.Hi = Hi;
    I.Root = It->second;
    describe(I);
    Infos.push_back(I);
  }
  return It->second;
}

/// What is known of a value from what it is made of.
void ValueTable::describe(ValueInfo &I) const {
  auto Depth = [&](ValueId V) { return V ? Infos[V].Depth : uint8_t(0); };
  auto Parts = [&](ValueId A, ValueId B) {
    return uint8_t(std::min(1u + Infos[A].Parts + (B ? Infos[B].Parts : 0u), 255u));
  };
  auto Deeper = [](uint8_t D) { return D == UINT8_MAX ? D : uint8_t(D + 1); };
  switch (I.Kind) {
  case ValueKind::Const:
    I.Computable = true;
    break;
  case ValueKind::GlobalAddr:
    I.Input = true;
    break;
  case ValueKind::Content: {
    // A local's own entry content is an input only for parameters; the others
    // carry the token of their declaration.
    ValueId R = root(I.A);
    I.Depth = Deeper(Depth(I.A));
    I.Parts = Parts(I.A, 0);
    I.Input = I.B == 0 && (Infos[I.A].Kind == ValueKind::LocalAddr || Infos[R].Input);
    break;
  }
  case ValueKind::Field:
  case ValueKind::Container:
  case ValueKind::Elem:
  case ValueKind::ElemAt:
    I.Root = root(I.A);
    I.Steps = Infos[I.A].Steps + 1;
    I.Depth = Depth(I.A);
    I.Parts = Parts(I.A, I.Kind == ValueKind::ElemAt ? I.B : 0);
    I.Input = Infos[I.Root].Input;
    break;
  case ValueKind::Not:
  case ValueKind::Plus:
    I.Depth = Depth(I.A);
    I.Parts = Parts(I.A, 0);
    I.Computable = Infos[I.A].Computable;
    break;
  case ValueKind::Eq:
  case ValueKind::Lt:
  case ValueKind::Derived:
    I.Depth = std::max(Depth(I.A), Depth(I.B));
    I.Parts = Parts(I.A, I.B);
    I.Computable = Infos[I.A].Computable && (!I.B || Infos[I.B].Computable);
    I.Input = I.Kind == ValueKind::Derived && I.C >= ObjectHandle && Infos[I.A].Input;
    break;
  default:
    break;
  }
  I.Computable |= I.Input;
}

ValueId ValueTable::address(ValueKind K, uint32_t A, uint32_t B, int64_t C) {
  ValueId V = intern(K, A, B, C, MinInt, MaxInt);
  // The address of a member is no null pointer that anybody tests for.
  Infos[V].NonNull = true;
  return V;
}

ValueId ValueTable::field(ValueId Base, uint32_t Name) {
  const ValueInfo &I = Infos[Base];
  return I.Kind == ValueKind::Container && I.B == Name ? I.A
                                                       : address(ValueKind::Field, Base, Name, 0);
}

ValueId ValueTable::container(ValueId Member, uint32_t Name) {
  const ValueInfo &I = Infos[Member];
  return I.Kind == ValueKind::Field && I.B == Name ? I.A
                                                   : address(ValueKind::Container, Member, Name, 0);
}

ValueId ValueTable::elem(ValueId Base, int64_t Index) {
  if (Infos[Base].Kind == ValueKind::Elem) {
    Index += Infos[Base].C;
    Base = Infos[Base].A;
  }
  return Index == 0 ? Base : address(ValueKind::Elem, Base, 0, Index);
}

ValueId ValueTable::logicalNot(ValueId A) {
  const ValueInfo I = Infos[A];
  if (I.Kind == ValueKind::Const)
    return constant(I.C == 0);
  if (I.Kind == ValueKind::Not &&
      (Infos[I.A].Kind == ValueKind::Eq || Infos[I.A].Kind == ValueKind::Lt ||
       Infos[I.A].Kind == ValueKind::Not))
    return I.A;
  return intern(ValueKind::Not, A, 0, 0, 0, 1);
}

ValueId ValueTable::plus(ValueId A, int64_t C) {
  int64_t Sum;
  if (C == 0)
    return A;
  const ValueInfo I = Infos[A];
  if (I.Kind == ValueKind::Const && !__builtin_add_overflow(I.C, C, &Sum))
    return constant(Sum);
  if (I.Kind == ValueKind::Plus && !__builtin_add_overflow(I.C, C, &Sum))
    return plus(I.A, Sum);
  return intern(ValueKind::Plus, A, 0, C, MinInt, MaxInt);
}

void ValueTable::addAlternative(ValueId J, ValueId V) {
  if (J == V)
    return;
  auto &Known = Alternatives[J];
  if (Known.size() < MaxAlternatives && !llvm::is_contained(Known, V))
    Known.push_back(V);
}

llvm::ArrayRef<ValueId> ValueTable::alternatives(ValueId J) const {
  auto It = Alternatives.find(J);
  return It == Alternatives.end() ? llvm::ArrayRef<ValueId>() : llvm::ArrayRef(It->second);
}

ValueId ValueTable::origin(ValueId V) const {
  while (Infos[V].Kind == ValueKind::Content || isStep(V))
    V = Infos[V].A;
  return V;
}

ValueId ValueTable::rebase(ValueId Addr, ValueId From, ValueId To) {
  if (Addr == From)
    return To;
  const ValueInfo I = Infos[Addr];
  switch (I.Kind) {
  case ValueKind::Field:
    return field(rebase(I.A, From, To), I.B);
  case ValueKind::Container:
    return container(rebase(I.A, From, To), I.B);
  case ValueKind::Elem:
    return elem(rebase(I.A, From, To), I.C);
  case ValueKind::ElemAt:
    return elemAt(rebase(I.A, From, To), I.B);
  default:
    return Addr;
  }
}

} // namespace handrail::solver
