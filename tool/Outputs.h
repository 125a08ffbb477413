//===- Outputs.h - where the forms of a report go ----------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace handrail::tool {

/// The files that the first forms of a report go to; the others go to a stream.
class Outputs {
public:
  /// Fails when there are more files than forms, when two forms would go to one file, and
  /// when a file cannot be written: to be asked before the long part of a run. Files stay
  /// as they are until they are written.
  static llvm::Expected<Outputs> create(size_t Forms, llvm::ArrayRef<std::string> Files);

  /// Whether a form goes to the stream.
  bool isStream(size_t Form) const { return Form >= Files.size() || Files[Form].empty(); }

  /// Writes a form as a whole, so that nobody ever sees a part of a file.
  llvm::Error write(size_t Form, llvm::StringRef Text, llvm::raw_ostream &Stream) const;

private:
  std::vector<std::string> Files; ///< empty: the stream
};

} // namespace handrail::tool
