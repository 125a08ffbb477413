//===- OptionParts.h - what the command line is put together from -*- C++ -*-===//
//
// Every group of commands adds itself to the command line in a file of its own: the
// add…Commands functions below. Only those files include this one, and so CLI11.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "tool/Options.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <CLI/CLI.hpp>

namespace handrail::tool {

/// CLI11's help with a usage line that we write, wrapped for a terminal.
class HelpFormatter : public CLI::Formatter {
public:
  explicit HelpFormatter(std::string Usage) : Usage(std::move(Usage)) { column_width(Indent); }

  const std::string &usage() const { return Usage; }

  std::string make_usage(const CLI::App *, std::string) const override {
    return "\nUsage: " + Usage + "\n\n";
  }
  // The usage line names them.
  std::string make_positionals(const CLI::App *) const override { return ""; }

  std::string make_group(std::string Group, bool Positional,
                         std::vector<const CLI::Option *> Options) const override {
    std::string Text = Group + ":\n";
    for (const CLI::Option *Option : Options)
      Text += make_option(Option, Positional);
    return Text;
  }

  std::string make_option_desc(const CLI::Option *Option) const override {
    std::string Text;
    size_t Column = Indent;
    llvm::SmallVector<llvm::StringRef, 16> Words;
    llvm::StringRef(Option->get_description()).split(Words, ' ');
    for (llvm::StringRef Word : Words) {
      if (Column + 1 + Word.size() > Width) {
        Text += '\n';
        Column = Indent;
      } else if (!Text.empty()) {
        Text += ' ';
        ++Column;
      }
      Text += Word;
      Column += Word.size();
    }
    return Text;
  }

private:
  static constexpr size_t Indent = 26, Width = 80;
  std::string Usage;
};

inline CLI::App *addCommand(CLI::App &Parent, const char *Name, const char *Description,
                            const char *Usage, const char *Footer = "") {
  CLI::App *Command = Parent.add_subcommand(Name, Description);
  Command->formatter(std::make_shared<HelpFormatter>(Usage));
  Command->group("Commands");
  Command->footer(Footer);
  return Command;
}

/// The command line while it is read.
struct CommandLine {
  std::optional<std::vector<std::string>> Trailing; ///< what stands behind `--`
  std::optional<Command> Chosen;
  bool TrailingTaken = false;
};

/// The command that is chosen when \p App is given, for options to be written to. \p Take
/// is for commands that something may stand behind `--` of.
template <class AnyCommand>
AnyCommand &onChosen(CLI::App *App, CommandLine &Line,
                     void (*Take)(AnyCommand &, const std::vector<std::string> &) = nullptr) {
  auto Own = std::make_shared<AnyCommand>();
  App->callback([Own, Take, &Line] {
    if (Line.Chosen) // by a command below this one
      return;
    if (Take && Line.Trailing) {
      Take(*Own, *Line.Trailing);
      Line.TrailingTaken = true;
    }
    Line.Chosen = std::move(*Own);
  });
  return *Own;
}

/// For \c onChosen: compiler flags for the files named.
template <class AnyCommand>
void takeFlags(AnyCommand &Command, const std::vector<std::string> &Trailing) {
  Command.Input.Flags = Trailing;
}

/// Last of all options, so that it stands last in the help.
inline void addHelp(CLI::App &Command) {
  Command.set_help_flag("-h,--help", "show this and exit")->group("Other");
  for (CLI::App *Below : Command.get_subcommands([](CLI::App *) { return true; }))
    addHelp(*Below);
}

template <typename T> using Choices = std::vector<std::pair<std::string, T>>;

template <typename T>
T choose(const std::string &Option, const std::string &Value, const Choices<T> &From) {
  std::string Allowed;
  for (const auto &[Word, Meaning] : From) {
    if (Word == Value)
      return Meaning;
    Allowed += (Allowed.empty() ? "" : ", ") + Word;
  }
  throw CLI::ValidationError(Option, "'" + Value + "' is none of " + Allowed);
}

/// Notes the words that may stand for the value, for completion; the help does not show
/// the name of a type.
template <typename T> CLI::Option *noteChoices(CLI::Option *Option, const Choices<T> &From) {
  std::string Words = "=";
  for (const auto &[Word, Meaning] : From)
    Words += (Words.size() > 1 ? "|" : "") + Word;
  return Option->type_name(Words);
}

/// What \c noteChoices noted.
inline std::vector<std::string> choicesOf(const CLI::Option &Option) {
  std::string Type = Option.get_type_name(); // and, behind a colon, what validators say
  if (Type.empty() || Type.front() != '=')
    return {};
  return CLI::detail::split(Type.substr(1, Type.find(':') - 1), '|');
}

/// An option whose value is one of a few words.
template <typename T>
CLI::Option *addChoice(CLI::App *Command, const char *Name, T &Out, Choices<T> From,
                       const char *Description) {
  auto Choose = [Name = std::string(Name), &Out, From](const std::string &Value) {
    Out = choose(Name, Value, From);
  };
  return noteChoices(Command->add_option_function<std::string>(Name, Choose, Description), From);
}

/// The same, as often as it is given.
template <typename T>
CLI::Option *addChoices(CLI::App *Command, const char *Name, std::vector<T> &Out, Choices<T> From,
                        const char *Description) {
  auto Choose = [Name = std::string(Name), &Out, From](const std::vector<std::string> &Values) {
    for (const std::string &Value : Values)
      Out.push_back(choose(Name, Value, From));
  };
  CLI::Option *Option =
      Command->add_option_function<std::vector<std::string>>(Name, Choose, Description)
          ->allow_extra_args(false)
          ->take_all();
  return noteChoices(Option, From);
}

// Options that several commands have.
void addColorOption(CLI::App *Command, ColorMode &Color);
void addModelOptions(CLI::App *Command, ModelArguments &Models);
void addAnalysisOptions(CLI::App *Command, AnalysisArguments &Analysis);
void addInput(CLI::App *Command, InputArguments &Input);
void addCacheOptions(CLI::App *Command, CheckCommand &C);

// The commands, in the order of the help.
void addCheckCommands(CLI::App &App, CommandLine &Line);
void addCacheCommands(CLI::App &App, CommandLine &Line);
void addModelCommands(CLI::App &App, CommandLine &Line);
void addInferCommands(CLI::App &App, CommandLine &Line); ///< behind those of models
void addRunCommands(CLI::App &App, CommandLine &Line);
void addProjectCommands(CLI::App &App, CommandLine &Line);

} // namespace handrail::tool
