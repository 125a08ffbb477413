//===- Link.h - units to one program -----------------------------*- C++ -*-===//
//
// What a linker does with object files, as far as names go, and more forgiving: a
// compilation database may hold several programs, so two different definitions of
// one name are no error.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include <memory>

namespace handrail::link {

struct LinkedProgram {
  std::vector<std::unique_ptr<ir::Unit>> Units; ///< in the order they were added
  uint64_t Merged = 0;            ///< definitions dropped because an equal one was there
  std::vector<std::string> Notes; ///< names with several definitions, sorted
};

/// Takes units one after another and drops the bodies that are there already, and
/// what only those named, so that at most one whole unit is in memory beside the
/// result.
///
/// - Inline functions, templates and weak definitions: the one that does most stays,
///   for the others were compiled with less in sight (an incomplete class) or less
///   to do (assertions); a strong definition replaces them.
/// - Functions with internal linkage in headers, which every unit has a copy of:
///   one stays, unless a macro made it another function.
/// - One source file compiled twice: the first one stays, and of the others what their
///   macros made different, for themselves alone.
/// - Different definitions of one external name: each stays what its own unit
///   means by the name, and to all other units the name has no body.
///
/// Which names have bodies, and which, does not depend on the order of units that come
/// from different files.
class Linker {
public:
  void add(ir::Unit U);
  /// The program; the linker is empty afterwards.
  LinkedProgram finish();

private:
  /// What a body does, apart from names: tells bodies of one piece of text apart
  /// that macros and incomplete classes made different. The greater one does more.
  struct Shape {
    uint64_t Size, Hash;
    auto operator<=>(const Shape &) const = default;
  };
  struct Definition {
    size_t Unit;
    ir::SymbolId Symbol;
    std::string Place; ///< file:line:column
    Shape Body;
    bool Ambiguous = false;
  };
  static Shape shapeOf(const ir::Function &F);
  bool keeps(ir::Unit &U, ir::Function &F);
  bool keepsStatic(ir::Unit &U, ir::Function &F);
  void setApart(ir::Symbol &S);
  void replace(Definition &D, Definition By);

  LinkedProgram Program;
  llvm::StringMap<Definition> Definitions; ///< by USR
  llvm::StringMap<size_t> MainFiles;       ///< by name: the first unit that was made of it
  std::vector<Definition *> OfLast;        ///< those in the unit that is being added
};

} // namespace handrail::link
