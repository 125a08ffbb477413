//===- DeclaredModels.h - models from attributes of declarations -*- C++ -*-===//
//
// What headers say about their own functions: handrail/annotations.h, Clang's
// handle and ownership attributes, GCC's deallocators and descriptor arguments.
// Attributes are weaker than models in JSON: they speak only where those say
// nothing, and only of functions without a body.
//
// A parameter that no attribute speaks of may be kept by the callee, as it may be
// by any function nobody knows.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"

namespace handrail::model {

/// As much of a type as decides where a handle can be.
enum class TypeShape : uint8_t { Void, Bool, Integer, Pointer, Other };

struct DeclaredType {
  TypeShape Shape = TypeShape::Other;
  TypeShape Pointee = TypeShape::Other; ///< of a pointer or reference
  bool ToConst = false;                 ///< a pointer or reference to const
};

/// A function as its header declares it.
struct Declaration {
  std::string Name; ///< what models and messages call it
  std::string Key;  ///< what ModelSet::find is asked for when nothing has that name: C++ overloads
                    ///< share a name
  DeclaredType Result;
  std::vector<DeclaredType> Parameters;   ///< without `this`
  bool Method = false;                    ///< argument 0 is the object
  llvm::ArrayRef<std::string> Attributes; ///< as in ir::Symbol
};

/// \p Models and what \p Declarations add; nothing when they add nothing. Kinds
/// that attributes introduce are numbered among the others, so kinds of the
/// result are not those of \p Models.
std::optional<ModelSet> withDeclared(const ModelSet &Models,
                                     llvm::ArrayRef<Declaration> Declarations);

} // namespace handrail::model
