//===- Completion.cpp - scripts for shells -----------------------*- C++ -*-===//
//
// The scripts ask nothing of Handrail while somebody types, and need nothing but the
// shell.
//
//===----------------------------------------------------------------------===//
#include "tool/CommandTree.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

namespace handrail::tool {

namespace {

void forEachCommand(const CommandNode &Top, llvm::function_ref<void(const CommandNode &)> Do) {
  Do(Top);
  for (const CommandNode &Below : Top.Commands)
    forEachCommand(Below, Do);
}

std::string namesOf(const std::vector<CommandNode> &Commands) {
  std::vector<std::string> Names;
  for (const CommandNode &C : Commands)
    Names.push_back(C.Name);
  return llvm::join(Names, " ");
}

/// Where a shell stops at the first line feed or quote.
std::string plain(llvm::StringRef Text, llvm::StringRef Quotes) {
  std::string Result;
  for (char C : Text.split('\n').first)
    if (!Quotes.contains(C))
      Result += C;
  return Result;
}

/// The line that says which word is a command below the one before.
std::string descent(const CommandNode &Top, llvm::StringRef Separator, bool Quoted) {
  std::vector<std::string> Paths;
  forEachCommand(Top, [&](const CommandNode &C) {
    if (C.Path.empty())
      return;
    std::string Path = (C.Path == C.Name ? " " : "") + C.Path;
    Paths.push_back(Quoted ? "\"" + Path + "\"" : Path);
  });
  return llvm::join(Paths, Separator);
}

//===- bash ----------------------------------------------------------------===//

std::string bashValue(const OptionNode &O) {
  switch (O.Kind) {
  case ValueKind::Nothing:
    return "";
  case ValueKind::File:
    return "_handrail_files -f";
  case ValueKind::Directory:
    return "_handrail_files -d";
  case ValueKind::Word:
    return std::string(O.IsList ? "_handrail_list '" : "_handrail_words '") +
           llvm::join(O.Words, " ") + "'";
  }
  return "";
}

std::string bashScript(const CommandNode &Top) {
  std::string Text =
      R"(# Completion of handrail for bash: source it, or put it where bash-completion looks.
_handrail_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_handrail_list() { # words with commas between, each perhaps behind a -
  local done=""
  [[ $cur == *,* ]] && done=${cur%,*},
  local rest=${cur#"$done"}
  [[ $rest == -* ]] && done+=- && rest=${rest#-}
  mapfile -t COMPREPLY < <(compgen -P "$done" -W "$1" -- "$rest")
  compopt -o nospace 2>/dev/null
}
_handrail_files() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
  compopt -o filenames 2>/dev/null
}
_handrail() {
  local cur=${COMP_WORDS[COMP_CWORD]} option="" command="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      _handrail_files -f
      return
    fi
    case "$command ${COMP_WORDS[i]}" in
    )";
  Text += descent(Top, " | ", /*Quoted=*/true);
  Text += R"()
      command=${command:+$command }${COMP_WORDS[i]} ;;
    esac
  done
  ((COMP_CWORD > 1)) && option=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then # `=` is a word of its own
    cur=""
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$command $option" in
)";
  forEachCommand(Top, [&](const CommandNode &C) {
    for (const OptionNode &O : C.Options) {
      if (O.Value.empty())
        continue;
      std::vector<std::string> Words;
      for (const std::string &Name : O.Names)
        Words.push_back("\"" + C.Path + " " + Name + "\"");
      Text += "  " + llvm::join(Words, " | ") + ")\n    " +
              (bashValue(O).empty() ? "" : bashValue(O) + "\n    ") + "return ;;\n";
    }
  });
  Text += "  esac\n  case \"$command\" in\n";
  forEachCommand(Top, [&](const CommandNode &C) {
    std::vector<std::string> Names;
    for (const OptionNode &O : C.Options)
      Names.insert(Names.end(), O.Names.begin(), O.Names.end());
    Text += "  \"" + C.Path + "\")\n    if [[ $cur == -* ]]; then\n      _handrail_words '" +
            llvm::join(Names, " ") + "'\n    else\n      ";
    std::string Operand = bashValue(C.Operand);
    if (!C.Commands.empty())
      Text += "_handrail_words '" + namesOf(C.Commands) + "'";
    if (!C.Commands.empty() && !Operand.empty())
      Text += "\n      ((${#COMPREPLY[@]})) || ";
    Text += C.Commands.empty() && Operand.empty() ? ":" : Operand;
    Text += "\n    fi ;;\n";
  });
  return Text + "  esac\n}\ncomplete -F _handrail handrail\n";
}

//===- zsh -----------------------------------------------------------------===//

/// For a specification of _arguments between single quotes.
std::string zshText(llvm::StringRef Text) {
  std::string Result;
  for (char C : plain(Text, "'`\"\\$"))
    Result += llvm::StringRef("[]:").contains(C) ? std::string("\\") + C : std::string(1, C);
  return Result;
}

std::string zshValue(const OptionNode &O) {
  std::string Result = ":" + zshText(O.Value) + ":";
  if (O.Kind == ValueKind::File)
    Result += "_files";
  else if (O.Kind == ValueKind::Directory)
    Result += "_files -/";
  else if (O.Kind == ValueKind::Word && O.IsList)
    Result += "_values -s , " + zshText(O.Value) + " " + llvm::join(O.Words, " ");
  else if (O.Kind == ValueKind::Word)
    Result += "(" + llvm::join(O.Words, " ") + ")";
  return Result;
}

std::string zshFunction(const CommandNode &C) {
  std::string Name = C.Path;
  std::replace(Name.begin(), Name.end(), ' ', '-');
  std::string Text = "_handrail" + (Name.empty() ? "" : "-" + Name) +
                     "() {\n  local -a commands\n  local state line\n  _arguments -C \\\n";
  for (const OptionNode &O : C.Options)
    for (const std::string &Option : O.Names) {
      // A long option takes its value behind = or as the next word.
      std::string Takes = O.Value.empty() ? "" : Option.size() > 2 ? "=" : "";
      Text += "    '*" + Option + Takes + "[" + zshText(O.Text) + "]" +
              (O.Value.empty() ? "" : zshValue(O)) + "' \\\n";
    }
  if (!C.Commands.empty()) {
    Text += "    '1:command:->command' '*::argument:->argument' && return\n  case $state in\n"
            "  command)\n    commands=(";
    for (const CommandNode &Below : C.Commands)
      Text += "\n      '" + Below.Name + ":" + zshText(Below.Title) + "'";
    Text += ")\n    _describe command commands";
    if (C.Operand.Kind == ValueKind::File)
      Text += "\n    _files";
    Text += " ;;\n  argument)\n    case $line[1] in\n";
    for (const CommandNode &Below : C.Commands)
      Text += "    " + Below.Name + ") _handrail-" + (Name.empty() ? "" : Name + "-") + Below.Name +
              " ;;\n";
    return Text + "    esac ;;\n  esac\n}\n";
  }
  return Text +
         (C.Operand.Value.empty() ? "    && return\n" : "    '*" + zshValue(C.Operand) + "'\n") +
         "}\n";
}

std::string zshScript(const CommandNode &Top) {
  std::string Text =
      "#compdef handrail\n# Completion of handrail for zsh: as _handrail in a folder "
      "of $fpath.\n";
  forEachCommand(Top, [&](const CommandNode &C) { Text += zshFunction(C); });
  return Text + "if [ \"$funcstack[1]\" = _handrail ]; then\n  _handrail \"$@\"\nelse\n"
                "  compdef _handrail handrail\nfi\n";
}

//===- fish ----------------------------------------------------------------===//

std::string fishScript(const CommandNode &Top) {
  std::string Text =
      "# Completion of handrail for fish: as handrail.fish in ~/.config/fish/completions.\n"
      "function __handrail_command\n  set -l command ''\n"
      "  for word in (commandline -opc)[2..-1]\n    test \"$word\" = -- ; and return\n"
      "    switch \"$command $word\"\n      case ";
  Text += descent(Top, " ", /*Quoted=*/true) +
          "\n        set command (string trim \"$command $word\")\n    end\n  end\n"
          "  test \"$command\" = \"$argv[1]\"\nend\ncomplete -c handrail -f\n";
  auto Quoted = [](llvm::StringRef S) { return "'" + plain(S, "'\\") + "'"; };
  auto Value = [&](const OptionNode &O) -> std::string {
    if (O.Kind == ValueKind::File)
      return " -F";
    if (O.Kind == ValueKind::Directory)
      return " -a '(__fish_complete_directories)'";
    return O.Kind == ValueKind::Word ? " -a " + Quoted(llvm::join(O.Words, " ")) : "";
  };
  forEachCommand(Top, [&](const CommandNode &C) {
    std::string Start = "complete -c handrail -n '__handrail_command \"" + C.Path + "\"'";
    for (const CommandNode &Below : C.Commands)
      Text += Start + " -a " + Below.Name + " -d " + Quoted(Below.Title) + "\n";
    if (!Value(C.Operand).empty())
      Text += Start + Value(C.Operand) + "\n";
    for (const OptionNode &O : C.Options) {
      Text += Start;
      for (llvm::StringRef Name : O.Names)
        Text += (Name.starts_with("--") ? " -l " : " -s ") + Name.ltrim('-').str();
      Text += (O.Value.empty() ? "" : " -r" + Value(O)) + " -d " + Quoted(O.Text) + "\n";
    }
  });
  return Text;
}

} // namespace

std::string completionScript(const CommandNode &Top, const std::string &Shell) {
  return Shell == "bash" ? bashScript(Top) : Shell == "zsh" ? zshScript(Top) : fishScript(Top);
}

} // namespace handrail::tool
