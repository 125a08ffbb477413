//===- ModelReader.h - resource models from JSON -----------------*- C++ -*-===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "llvm/Support/Error.h"

namespace handrail::model {

/// One thing wrong with a model file. Line and Column count from 1; a Line of 0
/// means no place in particular.
struct ModelError {
  std::string File;
  unsigned Line = 0, Column = 0;
  std::string Pointer;     ///< JSON pointer, "" for the whole file
  std::string Message;     ///< what was found, what is allowed, the nearest valid name
  std::string str() const; ///< file:line:col: error: message [at pointer]
};

struct ModelSource {
  std::string Name; ///< path, or `<builtin>/posix-fd.json`
  std::string Text;
  bool Builtin = false;
};

/// Options: families or kinds switched on and off, in order: `+heap`, `-posix`.
struct ModelOptions {
  std::vector<std::string> Switches;
};

/// Reads all sources, later ones winning, into \p Out. Returns every error of
/// every file; what could be read of the others is kept. Never throws.
std::vector<ModelError> readModels(llvm::ArrayRef<ModelSource> Sources, const ModelOptions &Options,
                                   ModelSet &Out);

/// The models that ship with Handrail, embedded in the binary, sorted by name.
std::vector<ModelSource> builtinModels();

/// The JSON Schema of model files, as text.
llvm::StringRef modelSchema();

/// `handrail.json` in the folder of \p SourceFile or the nearest one above it.
std::optional<std::string> findProjectModel(llvm::StringRef SourceFile);

} // namespace handrail::model
