//===- Suppressions.h - what is not to be told -------------------*- C++ -*-===//
//
// A file of lines as leak sanitizers read them, with more to say:
//
//   # comment
//   leak:log_init
//   double_close:libfoo.so   kind=socket until=2027-01-31 reason="reported as #12"
//   leak:*                   path=/var/log/* test=Net.* max=3
//
// The rule is `leak` or that of a misuse, with _ or - between its words, or `*` for all.
// The pattern matches a part of the function, file or module of any frame; `*` in it
// stands for anything, `^` and `$` at its ends for the ends. A pattern or value with
// blanks is put in double quotes.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/GlobPattern.h"
#include <memory>
#include <optional>

namespace handrail::ledger {

/// A pattern of a suppression; matches a part of a text, unless it is anchored.
class TextPattern {
public:
  static llvm::Expected<TextPattern> create(llvm::StringRef Pattern, bool Whole);
  bool matches(llvm::StringRef Text) const;

private:
  std::shared_ptr<const std::string> Text; ///< what Glob points into
  std::optional<llvm::GlobPattern> Glob;
};

/// One line of a file.
struct Suppression {
  SuppressionUse Use; ///< where it stands and what it says; counts are filled in by apply
  std::string Rule;   ///< "leak", "double-close"; "*" for all
  TextPattern Pattern;
  std::optional<TextPattern> Kind, Path, Test;
  std::optional<std::uint64_t> Max;
  std::string Until; ///< "2027-01-31", the last day it holds; empty: for ever
};

/// The lines of \p Text. All errors are told at once, as `file:line:column: error: …`.
llvm::Expected<std::vector<Suppression>> parseSuppressions(llvm::StringRef Text,
                                                           llvm::StringRef FileName);

/// Takes what \p Rules ask for from Told.Found, which is grouped, and tells in
/// Told.Suppressions what each of them did. The first that matches has the say. A line
/// that matches more than its max, or whose time is over by \p Today, takes nothing.
void suppress(Outcome &Told, std::vector<Suppression> Rules, llvm::StringRef Today);

/// The date as YYYY-MM-DD.
std::string today();

} // namespace handrail::ledger
