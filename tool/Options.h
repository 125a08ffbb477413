//===- Options.h - the command line as plain structs -------------*- C++ -*-===//
#pragma once

#include "lib/Finding/Finding.h"
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace handrail::report {
struct Format;
}

namespace handrail::tool {

enum class ColorMode { Auto, Always, Never };

/// Which resource models to use beside the shipped ones.
struct ModelArguments {
  std::vector<std::string> Files;    ///< --model
  std::vector<std::string> Switches; ///< --models, split at commas
};

/// What decides the judgement; shared by `check` and `ir solve`.
struct AnalysisArguments {
  ModelArguments Models;
  std::string Checks;               ///< globs; empty keeps the default
  std::vector<std::string> Options; ///< `CHECK.NAME=VALUE`
  Confidence MinimumConfidence = Confidence::Likely;
  bool Strict = false;
  std::string Summaries; ///< file to read; empty: none
};

/// Where translation units come from.
struct InputArguments {
  std::vector<std::string> Files;
  std::string Build;                             ///< -p
  std::string Target;                            ///< of CMake; empty: all
  std::optional<std::vector<std::string>> Flags; ///< what stands after `--`
};

/// What one parse may take.
struct ParseLimits {
  unsigned Seconds = 600; ///< of processor time per file
  unsigned MiB = 8192;    ///< per worker
};

struct CheckCommand {
  InputArguments Input;
  std::string Cache;                   ///< directory; empty: as the environment says
  std::optional<uint64_t> CacheMiB;    ///< unless told: as the environment says
  std::vector<std::string> CacheRoots; ///< none: found
  AnalysisArguments Analysis;
  unsigned Jobs = 0;                           ///< 0: one per processor
  std::vector<const report::Format *> Formats; ///< none: text
  std::vector<std::string> Outputs; ///< where the first formats go; the rest: standard output
  std::string WriteSummaries;       ///< file to write; empty: none
  std::string Baseline;             ///< file of known findings; empty: those of handrail.json
  std::vector<std::string> RuntimeReports; ///< of runs, to compare the findings with
  std::string Since;                       ///< revision; empty: all findings are told
  std::optional<std::string> HeaderFilter;
  std::vector<std::string> Exclude;
  ColorMode Color = ColorMode::Auto;
  ParseLimits Limits;
  /// Handles are followed across files. Unless told: when no file of a database was named,
  /// for a part of a program is no program.
  std::optional<bool> WholeProgram;
  bool Fix = false;
  bool KeepGoing = false, Stats = false, WhyNot = false, Unused = false, Quiet = false,
       ListChecks = false;
};

struct CaptureCommand {
  InputArguments Input;
  std::string Output; ///< directory
  unsigned Jobs = 0;
  std::vector<std::string> Exclude;
  std::string Depfile;       ///< file to write; empty: none
  std::string DepfileTarget; ///< empty: told by the name of the file
  bool Prune = false;        ///< units of other files are removed
  ParseLimits Limits;
  bool KeepGoing = false, Stats = false, Quiet = false;
};

/// As check, but what it looks at has been captured.
struct AnalyzeCommand : CheckCommand {
  std::vector<std::string> Directories;
};

/// As check, but the findings go to a baseline.
struct BaselineCommand : CheckCommand {
  bool OnlyShrink = false; ///< new findings do not become known
};

struct BaselineShowCommand {
  std::string File; ///< empty: that of the handrail.json here
};

struct CacheStatsCommand {
  std::string Directory; ///< empty: as the environment says
  bool Json = false;
};

struct CacheCleanCommand {
  std::string Directory;
  std::optional<uint64_t> Days, MiB; ///< neither: everything goes
};

struct ExplainCommand {
  std::string Id; ///< empty: list all
};

struct IrDumpCommand {
  InputArguments Input;
};

struct IrSolveCommand {
  std::vector<std::string> Files;
  AnalysisArguments Analysis;
  bool DumpSummaries = false;
  ColorMode Color = ColorMode::Auto;
};

struct ModelsListCommand {
  ModelArguments Models;
};
struct ModelsShowCommand {
  std::string Name;
};
struct ModelsCheckCommand {
  std::vector<std::string> Files;
};
struct ModelsSchemaCommand {};
struct ModelsImportCommand {
  InputArguments Input;
  ModelArguments Models;
  bool Cppcheck = false; ///< the files are cppcheck's, not headers
  std::string Output;    ///< empty: standard output
};
struct InferCommand {
  InputArguments Input;
  ModelArguments Models;
  std::vector<std::string> Exclude;
  unsigned Jobs = 0;
  ParseLimits Limits;
  std::string Output; ///< empty: standard output
  bool KeepGoing = false, Quiet = false;
};
struct ReportSchemaCommand {
  bool Ledger = false; ///< of reports of runs
};

/// Write a first handrail.json.
struct InitCommand {
  std::string Directory; ///< the top of the project; empty: where the user stands
  std::string Build;     ///< -p
  bool DryRun = false, Force = false;
};

/// Texts that were made from the options themselves.
struct DocumentsCommand {
  std::vector<std::pair<std::string, std::string>> Files; ///< name and text
  std::string Directory;                                  ///< empty: to standard output
};

enum class LedgerFormat { Text, Json, JsonLines, Sarif, Junit, Trace, Collapsed, Html };

/// How to report on a run; shared by `report` and `run`.
struct RunReportArguments {
  std::vector<LedgerFormat> Formats; ///< none: text
  std::vector<std::string> Outputs;  ///< where the first formats go; the rest: standard output
  std::vector<std::string> Suppressions, Baselines; ///< files to read
  std::vector<std::string> DebugDirectories;        ///< beside /usr/lib/debug
  std::string Static;              ///< findings of `check`, in JSON, that may explain leaks
  bool Openings = false;           ///< tell where handles were opened, too
  bool StrictSuppressions = false; ///< a line that is not heeded counts like a leak
  std::string WriteBaseline;       ///< file to write; empty: none
  std::string Diff;                ///< earlier report; empty: none
  std::string Kinds;               ///< globs; empty: all
  int ErrorExitCode = 1;           ///< when there is something to tell
  bool ToStandardError = false;    ///< what has no output goes there: standard output is taken
  ColorMode Color = ColorMode::Auto;
};

struct ReportCommand {
  std::vector<std::string> Files;
  RunReportArguments Report;
};

/// Which processes that a traced program starts are told of. Own: its forks, and programs
/// that are not the system's.
enum class ChildrenMode { None, Own, All };

/// What a traced program is told (runtime/preload).
struct TraceArguments {
  int Level = 2, Depth = 24;
  ChildrenMode Children = ChildrenMode::Own;
  bool FreshNumbers = false;                 ///< descriptors are not numbered as earlier ones
  unsigned FailAcquire = 0, FailRelease = 0; ///< the k-th one fails
};

struct RunCommand {
  std::vector<std::string> Program; ///< and its arguments
  TraceArguments Trace;
  std::string Keep;         ///< directory of the ledgers; empty: none is kept
  unsigned Threshold = 0;   ///< tell at once when a stack has more open handles; 0: never
  unsigned SampleMs = 0;    ///< how often to count what is open; 0: never
  std::string ReportSignal; ///< on which to report on what runs
  bool AuditExec = false;   ///< tell what stays open when a process becomes another program
  bool Quiet = false;       ///< nothing is said when there is nothing to tell
  RunReportArguments Report;
};

using Command =
    std::variant<CheckCommand, CaptureCommand, AnalyzeCommand, BaselineCommand, BaselineShowCommand,
                 CacheStatsCommand, CacheCleanCommand, ExplainCommand, IrDumpCommand,
                 IrSolveCommand, ModelsListCommand, ModelsShowCommand, ModelsCheckCommand,
                 ModelsSchemaCommand, ModelsImportCommand, InferCommand, ReportSchemaCommand,
                 ReportCommand, RunCommand, InitCommand, DocumentsCommand>;

/// What to run, or the status to exit with at once: help was printed, or the
/// command line is wrong and that has been said.
std::variant<Command, int> parseCommandLine(int Argc, const char *const *Argv);

} // namespace handrail::tool
