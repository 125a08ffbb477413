//===- ModelReader.cpp - all model sources into one set --------------------===//
//
// Kinds of all sources first, so that a function may speak of any of them, then
// functions. Within each step later sources replace what earlier ones said.
//
//===----------------------------------------------------------------------===//
#include "lib/Model/ModelReader.h"
#include "lib/Model/EntryReader.h"
#include "lib/Model/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <deque>

namespace handrail::model {

namespace {
/// One file on its way into the set.
struct File {
  File(const ModelSource &Source)
      : Doc(Source), Reader(Doc, Source.Builtin), Builtin(Source.Builtin) {}
  JsonDocument Doc;
  EntryReader Reader;
  bool Builtin;
  bool Readable = false;
};

void mergeKinds(std::deque<File> &Files, ModelSet &Out) {
  std::map<std::string, ResourceKind> Kinds;
  for (File &F : Files)
    if (F.Readable)
      for (KindEntry &Entry : F.Reader.readKinds())
        Kinds[Entry.Kind.Id] = std::move(Entry.Kind);
  for (auto &[Id, Kind] : Kinds)
    Out.Kinds.push_back(std::move(Kind));
}

/// What ships names no function twice, so looking for what is replaced begins with
/// the first source that does not: most runs have none.
void mergeFunctions(std::deque<File> &Files, ModelSet &Out) {
  std::map<FunctionKey, uint32_t> Known;
  auto Note = [&](uint32_t Index) { return Known.try_emplace(keyOf(Out.Functions[Index]), Index); };
  KindTable Kinds{Out.Kinds};
  for (File &F : Files) {
    if (!F.Readable)
      continue;
    F.Reader.checkKindReferences(Kinds);
    if (!F.Builtin && Known.empty())
      for (uint32_t I = 0; I < Out.Functions.size(); ++I)
        Note(I);
    for (FunctionModel &Model : F.Reader.readFunctions(Kinds)) {
      Out.Functions.push_back(std::move(Model));
      if (F.Builtin)
        continue;
      if (auto [It, New] = Note(Out.Functions.size() - 1); !New) {
        Out.Functions[It->second] = std::move(Out.Functions.back());
        Out.Functions.pop_back();
      }
    }
  }
}

/// Applies `+heap`, `-posix`, … in order.
void applySwitches(const ModelOptions &Options, ModelSet &Out, std::vector<ModelError> &Errors) {
  for (const ResourceKind &K : Out.Kinds)
    Out.KindEnabled.push_back(K.OnByDefault);
  for (llvm::StringRef Switch : Options.Switches) {
    auto Wrong = [&](const std::string &Message) {
      ModelError E;
      E.File = "--models";
      E.Message = Message;
      Errors.push_back(std::move(E));
    };
    llvm::StringRef Name = Switch;
    bool On = Name.consume_front("+");
    if (!On && !Name.consume_front("-")) {
      Wrong("'" + Switch.str() + "' must start with '+' or '-', as in '+heap'");
      continue;
    }
    bool Found = false;
    std::vector<llvm::StringRef> Names;
    for (size_t I = 0; I < Out.Kinds.size(); ++I) {
      const ResourceKind &K = Out.Kinds[I];
      for (llvm::StringRef Candidate : {llvm::StringRef(K.Family), llvm::StringRef(K.Id)})
        if (!llvm::is_contained(Names, Candidate))
          Names.push_back(Candidate);
      if (K.Family != Name && K.Id != Name)
        continue;
      Out.KindEnabled[I] = On;
      Found = true;
    }
    if (!Found)
      Wrong("unknown family or kind '" + Name.str() + "'" + suggest(Name, Names));
  }
}
} // namespace

std::vector<ModelError> readModels(llvm::ArrayRef<ModelSource> Sources, const ModelOptions &Options,
                                   ModelSet &Out) {
  Out = ModelSet();
  std::deque<File> Files; // a reader holds a reference to its document
  for (const ModelSource &Source : Sources) {
    File &F = Files.emplace_back(Source);
    F.Readable = F.Reader.readTop();
  }
  mergeKinds(Files, Out);
  mergeFunctions(Files, Out);

  std::vector<ModelError> Errors;
  for (File &F : Files) {
    if (F.Readable)
      llvm::append_range(Out.CLibraryHeaders, F.Reader.readHeaders());
    llvm::append_range(Errors, F.Doc.takeErrors());
  }
  applySwitches(Options, Out, Errors);
  Out.index();
  return Errors;
}

std::optional<std::string> findProjectModel(llvm::StringRef SourceFile) {
  llvm::SmallString<256> Path(SourceFile);
  if (llvm::sys::fs::make_absolute(Path))
    return std::nullopt;
  llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  for (llvm::StringRef Folder = llvm::sys::path::parent_path(Path); !Folder.empty();
       Folder = llvm::sys::path::parent_path(Folder)) {
    llvm::SmallString<256> Candidate(Folder);
    llvm::sys::path::append(Candidate, "handrail.json");
    if (llvm::sys::fs::is_regular_file(Candidate))
      return Candidate.str().str();
  }
  return std::nullopt;
}

} // namespace handrail::model
