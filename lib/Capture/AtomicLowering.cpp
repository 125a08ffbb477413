//===- AtomicLowering.cpp - atomic operations and assembler ---------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"

using namespace clang;
using handrail::ir::OperandKind;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::lowerAtomic(const AtomicExpr *E) {
  Operand Address = value(E->getPtr());
  QualType T = E->getValueType();
  auto Load = [&] { return loadFrom(Address, T); };
  llvm::StringRef Name = E->getOpAsString();
  // The GNU forms without `_n` take their values and give their result through
  // pointers.
  bool Generic = Name == "__atomic_load" || Name == "__atomic_store" || Name == "__atomic_exchange";
  auto Operand1 = [&] {
    Operand V = value(E->getVal1());
    return Generic ? loadFrom(V, T) : V;
  };
  if (E->isCmpXChg()) {
    Operand Expected = value(E->getVal1()), Desired = value(E->getVal2());
    if (Name == "__atomic_compare_exchange")
      Desired = loadFrom(Desired, T);
    ir::Op &O = emit(OpKind::Call, {Address, Expected, Desired}, Unit.valueType(Context.BoolTy));
    O.Aux = Unit.builtin("__atomic_compare_exchange_n");
    O.Result = newTemp();
    return Operand::temp(O.Result);
  }
  if (Name.contains("atomic_load")) {
    Operand V = Load();
    if (!Generic)
      return V;
    store(value(E->getVal1()), V, T);
    return {};
  }
  if (Name.contains("atomic_store") || Name.contains("atomic_init")) {
    store(Address, Operand1(), T);
    return {};
  }
  if (Name.contains("atomic_exchange")) {
    Operand Old = Load();
    store(Address, Operand1(), T);
    if (!Generic)
      return Old;
    store(value(E->getVal2()), Old, T);
    return {};
  }
  // Read, compute, write; the name tells whether the old or new value results.
  BinaryOperatorKind Op = Name.contains("add")                                  ? BO_Add
                          : Name.contains("sub")                                ? BO_Sub
                          : Name.contains("xor")                                ? BO_Xor
                          : Name.contains("nand")                               ? BO_Comma
                          : Name.contains("and")                                ? BO_And
                          : Name.contains("or") && !Name.ends_with("fetch_nor") ? BO_Or
                                                                                : BO_Comma;
  if (Op == BO_Comma || !E->getVal1()) {
    emit(OpKind::Havoc, {Address});
    return E->getType()->isVoidType() ? Operand() : fresh(E->getType());
  }
  Operand Old = Load();
  Operand By = value(E->getVal1());
  // Counts of bytes, not of elements, but for the C11 forms; a pointer that moves
  // by an unknown amount is all anyone needs to know.
  Operand New = T->isPointerType() ? elementAddress(Old, Operand::undef(), T)
                                   : arithmetic(Op, Old, By, T, E->getVal1()->getType(), T);
  store(Address, New, T);
  return Name.ends_with("_fetch") ? New : Old;
}

void FunctionLowering::lowerAsm(const AsmStmt *S) {
  llvm::SmallVector<Operand, 4> Inputs;
  for (unsigned I = 0; I < S->getNumInputs(); ++I) {
    const Expr *Input = S->getInputExpr(I);
    Operand V = value(Input);
    if (V.Kind != OperandKind::Undef && V.Kind != OperandKind::Int)
      Inputs.push_back(V);
  }
  llvm::SmallVector<Operand, 4> Outputs;
  for (unsigned I = 0; I < S->getNumOutputs(); ++I)
    Outputs.push_back(value(S->getOutputExpr(I)));
  Here = S->getSourceRange();
  if (!Inputs.empty())
    emit(OpKind::Escape, Inputs);
  for (Operand Address : Outputs)
    emit(OpKind::Havoc, {Address});
}

} // namespace handrail::capture
