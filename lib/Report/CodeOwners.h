//===- CodeOwners.h - who looks after a file ----------------------*- C++ -*-===//
//
// Reads CODEOWNERS files as GitHub and GitLab understand them. What neither of them
// understands is passed over, as they do.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail::report {

class CodeOwners {
public:
  /// Where they differ: GitLab has sections and exclusions, and a pattern with a slash
  /// inside may start at any directory unless it begins with a slash.
  enum class Dialect { GitHub, GitLab };

  /// Nobody owns anything.
  CodeOwners() = default;

  /// The file of the repository that \p Directory lies in, or of \p Directory itself when
  /// it lies in none: in .github, at the root, in docs, in .gitlab. Owns nothing when
  /// there is no such file.
  static CodeOwners find(llvm::StringRef Directory);

  static CodeOwners parse(llvm::StringRef Text, Dialect How, llvm::StringRef Root);

  /// The owners of the file at the absolute \p Path, as they are written, in the order of
  /// the file. In every section the last pattern that matches decides. Empty when nobody
  /// owns it.
  std::vector<std::string> ownersOf(llvm::StringRef Path) const;

  bool empty() const { return Rules.empty(); }

private:
  struct Rule {
    unsigned Section;
    bool Excludes;                     ///< takes the file out of its section for good
    std::vector<std::string> Segments; ///< of the pattern, escapes still in them
    bool Below;                        ///< the pattern names a directory: `docs/`
    std::vector<std::string> Owners;
  };

  void addRule(llvm::StringRef Pattern, unsigned Section, std::vector<std::string> Owners);

  Dialect How = Dialect::GitHub;
  std::string Root; ///< what patterns are relative to
  std::vector<Rule> Rules;
};

} // namespace handrail::report
