//===- DeclaredModels.cpp - what a program's headers say of functions ------===//
#include "lib/Solver/DeclaredModels.h"
#include "lib/Model/DeclaredModels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace handrail::ir;

namespace handrail::solver {

static model::TypeShape shapeOf(const Type &T) {
  switch (T.Kind) {
  case TypeKind::Void:
    return model::TypeShape::Void;
  case TypeKind::Bool:
    return model::TypeShape::Bool;
  case TypeKind::Int:
    return model::TypeShape::Integer;
  case TypeKind::Pointer:
    return model::TypeShape::Pointer;
  default:
    return model::TypeShape::Other;
  }
}

static model::DeclaredType declaredType(const Unit &U, TypeId Id) {
  const Type &T = U.type(Id);
  model::DeclaredType Result;
  Result.Shape = shapeOf(T);
  if (T.Kind == TypeKind::Pointer) {
    Result.Pointee = shapeOf(U.type(T.Elem));
    Result.ToConst = U.type(T.Elem).Const;
  }
  return Result;
}

static model::Declaration declaration(const Unit &U, const Symbol &S) {
  model::Declaration D;
  D.Name = U.name(S).str();
  D.Key = S.Usr;
  D.Method = S.Method;
  D.Attributes = S.Attributes;
  const Type &T = U.type(S.Ty);
  if (T.Kind != TypeKind::Function)
    return D;
  D.Result = declaredType(U, T.Elem);
  for (TypeId P : T.Params)
    D.Parameters.push_back(declaredType(U, P));
  return D;
}

/// The standard library is full of functions whose result must be used, which says
/// nothing about handles.
static bool mayTellOfHandles(const Symbol &S) {
  return S.IsFunction &&
         llvm::any_of(S.Attributes, [](const std::string &A) { return A != "warn_unused_result"; });
}

std::optional<model::ModelSet> withDeclaredModels(const Program &P, const model::ModelSet &Models) {
  if (llvm::none_of(P.Units,
                    [](const Unit *U) { return llvm::any_of(U->Symbols, mayTellOfHandles); }))
    return std::nullopt;
  // All functions: the attribute of an allocator also tells of its deallocator.
  std::vector<model::Declaration> Declarations;
  llvm::StringSet<> Seen;
  for (const Unit *U : P.Units)
    for (const Symbol &S : U->Symbols)
      if (S.IsFunction && S.Link != Linkage::Internal && Seen.insert(S.Usr).second)
        Declarations.push_back(declaration(*U, S));
  return model::withDeclared(Models, Declarations);
}

} // namespace handrail::solver
