//===- ProjectConfig.cpp - what handrail.json says beside models -----------===//
#include "lib/Model/ProjectConfig.h"
#include "lib/Model/EntryReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

namespace handrail::model {

using llvm::StringRef;

namespace {
/// Strings of \p Id that are well-formed globs, each possibly after a '-'.
std::vector<std::string> readGlobs(ValueReader &Values, JsonId Id, StringRef What) {
  std::vector<std::string> Result;
  auto Items = Values.array(Id, What);
  if (!Items)
    return Result;
  for (JsonId Item : *Items) {
    auto Text = Values.string(Item, ("element of " + What).str());
    if (!Text)
      continue;
    if (auto Glob = llvm::GlobPattern::create(StringRef(*Text).ltrim('-')); !Glob)
      Values.Doc.error(Item, "'" + *Text + "' is no glob: " + llvm::toString(Glob.takeError()));
    else
      Result.push_back(*Text);
  }
  return Result;
}

/// Options are text to the checks, however they are written.
void readOptions(ValueReader &Values, JsonId Id, ProjectConfig &Out) {
  JsonDocument &Doc = Values.Doc;
  auto NeedObject = [&](JsonId Node, const llvm::Twine &What) {
    if (Doc[Node].Type == JsonType::Object)
      return true;
    Doc.error(Node, What + " must be an object, found " + Doc.describe(Node));
    return false;
  };
  if (!NeedObject(Id, "'options'"))
    return;
  for (JsonId Check : Doc.children(Id)) {
    if (!NeedObject(Check, "options of a check"))
      continue;
    for (JsonId Option : Doc.children(Check)) {
      const JsonNode &N = Doc[Option];
      std::string &Value = Out.CheckOptions[Doc[Check].Key][N.Key];
      if (N.Type == JsonType::String)
        Value = N.Text;
      else if (N.Type == JsonType::Integer)
        Value = std::to_string(N.Integer);
      else if (N.Type == JsonType::Boolean)
        Value = N.Integer ? "true" : "false";
      else
        Doc.error(Option, "an option must be a string, an integer, true or false, found " +
                              Doc.describe(Option));
    }
  }
}

/// Rules without a reason are errors: in a year nobody knows it.
void readSuppress(ValueReader &Values, JsonId Id, ProjectConfig &Out) {
  static constexpr StringRef Allowed[] = {"paths", "checks", "reason"};
  JsonDocument &Doc = Values.Doc;
  auto Items = Values.array(Id, "'suppress'");
  if (!Items)
    return;
  for (JsonId Item : *Items) {
    if (!Values.object(Item, "a rule of 'suppress'", Allowed))
      continue;
    PathRule Rule;
    Rule.Line = Doc.line(Doc[Item].Offset);
    if (JsonId Paths = Doc.member(Item, "paths"); Paths != NoJson)
      Rule.Paths = readGlobs(Values, Paths, "'paths'");
    if (JsonId Checks = Doc.member(Item, "checks"); Checks != NoJson)
      Rule.Checks = readGlobs(Values, Checks, "'checks'");
    Values.optionalString(Item, "reason", Rule.Reason);
    if (Rule.Paths.empty() || Rule.Checks.empty() || Rule.Reason.empty())
      Doc.error(Item, "a rule of 'suppress' needs 'paths', 'checks' and a 'reason'");
    else
      Out.Suppress.push_back(std::move(Rule));
  }
}

ModelError unreadable(StringRef File, StringRef Reason) {
  ModelError E;
  E.File = File.str();
  E.Message = ("cannot read: " + Reason).str();
  return E;
}
} // namespace

std::vector<ModelError> readProjectConfig(const ModelSource &Source, ProjectConfig &Out) {
  Out = ProjectConfig();
  Out.File = Source.Name;
  JsonDocument Doc(Source);
  // A file that is no JSON object is for the model reader to complain about, once.
  if (!Doc.ok() || Doc[0].Type != JsonType::Object)
    return {};
  ValueReader Values(Doc);
  const size_t SyntaxErrors = Doc.errorCount();

  if (JsonId Id = Doc.member(0, "models"); Id != NoJson)
    Out.ModelFiles = Values.strings(Id, "'models'");
  if (JsonId Id = Doc.member(0, "exclude"); Id != NoJson)
    Out.Exclude = readGlobs(Values, Id, "'exclude'");
  Values.optionalString(0, "baseline", Out.Baseline);
  if (JsonId Id = Doc.member(0, "headerFilter"); Id != NoJson) {
    if (auto Text = Values.string(Id, "'headerFilter'")) {
      std::string Why;
      if (llvm::Regex(*Text).isValid(Why))
        Out.HeaderFilter = *Text;
      else
        Doc.error(Id, "'" + *Text + "' is no regular expression: " + Why);
    }
  }
  if (JsonId Id = Doc.member(0, "suppress"); Id != NoJson)
    readSuppress(Values, Id, Out);
  static constexpr StringRef Allowed[] = {"select", "options"};
  if (JsonId Id = Doc.member(0, "checks"); Id != NoJson && Values.object(Id, "'checks'", Allowed)) {
    if (JsonId Select = Doc.member(Id, "select"); Select != NoJson)
      Out.CheckGlobs = readGlobs(Values, Select, "'select'");
    if (JsonId Options = Doc.member(Id, "options"); Options != NoJson)
      readOptions(Values, Options, Out);
  }

  std::vector<ModelError> Errors = Doc.takeErrors();
  // Repeated keys are found by whoever parses the file; the model reader tells of them.
  Errors.erase(Errors.begin(), Errors.begin() + SyntaxErrors);
  return Errors;
}

std::vector<ModelError> loadProject(StringRef Path, ProjectConfig &Out,
                                    std::vector<ModelSource> &Sources) {
  Out = ProjectConfig();
  auto Text = llvm::MemoryBuffer::getFile(Path, /*IsText=*/true);
  if (!Text)
    return {unreadable(Path, Text.getError().message())};
  ModelSource Own{Path.str(), (*Text)->getBuffer().str(), /*Builtin=*/false};
  std::vector<ModelError> Errors = readProjectConfig(Own, Out);

  for (const std::string &Listed : Out.ModelFiles) {
    llvm::SmallString<256> File(Listed);
    if (!llvm::sys::path::is_absolute(File)) {
      File = llvm::sys::path::parent_path(Path);
      llvm::sys::path::append(File, Listed);
    }
    if (auto Model = llvm::MemoryBuffer::getFile(File, /*IsText=*/true))
      Sources.push_back({File.str().str(), (*Model)->getBuffer().str(), /*Builtin=*/false});
    else
      Errors.push_back(unreadable(File, Model.getError().message()));
  }
  Sources.push_back(std::move(Own));
  return Errors;
}

} // namespace handrail::model
