//===- TypeInference.cpp - types that the text need not write ---*- C++ -*-===//

#include "lib/IR/TypeInference.h"
#include "lib/IR/OpInfo.h"

namespace handrail::ir {

TypeId TypeInference::pointerTo(TypeId Elem) {
  if (Elem == 0 || Elem == None)
    return Elem;
  Type T;
  T.Kind = TypeKind::Pointer;
  T.Elem = Elem;
  return Find(T);
}

/// The type of the object that \p V is the address of, or 0.
TypeId TypeInference::pointee(const Operand &V) const {
  switch (V.Kind) {
  case OperandKind::Local:
    return F.Locals[V.Index].Ty;
  case OperandKind::Global:
  case OperandKind::Func:
    return U.Symbols[V.Index].Ty;
  case OperandKind::Temp:
    if (const Type &T = U.Types[TempTypes[V.Index]]; T.Kind == TypeKind::Pointer)
      return T.Elem;
    return 0;
  default:
    return 0;
  }
}

/// The type of a value that was read from an object of type \p Object.
TypeId TypeInference::valueOf(TypeId Object) {
  if (Object == None || (!U.Types[Object].Const && !U.Types[Object].Name))
    return Object;
  Type T = U.Types[Object];
  T.Const = false;
  T.Name = 0;
  return Find(T);
}

TypeId TypeInference::operandType(const Operand &V) {
  switch (V.Kind) {
  case OperandKind::Temp:
    return TempTypes[V.Index];
  case OperandKind::Local:
  case OperandKind::Global:
  case OperandKind::Func:
    return pointerTo(pointee(V));
  default:
    return 0;
  }
}

/// What comparisons give: int in C, bool in C++.
TypeId TypeInference::truth() {
  Type T;
  T.Kind = U.CPlusPlus ? TypeKind::Bool : TypeKind::Int;
  if (!U.CPlusPlus) {
    T.Signed = true;
    T.Bits = 32;
  }
  return Find(T);
}

TypeId TypeInference::fieldAddress(const Op &O) {
  const Type &Object = U.Types[pointee(O.Operands[0])];
  if (Object.Kind != TypeKind::Record)
    return 0;
  for (const Field &Member : U.Records[Object.Record].Fields)
    if (Member.Name == O.Aux)
      return pointerTo(Member.Ty);
  return 0;
}

TypeId TypeInference::infer(const Op &O) {
  if (isComparison(O.Kind) || O.Kind == OpKind::Not || O.Kind == OpKind::Threw)
    return truth();
  switch (O.Kind) {
  case OpKind::Load:
  case OpKind::Store:
  case OpKind::CopyMem:
    return valueOf(pointee(O.Operands[0]));
  case OpKind::Field:
    return fieldAddress(O);
  case OpKind::Index: {
    TypeId Object = pointee(O.Operands[0]);
    if (U.Types[Object].Kind == TypeKind::Array)
      return pointerTo(U.Types[Object].Elem);
    return operandType(O.Operands[0]);
  }
  case OpKind::Call: {
    TypeId Callee = O.has(OF_Indirect) ? pointee(O.Operands[0]) : U.Symbols[O.Aux].Ty;
    return U.Types[Callee].Kind == TypeKind::Function ? valueOf(U.Types[Callee].Elem) : 0;
  }
  case OpKind::Copy:
  case OpKind::Neg:
  case OpKind::BitNot:
    return operandType(O.Operands[0]);
  default:
    break;
  }
  if (O.Kind >= OpKind::Add && O.Kind <= OpKind::Shr)
    return operandType(O.Operands[O.Operands[0].isTemp() ? 0 : 1]);
  return 0;
}

void TypeInference::note(const Op &O) {
  if (O.Result == None)
    return;
  // `new T` carries T; its value is the address.
  TypeId Ty = O.Kind == OpKind::New ? pointerTo(O.Ty) : O.Ty;
  TempTypes[O.Result] = Ty == None ? 0 : Ty;
}

} // namespace handrail::ir
