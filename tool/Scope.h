//===- Scope.h - which places concern the user -------------------*- C++ -*-===//
#pragma once

#include "tool/Inputs.h"
#include "tool/Setup.h"
#include <set>

namespace handrail::tool {

/// Tells what is the project's own: the source files of a run and the headers of
/// the project, without what the user excludes.
class Scope {
public:
  /// Fails on a pattern or regular expression of the command line that is wrong.
  static llvm::Expected<Scope> create(const CheckCommand &Command, const Inputs &In);

  /// Vendored code: neither analysed nor reported.
  bool excludes(llvm::StringRef File, const Setup &How) const;

  /// Whether to report what lies in \p File, whose setup is \p How.
  bool covers(llvm::StringRef File, const Setup &How) const;

private:
  PathGlobs Exclude;
  std::optional<llvm::Regex> HeaderFilter;
  std::vector<std::string> Roots;
  std::set<std::string, std::less<>> Sources;
};

} // namespace handrail::tool
