//===- Options.cpp - the command line, with CLI11 ----------------*- C++ -*-===//
//
// Help is written for reading: a usage line of its own for every subcommand, options
// grouped by what they are for.
//
//===----------------------------------------------------------------------===//
#include "tool/Options.h"
#include "tool/Diagnostics.h"
#include "tool/ExitStatus.h"
#include "tool/Identity.h"
#include "tool/OptionParts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <climits>

namespace handrail::tool {
namespace {

void addModelOptions(CLI::App *Command, ModelArguments &Models) {
  Command->add_option("--model", Models.Files, "a file of resource models; wins over the others")
      ->option_text("FILE")
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to look for");
  Command
      ->add_option("--models", Models.Switches,
                   "switch families or kinds of handles, e.g. +heap,-posix.dir")
      ->option_text("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to look for");
}

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

void addColorOption(CLI::App *Command, ColorMode &Color) {
  Command->add_option("--color", Color, "auto (default): on a terminal; always; never")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ColorMode>{
          {"auto", ColorMode::Auto}, {"always", ColorMode::Always}, {"never", ColorMode::Never}}))
      ->option_text("WHEN")
      ->group("The report");
}

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

void addInput(CLI::App *Command, InputArguments &Input) {
  Command->add_option("FILES", Input.Files)->group("");
  Command
      ->add_option("-p,--build", Input.Build,
                   "compile_commands.json to take the files and their flags from, or its directory")
      ->option_text("DIR")
      ->group("What to analyse");
}

void addExclude(CLI::App *Command, std::vector<std::string> &Exclude) {
  Command
      ->add_option("--exclude", Exclude,
                   "leave alone what this pattern matches, e.g. third_party; may be repeated")
      ->option_text("GLOB")
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to analyse");
}

/// What to look for in the units, wherever they come from, and how to say it.
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
  Command
      ->add_option("--write-summaries", C.WriteSummaries,
                   "write what the functions of the program do to FILE, for runs that see a part "
                   "of it, and for clang-tidy")
      ->option_text("FILE")
      ->group("The report");
  addChoice<ReportFormat>(Command, "--format", C.Format,
                          {{"text", ReportFormat::Text}, {"json", ReportFormat::Json}},
                          "text (default) or json; see handrail report schema")
      ->option_text("FORMAT")
      ->group("The report");
  Command->add_option("-o,--output", C.Output, "write the report to FILE")
      ->option_text("FILE")
      ->group("The report");
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

void addCheck(CLI::App &App, CheckCommand &C) {
  CLI::App *Command =
      addCommand(App, "check", "Find handle bugs in the files of a build.",
                 "handrail check [OPTIONS] [-p DIR] [FILES…] [-- FLAGS…]", CheckFooter);
  addInput(Command, C.Input);
  addJudgement(Command, C);
  Command->add_flag("--list-checks", C.ListChecks, "print the checks that would run and exit")
      ->group("What to look for");
  Command
      ->add_flag("--fix", C.Fix,
                 "change the files where a repair is certain; a file whose fixes are in each "
                 "other's way stays as it is")
      ->group("The report");
  addRunOptions(Command, C);
  Command
      ->add_option("--cache", C.Cache,
                   "keep what was found out in DIR; a later run repeats only what changed")
      ->option_text("DIR")
      ->group("Limits");
  addParseLimits(Command, C.Limits);
}

void addCapture(CLI::App &App, CaptureCommand &C) {
  CLI::App *Command = addCommand(
      App, "capture", "Parse files and write what analyze needs, one unit for each.",
      "handrail capture [OPTIONS] [-p DIR] [FILES…] -o DIR [-- FLAGS…]",
      "The same files give the same bytes, on any machine with the same headers. A unit\n"
      "that is there and up to date is not written again.\n\n"
      "Exit status: 0 all files were parsed, 2 some were not.");
  addInput(Command, C.Input);
  addExclude(Command, C.Exclude);
  Command->add_option("-o,--output", C.Output, "the directory to write units to; made if need be")
      ->option_text("DIR")
      ->required()
      ->group("What to analyse");
  addRunOptions(Command, C);
  addParseLimits(Command, C.Limits);
}

void addAnalyze(CLI::App &App, AnalyzeCommand &C) {
  CLI::App *Command = addCommand(
      App, "analyze", "Find handle bugs in what capture wrote.", "handrail analyze [OPTIONS] DIR…",
      "Nothing is parsed, so that another model or check costs no parse. Exit status\n"
      "as for check.");
  Command->add_option("DIR", C.Directories)->required()->group("");
  addJudgement(Command, C);
  addRunOptions(Command, C);
}

void addExplain(CLI::App &App, ExplainCommand &C) {
  CLI::App *Command = addCommand(App, "explain", "Print the page of a check, or list the checks.",
                                 "handrail explain [ID]");
  Command->add_option("ID", C.Id)->group("");
}

void addIr(CLI::App &App, IrDumpCommand &Dump, IrSolveCommand &Solve) {
  CLI::App *Ir = addCommand(App, "ir", "Look at Handle IR, what the analysis works on.",
                            "handrail ir dump|solve …");
  Ir->require_subcommand(1);
  CLI::App *D = addCommand(*Ir, "dump", "Print a source file as Handle IR.",
                           "handrail ir dump [-p DIR] FILE [-- FLAGS…]");
  addInput(D, Dump.Input);
  CLI::App *S = addCommand(
      *Ir, "solve", "Analyse Handle IR in its text form; - reads standard input.",
      "handrail ir solve [OPTIONS] FILE.hir…", "Several files are analysed as one program.");
  S->add_option("FILES", Solve.Files)->required()->group("");
  addAnalysisOptions(S, Solve.Analysis);
  addColorOption(S, Solve.Color);
  addChoice<bool>(S, "--dump", Solve.DumpSummaries, {{"summaries", true}},
                  "summaries: print what each function does to handles")
      ->option_text("WHAT")
      ->group("The report");
}

struct ModelsCommands {
  ModelsListCommand List;
  ModelsShowCommand Show;
  ModelsCheckCommand Check;
};

void addModels(CLI::App &App, ModelsCommands &C) {
  CLI::App *Models = addCommand(App, "models", "Look at resource models, or check your own.",
                                "handrail models list|show|check|schema …");
  Models->require_subcommand(1);
  CLI::App *List = addCommand(*Models, "list", "List the kinds of handles that are known.",
                              "handrail models list [OPTIONS]");
  addModelOptions(List, C.List.Models);
  CLI::App *Show = addCommand(
      *Models, "show", "Print a shipped model file, or the one that a kind or function is in.",
      "handrail models show NAME", "  handrail models show posix-fd\n  handrail models show fopen");
  Show->add_option("NAME", C.Show.Name)->required()->group("");
  CLI::App *Check = addCommand(
      *Models, "check", "Say whether model files, or handrail.json, are valid.",
      "handrail models check FILE…", "Exit status: 0 valid, 1 not valid, 2 not readable.");
  Check->add_option("FILES", C.Check.Files)->required()->group("");
  addCommand(*Models, "schema", "Print the JSON Schema of model files.", "handrail models schema");
}

/// What `report` and `run` say about runs.
void addRunReport(CLI::App *Command, RunReportArguments &R) {
  auto File = [&](const char *Name, auto &Out, const char *Description) {
    return Command->add_option(Name, Out, Description)
        ->option_text("FILE")
        ->allow_extra_args(false)
        ->group("The report");
  };
  addChoices<LedgerFormat>(
      Command, "--format", R.Formats,
      {{"text", LedgerFormat::Text},
       {"json", LedgerFormat::Json},
       {"jsonl", LedgerFormat::JsonLines},
       {"sarif", LedgerFormat::Sarif},
       {"junit", LedgerFormat::Junit},
       {"trace", LedgerFormat::Trace},
       {"collapsed", LedgerFormat::Collapsed},
       {"html", LedgerFormat::Html}},
      "text (default), json, jsonl, sarif, junit, trace, collapsed or html; may be repeated")
      ->option_text("FORMAT")
      ->group("The report");
  File("-o,--output", R.Outputs, "where the first, second, … --format goes; -: standard output")
      ->take_all();
  addColorOption(Command, R.Color);
  Command
      ->add_option("--error-exitcode", R.ErrorExitCode,
                   R.ErrorExitCode
                       ? "the exit status when something leaked or was misused; default 1"
                       : "the exit status when something leaked or was misused; default: the "
                         "program's own")
      ->option_text("N")
      ->check(CLI::Range(0, 255))
      ->group("The report");
  auto What = [&](CLI::Option *Option) { return Option->group("What to tell"); };
  What(Command->add_option("--kinds", R.Kinds,
                           "globs of kinds of handles, a leading - takes away: --kinds=-mapping"))
      ->option_text("LIST");
  What(File("--suppressions", R.Suppressions, "what is not to be told; may be repeated"))
      ->take_all();
  What(Command->add_flag("--strict-suppressions", R.StrictSuppressions,
                         "lines that match nothing, or too much, or are over count like a leak"));
  What(File("--baseline", R.Baselines, "tell only what this file does not have; may be repeated"))
      ->take_all();
  Command
      ->add_option(
          "--debug-directory", R.DebugDirectories,
          "where .build-id holds debug information, beside /usr/lib/debug; may be repeated")
      ->option_text("DIR")
      ->allow_extra_args(false)
      ->take_all()
      ->group("The report");
  What(File("--write-baseline", R.WriteBaseline, "write what there is to FILE, for --baseline"));
  What(File("--diff", R.Diff, "an earlier report: say what is new, more, or gone since"));
}

void addReport(CLI::App &App, ReportCommand &C, ReportSchemaCommand &Schema) {
  CLI::App *Report = addCommand(
      App, "report", "Tell what running programs left open and misused.",
      "handrail report [OPTIONS] FILE…\n       handrail report schema [--ledger]",
      "FILE is what `handrail run` or the runtime wrote. Several are one report.\n\n"
      "  handrail report run.json --suppressions leaks.supp\n"
      "  handrail report run.json --format=html -o run.html --format=sarif -o run.sarif\n\n"
      "Exit status: 0 nothing to tell, 1 (or --error-exitcode) something leaked or was\n"
      "misused, 2 a file could not be read or written.");
  Report->add_option("FILE", C.Files)->group("");
  addRunReport(Report, C.Report);
  CLI::App *S = addCommand(*Report, "schema", "Print the JSON Schema of JSON reports.",
                           "handrail report schema [--ledger]");
  S->add_flag("--ledger", Schema.Ledger, "of reports of runs instead of those of check")
      ->group("The report");
}

void addRun(CLI::App &App, RunCommand &C) {
  CLI::App *Run = addCommand(
      App, "run", "Run a program and tell what it left open and misused.",
      "handrail run [OPTIONS] -- PROGRAM [ARGUMENT…]",
      "The program is run as it is: neither built anew nor changed. Its output, its input and\n"
      "its exit status stay as they are; the report goes to standard error.\n\n"
      "  handrail run -- ./server --port 8080\n"
      "  handrail run --error-exitcode=9 --format=sarif -o leaks.sarif -- ctest\n\n"
      "Exit status: that of the program, or --error-exitcode when something leaked or was\n"
      "misused; 2 when the program could not be run.");
  C.Report.ErrorExitCode = 0;
  C.Report.ToStandardError = true;
  auto Number = [&](const char *Name, auto &Out, int Most, const char *Description) {
    return Run->add_option(Name, Out, Description)
        ->check(CLI::Range(0, Most))
        ->option_text("N")
        ->group("How to trace");
  };
  Number("--level", C.Trace.Level, 3,
         "1: where, 2: and with its callers (default), 3: and a history")
      ->check(CLI::Range(1, 3));
  Number("--stack-depth", C.Trace.Depth, 31, "callers that are kept; default 24");
  addChoice<ChildrenMode>(
      Run, "--children", C.Trace.Children,
      {{"none", ChildrenMode::None}, {"own", ChildrenMode::Own}, {"all", ChildrenMode::All}},
      "processes it starts that are told of: none, own (not below /usr; default) or all")
      ->option_text("WHICH")
      ->group("How to trace");
  Run->add_option("--keep", C.Keep, "keep the ledgers in DIR, for handrail report")
      ->option_text("DIR")
      ->group("How to trace");
  Number("--sample", C.SampleMs, 3600000,
         "count what is open every N milliseconds, to see what grows")
      ->option_text("MS");
  Number("--threshold", C.Threshold, 1000000,
         "say at once when one place has more than N handles open");
  Run->add_option("--report-on", C.ReportSignal,
                  "report on what runs when this program gets the signal: USR1, USR2, HUP")
      ->option_text("SIGNAL")
      ->group("How to trace");
  Run->add_flag("--fresh-numbers", C.Trace.FreshNumbers,
                "no descriptor gets the number of a closed one, so that stale ones are seen")
      ->group("Misuse amplifier");
  Number("--fail-acquire", C.Trace.FailAcquire, INT_MAX, "let the N-th opening call fail")
      ->group("Misuse amplifier");
  Number("--fail-release", C.Trace.FailRelease, INT_MAX, "let the N-th closing call fail")
      ->group("Misuse amplifier");
  Run->add_flag("--audit-exec", C.AuditExec,
                "tell what was open, and not close-on-exec, when a process became another program")
      ->group("What to tell");
  Run->add_flag("-q,--quiet", C.Quiet, "say nothing when there is nothing to tell")
      ->group("The report");
  addRunReport(Run, C.Report);
}

/// The messages of CLI11 in the form of all others.
std::string failureMessage(const CLI::App *, const CLI::Error &E) {
  return std::string("handrail: error: ") + E.what() + "\nrun with --help for more\n";
}

/// A misspelt command, which CLI11 would only miss. Beside commands, `report` takes files.
bool saysUnknownCommand(CLI::App &App, llvm::ArrayRef<const char *> Words) {
  std::vector<CLI::App *> Commands = App.get_subcommands([](CLI::App *) { return true; });
  bool TakesFiles = App.get_option_no_throw("FILE");
  if (Commands.empty() || TakesFiles || Words.empty() || Words[0][0] == '-')
    return false;
  llvm::StringRef Given = Words[0];
  std::string Nearest;
  unsigned Distance = 3;
  for (CLI::App *Command : Commands) {
    if (Command->get_name() == Given)
      return saysUnknownCommand(*Command, Words.drop_front());
    if (unsigned D = Given.edit_distance(Command->get_name()); D < Distance)
      Distance = D, Nearest = Command->get_name();
  }
  printFailure(
      "there is no command '" + Given + "'; " +
      (Nearest.empty() ? "run with --help for a list" : "did you mean '" + Nearest + "'?"));
  return true;
}

} // namespace

std::variant<Command, int> parseCommandLine(int Argc, const char *const *Argv) {
  // Everything after `--` is for the compiler and none of CLI11's business.
  llvm::ArrayRef<const char *> All(Argv, size_t(Argc));
  auto Separator = std::find(All.begin(), All.end(), llvm::StringRef("--"));
  std::optional<std::vector<std::string>> Flags;
  if (Separator != All.end())
    Flags.emplace(Separator + 1, All.end());

  CLI::App App("Handrail finds handle bugs in C and C++: descriptors, streams and other\n"
               "resources that leak, are closed twice, or are used after they were closed.",
               "handrail");
  App.formatter(std::make_shared<HelpFormatter>("handrail COMMAND …"));
  App.set_help_flag(); // added at the end
  App.set_version_flag("--version", versionText(), "show the version and exit")->group("Other");
  App.footer("handrail COMMAND --help tells more about one of them.");
  App.require_subcommand(1);

  CheckCommand Check;
  CaptureCommand Capture;
  AnalyzeCommand Analyze;
  ExplainCommand Explain;
  IrDumpCommand Dump;
  IrSolveCommand Solve;
  ModelsCommands Models;
  ReportCommand Report;
  ReportSchemaCommand Schema;
  RunCommand Run;
  addCheck(App, Check);
  addCapture(App, Capture);
  addAnalyze(App, Analyze);
  addExplain(App, Explain);
  addIr(App, Dump, Solve);
  addModels(App, Models);
  addReport(App, Report, Schema);
  addRun(App, Run);
  addHelp(App);
  App.failure_message(failureMessage);

  llvm::ArrayRef<const char *> Own = All.take_front(size_t(Separator - All.begin()));
  if (Own.size() < 2) {
    llvm::errs() << App.help();
    return int(Failure);
  }
  if (saysUnknownCommand(App, Own.drop_front()))
    return int(Failure);
  try {
    App.parse(int(Own.size()), Own.data());
  } catch (const CLI::ParseError &E) {
    return App.exit(E) == 0 ? int(Clean) : int(Failure);
  }

  CLI::App *Chosen = App.get_subcommands().front();
  CLI::App *Nested =
      Chosen->get_subcommands().empty() ? nullptr : Chosen->get_subcommands().front();
  std::string Name = Chosen->get_name(), Second = Nested ? Nested->get_name() : "";
  Check.Input.Flags = Capture.Input.Flags = Dump.Input.Flags = Flags;
  if (Name == "run") {
    if (!Flags || Flags->empty()) {
      printFailure("name the program behind --: handrail run -- PROGRAM [ARGUMENT…]");
      return int(Failure);
    }
    Run.Program = std::move(*Flags);
    return Command(std::move(Run));
  }
  if (Flags && Name != "check" && Name != "capture" && Second != "dump") {
    printFailure("flags after -- are for 'check', 'capture' and 'ir dump'");
    return int(Failure);
  }
  if (Name == "check")
    return Command(std::move(Check));
  if (Name == "capture")
    return Command(std::move(Capture));
  if (Name == "analyze")
    return Command(std::move(Analyze));
  if (Name == "explain")
    return Command(std::move(Explain));
  if (Name == "report")
    return Second == "schema" ? Command(Schema) : Command(std::move(Report));
  if (Name == "ir")
    return Second == "dump" ? Command(std::move(Dump)) : Command(std::move(Solve));
  if (Second == "list")
    return Command(std::move(Models.List));
  if (Second == "show")
    return Command(std::move(Models.Show));
  if (Second == "check")
    return Command(std::move(Models.Check));
  return Command(ModelsSchemaCommand());
}

} // namespace handrail::tool
