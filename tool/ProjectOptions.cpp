//===- ProjectOptions.cpp - init: what sets a project up ---------*- C++ -*-===//
#include "tool/OptionParts.h"

namespace handrail::tool {

void addProjectCommands(CLI::App &App, CommandLine &Line) {
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

} // namespace handrail::tool
