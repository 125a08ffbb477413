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

void addInfer(CLI::App &App, CommandLine &Line) {
  CLI::App *Infer = addCommand(
      App, "infer", "Propose models from what a code base does.",
      "handrail infer [OPTIONS] [FILES…] [-- FLAGS…]",
      "Which functions make handles and which end them, with what speaks for it and against\n"
      "it beside each entry. The result is a model file, to be read and committed. Nothing is\n"
      "proposed that a model knows.\n\n"
      "  handrail infer -p build -o models/mylib.json\n\n"
      "Exit status: 0, or 2 when some file could not be analysed.");
  auto &C = onChosen<InferCommand>(Infer, Line, takeFlags);
  addInput(Infer, C.Input);
  Infer
      ->add_option("--exclude", C.Exclude, "leave alone what this pattern matches; may be repeated")
      ->option_text("GLOB")
      ->allow_extra_args(false)
      ->take_all()
      ->group("What to analyse");
  addModelOptions(Infer, C.Models);
  addOutput(Infer, C.Output);
  Infer->add_option("-j,--jobs", C.Jobs, "files to parse at the same time; default: all processors")
      ->option_text("N")
      ->group("How to run");
  Infer
      ->add_flag("--keep-going", C.KeepGoing,
                 "files that could not be analysed do not fail the run")
      ->group("How to run");
  Infer->add_flag("-q,--quiet", C.Quiet, "no progress and no closing line")->group("How to run");
}

} // namespace

void addInferCommands(CLI::App &App, CommandLine &Line) {
  addInfer(App, Line);
  addImport(*App.get_subcommand("models"), Line);
}

} // namespace handrail::tool
