//===- Junit.h - results as JUnit XML ----------------------------*- C++ -*-===//
//
// What GitLab and Jenkins show beside a project's tests. Both read one failure of a test
// case, and GitLab takes of two cases with the same class and name only the first: so a
// case has one failure element whatever went wrong in it, and names that come again get
// a number.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace handrail {

struct JunitFailure {
  std::string Type;    ///< what kind of mistake: an id
  std::string Message; ///< one line
  std::string Text;    ///< all there is to tell; may have several lines
};

struct JunitCase {
  std::string Class, Name;
  std::string File;                   ///< as the project names it; empty when there is none
  bool IsError = false;               ///< it could not be done, rather than failed
  std::vector<JunitFailure> Failures; ///< none: it passed
};

/// One suite with \p Cases, in their order.
void printJunit(llvm::StringRef Suite, std::vector<JunitCase> Cases, llvm::raw_ostream &OS);

} // namespace handrail
