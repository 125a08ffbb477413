//===- InferOptions.cpp - models that nobody writes by hand ------*- C++ -*-===//
#include "tool/OptionParts.h"

namespace handrail::tool {

namespace {

void addOutput(CLI::App *Command, std::string &Output) {
  Command->add_option("-o,--output", Output, "where the model goes; default: standard output")
      ->option_text("FILE")
      ->group("The model");
}

void addImport(CLI::App &Models, CommandLine &Line) {
  CLI::App *Import = addCommand(
      Models, "import", "Make models from cppcheck's libraries, or from attributes in headers.",
      "handrail models import [-o FILE] HEADER… [-- FLAGS…]\n"
      "       handrail models import [-o FILE] --cppcheck FILE.cfg…",
      "What could not be taken is listed on standard error, with the reason.\n\n"
      "  handrail models import --cppcheck -o gtk.json /usr/share/cppcheck/cfg/gtk.cfg\n"
      "  handrail models import -o net.json include/net.h -- -Iinclude\n\n"
      "Exit status: 0, or 2 when a file could not be read.");
  auto &C = onChosen<ModelsImportCommand>(Import, Line, takeFlags);
  Import->add_option("FILES", C.Input.Files)->required()->group("");
  Import->add_flag("--cppcheck", C.Cppcheck, "the files are library files of cppcheck")
      ->group("The model");
  addOutput(Import, C.Output);
  addModelOptions(Import, C.Models);
}

} // namespace

void addInferCommands(CLI::App &App, CommandLine &Line) {
  addImport(*App.get_subcommand("models"), Line);
}

} // namespace handrail::tool
