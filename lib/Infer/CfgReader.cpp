//===- CfgReader.cpp - cppcheck's library files as plain structs -----------===//
#include "lib/Infer/CfgReader.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <optional>

namespace handrail::infer {

using llvm::StringRef;

namespace {

StringRef text(const xmlChar *Text) {
  return Text ? StringRef(reinterpret_cast<const char *>(Text)) : StringRef();
}

StringRef nameOf(const xmlNode *Node) { return text(Node->name); }

unsigned lineOf(const xmlNode *Node) {
  return static_cast<unsigned>(std::max(0L, xmlGetLineNo(Node)));
}

std::vector<xmlNode *> elements(const xmlNode *Parent) {
  std::vector<xmlNode *> Result;
  for (xmlNode *Child = Parent->children; Child; Child = Child->next)
    if (Child->type == XML_ELEMENT_NODE)
      Result.push_back(Child);
  return Result;
}

std::string content(const xmlNode *Node) {
  xmlChar *Text = xmlNodeGetContent(Node);
  std::string Result = text(Text).trim().str();
  xmlFree(Text);
  return Result;
}

std::optional<std::string> attribute(const xmlNode *Node, const char *Name) {
  xmlChar *Text = xmlGetProp(Node, reinterpret_cast<const xmlChar *>(Name));
  if (!Text)
    return std::nullopt;
  std::string Result = text(Text).str();
  xmlFree(Text);
  return Result;
}

/// An argument number from 1 on; 0 when it is something else.
int number(StringRef Text) {
  unsigned N = 0;
  return Text.trim().getAsInteger(10, N) || N > 255 ? 0 : static_cast<int>(N);
}

bool isTrue(const xmlNode *Node, const char *Name) {
  return attribute(Node, Name).value_or("") == "true";
}

llvm::SmallVector<StringRef, 8> namesIn(StringRef List) {
  llvm::SmallVector<StringRef, 8> Names;
  List.split(Names, ',', -1, /*KeepEmpty=*/false);
  for (StringRef &Name : Names)
    Name = Name.trim();
  return Names;
}

class Reader {
public:
  Reader(CfgLibrary &Out, unsigned Number, const CfgFile &File)
      : Out(Out), Number(Number), File(File) {}
  void read();

private:
  void leave(unsigned Line, std::string What, std::string Why) {
    Out.Left.push_back({File.Name, Line, std::move(What), std::move(Why)});
  }
  /// What has no counterpart, with all that is inside.
  void foreign(const xmlNode *Node) { ++Out.Foreign[("<" + nameOf(Node) + ">").str()]; }
  void group(const xmlNode *Node);
  void role(const xmlNode *Node, CfgGroup &Group);
  void function(const xmlNode *Node);
  void functionFact(const xmlNode *Node, CfgFunction &F);
  void argument(const xmlNode *Node, CfgFunction &F);
  void type(const xmlNode *Node);

  CfgLibrary &Out;
  unsigned Number;
  const CfgFile &File;
};

void Reader::role(const xmlNode *Node, CfgGroup &Group) {
  StringRef Word = nameOf(Node);
  CfgRole R;
  R.Function = content(Node);
  R.File = Number;
  R.Line = lineOf(Node);
  std::string What = ("<" + Word + "> " + R.Function).str();
  if (Word == "alloc")
    R.Kind = CfgRole::Alloc;
  else if (Word == "realloc")
    R.Kind = CfgRole::Realloc;
  else if (Word == "dealloc")
    R.Kind = CfgRole::Dealloc;
  else if (Word == "use")
    R.Kind = CfgRole::Use;
  else
    return foreign(Node);
  bool Ends = R.Kind == CfgRole::Dealloc || R.Kind == CfgRole::Use;
  R.Argument = Ends ? 1 : 0;
  if (auto Text = attribute(Node, "arg"))
    if (R.Argument = number(*Text); !R.Argument)
      return leave(R.Line, What, "'" + *Text + "' is no number of an argument");
  if (auto Text = attribute(Node, "realloc-arg"))
    if (R.OldArgument = number(*Text); !R.OldArgument)
      return leave(R.Line, What, "'" + *Text + "' is no number of an argument");
  R.NoFail = isTrue(Node, "no-fail");
  for (const char *Unused : {"init", "buffer-size"})
    if (attribute(Node, Unused))
      ++Out.Foreign[(Word + " " + Unused).str()];
  Group.Raw |= attribute(Node, "buffer-size").has_value();
  for (StringRef Name : namesIn(R.Function)) {
    Group.Roles.push_back(R);
    Group.Roles.back().Function = Name.str();
  }
}

void Reader::group(const xmlNode *Node) {
  CfgGroup Group;
  Group.Memory = nameOf(Node) == "memory";
  for (const xmlNode *Child : elements(Node))
    role(Child, Group);
  if (!Group.Roles.empty())
    Out.Groups.push_back(std::move(Group));
}

void Reader::argument(const xmlNode *Node, CfgFunction &F) {
  int Nr = number(attribute(Node, "nr").value_or(""));
  if (attribute(Node, "direction"))
    ++Out.Foreign["arg direction"];
  for (const xmlNode *Child : elements(Node)) {
    if (nameOf(Child) == "not-null" && Nr)
      F.NotNull.try_emplace(Nr, lineOf(Child));
    else
      foreign(Child);
  }
}

void Reader::functionFact(const xmlNode *Node, CfgFunction &F) {
  StringRef Word = nameOf(Node);
  std::string Text = content(Node);
  if (Word == "noreturn") {
    F.NoReturn = Text == "true";
    if (Text == "false")
      ++Out.Defaults;
    else if (!F.NoReturn)
      leave(lineOf(Node), "<noreturn> " + Text, "a model says only that a function never returns");
  } else if (Word == "leak-ignore") {
    F.LeakIgnore = true;
  } else if (Word == "pure" || Word == "const") {
    F.Pure = true;
  } else if (Word == "arg") {
    argument(Node, F);
  } else if (Word == "returnValue") {
    F.Result = attribute(Node, "type").value_or("");
    StringRef Expression = Text;
    if (Expression.consume_front("arg"))
      F.SameAs = number(Expression);
    if (!Text.empty() && !F.SameAs)
      ++Out.Foreign["<returnValue> with an expression"];
  } else {
    foreign(Node);
  }
}

void Reader::function(const xmlNode *Node) {
  CfgFunction F;
  F.File = Number;
  F.Line = lineOf(Node);
  for (const xmlNode *Child : elements(Node))
    functionFact(Child, F);
  std::string Names = attribute(Node, "name").value_or("");
  for (StringRef Name : namesIn(Names))
    Out.Functions.emplace_back(Name.str(), F);
}

void Reader::type(const xmlNode *Node) {
  CfgType Type = CfgType::Unknown;
  if (attribute(Node, "sign"))
    Type = CfgType::Integer;
  for (const xmlNode *Child : elements(Node))
    if (nameOf(Child) == "pointer" || nameOf(Child) == "ptr")
      Type = CfgType::Pointer;
  const std::string Names = attribute(Node, "name").value_or("");
  for (StringRef Name : namesIn(Names))
    Out.Types.try_emplace(Name.str(), Type);
  foreign(Node);
}

void Reader::read() {
  xmlParserCtxt *Context = xmlNewParserCtxt();
  if (!Context)
    return leave(0, "the file", "out of memory");
  auto FreeContext = llvm::make_scope_exit([&] { xmlFreeParserCtxt(Context); });
  xmlDoc *Document = xmlCtxtReadMemory(
      Context, File.Text.data(), static_cast<int>(File.Text.size()), File.Name.c_str(), nullptr,
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
  auto FreeDocument = llvm::make_scope_exit([&] { xmlFreeDoc(Document); });
  if (!Document) {
    const xmlError *E = xmlCtxtGetLastError(Context);
    StringRef Why = E && E->message ? StringRef(E->message).trim() : "it cannot be read";
    return leave(E ? static_cast<unsigned>(E->line) : 0, "the file", "no XML: " + Why.str());
  }
  const xmlNode *Root = xmlDocGetRootElement(Document);
  if (!Root || nameOf(Root) != "def")
    return leave(Root ? lineOf(Root) : 0, "the file", "no library of cppcheck, which is a <def>");
  for (const xmlNode *Node : elements(Root)) {
    StringRef Name = nameOf(Node);
    if (Name == "memory" || Name == "resource")
      group(Node);
    else if (Name == "function")
      function(Node);
    else if (Name == "podtype" || Name == "platformtype")
      type(Node);
    else
      foreign(Node);
  }
}

} // namespace

CfgLibrary readCfg(llvm::ArrayRef<CfgFile> Files) {
  CfgLibrary Result;
  for (unsigned I = 0; I < Files.size(); ++I)
    Reader(Result, I, Files[I]).read();
  return Result;
}

} // namespace handrail::infer
