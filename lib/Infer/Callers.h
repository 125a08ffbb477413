//===- Callers.h - what call sites say of pairs of functions -----*- C++ -*-===//
//
// Counts, over all bodies of a program, what becomes of the values that a function
// gives: to which functions they are passed, and whether anybody looks at them
// afterwards. That beliefs of a code base can be read off what most of it does, and
// ranked by how surprising the exceptions are, is from Engler et al., "Bugs as deviant
// behavior" (SOSP 2001), whose z-statistic this is; that allocators and deallocators
// are found by what happens to a value from one to the other, from Kremenek et al.,
// "From uncertainty to belief" (OSDI 2006). Unlike PR-Miner (Li and Zhou, FSE 2005),
// only calls on the same value count as used together.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Infer/Roles.h"

namespace handrail::infer {

/// The result of a function, or what it writes to an argument.
struct Source {
  FunctionId Function = NoFunction;
  int Arg = -1; ///< -1: the result
  auto operator<=>(const Source &) const = default;
};

/// An argument of a function.
struct Sink {
  FunctionId Function = NoFunction;
  uint32_t Arg = 0;
  auto operator<=>(const Sink &) const = default;
};

/// Where something was seen.
struct Site {
  FunctionId Within = NoFunction;
  ir::LocId Loc = 0;
};

/// How often, and where first.
struct Seen {
  static constexpr size_t MaxSites = 3;
  unsigned Count = 0;
  std::vector<Site> Sites;
  void add(Site S) {
    ++Count;
    if (Sites.size() < MaxSites)
      Sites.push_back(S);
  }
};

struct SourceUse {
  unsigned Calls = 0;
  /// Those whose value is neither returned nor stored nor given to who keeps it: where, and
  /// the functions that it is given to.
  std::vector<std::pair<Site, std::map<Sink, Site>>> Local;
};

struct SinkUse {
  Seen All;       ///< calls with a value that is followed
  Seen UsedAfter; ///< the place is that of the use
};

class Callers {
public:
  explicit Callers(const Roles &R);

  std::map<Source, SourceUse> Sources;
  std::map<Sink, SinkUse> Sinks;

  /// How far \p Hits of \p Count are above what chance would give, in standard deviations,
  /// when \p Chance is the share that means nothing.
  static double surprise(unsigned Hits, unsigned Count, double Chance);

private:
  void count(const Roles &R, FunctionId Id);
};

} // namespace handrail::infer
