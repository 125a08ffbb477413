//===- LineHash.h - what GitHub knows a result by ----------------*- C++ -*-===//
//
// GitHub's code scanning tells results of different commits apart by their rule, file and
// `primaryLocationLineHash`: a hash of the text from the line on, with a number where a text
// comes again. The action that uploads SARIF fills it in; who uploads by other means has to.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail::report {

/// For each line of \p Text what the action would fill in. Nothing when \p Text is no UTF-8,
/// where readers differ in what they see.
std::vector<std::string> lineHashes(llvm::StringRef Text);

} // namespace handrail::report
