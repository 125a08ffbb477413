#include "tool/CommandTree.h"
#include "checks/Registry.h"
#include "lib/Model/ModelReader.h"
#include "tool/OptionParts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {

namespace {

std::vector<std::string> checkIds() {
  std::vector<std::string> Result;
  for (const RegisteredCheck &Check : makeChecks())
    Result.push_back(Check.Info.Id);
  return Result;
}

std::vector<std::string> modelNames() {
  std::vector<std::string> Result;
  for (const model::ModelSource &Source : model::builtinModels())
    Result.push_back(llvm::sys::path::stem(Source.Name).str());
  return Result;
}

/// What can stand for the value of \p Node, an option of the command \p Path.
void fillValue(llvm::StringRef Path, const CLI::Option &Option, OptionNode &Node) {
  const bool IsOperand = Node.Names.empty();
  Node.Words = choicesOf(Option);
  if (llvm::is_contained(Node.Names, "--checks") || (IsOperand && Path == "explain"))
    Node.Words = checkIds();
  else if (IsOperand && Path == "models show")
    Node.Words = modelNames();
  Node.IsList = llvm::is_contained(Node.Names, "--checks");
  llvm::StringRef Value = Node.Value;
  if (!Node.Words.empty())
    Node.Kind = ValueKind::Word;
  else if (Value.starts_with("FILE"))
    Node.Kind = ValueKind::File;
  else if (Value.starts_with("DIR"))
    Node.Kind = ValueKind::Directory;
}

CommandNode nodeOf(const CLI::App &App, const std::string &Path) {
  CommandNode Result;
  Result.Path = Path;
  Result.Name = App.get_name();
  Result.Title = App.get_description();
  Result.Footer = App.get_footer();
  if (auto *Formatter = dynamic_cast<const HelpFormatter *>(App.get_formatter().get()))
    Result.Usage = Formatter->usage();
  for (const CLI::Option *Option : App.get_options()) {
    OptionNode Node;
    for (const std::string &Short : Option->get_snames())
      Node.Names.push_back("-" + Short);
    for (const std::string &Long : Option->get_lnames())
      Node.Names.push_back("--" + Long);
    Node.Text = Option->get_description();
    Node.Group = Option->get_group();
    if (Node.Names.empty())
      Node.Value = Option->get_single_name();
    else if (Option->get_items_expected_max() != 0)
      Node.Value = Option->get_option_text();
    fillValue(Path, *Option, Node);
    if (Node.Names.empty())
      Result.Operand = std::move(Node);
    else if (!Node.Group.empty())
      Result.Options.push_back(std::move(Node));
  }
  for (const CLI::App *Below : App.get_subcommands([](const CLI::App *) { return true; }))
    if (!Below->get_group().empty())
      Result.Commands.push_back(
          nodeOf(*Below, (Path.empty() ? "" : Path + " ") + Below->get_name()));
  return Result;
}

} // namespace

CommandNode commandTree(const CLI::App &App) { return nodeOf(App, ""); }

} // namespace handrail::tool
