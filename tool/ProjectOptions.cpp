//===- ProjectOptions.cpp - init and other beginnings -------------*- C++ -*-===//
#include "tool/CommandTree.h"
#include "tool/OptionParts.h"

namespace handrail::tool {
namespace {

void addInit(CLI::App &App, CommandLine &Line) {
  CLI::App *Command = addCommand(
      App, "init", "Write a first handrail.json for a project.", "handrail init [OPTIONS] [DIR]",
      "DIR is the top of the project; the current directory unless named. What is left\n"
      "alone is vendored by the name of its folder (third_party, vendor, external, …), a\n"
      "git submodule, or generated. Without a compile_commands.json it says how to get one\n"
      "from the build system that is there.\n\n"
      "Exit status: 0 written, 2 not.");
  auto &C = onChosen<InitCommand>(Command, Line);
  Command->add_option("DIR", C.Directory)->group("");
  Command
      ->add_option("-p,--build", C.Build,
                   "compile_commands.json to take the files from, or its directory")
      ->option_text("DIR")
      ->group("What to look at");
  Command->add_flag("--dry-run", C.DryRun, "print the file and write nothing")
      ->group("What to write");
  Command->add_flag("--force", C.Force, "replace a handrail.json that is there")
      ->group("What to write");
}

/// Both are made from what the other commands declare, so these are known only when the
/// command line is read.
void addDocuments(CLI::App &App, CommandLine &Line) {
  CLI::App *Completion =
      addCommand(App, "completion", "Print a script that completes command lines.",
                 "handrail completion bash|zsh|fish",
                 "  source <(handrail completion bash)\n"
                 "  handrail completion zsh > ~/.zfunc/_handrail      # a folder of $fpath\n"
                 "  handrail completion fish > ~/.config/fish/completions/handrail.fish\n\n"
                 "What is installed completes by itself where the shell looks for that.");
  auto Shell = std::make_shared<std::string>();
  addChoice<std::string>(Completion, "SHELL", *Shell,
                         {{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}}, "")
      ->required()
      ->group("");
  Completion->callback([&App, &Line, Shell] {
    Line.Chosen = DocumentsCommand{{{"", completionScript(commandTree(App), *Shell)}}, ""};
  });

  CLI::App *Manual = addCommand(App, "manual", "Write the manual pages to a directory.",
                                "handrail manual -o DIR", "man DIR/handrail-check.1 shows one.");
  auto Directory = std::make_shared<std::string>();
  Manual->add_option("-o,--output", *Directory, "where to write; made if need be")
      ->option_text("DIR")
      ->required()
      ->group("The report");
  Manual->callback([&App, &Line, Directory] {
    Line.Chosen = DocumentsCommand{manualPages(commandTree(App)), *Directory};
  });
}

} // namespace

void addProjectCommands(CLI::App &App, CommandLine &Line) {
  addInit(App, Line);
  addDocuments(App, Line);
}

} // namespace handrail::tool
