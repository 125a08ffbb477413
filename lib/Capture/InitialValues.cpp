//===- InitialValues.cpp - tables of functions ------------------------------===//
//
// What an initialiser puts into a record or an array matters as far as functions
// can be called through it: `static const struct ops file_ops = {.open = file_open}`,
// arrays of such tables, and tables that point to others.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/UnitLowering.h"
#include "clang/AST/APValue.h"

using namespace clang;

namespace handrail::capture {

bool UnitLowering::leadsToFunctions(QualType T) {
  T = Context.getBaseElementType(T.getCanonicalType());
  if (const auto *Pointer = T->getAs<PointerType>()) {
    QualType To = Pointer->getPointeeType();
    return To->isFunctionType() || (!To->isPointerType() && leadsToFunctions(To));
  }
  const RecordDecl *RD = T->getAsRecordDecl();
  const RecordDecl *Def = RD ? RD->getDefinition() : nullptr;
  if (!Def || Def->isDependentType())
    return false;
  if (auto [It, New] = WithFunctions.try_emplace(Def, false); !New)
    return It->second;
  bool Any = llvm::any_of(Def->fields(),
                          [&](const FieldDecl *F) { return leadsToFunctions(F->getType()); });
  if (const auto *Class = dyn_cast<CXXRecordDecl>(Def))
    for (const CXXBaseSpecifier &Base : Class->bases())
      Any |= leadsToFunctions(Base.getType());
  return WithFunctions[Def] = Any;
}

/// The function or variable that \p V is the address of. What is null has no name.
static const ValueDecl *target(const APValue &V) {
  const auto *D = V.getLValueBase().dyn_cast<const ValueDecl *>();
  bool Whole = V.getLValueOffset().isZero() &&
               (!V.hasLValuePath() ||
                llvm::all_of(V.getLValuePath(), [](const APValue::LValuePathEntry &Entry) {
                  return Entry.getAsArrayIndex() == 0;
                }));
  return Whole ? D : nullptr;
}

/// \p Steps lead to the place of type \p T that holds \p V.
void UnitLowering::addInitialValue(const APValue &V, QualType T,
                                   llvm::SmallVectorImpl<ir::InitialStep> &Steps,
                                   std::vector<ir::InitialValue> &Out) {
  if (!leadsToFunctions(T))
    return;
  auto Member = [&](const FieldDecl *F, const APValue &Value) {
    ir::StringId Name = fieldStep(F);
    if (Name)
      Steps.push_back({Name, 0});
    addInitialValue(Value, F->getType(), Steps, Out);
    if (Name)
      Steps.pop_back();
  };
  if (const ArrayType *Array = Context.getAsArrayType(T); Array && V.isArray()) {
    // The rest is equal, and nearly always zero.
    unsigned N = V.getArrayInitializedElts() + (V.hasArrayFiller() ? 1 : 0);
    for (unsigned I = 0; I < N; ++I) {
      Steps.push_back({0, I});
      addInitialValue(I < V.getArrayInitializedElts() ? V.getArrayInitializedElt(I)
                                                      : V.getArrayFiller(),
                      Array->getElementType(), Steps, Out);
      Steps.pop_back();
    }
  } else if (V.isStruct()) {
    const RecordDecl *RD = T->getAsRecordDecl();
    if (const auto *Class = dyn_cast<CXXRecordDecl>(RD)) {
      unsigned I = 0;
      for (const CXXBaseSpecifier &Base : Class->bases())
        addInitialValue(V.getStructBase(I++), Base.getType(), Steps, Out);
    }
    for (const FieldDecl *F : RD->fields())
      if (!F->isUnnamedBitField())
        Member(F, V.getStructField(F->getFieldIndex()));
  } else if (V.isUnion()) {
    if (const FieldDecl *F = V.getUnionField())
      Member(F, V.getUnionValue());
  } else if (!Steps.empty() && !(V.isLValue() && V.isNullPointer())) {
    ir::Operand Value = ir::Operand::undef();
    const ValueDecl *D = V.isLValue() ? target(V) : nullptr;
    if (const auto *FD = dyn_cast_or_null<FunctionDecl>(D))
      Value = ir::Operand::func(function(FD));
    else if (const auto *VD = dyn_cast_or_null<VarDecl>(D); VD && VD->hasGlobalStorage())
      Value = ir::Operand::global(variable(VD));
    Out.push_back({ir::InitialValue{{Steps.begin(), Steps.end()}, Value}});
  }
}

void UnitLowering::addInitialValues(const VarDecl *VD, ir::SymbolId Id) {
  QualType T = VD->getType();
  const VarDecl *Def = VD->getInitializingDeclaration();
  if (!Def || !Def->getInit() || T->isScalarType() || T->isReferenceType() ||
      Def->getInit()->isValueDependent() || !leadsToFunctions(T))
    return;
  const APValue *Value = Def->getInit()->containsErrors() ? nullptr : Def->evaluateValue();
  std::vector<ir::InitialValue> Values;
  if (Value) {
    llvm::SmallVector<ir::InitialStep, 4> Steps;
    addInitialValue(*Value, Def->getType(), Steps, Values);
  } else {
    U.Symbols[Id].Init = ir::Operand::undef();
  }
  U.Symbols[Id].Values = std::move(Values);
}

} // namespace handrail::capture
