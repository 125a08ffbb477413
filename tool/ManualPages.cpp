//===- ManualPages.cpp - man handrail ----------------------------*- C++ -*-===//
#include "tool/CommandTree.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace handrail::tool {

using llvm::StringRef;

namespace {

/// One line of text: nothing in it is a request or an escape to roff.
std::string roff(StringRef Line) {
  std::string Text;
  for (char C : Line) {
    if (C == '\\')
      Text += "\\e";
    else if (C == '-')
      Text += "\\-";
    else if (C == '\'')
      Text += "\\(aq";
    else
      Text += C;
  }
  return (StringRef(Text).starts_with(".") ? "\\&" : "") + Text;
}

std::string section(StringRef Name) { return (".SH " + Name + "\n").str(); }

/// Paragraphs; those that are indented stay as they are.
std::string paragraphs(StringRef Text) {
  std::string Result;
  llvm::SmallVector<StringRef, 8> Parts;
  Text.split(Parts, "\n\n", -1, /*KeepEmpty=*/false);
  for (StringRef Part : Parts) {
    Part = Part.trim('\n');
    if (Part.empty())
      continue;
    bool AsItIs = Part.starts_with("  ");
    Result += AsItIs ? ".PP\n.RS 4\n.nf\n" : ".PP\n";
    for (StringRef Line : llvm::split(Part, '\n'))
      Result += roff(Line.ltrim()) + "\n";
    Result += AsItIs ? ".fi\n.RE\n" : "";
  }
  return Result;
}

std::string optionList(const CommandNode &C) {
  std::vector<std::string> Groups;
  std::map<std::string, std::string> ByGroup;
  for (const OptionNode &O : C.Options) {
    std::string &Text = ByGroup[O.Group];
    if (Text.empty())
      Groups.push_back(O.Group);
    std::vector<std::string> Names;
    for (const std::string &Name : O.Names)
      Names.push_back("\\fB" + roff(Name) + "\\fR");
    Text += ".TP\n" + llvm::join(Names, ", ") +
            (O.Value.empty() ? "" : " \\fI" + roff(O.Value) + "\\fR") + "\n" + roff(O.Text) + "\n";
    if (O.Kind == ValueKind::Word && O.IsList)
      Text += ".br\n" + roff("Known are " + llvm::join(O.Words, ", ") + ".") + "\n";
  }
  std::string Result;
  for (const std::string &Group : Groups)
    Result += ".SS " + roff(Group) + "\n" + ByGroup[Group];
  return Result;
}

std::string usage(const CommandNode &C) {
  std::string Result = ".nf\n";
  for (StringRef Line : llvm::split(C.Usage, '\n'))
    Result += roff(Line.trim()) + "\n";
  return Result + ".fi\n";
}

/// "EXIT STATUS" has a section of its own.
std::pair<std::string, std::string> splitFooter(StringRef Footer) {
  size_t At = Footer.find("Exit status");
  if (At == StringRef::npos)
    return {Footer.str(), ""};
  return {Footer.take_front(At).str(), Footer.drop_front(At).str()};
}

std::string page(const CommandNode &C, StringRef Name, const std::vector<std::string> &Others) {
  std::string Text = ".\\\" Made from the options as they are declared.\n.TH \"" + Name.upper() +
                     "\" 1 \"\" \"Handrail " HANDRAIL_VERSION "\" \"User Commands\"\n";
  std::string Title = StringRef(C.Title).split("\n").first.rtrim('.').str();
  if (C.Path.empty())
    Title = "find handle bugs in C and C++";
  Text += section("NAME") + Name.str() + " \\- " + roff(Title) + "\n";
  Text += section("SYNOPSIS") + usage(C);
  auto [Footer, Exit] = splitFooter(C.Footer);
  Text += section("DESCRIPTION") + roff(C.Title) + "\n" + paragraphs(Footer);
  for (const CommandNode &Below : C.Commands) {
    if (&Below == &C.Commands.front())
      Text += section("COMMANDS");
    if (C.Path.empty()) {
      Text +=
          ".TP\n\\fB" + Name.str() + "\\-" + Below.Name + "\\fR(1)\n" + roff(Below.Title) + "\n";
      continue;
    }
    auto [More, Status] = splitFooter(Below.Footer);
    Text += ".SS " + Below.Path + "\n" + usage(Below) + ".PP\n" + roff(Below.Title) + "\n" +
            paragraphs(More) + paragraphs(Status);
    std::string Options = optionList(Below);
    for (StringRef Line : llvm::split(Options, '\n'))
      if (!Line.empty() && !Line.starts_with(".SS"))
        Text += Line.str() + "\n";
  }
  Text += section("OPTIONS") + optionList(C);
  if (!Exit.empty())
    Text += section("EXIT STATUS") + paragraphs(Exit);
  Text += section("SEE ALSO");
  std::vector<std::string> References;
  for (const std::string &Other : Others)
    if (Other != Name)
      References.push_back("\\fB" + roff(Other) + "\\fR(1)");
  return Text + llvm::join(References, ",\n") + "\n";
}

} // namespace

std::vector<std::pair<std::string, std::string>> manualPages(const CommandNode &Top) {
  std::vector<std::string> Names{"handrail"};
  for (const CommandNode &C : Top.Commands)
    Names.push_back("handrail-" + C.Name);
  std::vector<std::pair<std::string, std::string>> Result;
  Result.push_back({"handrail.1", page(Top, "handrail", Names)});
  for (const CommandNode &C : Top.Commands)
    Result.push_back({"handrail-" + C.Name + ".1", page(C, "handrail-" + C.Name, Names)});
  return Result;
}

} // namespace handrail::tool
