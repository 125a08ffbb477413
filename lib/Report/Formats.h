//===- Formats.h - the forms of a report, by name ----------------*- C++ -*-===//
//
// One row of the table is one form: a new one needs a row and a function.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// Writes a whole report. Returns a sentence for everything that the form has no room for.
using WriteFunction = std::vector<std::string> (*)(const Report &R, llvm::raw_ostream &OS);

struct Format {
  llvm::StringLiteral Name; ///< what `--format` calls it
  WriteFunction Write;
};

/// In the order of the help; text, the default, is the first. Live as long as the program.
llvm::ArrayRef<Format> formats();

} // namespace handrail::report
