//===- SourceExcerpts.h - the lines that a page shows --------------*- C++ -*-===//
//
// Of every file the lines around the places that findings name, each line once however
// many findings it is shown for: a function as a whole when it is short, otherwise its
// head, its end and what is near a place.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/Report/FunctionRanges.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <deque>
#include <map>
#include <set>

namespace handrail::report {

/// A line as a page has it. What is no text stands there as `<1B>`, for a browser would
/// show nothing; a very long line is cut.
struct PageLine {
  std::string Text;
  std::vector<uint32_t> Units; ///< by byte offset: where it is in Text in UTF-16 units, which
                               ///< scripts count; one more for the end
};
PageLine pageLine(llvm::StringRef Line);

/// A place in a line as scripts count: units from 0.
struct PagePlace {
  uint32_t File = 0, Line = 0, From = 0, EndLine = 0, To = 0;
};

class SourceExcerpts {
public:
  struct File {
    std::string Path;
    std::string Text;                      ///< empty when it cannot be read
    std::vector<llvm::StringRef> Lines;    ///< of Text
    std::vector<FunctionRange> Functions;  ///< all
    std::set<uint32_t> Wanted;             ///< lines that findings name
    std::vector<FunctionRange> Around;     ///< functions around those
    std::map<uint32_t, std::string> Shown; ///< lines for the page
  };

  /// More lines than that make a page slow. When there are more, each place gets fewer.
  static constexpr size_t MostLines = 200'000;

  /// Makes a place known; returns the number of its file.
  uint32_t add(const Location &Loc);

  /// Picks the lines, once all places are known. At most \p Most lines with the context
  /// that readers like; beyond that, little context.
  void pick(size_t Most = MostLines);

  /// \p Loc, which was added.
  PagePlace place(const Location &Loc) const;

  const std::deque<File> &files() const { return Files; }
  const File &file(llvm::StringRef Path) const { return Files[Numbers.lookup(Path)]; }

private:
  size_t pick(uint32_t LongestWhole, uint32_t Near);

  std::deque<File> Files; ///< in the order in which they were added, at addresses that stay
  llvm::StringMap<uint32_t> Numbers;
};

} // namespace handrail::report
