//===- TypeInference.h - types that the text need not write ------*- C++ -*-===//
//
// The type of most results follows from the operands: a load gives what the
// pointer points to, a call what the callee returns. It is the type of a value, so
// neither const nor spelled as the variable's. Printer and parser share
// this rule: the printer leaves a type out exactly when the parser would find the
// same one. Internal to lib/IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace handrail::ir {

/// Walks the operations of one function in the order of the text.
class TypeInference {
public:
  /// Finds, or may add, a type equal to the given one; None when there is none.
  using FindType = llvm::function_ref<TypeId(const Type &)>;

  /// \p Find must outlive the walk.
  TypeInference(const Unit &U, const Function &F, FindType Find)
      : U(U), F(F), Find(Find), TempTypes(F.NumTemps, 0) {}

  /// The type that \p O has when none is written; 0 when nothing is known, None
  /// when it would be one that \p Find does not give.
  TypeId infer(const Op &O);

  /// Takes the type of \p O's result, as it now is, for what follows.
  void note(const Op &O);

private:
  TypeId operandType(const Operand &V);
  TypeId valueOf(TypeId Object);
  TypeId pointee(const Operand &V) const;
  TypeId pointerTo(TypeId Elem);
  TypeId fieldAddress(const Op &O);
  TypeId truth();

  const Unit &U;
  const Function &F;
  FindType Find;
  std::vector<TypeId> TempTypes;
};

} // namespace handrail::ir
