//===- Cppcheck.h - models from cppcheck's library files ---------*- C++ -*-===//
//
// cppcheck describes libraries in XML (`gtk.cfg`). What it says of memory and
// resources has a counterpart in a model; most of the rest, such as ranges of
// arguments, has none. All that is left out is told.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ModelWriter.h"
#include <map>

namespace handrail::infer {

struct CfgFile {
  std::string Name; ///< path; its stem is the family of the kinds
  std::string Text;
};

/// Something about handles that was not taken.
struct NotTaken {
  std::string File;
  unsigned Line = 0;
  std::string What, Why;
};

struct Imported {
  model::WrittenModel Model;
  std::vector<model::ResourceKind> Kinds; ///< what the effects of Model index into
  std::vector<NotTaken> Left;             ///< by file and line
  /// What has no counterpart in a model: how often each element or attribute is there.
  std::map<std::string, unsigned> Foreign;
  /// Statements about handles, functions and results: taken, and known without them.
  unsigned Taken = 0, Known = 0;
};

/// Reads \p Files as one library. What \p Models have already is not repeated. Text that is no
/// XML, or no library of cppcheck, is among what is left.
Imported importCppcheck(llvm::ArrayRef<CfgFile> Files, const model::ModelSet &Models);

} // namespace handrail::infer
