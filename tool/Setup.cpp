#include "tool/Setup.h"
#include "checks/Registry.h"
#include "tool/Diagnostics.h"
#include "tool/Identity.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {

namespace {

llvm::Error toError(const std::vector<model::ModelError> &Errors) {
  llvm::Error Result = llvm::Error::success();
  for (const model::ModelError &E : Errors)
    Result = llvm::joinErrors(std::move(Result), llvm::make_error<PlacedError>(E.str()));
  return Result;
}

/// The id people write may carry the prefix that reports print.
std::string withoutPrefix(llvm::StringRef List) {
  std::string Result;
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  List.split(Parts, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts) {
    Part = Part.trim();
    Result += Part.consume_front("-") ? ",-" : ",";
    Part.consume_front("handrail-");
    Result += Part;
  }
  return Result;
}

/// A misspelt id must not silently switch nothing.
llvm::Error expectKnownIds(llvm::StringRef List, llvm::ArrayRef<RegisteredCheck> Checks) {
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  List.split(Parts, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts) {
    Part.consume_front("-");
    auto Glob = GlobList::create(Part);
    if (!Glob)
      return Glob.takeError();
    if (llvm::any_of(Checks, [&](const RegisteredCheck &C) { return Glob->contains(C.Info.Id); }))
      continue;
    llvm::StringRef Nearest;
    unsigned Distance = UINT_MAX;
    for (const RegisteredCheck &C : Checks)
      if (unsigned D = Part.edit_distance(C.Info.Id); D < Distance)
        Distance = D, Nearest = C.Info.Id;
    return llvm::createStringError("no check is called '" + Part + "'" +
                                   (Distance <= 3 ? "; did you mean '" + Nearest + "'?" : ""));
  }
  return llvm::Error::success();
}

/// On by default, then what handrail.json says, then the command line.
llvm::Expected<std::vector<RegisteredCheck>> selectChecks(llvm::StringRef FromConfig,
                                                          llvm::StringRef FromUser) {
  std::vector<RegisteredCheck> Checks = makeChecks();
  std::string Config = withoutPrefix(FromConfig), User = withoutPrefix(FromUser);
  auto ConfigGlobs = GlobList::create(Config), UserGlobs = GlobList::create(User);
  if (!ConfigGlobs || !UserGlobs)
    return llvm::joinErrors(ConfigGlobs.takeError(), UserGlobs.takeError());
  for (llvm::StringRef List : {Config, User})
    if (llvm::Error E = expectKnownIds(List, Checks))
      return std::move(E);
  std::erase_if(Checks, [&](const RegisteredCheck &C) {
    return !UserGlobs->contains(C.Info.Id, ConfigGlobs->contains(C.Info.Id, C.Info.OnByDefault));
  });
  return Checks;
}

/// Adds what the command line says to what handrail.json says, which it wins over.
llvm::Error addOptions(const std::vector<std::string> &FromUser,
                       std::map<std::string, CheckOptions> &Out) {
  for (llvm::StringRef Text : FromUser) {
    auto [Key, Value] = Text.split('=');
    auto [Check, Name] = Key.split('.');
    Check.consume_front("handrail-");
    if (Name.empty() || Text.find('=') == llvm::StringRef::npos)
      return llvm::createStringError("--option: '" + Text + "' is not CHECK.NAME=VALUE");
    Out[Check.str()][Name.str()] = Value.str();
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error loadModels(std::vector<model::ModelSource> Project, const ModelArguments &Arguments,
                       model::ModelSet &Out, Digest *Read) {
  std::vector<model::ModelSource> Sources = model::builtinModels();
  std::move(Project.begin(), Project.end(), std::back_inserter(Sources));
  for (const std::string &File : Arguments.Files) {
    auto Buffer = llvm::MemoryBuffer::getFile(File, /*IsText=*/true);
    if (!Buffer)
      return llvm::createStringError("cannot read the model file " + File + ": " +
                                     Buffer.getError().message());
    Sources.push_back({File, (*Buffer)->getBuffer().str(), /*Builtin=*/false});
  }
  if (Read) {
    for (const model::ModelSource &Source : Sources)
      Read->add(llvm::sys::path::filename(Source.Name)).add(Source.Text).add(Source.Builtin);
    for (const std::string &Switch : Arguments.Switches)
      Read->add(Switch);
  }
  return toError(model::readModels(Sources, {Arguments.Switches}, Out));
}

llvm::Expected<std::unique_ptr<Setup>>
Setup::create(llvm::StringRef ConfigFile, const AnalysisArguments &Arguments,
              std::shared_ptr<const solver::SummaryFile> Summaries) {
  auto Result = std::make_unique<Setup>();
  std::vector<model::ModelSource> Project;
  if (!ConfigFile.empty())
    if (llvm::Error E = toError(model::loadProject(ConfigFile, Result->Config, Project)))
      return std::move(E);
  Digest Identity;
  if (llvm::Error E = loadModels(std::move(Project), Arguments.Models, Result->Models, &Identity))
    return std::move(E);
  if (Summaries) {
    if (llvm::Error E = Summaries->expectModels(Result->Models))
      return std::move(E);
    Identity.add(Summaries->digest());
    Result->Engine.Summaries = std::move(Summaries);
  }

  auto Checks = selectChecks(llvm::join(Result->Config.CheckGlobs, ","), Arguments.Checks);
  if (!Checks)
    return Checks.takeError();
  Result->Checks = std::move(*Checks);
  Result->Engine.Options = Result->Config.CheckOptions;
  if (llvm::Error E = addOptions(Arguments.Options, Result->Engine.Options))
    return std::move(E);
  if (llvm::Error E = expectKnownOptions(Result->Engine.Options))
    return std::move(E);
  const std::string Base = llvm::sys::path::parent_path(ConfigFile).str();
  Result->Exclude = PathGlobs(Base);
  for (const model::PathRule &Rule : Result->Config.Suppress)
    if (llvm::Error E = Result->Rules.add(Rule, Base))
      return std::move(E);
  Result->Engine.MinimumConfidence = Arguments.MinimumConfidence;
  Result->Engine.Solver.Strict = Arguments.Strict;
  for (const std::string &Glob : Result->Config.Exclude)
    if (llvm::Error E = Result->Exclude.add(Glob))
      return std::move(E);
  if (Result->Config.HeaderFilter)
    Result->HeaderFilter.emplace(*Result->Config.HeaderFilter);

  Identity.add(toolIdentity()).add(Arguments.MinimumConfidence).add(Arguments.Strict);
  for (const RegisteredCheck &Check : Result->Checks)
    Identity.add(Check.Info.Id);
  for (const auto &[Check, Options] : Result->Engine.Options)
    for (const auto &[Name, Value] : Options)
      Identity.add(Check).add(Name).add(Value);
  Result->Identity = Identity.hex();
  return Result;
}

llvm::Expected<const Setup *> SetupCache::forFile(llvm::StringRef File) {
  // The nearest handrail.json is the same for all files of a directory.
  std::string Directory = llvm::sys::path::parent_path(File).str();
  auto [Known, New] = ConfigOf.try_emplace(Directory);
  if (New)
    Known->second = model::findProjectModel(File).value_or("");
  const std::string &Config = Known->second;
  std::unique_ptr<Setup> &Made = Setups[Config];
  if (!Made) {
    if (!Summaries && !Arguments.Summaries.empty()) {
      auto Read = solver::SummaryFile::read(Arguments.Summaries);
      if (!Read)
        return Read.takeError();
      Summaries = std::move(*Read);
    }
    auto Created = Setup::create(Config, Arguments, Summaries);
    if (!Created)
      return Created.takeError();
    Made = std::move(*Created);
  }
  return Made.get();
}

} // namespace handrail::tool
