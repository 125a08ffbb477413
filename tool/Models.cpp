//===- Models.cpp - handrail models ------------------------------*- C++ -*-===//
#include "lib/Model/ProjectConfig.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Setup.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

ExitStatus run(const ModelsListCommand &Command) {
  model::ModelSet Models;
  if (llvm::Error E = loadModels({}, Command.Models, Models)) {
    printFailure(std::move(E));
    return Failure;
  }
  llvm::outs() << llvm::left_justify("KIND", 26) << llvm::left_justify("FAMILY", 10) << "TITLE\n";
  for (size_t I = 0; I != Models.Kinds.size(); ++I) {
    const model::ResourceKind &Kind = Models.Kinds[I];
    llvm::outs() << llvm::left_justify(Kind.Id, 26) << llvm::left_justify(Kind.Family, 10)
                 << Kind.Title << (Models.KindEnabled[I] ? "" : " (off)") << '\n';
  }
  llvm::outs() << counted(Models.Functions.size(), "function") << " are modelled\n";
  return Clean;
}

/// The file whose name is \p Name, otherwise those that say something of a kind
/// or function of that name.
static std::vector<const model::ModelSource *> filesOf(llvm::StringRef Name,
                                                       llvm::ArrayRef<model::ModelSource> Sources) {
  std::vector<const model::ModelSource *> Result;
  for (const model::ModelSource &Source : Sources)
    if (llvm::sys::path::stem(Source.Name) == Name || Source.Name == Name)
      return {&Source};
  for (const model::ModelSource &Source : Sources)
    if (llvm::StringRef(Source.Text).contains(("\"" + Name + "\"").str()))
      Result.push_back(&Source);
  return Result;
}

ExitStatus run(const ModelsShowCommand &Command) {
  std::vector<model::ModelSource> Sources = model::builtinModels();
  std::vector<const model::ModelSource *> Files = filesOf(Command.Name, Sources);
  for (const model::ModelSource *File : Files) {
    if (Files.size() > 1)
      llvm::outs() << "// " << File->Name << '\n';
    llvm::outs() << File->Text;
  }
  if (!Files.empty())
    return Clean;
  std::vector<std::string> Names;
  for (const model::ModelSource &Source : Sources)
    Names.push_back(llvm::sys::path::stem(Source.Name).str());
  printFailure("no shipped model is called '" + Command.Name +
               "', and none names such a kind or function; there are " + llvm::join(Names, ", "));
  return Failure;
}

ExitStatus run(const ModelsCheckCommand &Command) {
  ExitStatus Status = Clean;
  for (const std::string &File : Command.Files) {
    if (auto Buffer = llvm::MemoryBuffer::getFile(File); !Buffer) {
      printFailure("cannot read '" + File + "': " + Buffer.getError().message());
      Status = Failure;
      continue;
    }
    // Models may refer to shipped kinds, so those are read along.
    model::ProjectConfig Config;
    std::vector<model::ModelSource> Sources = model::builtinModels();
    std::vector<model::ModelError> Errors = model::loadProject(File, Config, Sources);
    model::ModelSet Models;
    for (model::ModelError &E : model::readModels(Sources, {}, Models))
      Errors.push_back(std::move(E));
    for (const model::ModelError &E : Errors)
      llvm::errs() << E.str() << '\n';
    if (Errors.empty())
      llvm::outs() << File << ": valid\n";
    else
      Status = std::max(Status, Findings);
  }
  return Status;
}

ExitStatus run(const ModelsSchemaCommand &) {
  llvm::outs() << model::modelSchema();
  return Clean;
}

} // namespace handrail::tool
