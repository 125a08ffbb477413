//===- RunOptions.cpp - run and report ---------------------------*- C++ -*-===//
#include "tool/OptionParts.h"
#include <climits>

namespace handrail::tool {
namespace {

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
  What(File("--static", R.Static,
            "what check --format=json found: shows how leaks and misuses come about"));
  What(Command->add_flag("--openings", R.Openings,
                         "in json: every place that opened something, for check "
                         "--runtime-report"));
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

void addReport(CLI::App &App, CommandLine &Line) {
  CLI::App *Report = addCommand(
      App, "report", "Tell what running programs left open and misused.",
      "handrail report [OPTIONS] FILE…\n       handrail report schema [--ledger]",
      "FILE is what `handrail run` or the runtime wrote. Several are one report.\n\n"
      "  handrail report run.json --suppressions leaks.supp\n"
      "  handrail report run.json --format=html -o run.html --format=sarif -o run.sarif\n\n"
      "Exit status: 0 nothing to tell, 1 (or --error-exitcode) something leaked or was\n"
      "misused, 2 a file could not be read or written.");
  auto &C = onChosen<ReportCommand>(Report, Line);
  Report->add_option("FILE", C.Files)->group("");
  addRunReport(Report, C.Report);
  CLI::App *S = addCommand(*Report, "schema", "Print the JSON Schema of JSON reports.",
                           "handrail report schema [--ledger]");
  S->add_flag("--ledger", onChosen<ReportSchemaCommand>(S, Line).Ledger,
              "of reports of runs instead of those of check")
      ->group("The report");
}

void addRun(CLI::App &App, CommandLine &Line) {
  CLI::App *Run = addCommand(
      App, "run", "Run a program and tell what it left open and misused.",
      "handrail run [OPTIONS] -- PROGRAM [ARGUMENT…]",
      "The program is run as it is: neither built anew nor changed. Its output, its input and\n"
      "its exit status stay as they are; the report goes to standard error.\n\n"
      "  handrail run -- ./server --port 8080\n"
      "  handrail run --error-exitcode=9 --format=sarif -o leaks.sarif -- ctest\n\n"
      "Exit status: that of the program, or --error-exitcode when something leaked or was\n"
      "misused; 2 when the program could not be run.");
  auto &C = onChosen<RunCommand>(
      Run, Line, [](RunCommand &Command, const auto &Trailing) { Command.Program = Trailing; });
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

} // namespace

void addRunCommands(CLI::App &App, CommandLine &Line) {
  addReport(App, Line);
  addRun(App, Line);
}

} // namespace handrail::tool
