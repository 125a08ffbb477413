//===- Finding.h - what a check found ----------------------------*- C++ -*-===//
//
// Findings are values: a total order, equality, no pointers into any stage
// before. Reports see nothing but these.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Support/TextEdit.h"
#include <optional>
#include <vector>

namespace handrail {

/// A place in a source file as the user sees it. Lines and columns count from 1,
/// a column in bytes; EndLine and EndCol are the first position after the range,
/// or 0 when unknown.
struct Location {
  std::string File;
  uint32_t Line = 0, Col = 0, EndLine = 0, EndCol = 0;
  auto operator<=>(const Location &) const = default;
};

enum class Severity : uint8_t { Note, Warning, Error };

/// How much had to be assumed: Certain, nothing; Likely, a branch was taken on
/// an unknown value; Possible, an unknown function or a widened loop lies in
/// between.
enum class Confidence : uint8_t { Certain, Likely, Possible };

/// One step of the path that leads to a finding.
struct Note {
  Location Loc;
  std::string Message;
  uint32_t Depth = 0; ///< calls between the function reported and the one this happens in
  auto operator<=>(const Note &) const = default;
};

/// A call that a handle came from: the function that it stands in, and the one that it calls.
struct AcquireStep {
  Location Loc;
  std::string Function, Callee;
  auto operator<=>(const AcquireStep &) const = default;
};

/// What runs of the program have shown of a finding (lib/Join).
struct RunEvidence {
  enum class State : uint8_t {
    Confirmed,    ///< it happened
    AlwaysClosed, ///< the handle was opened there, and none was left open
    NeverReached  ///< nothing was opened there
  };
  /// How sure it is that the run speaks of the same place.
  enum class Match : uint8_t {
    Exact,   ///< kind of handle, and every line from the finding's function to the call
    Likely,  ///< kind, and those functions
    Possible ///< kind, and the function that opens it
  };
  State What = State::NeverReached;
  Match Sure = Match::Exact;
  unsigned Runs = 0;    ///< that have shown it
  uint64_t Handles = 0; ///< left open, or misused
  auto operator<=>(const RunEvidence &) const = default;
};

/// What to change so that the mistake is gone, offered only where that is certain: the
/// result compiles, and does what the author must have meant. Invariant: one edit or
/// more, all in one file.
struct Fix {
  std::string Description; ///< what it does: "give it a name"
  std::vector<TextEdit> Edits;
  auto operator<=>(const Fix &) const = default;
};

struct Finding {
  Location Loc;
  std::string Check;    ///< id without prefix: `missing-close`
  std::string Message;  ///< lower case, no full stop
  std::string Function; ///< qualified name of the function it lies in
  std::string Kind;     ///< resource kind id, empty when the check has none
  std::string Callee;   ///< function that acquired the handle, when known
  Severity Sev = Severity::Warning;
  Confidence Conf = Confidence::Certain;
  std::vector<Note> Notes;
  std::optional<Fix> Repair;
  /// Where the handle comes from: a call in Function, then one in the function that it calls,
  /// and so on; empty when the check does not know.
  std::vector<AcquireStep> Acquired;
  bool FromRun = false; ///< seen in a run, and by no check; Check is a rule of lib/Ledger then
  std::optional<RunEvidence> Runs; ///< when there are reports of runs
  std::string Fingerprint;         ///< see Fingerprint.h; empty until it is set
  auto operator<=>(const Finding &) const = default;
};

/// Sorts by the total order and drops duplicates: equal findings, and findings
/// of the same check at the same place with the same message, of which the one
/// with the shortest path stays. O(n log n).
void normalize(std::vector<Finding> &Findings);

} // namespace handrail
