//===- Members.h - the members of the JSON document --------------*- C++ -*-===//
//
// One list for each type, for reading and for writing: `Visit(name, member)` for each
// member in the order of the document, with the value that is left out of it if that is
// not the empty one.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"

namespace handrail::ledger {

/// A stack as the document has it: frames are indexes, for many stacks share them.
struct StackMembers {
  std::vector<int> Frames;
  bool Partial = false;
};

/// The document; what follows History is what printJson adds.
struct Document {
  std::string Format = "handrail-ledger";
  int Version = 1;
  std::vector<Process> Processes;
  std::vector<Module> Modules;
  std::vector<Frame> Frames;
  std::vector<StackMembers> Stacks;
  std::vector<Leak> Leaks;
  std::vector<Misuse> Misuses;
  std::vector<Opening> Openings;
  std::vector<Event> History;
  std::vector<SuppressionUse> Suppressions;
  std::vector<std::string> Notes;
  std::uint64_t Known = 0;
  bool Compared = false;
  std::vector<Leak> FixedLeaks;
  std::vector<Misuse> FixedMisuses;
};

template <class Visitor> void members(Visitor &Visit, Module &M) {
  Visit("path", M.Path);
  Visit("build_id", M.BuildId);
}

template <class Visitor> void members(Visitor &Visit, Frame &F) {
  Visit("module", F.Module, -1);
  Visit("offset", F.Offset);
  Visit("function", F.Function);
  Visit("file", F.File);
  Visit("line", F.Line);
  Visit("column", F.Column);
  Visit("inlined", F.Inlined);
}

template <class Visitor> void members(Visitor &Visit, StackMembers &S) {
  Visit("frames", S.Frames);
  Visit("partial", S.Partial);
}

template <class Visitor> void members(Visitor &Visit, Process &P) {
  Visit("id", P.Id);
  Visit("parent", P.Parent);
  Visit("command", P.Command);
  Visit("end", P.End);
  Visit("status", P.Status);
  Visit("level", P.Level);
  Visit("started", P.Started);
  Visit("ended", P.Ended);
  Visit("lost", P.Lost);
}

template <class Visitor> void members(Visitor &Visit, Name &N) {
  Visit("text", N.Text);
  Visit("count", N.Count);
}

template <class Visitor> void members(Visitor &Visit, PathStep &S) {
  Visit("file", S.File);
  Visit("line", S.Line);
  Visit("depth", S.Depth);
  Visit("message", S.Message);
}

template <class Visitor> void members(Visitor &Visit, StaticPath &P) {
  Visit("check", P.Check);
  Visit("message", P.Message);
  Visit("fingerprint", P.Fingerprint);
  Visit("match", P.Match);
  Visit("steps", P.Steps);
}

template <class Visitor> void members(Visitor &Visit, Leak &L) {
  Visit("process", L.Process);
  Visit("processes", L.Processes, 1u);
  Visit("kind", L.Kind);
  Visit("type", L.Type);
  Visit("owner", L.Owner);
  Visit("site", L.Site);
  Visit("test", L.Test);
  Visit("opened", L.Opened, -1);
  Visit("count", L.Count);
  Visit("before", L.Before);
  Visit("values", L.Values);
  Visit("names", L.Names);
  Visit("oldest_ms", L.OldestMs);
  Visit("newest_ms", L.NewestMs);
  Visit("first_seen_ms", L.FirstSeenMs);
  Visit("threads", L.Threads);
  Visit("inherited", L.Inherited);
  Visit("untraced", L.Untraced);
  Visit("cycle", L.Cycle);
  Visit("touch", L.Touch);
  Visit("closes", L.Closes);
  Visit("closing", L.Closing);
  Visit("completed", L.Completed);
  Visit("failed", L.Failed);
  Visit("cancelled", L.Cancelled);
  Visit("samples", L.Samples);
  Visit("hash", L.Hash);
  Visit("static", L.Static);
}

template <class Visitor> void members(Visitor &Visit, Step &S) {
  Visit("role", S.Role);
  Visit("stack", S.Stack, -1);
  Visit("site", S.Site);
  Visit("thread", S.Thread);
  Visit("at_ms", S.AtMs);
}

template <class Visitor> void members(Visitor &Visit, Misuse &M) {
  Visit("process", M.Process);
  Visit("processes", M.Processes, 1u);
  Visit("rule", M.Rule);
  Visit("kind", M.Kind);
  Visit("type", M.Type);
  Visit("owner", M.Owner);
  Visit("name", M.Name);
  Visit("test", M.Test);
  Visit("call", M.Call);
  Visit("detail", M.Detail);
  Visit("value", M.Value);
  Visit("count", M.Count);
  Visit("before", M.Before);
  Visit("steps", M.Steps);
  Visit("hash", M.Hash);
  Visit("static", M.Static);
}

template <class Visitor> void members(Visitor &Visit, Opening &O) {
  Visit("process", O.Process);
  Visit("processes", O.Processes, 1u);
  Visit("kind", O.Kind);
  Visit("opened", O.Opened, -1);
}

template <class Visitor> void members(Visitor &Visit, Event &E) {
  Visit("process", E.Process);
  Visit("at_ns", E.AtNs);
  Visit("what", E.What);
  Visit("kind", E.Kind);
  Visit("value", E.Value);
  Visit("thread", E.Thread);
  Visit("stack", E.Stack, -1);
  Visit("exit", E.Exit);
}

template <class Visitor> void members(Visitor &Visit, SuppressionUse &S) {
  Visit("place", S.Place);
  Visit("rule", S.Rule);
  Visit("reason", S.Reason);
  Visit("state", S.State);
  Visit("count", S.Count);
  Visit("groups", S.Groups);
}

template <class Visitor> void members(Visitor &Visit, Document &D) {
  Visit("format", D.Format);
  Visit("version", D.Version);
  Visit("processes", D.Processes);
  Visit("modules", D.Modules);
  Visit("frames", D.Frames);
  Visit("stacks", D.Stacks);
  Visit("leaks", D.Leaks);
  Visit("misuses", D.Misuses);
  Visit("openings", D.Openings);
  Visit("history", D.History);
  Visit("suppressions", D.Suppressions);
  Visit("notes", D.Notes);
  Visit("known", D.Known);
  Visit("compared", D.Compared);
  Visit("fixed_leaks", D.FixedLeaks);
  Visit("fixed_misuses", D.FixedMisuses);
}

} // namespace handrail::ledger
