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
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

void addColorOption(CLI::App *Command, ColorMode &Color) {
  addChoice<ColorMode>(
      Command, "--color", Color,
      {{"auto", ColorMode::Auto}, {"always", ColorMode::Always}, {"never", ColorMode::Never}},
      "auto (default): on a terminal; always; never")
      ->option_text("WHEN")
      ->group("The report");
}

namespace {

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

/// " ir solve", for example.
std::string chosenName(const CLI::App &App) {
  std::string Name;
  for (const CLI::App *At = &App; !At->get_subcommands().empty();) {
    At = At->get_subcommands().front();
    Name += " " + At->get_name();
  }
  return Name;
}

} // namespace

std::variant<Command, int> parseCommandLine(int Argc, const char *const *Argv) {
  // Everything after `--` is for the compiler and none of CLI11's business.
  llvm::ArrayRef<const char *> All(Argv, size_t(Argc));
  auto Separator = std::find(All.begin(), All.end(), llvm::StringRef("--"));

  CLI::App App("Handrail finds handle bugs in C and C++: descriptors, streams and other\n"
               "resources that leak, are closed twice, or are used after they were closed.",
               "handrail");
  App.formatter(std::make_shared<HelpFormatter>("handrail COMMAND …"));
  App.set_help_flag(); // added at the end
  App.set_version_flag("--version", versionText(), "show the version and exit")->group("Other");
  App.footer("handrail COMMAND --help tells more about one of them.");
  App.require_subcommand(1);

  CommandLine Line;
  if (Separator != All.end())
    Line.Trailing.emplace(Separator + 1, All.end());
  addCheckCommands(App, Line);
  addCacheCommands(App, Line);
  addModelCommands(App, Line);
  addInferCommands(App, Line);
  addRunCommands(App, Line);
  addProjectCommands(App, Line);
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

  if (Line.Trailing && !Line.TrailingTaken) {
    printFailure("'handrail" + chosenName(App) + "' takes nothing after --");
    return int(Failure);
  }
  auto *Run = std::get_if<RunCommand>(&*Line.Chosen);
  if (Run && Run->Program.empty()) {
    printFailure("name the program behind --: handrail run -- PROGRAM [ARGUMENT…]");
    return int(Failure);
  }
  return std::move(*Line.Chosen);
}

} // namespace handrail::tool
