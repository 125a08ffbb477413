//===- Sarif.h - what SARIF logs are put together from -----------*- C++ -*-===//
//
// The parts of SARIF 2.1.0 that reports of the analysis and of runs share: a log with one
// run of one tool, its rules, where something lies and what it says. Paths below the
// working directory become URIs relative to `%SRCROOT%`; columns, which are bytes inside
// the tool, become UTF-16 code units, for which the source is read.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Support/SourceText.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::sarif {

/// A kind of mistake. Texts are not empty.
struct Rule {
  std::string Id;
  std::string Short, Full; ///< a sentence, a paragraph
  std::string Help;        ///< Markdown that is also read as it stands
  llvm::StringRef Level;   ///< note, warning or error
  bool OnByDefault = true;
  llvm::StringRef Precision; ///< very-high, high, medium or low; empty: not told
  std::vector<std::string> Tags;
};

/// A place in a file as the tool has it: lines and columns count from 1, columns in bytes;
/// what is 0 is unknown, and the end is the first position after the range. Without a file
/// it is the project, without a line the whole file.
struct Place {
  llvm::StringRef File;
  uint32_t Line = 0, Column = 0, EndLine = 0, EndColumn = 0;
};

/// What the tool has to say about its own work.
struct Notification {
  llvm::StringRef Level; ///< note, warning or error
  llvm::StringRef Message;
  Place Where; ///< the file is empty when there is none
};

/// What a run of the tool is made of. The functions write the elements of an array.
struct Run {
  llvm::StringRef ToolVersion;
  llvm::ArrayRef<Rule> Rules;
  bool Successful = true; ///< it did what it was asked for
  llvm::ArrayRef<Notification> Notifications;
  llvm::function_ref<void()> Results;
};

class Writer {
public:
  Writer(llvm::StringRef WorkingDirectory, llvm::raw_ostream &OS)
      : J(OS, /*IndentSize=*/1), WorkingDirectory(WorkingDirectory) {}

  /// A log with one run.
  void log(const Run &R);

  // Members of the object that is open.
  void text(llvm::StringRef Key, llvm::StringRef Value) { J.attribute(Key, utf8(Value)); }
  void message(llvm::StringRef Text, llvm::StringRef Key = "message");
  /// `artifactLocation`; the project's root when \p File is empty.
  void artifact(llvm::StringRef File);
  /// `physicalLocation`, always with a region: GitHub's code scanning refuses a log in which
  /// a result has none, so a whole file is its first line.
  void physicalLocation(const Place &Where);
  /// The function that a place lies in: its qualified name.
  void logicalLocation(llvm::StringRef Function);
  /// The bytes of \p File from \p Offset on as a region of its text; as bytes when the file
  /// cannot be read.
  void byteRegion(llvm::StringRef Key, llvm::StringRef File, uint32_t Offset, uint32_t Length);

  SourceCache &sources() { return Sources; }

  llvm::json::OStream J;

private:
  void rule(const Rule &R);
  void invocation(const Run &R);
  void region(const Place &Where);
  uint32_t column(const Place &Where, uint32_t Line, uint32_t Column);

  const std::string WorkingDirectory;
  SourceCache Sources;
};

/// \p Path as a URI: relative when it lies below \p Directory.
std::string uri(llvm::StringRef Path, llvm::StringRef Directory);

/// "f" for "ns::C::f", "operator()" for "C::operator()".
llvm::StringRef lastName(llvm::StringRef Qualified);

} // namespace handrail::sarif
