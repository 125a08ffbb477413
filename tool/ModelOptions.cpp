//===- ModelOptions.cpp - models and ir: what an analysis goes by -*- C++ -*-===//
#include "tool/OptionParts.h"

namespace handrail::tool {

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

namespace {

void addIr(CLI::App &App, CommandLine &Line) {
  CLI::App *Ir = addCommand(App, "ir", "Look at Handle IR, what the analysis works on.",
                            "handrail ir dump|solve …");
  Ir->require_subcommand(1);
  CLI::App *D = addCommand(*Ir, "dump", "Print a source file as Handle IR.",
                           "handrail ir dump [-p DIR] FILE [-- FLAGS…]");
  addInput(D, onChosen<IrDumpCommand>(D, Line, takeFlags).Input);
  CLI::App *S = addCommand(
      *Ir, "solve", "Analyse Handle IR in its text form; - reads standard input.",
      "handrail ir solve [OPTIONS] FILE.hir…", "Several files are analysed as one program.");
  auto &Solve = onChosen<IrSolveCommand>(S, Line);
  S->add_option("FILES", Solve.Files)->required()->group("");
  addAnalysisOptions(S, Solve.Analysis);
  addColorOption(S, Solve.Color);
  addChoice<bool>(S, "--dump", Solve.DumpSummaries, {{"summaries", true}},
                  "summaries: print what each function does to handles")
      ->option_text("WHAT")
      ->group("The report");
}

void addModels(CLI::App &App, CommandLine &Line) {
  CLI::App *Models = addCommand(App, "models", "Look at resource models, or check your own.",
                                "handrail models list|show|check|schema|import …");
  Models->require_subcommand(1);
  CLI::App *List = addCommand(*Models, "list", "List the kinds of handles that are known.",
                              "handrail models list [OPTIONS]");
  addModelOptions(List, onChosen<ModelsListCommand>(List, Line).Models);
  CLI::App *Show = addCommand(
      *Models, "show", "Print a shipped model file, or the one that a kind or function is in.",
      "handrail models show NAME", "  handrail models show posix-fd\n  handrail models show fopen");
  Show->add_option("NAME", onChosen<ModelsShowCommand>(Show, Line).Name)->required()->group("");
  CLI::App *Check = addCommand(
      *Models, "check", "Say whether model files, or handrail.json, are valid.",
      "handrail models check FILE…", "Exit status: 0 valid, 1 not valid, 2 not readable.");
  Check->add_option("FILES", onChosen<ModelsCheckCommand>(Check, Line).Files)
      ->required()
      ->group("");
  onChosen<ModelsSchemaCommand>(addCommand(*Models, "schema",
                                           "Print the JSON Schema of model files.",
                                           "handrail models schema"),
                                Line);
}

} // namespace

void addModelCommands(CLI::App &App, CommandLine &Line) {
  addIr(App, Line);
  addModels(App, Line);
}

} // namespace handrail::tool
