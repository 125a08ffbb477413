//===- Examination.h - from files to the findings that are told --*- C++ -*-===//
#pragma once

#include "lib/Engine/Suppressions.h"
#include "lib/Report/Json.h"
#include "tool/Analysis.h"
#include "tool/Baselines.h"
#include "tool/Inputs.h"
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
  /// What the findings tell of.
  Examined examined() const;

  Inputs In;                                   ///< less what is excluded
  std::vector<const Setup *> SetupOf;          ///< by job
  std::optional<project::CaptureRun> Captured; ///< by job
  AnalysisResult Analysis; ///< with the findings to be told, which have their fingerprints
  Silence Asked;
  std::vector<report::ReportError> Errors;
  std::set<std::string> Failed; ///< files that were not analysed, or only in part

private:
  Examination(const CheckCommand &Command, SetupCache &Setups, Inputs In,
              std::optional<project::CaptureRun> Captured, Scope Concerns)
      : In(std::move(In)), Captured(std::move(Captured)), Command(Command), Setups(Setups),
        Concerns(std::move(Concerns)) {}
  bool isWholeProgram() const;
  void keepOwn();

  const CheckCommand &Command;
  SetupCache &Setups;
  Scope Concerns;
};

} // namespace handrail::tool
