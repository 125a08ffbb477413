//===- Report.h - what running programs left open and misused ----*- C++ -*-===//
//
// The values behind every report about a run: read from the region that a traced
// process writes (docs/ledger.md) or from the JSON document of the runtime, merged,
// grouped, and rendered by the other files of this folder.
//
// Values only: a report does not know where it came from and is not changed while it
// is rendered. Indexes instead of pointers, so that it can be written and read back.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace handrail::ledger {

/// A file that was mapped into the process.
struct Module {
  std::string Path;
  std::string BuildId; ///< lower-case hexadecimal, empty when it has none
  auto operator<=>(const Module &) const = default;
};

/// One line of a stack. Several frames share one Offset where calls were inlined,
/// the innermost first.
struct Frame {
  int Module = -1; ///< -1: of no known module; Offset is then an address
  /// Of the return address, from where the module was loaded to: what the module was linked
  /// for, and addr2line and nm speak of.
  std::uint64_t Offset = 0;
  std::string Function; ///< demangled; empty until symbolized, or when unknown
  std::string File;     ///< empty when unknown
  unsigned Line = 0, Column = 0;
  bool Inlined = false; ///< into the frame that follows
  auto operator<=>(const Frame &) const = default;
};

struct Stack {
  std::vector<Frame> Frames; ///< innermost first
  bool Partial = false;      ///< the walk ended before the thread's first function
  auto operator<=>(const Stack &) const = default;
};

/// How a process ended.
enum class Ending { Running, Exited, Aborted, Killed, Execed };

struct Process {
  int Id = 0, Parent = 0;
  std::vector<std::string> Command;
  Ending End = Ending::Running;
  int Status = 0; ///< exit code, or the signal of Aborted and Killed; -1 when unknown
  int Level = 0;  ///< of tracking, 0 to 3
  std::int64_t Started = 0, Ended = 0; ///< milliseconds since 1970; Ended is the report's time
  std::uint64_t Lost = 0;              ///< records that found no room
};

/// A handle's name and how many of a group have it: a path, a peer, "pipe".
struct Name {
  std::string Text;
  std::uint64_t Count = 0;
};

/// One step of a path that the static analysis found.
struct PathStep {
  std::string File;
  unsigned Line = 0;
  unsigned Depth = 0; ///< calls below the function that the path begins in
  std::string Message;
  auto operator<=>(const PathStep &) const = default;
};

/// How a leak or misuse comes about, by a finding of the static analysis.
struct StaticPath {
  std::string Check; ///< empty: nothing is known
  std::string Message, Fingerprint;
  std::string Match; ///< how sure it is that it is the same: "exact", "likely", "possible"
  std::vector<PathStep> Steps;
  auto operator<=>(const StaticPath &) const = default;
};

/// The Kind of what is no handle of the system, but an object of the runtime; Type says of
/// which type.
inline constexpr char ObjectKind[] = "object";

/// Handles of one kind that one stack (or site) opened in one process and test, and
/// that were open when the report was made.
struct Leak {
  int Process = 0;
  std::string Kind;  ///< "file", "socket", "stdio", "dir", "mapping", …; docs/ledger.md lists them
  std::string Type;  ///< of an object of the runtime: "connection"; empty for an OS handle
  std::string Owner; ///< who owns it: a table's name, "FILE *", "unique_fd"
  std::string Site;  ///< "net.cpp:88 in accept_one" where the runtime knows it
  std::string Test;  ///< the test that the opening thread was running
  int Opened = -1;   ///< stack
  std::uint64_t Count = 0;
  std::vector<std::uint64_t> Values;        ///< the first few: descriptors, addresses, ids
  std::vector<Name> Names;                  ///< most frequent first
  std::uint64_t OldestMs = 0, NewestMs = 0; ///< ages
  std::uint64_t FirstSeenMs = 0;            ///< of the stack's first open, after the start
  std::vector<std::uint32_t> Threads;       ///< that opened them, the first few
  bool Inherited = false;                   ///< opened before a fork, or before the start
  bool Untraced = false;                    ///< found at the end; nobody saw it opened
  bool Cycle = false;                       ///< kept by its own finalizer
  std::string Touch;                        ///< where one of them was seen last
  bool Closes = false;                      ///< a close was begun that has not ended
  std::string Closing;                      ///< where, when that is known
  /// How others that were opened there were closed.
  std::uint64_t Completed = 0, Failed = 0, Cancelled = 0;
  /// Live handles of this stack over time, for growth: (milliseconds, count).
  std::vector<std::pair<std::uint64_t, std::uint64_t>> Samples;
  // What the reports find out:
  unsigned Processes = 1;   ///< of the same command that had it; Process is the first
  std::string Hash;         ///< of what is the same in other builds (Group.h)
  StaticPath Static;        ///< why it was left open (lib/Join)
  std::uint64_t Before = 0; ///< its Count in the earlier report that this one is compared with
};

/// Where handles of one kind were opened, whatever became of them.
struct Opening {
  int Process = 0;
  std::string Kind;
  int Opened = -1; ///< stack
  unsigned Processes = 1;
};

/// What a stack was taken for.
struct Step {
  std::string Role; ///< "here", "opened", "closed", "previously closed", "owner", …
  int Stack = -1;   ///< -1 when none was kept
  std::string Site; ///< of the runtime, when it knows one
  std::uint32_t Thread = 0;
  std::uint64_t AtMs = 0; ///< after the start
};

/// A wrong call, with every place that explains it. The same one again is counted.
struct Misuse {
  int Process = 0;
  std::string Rule; ///< "double-close", "use-after-close", "wrong-owner", …; docs/ledger.md
  std::string Kind; ///< of the handle, as in Leak
  std::string Type, Owner, Name, Test;
  std::string Call;   ///< the function that was called: "close"
  std::string Detail; ///< what else is to be said: "the number belonged to a FILE *"
  std::uint64_t Value = 0;
  std::uint64_t Count = 0;
  std::vector<Step> Steps; ///< the call itself first
  // As in Leak:
  unsigned Processes = 1;
  std::string Hash;
  StaticPath Static;
  std::uint64_t Before = 0;
};

/// One entry of the history (level 3).
struct Event {
  int Process = 0;
  std::uint64_t AtNs = 0; ///< after the start
  std::string What;       ///< "opened", "closed", …
  std::string Kind;
  std::uint64_t Value = 0;
  std::uint32_t Thread = 0;
  int Stack = -1;
  std::string Exit; ///< of a close: "completed", "failed", "cancelled"
};

struct Report {
  std::vector<Process> Processes;
  std::vector<Module> Modules;
  std::vector<Stack> Stacks;
  std::vector<Leak> Leaks;
  std::vector<Misuse> Misuses;
  std::vector<Opening> Openings; ///< all there are, or none when nobody asked for them
  std::vector<Event> History;
};

} // namespace handrail::ledger
