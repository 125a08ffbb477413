//===- CommandTree.h - the command line as data ------------------*- C++ -*-===//
//
// What help, completion and manual pages say comes from the options as they are
// declared, and nowhere else.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace handrail::tool {

/// What a shell can offer for a value.
enum class ValueKind { Nothing, File, Directory, Word };

struct OptionNode {
  std::vector<std::string> Names; ///< `-p`, `--build`; empty: the operand
  std::string Value;              ///< `DIR`; empty for flags
  std::string Text, Group;
  ValueKind Kind = ValueKind::Nothing;
  std::vector<std::string> Words; ///< of Kind Word
  bool IsList = false;            ///< of Kind Word: words with commas between
};

struct CommandNode {
  std::string Path; ///< `models list`; empty for the top
  std::string Name, Title, Usage, Footer;
  std::vector<OptionNode> Options; ///< in the order of the help
  OptionNode Operand;              ///< what stands without an option; without a Value: nothing does
  std::vector<CommandNode> Commands;
};

CommandNode commandTree(const CLI::App &App);

/// A script for \p Shell: bash, zsh or fish.
std::string completionScript(const CommandNode &Top, const std::string &Shell);

/// The manual pages: names of files, and their text.
std::vector<std::pair<std::string, std::string>> manualPages(const CommandNode &Top);

} // namespace handrail::tool
