//===- CheckOptions.cpp - check, capture, analyze, explain -------*- C++ -*-===//
#include "lib/Report/Formats.h"
#include "tool/OptionParts.h"

namespace handrail::tool {

void addAnalysisOptions(CLI::App *Command, AnalysisArguments &Analysis) {
  Command
      ->add_option("--checks", Analysis.Checks,
                   "globs of check ids, a leading - takes away: --checks=-*,double-close")
      ->option_text("LIST")
      ->group("What to look for");
  Command
      ->add_option("--option", Analysis.Options,
                   "an option of a check, as its page says, or its Severity: "
                   "--option=missing-close.Severity=error")
      ->option_text("CHECK.NAME=VALUE")
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to look for");
  addModelOptions(Command, Analysis.Models);
  addChoice<Confidence>(Command, "--min-confidence", Analysis.MinimumConfidence,
                        {{"certain", Confidence::Certain},
                         {"likely", Confidence::Likely},
                         {"possible", Confidence::Possible}},
                        "certain: nothing was assumed; likely (default): a branch on an unknown "
                        "value; possible: an unknown function in between")
      ->option_text("LEVEL")
      ->group("What to look for");
  Command
      ->add_flag("--strict", Analysis.Strict,
                 "functions that nothing is known of use a handle, they do not keep it")
      ->group("What to look for");
}

void addInput(CLI::App *Command, InputArguments &Input) {
  Command->add_option("FILES", Input.Files)->group("");
  Command
      ->add_option("-p,--build", Input.Build,
                   "compile_commands.json to take the files and their flags from, or its directory")
      ->option_text("DIR")
      ->group("What to analyse");
  Command->add_option("--target", Input.Target, "what this target of CMake compiles, alone")
      ->option_text("NAME")
      ->group("What to analyse");
}

namespace {

constexpr const char *CheckFooter =
    R"(Without -p and without --, compile_commands.json is looked for in the directory
of the first file (or the current one) and in those above it, also in build/.
FILES may be directories. A handrail.json beside or above a source file adds
models and settings for it.

  handrail check -p build                     everything the build compiles
  handrail check -p build src/net             only what lies below src/net
  handrail check a.c b.c -- -Iinclude -DX=1   no compilation database needed

Exit status: 0 nothing found, 1 findings, 2 some file could not be analysed or
the tool could not do its work, also when there are findings.)";

void addExclude(CLI::App *Command, std::vector<std::string> &Exclude) {
  Command
      ->add_option("--exclude", Exclude,
                   "leave alone what this pattern matches, e.g. third_party; may be repeated")
      ->option_text("GLOB")
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to analyse");
}

/// The forms of the report, and where they go.
void addFormats(CLI::App *Command, CheckCommand &C) {
  Choices<const report::Format *> Known;
  std::string Names;
  for (const report::Format &Format : report::formats()) {
    const bool IsLast = &Format == &report::formats().back();
    Names += Known.empty() ? "" : IsLast ? " or " : ", ";
    Names += Format.Name;
    Names += Known.empty() ? " (default)" : "";
    Known.push_back({Format.Name.str(), &Format});
  }
  Names += "; may be repeated";
  addChoices<const report::Format *>(Command, "--format", C.Formats, Known, Names.c_str())
      ->option_text("FORMAT")
      ->group("The report");
  Command
      ->add_option("-o,--output", C.Outputs,
                   "where the first, second, … --format goes; -: standard output")
      ->option_text("FILE")
      ->allow_extra_args(false)
      ->take_all()
      ->group("The report");
}

/// What to look for in the units, wherever they come from.
void addJudgement(CLI::App *Command, CheckCommand &C) {
  addExclude(Command, C.Exclude);
  Command
      ->add_option("--header-filter", C.HeaderFilter,
                   "report what lies in headers whose path matches; default: those of the project")
      ->option_text("REGEX")
      ->group("What to analyse");
  addAnalysisOptions(Command, C.Analysis);
  CLI::Option *Whole =
      Command
          ->add_flag_callback(
              "--whole-program", [&C] { C.WholeProgram = true; },
              "handles are followed across files: the default, unless only some files of a "
              "database are named")
          ->group("What to look for");
  Command
      ->add_flag_callback(
          "--each-file", [&C] { C.WholeProgram = false; }, "every file for itself, in less memory")
      ->group("What to look for")
      ->excludes(Whole);
  Command
      ->add_option("--summaries", C.Analysis.Summaries,
                   "what --write-summaries wrote: says what functions do that the files only "
                   "declare")
      ->option_text("FILE")
      ->group("What to look for");
}

void addBaseline(CLI::App *Command, std::string &Baseline) {
  Command
      ->add_option("--baseline", Baseline,
                   "findings that are known and do not count, as handrail baseline writes them; "
                   "default: what handrail.json names")
      ->option_text("FILE")
      ->group("What to look for");
}

/// How to say what was found.
void addReport(CLI::App *Command, CheckCommand &C) {
  addBaseline(Command, C.Baseline);
  Command
      ->add_option("--runtime-report", C.RuntimeReports,
                   "a JSON report of handrail run, or of the runtime: findings say whether they "
                   "were seen, and what only the run has seen is told, too; may be repeated")
      ->option_text("FILE")
      ->allow_extra_args(false)
      ->take_all()
      ->group("The report");
  Command
      ->add_option("--write-summaries", C.WriteSummaries,
                   "write what the functions of the program do to FILE, for runs that see a part "
                   "of it, and for clang-tidy")
      ->option_text("FILE")
      ->group("The report");
  addFormats(Command, C);
  Command
      ->add_flag("--why-not", C.WhyNot,
                 "functions that may have kept handles, about which nothing more is reported")
      ->group("The report");
  Command
      ->add_flag("--unused-suppressions", C.Unused,
                 "comments in the files analysed, and rules of handrail.json, that silence nothing")
      ->group("The report");
  addColorOption(Command, C.Color);
}

template <class AnyCommand> void addRunOptions(CLI::App *Command, AnyCommand &C) {
  Command
      ->add_flag("--keep-going", C.KeepGoing,
                 "files that could not be analysed do not make the exit status 2")
      ->group("The report");
  Command->add_flag("-q,--quiet", C.Quiet, "no progress and no closing line")->group("The report");
  Command->add_flag("--stats", C.Stats, "time per stage, bounds reached, files that failed")
      ->group("The report");
  Command->add_option("-j,--jobs", C.Jobs, "parallel work; default: one per processor")
      ->option_text("N")
      ->check(CLI::Range(1u, 1024u))
      ->group("Limits");
}

void addParseLimits(CLI::App *Command, ParseLimits &Limits) {
  Command
      ->add_option("--time-limit", Limits.Seconds,
                   "seconds of processor time for parsing one file; default 600, 0: none")
      ->option_text("SECONDS")
      ->group("Limits");
  Command
      ->add_option("--memory-limit", Limits.MiB,
                   "MiB of memory for each parsing process; default 8192, 0: none")
      ->option_text("MIB")
      ->group("Limits");
}

void addCheck(CLI::App &App, CommandLine &Line) {
  CLI::App *Command =
      addCommand(App, "check", "Find handle bugs in the files of a build.",
                 "handrail check [OPTIONS] [-p DIR] [FILES…] [-- FLAGS…]", CheckFooter);
  auto &C = onChosen<CheckCommand>(Command, Line, takeFlags);
  addInput(Command, C.Input);
  addJudgement(Command, C);
  addReport(Command, C);
  Command->add_flag("--list-checks", C.ListChecks, "print the checks that would run and exit")
      ->group("What to look for");
  Command
      ->add_option("--since", C.Since,
                   "report what came in after this git revision, also far from what was changed; "
                   "with ... at its end: after the last common commit, as --since=origin/main...")
      ->option_text("REV")
      ->group("What to look for");
  Command
      ->add_flag("--fix", C.Fix,
                 "change the files where a repair is certain; a file whose fixes are in each "
                 "other's way stays as it is")
      ->group("The report");
  addRunOptions(Command, C);
  addCacheOptions(Command, C);
  addParseLimits(Command, C.Limits);
}

void addCapture(CLI::App &App, CommandLine &Line) {
  CLI::App *Command = addCommand(
      App, "capture", "Parse files and write what analyze needs, one unit for each.",
      "handrail capture [OPTIONS] [-p DIR] [FILES…] -o DIR [-- FLAGS…]",
      "The same files give the same bytes, on any machine with the same headers. A unit\n"
      "that is there and up to date is not written again.\n\n"
      "Exit status: 0 all files were parsed, 2 some were not.");
  auto &C = onChosen<CaptureCommand>(Command, Line, takeFlags);
  addInput(Command, C.Input);
  addExclude(Command, C.Exclude);
  Command->add_option("-o,--output", C.Output, "the directory to write units to; made if need be")
      ->option_text("DIR")
      ->required()
      ->group("What to analyse");
  Command->add_flag("--prune", C.Prune, "remove units of all other files from that directory")
      ->group("What to analyse");
  Command
      ->add_option("--depfile", C.Depfile,
                   "write what has to change before this is run again, for Make and Ninja; about "
                   "STAMP when the name is STAMP.d")
      ->option_text("FILE")
      ->group("What to analyse");
  Command->add_option("--depfile-target", C.DepfileTarget, "what the depfile is about")
      ->option_text("STAMP")
      ->group("What to analyse");
  addRunOptions(Command, C);
  addParseLimits(Command, C.Limits);
}

void addAnalyze(CLI::App &App, CommandLine &Line) {
  CLI::App *Command = addCommand(
      App, "analyze", "Find handle bugs in what capture wrote.", "handrail analyze [OPTIONS] DIR…",
      "Nothing is parsed, so that another model or check costs no parse. Exit status\n"
      "as for check.");
  auto &C = onChosen<AnalyzeCommand>(Command, Line);
  Command->add_option("DIR", C.Directories)->required()->group("");
  addJudgement(Command, C);
  addReport(Command, C);
  addRunOptions(Command, C);
}

/// Commands that run an analysis for a baseline.
BaselineCommand &addBaselineRun(CLI::App *Command, CommandLine &Line) {
  auto &C = onChosen<BaselineCommand>(Command, Line, takeFlags);
  addInput(Command, C.Input);
  addJudgement(Command, C);
  addBaseline(Command, C.Baseline);
  addRunOptions(Command, C);
  addCacheOptions(Command, C);
  addParseLimits(Command, C.Limits);
  return C;
}

void addBaselines(CLI::App &App, CommandLine &Line) {
  CLI::App *Baseline = addCommand(
      App, "baseline", "Keep a list of known findings, so that only new ones count.",
      "handrail baseline write|update|show …",
      "The list is text, a line for each finding and none with a line number; commit it.");
  Baseline->require_subcommand(1);
  addBaselineRun(addCommand(*Baseline, "write", "Make what there is now the known findings.",
                            "handrail baseline write [OPTIONS] [-p DIR] [-- FLAGS…]",
                            "Options as for check, so that both find the same. Without --baseline "
                            "and without one\nin handrail.json: handrail-baseline.jsonl."),
                 Line);
  addBaselineRun(addCommand(*Baseline, "update",
                            "Drop known findings that are fixed; new ones do not come in.",
                            "handrail baseline update [OPTIONS] [-p DIR] [FILES…] [-- FLAGS…]"),
                 Line)
      .OnlyShrink = true;
  CLI::App *Show = addCommand(*Baseline, "show", "Print the known findings, by check and file.",
                              "handrail baseline show [FILE]");
  Show->add_option("FILE", onChosen<BaselineShowCommand>(Show, Line).File)->group("");
}

void addExplain(CLI::App &App, CommandLine &Line) {
  CLI::App *Command = addCommand(App, "explain", "Print the page of a check, or list the checks.",
                                 "handrail explain [ID]");
  auto &C = onChosen<ExplainCommand>(Command, Line);
  Command->add_option("ID", C.Id)->group("");
}

} // namespace

void addCheckCommands(CLI::App &App, CommandLine &Line) {
  addCheck(App, Line);
  addCapture(App, Line);
  addAnalyze(App, Line);
  addBaselines(App, Line);
  addExplain(App, Line);
}

} // namespace handrail::tool
