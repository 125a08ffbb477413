//===- Suppressions.h - comments that ask for silence ------------*- C++ -*-===//
//
//   close(fd); // NOLINT(handrail-double-close)
//   // handrail: ignore(missing-close): lives as long as the process
//   return -1;
//
// A comment behind code speaks of its line, one that stands alone of the next line
// of code. NOLINT, NOLINTNEXTLINE, NOLINTBEGIN and NOLINTEND mean what they mean to
// clang-tidy. `handrail: ignore` needs a reason, and names what it ignores.
//
// Rules for whole folders stand in handrail.json (model::PathRule).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/Model/ProjectConfig.h"
#include "lib/Support/GlobList.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <optional>

namespace handrail {

/// One comment. Lines count from 1.
struct Suppression {
  uint32_t Line = 0;            ///< where it stands
  uint32_t First = 0, Last = 0; ///< the lines that it speaks of
  std::string Checks;           ///< globs, as clang-tidy names checks; "*" for all
  bool Ours = false;            ///< `handrail: ignore`, or it names a check of ours
  bool WantsReason = false;     ///< and has none, so that it is not heeded
  bool Used = false;
};

/// The comments of one source text. Linear; comments are found line by line, so one
/// in a string literal counts.
std::vector<Suppression> findSuppressions(llvm::StringRef Text);

/// Reads source files when they are asked for, once each. A file that cannot be read
/// has no comments.
class Suppressions {
public:
  /// What \p File is, whatever is on disk. To be called before anything else.
  void set(const std::string &File, llvm::StringRef Text) { Known[File] = findSuppressions(Text); }

  /// Whether a comment asks not to report \p F, at its place or where its path begins.
  /// A comment that would, but has no reason, becomes a note of \p F.
  bool silence(Finding &F);

  /// Those of ours in \p Files that have silenced nothing so far, as places.
  std::vector<Location> unused(llvm::ArrayRef<std::string> Files);

private:
  std::vector<Suppression> &of(const std::string &File);
  Suppression *at(const Location &Place, llvm::StringRef Check);

  std::map<std::string, std::vector<Suppression>> Known;
};

/// What handrail.json says of folders.
class PathRules {
public:
  /// Its paths are relative to the directory \p Base.
  llvm::Error add(const model::PathRule &Rule, const std::string &Base);
  /// The first rule that asks for silence about \p F, by the order they were added in.
  std::optional<size_t> find(const Finding &F) const;

private:
  struct Rule {
    PathGlobs Paths;
    GlobList Checks;
  };
  std::vector<Rule> Rules;
};

} // namespace handrail
