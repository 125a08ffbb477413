//===- GlobList.h - ordered lists of patterns --------------------*- C++ -*-===//
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/GlobPattern.h"
#include <deque>
#include <string>
#include <vector>

namespace handrail {

/// A comma-separated list of globs, each taken away again by a leading `-`:
/// `*,-double-*` is everything but what starts with `double-`. The last pattern
/// that matches decides.
class GlobList {
public:
  GlobList() = default;
  GlobList(GlobList &&) = default; // a copy's patterns would point into the original
  GlobList &operator=(GlobList &&) = default;
  /// Fails on a malformed pattern, naming it.
  static llvm::Expected<GlobList> create(llvm::StringRef List);

  /// \p Otherwise is the answer when no pattern matches.
  bool contains(llvm::StringRef Text, bool Otherwise = false) const;

private:
  struct Item {
    bool Positive;
    llvm::GlobPattern Pattern;
  };
  std::deque<std::string> Texts; ///< what the patterns point into, at addresses that stay
  std::vector<Item> Items;
};

/// Paths to leave alone: `third_party`, `src/*_generated.c`, `/opt/*`. A pattern
/// that is not absolute may start at any directory below the base, or at the base
/// alone when it begins with `./`; of paths outside, at any directory. One that
/// names a directory covers all below it.
class PathGlobs {
public:
  /// \p Base is absolute and clean, or empty for the root.
  explicit PathGlobs(llvm::StringRef Base = "") : Base(Base.rtrim('/')) {}
  PathGlobs(PathGlobs &&) = default; // as above
  PathGlobs &operator=(PathGlobs &&) = default;
  llvm::Error add(llvm::StringRef Pattern);
  bool contains(llvm::StringRef AbsolutePath) const;

private:
  struct Item {
    llvm::GlobPattern Pattern;
    bool Whole; ///< compared with the absolute path
  };
  std::string Base;
  std::deque<std::string> Texts;
  std::vector<Item> Items;
};

} // namespace handrail
