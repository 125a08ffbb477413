//===- ClangTidyModule.cpp - the checks in clang-tidy ---------------------===//
//
// The only file that includes clang-tidy headers. One adapter class stands for
// every check id; the ids that are enabled share one run of the engine per
// translation unit, which belongs to them and dies with them.
//
//===----------------------------------------------------------------------===//
#include "clang-tidy/ClangTidyModule.h"
#include "checks/Registry.h"
#include "clang-tidy/ClangTidyCheck.h"
#include "lib/Capture/Capture.h"
#include "lib/Engine/Engine.h"
#include "lib/Engine/Suppressions.h"
#include "lib/Model/ProjectConfig.h"
#include "clang/AST/ASTContext.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Registry.h"

using clang::SourceLocation;
using clang::SourceManager;
using clang::tidy::ClangTidyCheck;
using clang::tidy::ClangTidyCheckFactories;
using clang::tidy::ClangTidyContext;
using clang::tidy::ClangTidyModule;

namespace handrail {
namespace {

/// Settings that all ids share. Users write them as plain CheckOptions:
/// `HandrailModels`, `HandrailModelFiles`, `HandrailSummaryFile` and `HandrailStrict`.
struct SharedOptions {
  std::string Models;      ///< switches of model families: `+heap;-posix`
  std::string ModelFiles;  ///< further model files, separated by `;`
  std::string SummaryFile; ///< what functions of other files do; empty: none
  bool Strict = false;
};

/// The summary file of a clang-tidy run, which is read once for all of its files.
class SummaryFiles {
public:
  /// Null where the file is not usable; \p Errors then takes why.
  std::shared_ptr<const solver::SummaryFile> find(const std::string &Path,
                                                  std::vector<std::string> &Errors) {
    auto [Known, New] = ByPath.try_emplace(Path);
    if (New) {
      if (auto Read = solver::SummaryFile::read(Path))
        Known->second.File = std::move(*Read);
      else
        Known->second.Error = llvm::toString(Read.takeError());
    }
    if (!Known->second.File)
      Errors.push_back(Known->second.Error);
    return Known->second.File;
  }

private:
  struct Entry {
    std::shared_ptr<const solver::SummaryFile> File;
    std::string Error;
  };
  std::map<std::string, Entry> ByPath;
};

/// One run of the engine over one translation unit, for all ids that take part.
class TranslationUnitRun {
public:
  explicit TranslationUnitRun(std::shared_ptr<SummaryFiles> Summaries)
      : Summaries(std::move(Summaries)) {}
  void enable(llvm::StringRef Id, CheckOptions Options) { Enabled[Id.str()] = std::move(Options); }

  /// The findings of all enabled checks; computed on the first call.
  const std::vector<Finding> &findings(clang::ASTContext &AST, const SharedOptions &Shared) {
    if (Analyzed != &AST) {
      Analyzed = &AST;
      run(AST, Shared);
    }
    return Findings;
  }
  /// What is wrong with the models and the summary file, each told once.
  std::vector<std::string> takeErrors() { return std::exchange(Errors, {}); }
  /// What the user asked for. In clang-tidy all checks are warnings by default.
  Severity severity(const std::string &Id) const {
    auto Asked = Severities.find(Id);
    return Asked == Severities.end() ? Severity::Warning : Asked->second;
  }

private:
  void run(clang::ASTContext &AST, const SharedOptions &Shared);
  std::vector<model::ModelSource> modelSources(llvm::StringRef MainFile,
                                               const SharedOptions &Shared,
                                               model::ProjectConfig &Project);
  void tell(const std::vector<model::ModelError> &All) {
    for (const model::ModelError &E : All)
      Errors.push_back(E.str());
  }

  std::shared_ptr<SummaryFiles> Summaries;
  std::map<std::string, CheckOptions> Enabled;
  std::map<std::string, Severity> Severities;
  const clang::ASTContext *Analyzed = nullptr;
  std::vector<Finding> Findings;
  std::vector<std::string> Errors;
};

std::vector<model::ModelSource> TranslationUnitRun::modelSources(llvm::StringRef MainFile,
                                                                 const SharedOptions &Shared,
                                                                 model::ProjectConfig &Project) {
  std::vector<model::ModelSource> Sources = model::builtinModels();
  if (std::optional<std::string> File = model::findProjectModel(MainFile))
    tell(model::loadProject(*File, Project, Sources));
  llvm::SmallVector<llvm::StringRef> Files;
  llvm::StringRef(Shared.ModelFiles).split(Files, ';', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef File : Files) {
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> Text =
        llvm::MemoryBuffer::getFile(File.trim(), /*IsText=*/true);
    if (Text)
      Sources.push_back({File.trim().str(), (*Text)->getBuffer().str(), false});
    else
      Errors.push_back("cannot read the models in " + File.trim().str() + ": " +
                       Text.getError().message());
  }
  return Sources;
}

void TranslationUnitRun::run(clang::ASTContext &AST, const SharedOptions &Shared) {
  Findings.clear();
  const SourceManager &Files = AST.getSourceManager();
  clang::OptionalFileEntryRef Main = Files.getFileEntryRefForID(Files.getMainFileID());
  if (!Main)
    return;
  llvm::SmallString<256> MainFile(Main->getName());
  Files.getFileManager().makeAbsolutePath(MainFile);

  model::ModelOptions ModelOptions;
  llvm::SmallVector<llvm::StringRef> Switches;
  llvm::StringRef(Shared.Models).split(Switches, ';', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Switch : Switches)
    ModelOptions.Switches.push_back(Switch.trim().str());
  model::ModelSet Models;
  model::ProjectConfig Project;
  const std::vector<model::ModelSource> Sources = modelSources(MainFile, Shared, Project);
  tell(model::readModels(Sources, ModelOptions, Models));

  const ir::Unit Unit = capture::captureAST(AST, MainFile);
  std::vector<RegisteredCheck> Checks = makeChecks();
  std::erase_if(Checks, [&](const RegisteredCheck &C) { return !Enabled.count(C.Info.Id); });
  EngineOptions Options;
  Options.Solver.Strict = Shared.Strict;
  Options.Options = Enabled;
  if (!Shared.SummaryFile.empty())
    Options.Summaries = Summaries->find(Shared.SummaryFile, Errors);
  if (Options.Summaries)
    if (llvm::Error E = Options.Summaries->expectModels(Models)) {
      Errors.push_back(llvm::toString(std::move(E)));
      Options.Summaries = nullptr;
    }
  for (const auto &[Id, Values] : Project.CheckOptions)
    Options.Options[Id].insert(Values.begin(), Values.end()); // clang-tidy's own win
  Findings = analyze({{&Unit}}, Models, Checks, Options).Findings;
  if (llvm::Error E = expectKnownOptions(Enabled))
    Errors.push_back(llvm::toString(std::move(E)));
  if (llvm::Error E = expectKnownOptions(Project.CheckOptions))
    Errors.push_back(Project.File + ": " + llvm::toString(std::move(E)));
  Severities.clear();
  for (const auto &[Id, Values] : Options.Options)
    if (auto Asked = Values.find(SeverityOption); Asked != Values.end())
      if (std::optional<Severity> Known = severityFrom(Asked->second))
        Severities[Id] = *Known;
  PathRules Rules;
  for (const model::PathRule &Rule : Project.Suppress)
    if (llvm::Error E = Rules.add(Rule, llvm::sys::path::parent_path(Project.File).str()))
      Errors.push_back(llvm::toString(std::move(E)));
  // NOLINT is the host's matter as well, and means the same.
  Suppressions Comments;
  std::erase_if(Findings, [&](Finding &F) { return Comments.silence(F) || Rules.find(F); });
}

/// What the checks of one clang-tidy run share: the current translation unit's
/// run, as long as one of its checks lives.
class Session {
public:
  std::shared_ptr<TranslationUnitRun> join() {
    std::shared_ptr<TranslationUnitRun> Run = Current.lock();
    if (!Run)
      Current = Run = std::make_shared<TranslationUnitRun>(Summaries);
    return Run;
  }

private:
  std::shared_ptr<SummaryFiles> Summaries = std::make_shared<SummaryFiles>();
  std::weak_ptr<TranslationUnitRun> Current;
};

constexpr llvm::StringLiteral Prefix = "handrail-";

/// Any Handrail check as a clang-tidy check.
class Adapter final : public ClangTidyCheck {
public:
  Adapter(llvm::StringRef Name, ClangTidyContext *Context, Session &Shared)
      : ClangTidyCheck(Name, Context), Id(Name.drop_front(Prefix.size())), Run(Shared.join()) {
    All.Models = Options.getLocalOrGlobal("HandrailModels", "").str();
    All.ModelFiles = Options.getLocalOrGlobal("HandrailModelFiles", "").str();
    All.SummaryFile = Options.getLocalOrGlobal("HandrailSummaryFile", "").str();
    All.Strict = Options.getLocalOrGlobal("HandrailStrict", false);
    // All that is written for this check, so that a misspelt name is found.
    for (const auto &Option : Context->getOptions().CheckOptions) {
      llvm::StringRef Key = Option.getKey();
      if (Key.consume_front(Name) && Key.consume_front(".") && !Key.starts_with("Handrail"))
        Own[Key.str()] = Option.getValue().Value;
    }
    Run->enable(Id, Own);
  }

  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override {
    Options.store(Opts, "HandrailModels", All.Models);
    Options.store(Opts, "HandrailModelFiles", All.ModelFiles);
    Options.store(Opts, "HandrailSummaryFile", All.SummaryFile);
    Options.store(Opts, "HandrailStrict", All.Strict);
    for (const CheckOptionInfo &O : checkOptions())
      if (Id == O.Check)
        Options.store(Opts, O.Name, Own.count(O.Name) ? Own[O.Name] : std::string(O.Default));
    if (auto Asked = Own.find(SeverityOption); Asked != Own.end())
      Options.store(Opts, SeverityOption, Asked->second);
  }

  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(clang::ast_matchers::translationUnitDecl(), this);
  }

  void check(const clang::ast_matchers::MatchFinder::MatchResult &Result) override {
    const std::vector<Finding> &Findings = Run->findings(*Result.Context, All);
    for (const std::string &Error : Run->takeErrors())
      configurationDiag("%0", clang::DiagnosticIDs::Error) << Error;
    for (const Finding &F : Findings)
      if (F.Check == Id)
        report(F, *Result.SourceManager);
  }

private:
  /// The place in the host's terms; invalid when the file is not part of the
  /// translation unit.
  static SourceLocation place(const SourceManager &Sources, const std::string &File, unsigned Line,
                              unsigned Col) {
    clang::OptionalFileEntryRef Entry = Sources.getFileManager().getOptionalFileRef(File);
    if (!Entry || !Line)
      return {};
    return Sources.translateFileLineCol(&Entry->getFileEntry(), Line, Col);
  }

  static SourceLocation place(const SourceManager &Sources, const std::string &File,
                              unsigned Offset) {
    clang::OptionalFileEntryRef Entry = Sources.getFileManager().getOptionalFileRef(File);
    const clang::FileID Id = Entry ? Sources.translateFile(*Entry) : clang::FileID();
    return Id.isValid() ? Sources.getComposedLoc(Id, Offset) : SourceLocation();
  }

  static clang::DiagnosticIDs::Level level(Severity Sev) {
    switch (Sev) {
    case Severity::Note:
      return clang::DiagnosticIDs::Remark; // a note needs a warning before it
    case Severity::Warning:
      return clang::DiagnosticIDs::Warning;
    case Severity::Error:
      return clang::DiagnosticIDs::Error;
    }
    llvm_unreachable("all severities named");
  }

  /// As place(), also in a file that only the summary file speaks of.
  static SourceLocation notePlace(SourceManager &Sources, const Location &Loc) {
    clang::OptionalFileEntryRef Entry = Sources.getFileManager().getOptionalFileRef(Loc.File);
    if (!Entry || !Loc.Line)
      return {};
    return Sources.translateLineCol(Sources.getOrCreateFileID(*Entry, clang::SrcMgr::C_User),
                                    Loc.Line, Loc.Col);
  }

  /// A file that is not here is named in the text.
  void note(const Note &N, SourceManager &Sources) {
    const SourceLocation Place = notePlace(Sources, N.Loc);
    std::string Message = N.Message;
    if (Place.isInvalid() && N.Loc.Line)
      Message += " (" + N.Loc.File + ":" + std::to_string(N.Loc.Line) + ")";
    diag(Place, "%0", clang::DiagnosticIDs::Note) << Message;
  }

  void report(const Finding &F, SourceManager &Sources) {
    {
      clang::DiagnosticBuilder Warning =
          diag(place(Sources, F.Loc.File, F.Loc.Line, F.Loc.Col), "%0", level(Run->severity(Id)));
      Warning << F.Message;
      if (F.Repair)
        for (const TextEdit &E : F.Repair->Edits)
          if (SourceLocation Begin = place(Sources, E.File, E.Offset); Begin.isValid())
            Warning << clang::FixItHint::CreateReplacement(
                clang::CharSourceRange::getCharRange(Begin, Begin.getLocWithOffset(E.Length)),
                E.Text);
    } // notes belong to the warning before them, which is emitted here
    for (const Note &N : F.Notes)
      note(N, Sources);
  }

  std::string Id;
  std::shared_ptr<TranslationUnitRun> Run;
  SharedOptions All;
  CheckOptions Own;
};

class Module final : public ClangTidyModule {
public:
  void addCheckFactories(ClangTidyCheckFactories &Factories) override {
    auto Shared = std::make_shared<Session>();
    for (const CheckInfo &Info : checkInfos())
      Factories.registerCheckFactory((Prefix + llvm::StringRef(Info.Id)).str(),
                                     [Shared](llvm::StringRef Name, ClangTidyContext *Context) {
                                       return std::make_unique<Adapter>(Name, Context, *Shared);
                                     });
  }
};

} // namespace
} // namespace handrail

/// Puts the module into the host's list when the plugin is loaded.
static llvm::Registry<ClangTidyModule>::Add<handrail::Module>
    Registered("handrail-module", "checks for file descriptors, streams and other handles");
