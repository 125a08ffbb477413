//===- Baseline.h - findings that are known already --------------*- C++ -*-===//
//
// Old code has old findings. A baseline lists them, so that only new ones count. It is
// a text file for people and for version control: a line of JSON for each finding, in
// order of file and function, without line numbers.
//
//   {"handrail":"baseline","version":1}
//   {"file":"src/net.c","function":"accept_one","check":"missing-close","kind":"posix.fd",
//    "acquiredBy":"accept","line":"return -1;","fingerprint":"3f…"}      (one line)
//
// Which finding is which is decided for both lists as a whole (pairFindings), since a
// mistake that is mended may give its name to the next one.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace handrail {

/// A finding of an earlier state of the program.
struct PastFinding {
  std::string File; ///< absolute
  std::string Function, Check, Kind, Callee;
  std::string Text;        ///< of the line that it is reported on, without blanks around
  std::string Fingerprint; ///< for people and other tools; nothing is decided by it
  uint32_t Line = 0;       ///< where that line is in the present state; 0 when nobody knows
  auto operator<=>(const PastFinding &) const = default;
};

/// \p F as it is, for later. \p Sources read its file.
PastFinding pastFinding(const Finding &F, SourceCache &Sources);

/// Which finding was there before: by number of the one of \p Now, the number of the one of
/// \p Past, or nothing.
///
/// Two that differ in check, function, kind or acquiring function are never the same. Among
/// the others those are paired first that agree in most: the line's place, file and text of
/// the line, the file, the file's name, and at last the text of the line in whatever file.
/// What is left over in such a group is new, or gone. \p Sources read the present state.
/// O(n log n).
std::vector<std::optional<size_t>>
pairFindings(llvm::ArrayRef<Finding> Now, llvm::ArrayRef<PastFinding> Past, SourceCache &Sources);

/// The file of a baseline that lies in \p Directory. The same findings in any order give
/// the same bytes.
std::string baselineText(std::vector<PastFinding> Known, llvm::StringRef Directory);

/// Reads \p Text of the baseline \p Path, which is absolute. Lines may be in any order and
/// there twice, as merges leave them. The error names file and line.
llvm::Expected<std::vector<PastFinding>> parseBaseline(llvm::StringRef Text, llvm::StringRef Path);

} // namespace handrail
