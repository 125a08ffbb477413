//===- Examination.h - from files to the findings that are told --*- C++ -*-===//
#pragma once

#include "lib/Engine/Suppressions.h"
#include "lib/Ledger/Report.h"
#include "lib/Report/Json.h"
#include "tool/Analysis.h"
#include "tool/Baselines.h"
#include "tool/Inputs.h"
#include "tool/Past.h"
#include "tool/Scope.h"

namespace handrail::tool {

/// Who asked for silence, and about what they got it.
struct Silence {
  Suppressions Comments;
  std::set<std::pair<std::string, size_t>> UsedRules; ///< by handrail.json and number

  bool byRule(const Setup &How, const Finding &F) {
    const std::optional<size_t> Rule = How.Rules.find(F);
    if (Rule)
      UsedRules.insert({How.Config.File, *Rule});
    return Rule.has_value();
  }
};

/// One analysis, as a command line asks for it. What the user wrote is read first, so that
/// mistakes in it are told before the long part starts.
class Examination {
public:
  /// Of the files that \p Command names.
  static llvm::Expected<Examination> prepare(const CheckCommand &Command, SetupCache &Setups);
  /// Of \p In, and what was made of them when that was done before.
  static llvm::Expected<Examination> prepare(const CheckCommand &Command, SetupCache &Setups,
                                             Inputs In, std::optional<project::CaptureRun> Run);
  /// The long part: sets what follows. Fails when the machine refuses something, or a file
  /// cannot be written.
  llvm::Error run();

  /// Only some files of a database were named.
  bool isPart() const { return !Command.Input.Files.empty() && !Command.Input.Flags; }
  /// Adds to the findings what runs have shown of them, and to their list what only the runs
  /// have.
  void join(const ledger::Report &Runs);
  /// Takes from the findings what was there before the revision that is asked for, if any.
  void dropOld();
  /// What the findings tell of.
  Examined examined() const;

  Inputs In;                                   ///< less what is excluded
  std::vector<const Setup *> SetupOf;          ///< by job
  std::optional<project::CaptureRun> Captured; ///< by job
  AnalysisResult Analysis; ///< with the findings to be told, which have their fingerprints
  Silence Asked;
  std::vector<report::ReportError> Errors;
  std::set<std::string> Failed;          ///< files that were not analysed, or only in part
  std::vector<std::string> FailedBefore; ///< at that revision; what is found there counts as new

private:
  Examination(const CheckCommand &Command, SetupCache &Setups, Inputs In,
              std::optional<project::CaptureRun> Captured, Scope Concerns)
      : In(std::move(In)), Captured(std::move(Captured)), Command(Command), Setups(Setups),
        Concerns(std::move(Concerns)) {}
  bool isWholeProgram() const;
  AnalysisResult analyze(const project::CaptureRun &Run, llvm::ArrayRef<capture::CompileJob> Jobs,
                         llvm::ArrayRef<const Setup *> SetupOf, const RunCache *Cache,
                         bool Summarize, const char *Stage) const;
  void keepOwn(std::vector<Finding> &Findings, Silence &Asked) const;
  void findNew(std::vector<Finding> Before);

  const CheckCommand &Command;
  SetupCache &Setups;
  Scope Concerns;
  std::optional<project::Changes> Change; ///< when a revision is asked for
  std::set<std::string> New;              ///< fingerprints of what was not there then
};

} // namespace handrail::tool
