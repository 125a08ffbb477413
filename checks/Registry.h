//===- Registry.h - every check there is -------------------------*- C++ -*-===//
//
// Expands Checks.def; knows nothing about any single check.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace handrail {

/// What is known about every check, sorted by id. Lives as long as the program.
llvm::ArrayRef<CheckInfo> checkInfos();

/// Something that a user may set for one check.
struct CheckOptionInfo {
  const char *Check, *Name, *Default;
};

/// The options of every check, sorted by check and name.
llvm::ArrayRef<CheckOptionInfo> checkOptions();

/// Fails when \p Options, by check id, sets something that does not exist: a misspelt
/// option must not silently do nothing.
llvm::Error expectKnownOptions(const std::map<std::string, CheckOptions> &Options);

/// New objects of every check, in the order of `checkInfos`; the caller owns them
/// and may drop those that are switched off.
std::vector<RegisteredCheck> makeChecks();

/// The page of a check as Markdown, embedded when Handrail was built; empty for
/// an id that does not exist.
llvm::StringRef checkPage(llvm::StringRef Id);

} // namespace handrail
