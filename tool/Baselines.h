//===- Baselines.h - the known findings of a run -----------------*- C++ -*-===//
#pragma once

#include "lib/Finding/Baseline.h"
#include "tool/Setup.h"
#include <set>

namespace handrail::tool {

/// What a run has looked at, and so can tell of that it is gone.
struct Examined {
  bool All = false;             ///< every file of the project
  std::set<std::string> Files;  ///< analysed without errors
  std::set<std::string> Checks; ///< that ran
};

/// The baselines that the findings of a run are compared with: one for all from the command
/// line, or for each file that of the handrail.json that governs it.
class Baselines {
public:
  /// \p FromCommandLine may be empty. \p Setups outlives this.
  Baselines(llvm::StringRef FromCommandLine, SetupCache &Setups);

  /// Reads those that may be needed for files with \p Used setups. Fails when one cannot be
  /// read. \p Write: one that is not there is empty.
  llvm::Error read(llvm::ArrayRef<const Setup *> Used, bool Write);

  bool any() const { return !Files.empty(); }
  /// What is known, by check and file, for people.
  void print(llvm::raw_ostream &OS) const;

  /// Takes from \p Findings, which have their fingerprints, what is known.
  void dropKnown(std::vector<Finding> &Findings);
  size_t knownCount() const { return KnownCount; }
  /// What dropKnown() did not meet, and \p Seen shows to be gone.
  std::vector<PastFinding> fixed(const Examined &Seen) const;

  /// Replaces each file by what is known and not fixed, with the lines as they are now.
  llvm::Error update(const Examined &Seen) const;
  /// Replaces each file by \p Findings, which dropKnown() has not seen. Those that belong to
  /// none go to \p Default. Returns the number of findings of each file.
  llvm::Expected<std::map<std::string, size_t>> write(llvm::ArrayRef<Finding> Findings,
                                                      const std::string &Default) const;

private:
  struct File {
    std::vector<PastFinding> Known;
    std::vector<PastFinding> Met; ///< those found again, as they are now
    std::vector<char> IsMet;      ///< by number of Known
  };
  /// Empty when there is none for it.
  std::string fileFor(const Finding &F) const;

  std::string ForAll;
  SetupCache &Setups;
  std::map<std::string, File> Files; ///< by absolute path
  size_t KnownCount = 0;
};

} // namespace handrail::tool
