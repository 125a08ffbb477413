//===- Check.h - the interface a check implements ----------------*- C++ -*-===//
//
// A check reads the IR's facts and the solver's violations and writes findings.
// It never drives the exploration. One check is one mistake, one id in
// checks/Checks.def, one page in docs/checks and one test in test/checks.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/IR/Unit.h"
#include "lib/Model/ResourceModel.h"
#include "lib/Solver/Solver.h"
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace handrail {

/// Options of one check, `name -> value`, from `handrail.json`, the command line
/// or clang-tidy's CheckOptions.
using CheckOptions = std::map<std::string, std::string>;

/// The option that every check has: note, warning or error.
inline constexpr char SeverityOption[] = "Severity";
std::optional<Severity> severityFrom(llvm::StringRef Word);

/// How often a bound ended what a check looks for: what `--stats` shows of checks.
struct CheckStats {
  uint64_t PlaceCap = 0;  ///< values that are too many steps away from a parameter
  uint64_t EffectCap = 0; ///< functions that do too much to what they are given
  uint64_t GuardCap = 0;  ///< destructors too deep inside others
  void add(const CheckStats &O) {
    PlaceCap += O.PlaceCap;
    EffectCap += O.EffectCap;
    GuardCap += O.GuardCap;
  }
};

/// What a check may look at, and where it counts. Everything outlives the call.
struct CheckContext {
  const solver::Program &Program;
  const model::ModelSet &Models;
  const solver::Solution &Solution;
  const CheckOptions &Options;
  CheckStats &Stats;
};

/// Static facts about a check, expanded from Checks.def.
struct CheckInfo {
  const char *Id;      ///< `missing-close`
  const char *Summary; ///< one line, the first sentence of its page
  Severity DefaultSeverity;
  bool OnByDefault;
  bool TellsPath = false; ///< its notes are the steps of a path, in the order of execution
};

class Check {
public:
  virtual ~Check() = default;
  /// Appends findings with Loc, Message, Function, Kind, Notes and Repair set;
  /// the engine fills in Check and Sev.
  virtual void run(const CheckContext &Context, std::vector<Finding> &Out) const = 0;
};

/// A check and what is known about it. The engine takes a list of these, so that
/// lib/ does not depend on checks/.
struct RegisteredCheck {
  CheckInfo Info;
  std::unique_ptr<Check> Impl;
};

/// Resolves an IR location to what findings carry.
Location toLocation(const ir::Unit &U, ir::LocId Loc);

/// What \p F says of how the code at \p About could be written otherwise, as a fix that
/// \p Description tells of.
std::optional<Fix> findFix(const ir::Unit &U, const ir::Function &F, ir::RewriteKind Kind,
                           ir::LocId About, std::string Description);

} // namespace handrail
