//===- ReadJson.h - findings of an earlier run -------------------*- C++ -*-===//
#pragma once

#include "lib/Finding/Finding.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace handrail::report {

/// Reads what `--format=json` wrote, all but fixes; paths in it are relative to
/// \p WorkingDirectory. Members that are not known are skipped. The error names \p FileName
/// and what is wrong in it.
llvm::Expected<std::vector<Finding>> readJson(llvm::StringRef Text, llvm::StringRef FileName,
                                              llvm::StringRef WorkingDirectory);

} // namespace handrail::report
