//===- Frontend.cpp - parses one file and lowers it ------------------------===//
//
// Every parse has a file system of its own, with a working directory of its own,
// so that several can run in one process.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/Capture.h"
#include "lib/Capture/FrontendCompat.h"
#include "lib/Capture/GccAttributes.h"
#include "lib/Capture/InputRecorder.h"
#include "lib/Capture/Invocation.h"
#include "lib/Capture/Lowering.h"
#include "lib/Capture/PastFileSystem.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace handrail::capture {

namespace {

/// More errors than these tell nothing new.
constexpr size_t MaxErrors = 100;

class ErrorCollector : public DiagnosticConsumer {
public:
  std::vector<CaptureError> Errors;
  std::vector<SourceLocation> Places; ///< of all of them
  DeallocatorAttributes Deallocators; ///< what is no error where GCC compiles

  void HandleDiagnostic(DiagnosticsEngine::Level Level, const clang::Diagnostic &Info) override {
    if (Deallocators.explains(Info))
      return;
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < DiagnosticsEngine::Error)
      return;
    if (Info.getLocation().isValid())
      Places.push_back(Info.getLocation());
    if (Errors.size() >= MaxErrors)
      return;
    CaptureError E;
    llvm::SmallString<256> Message;
    Info.FormatDiagnostic(Message);
    E.Message = Message.str().str();
    if (Info.hasSourceManager() && Info.getLocation().isValid()) {
      PresumedLoc P = Info.getSourceManager().getPresumedLoc(Info.getLocation());
      if (P.isValid()) {
        llvm::SmallString<256> Path(P.getFilename());
        Info.getSourceManager().getFileManager().makeAbsolutePath(Path);
        llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
        E.File = Path.str().str();
        E.Line = P.getLine();
        E.Col = P.getColumn();
      }
    }
    Errors.push_back(std::move(E));
  }
};

struct Request {
  std::string MainFile;
  bool Declarations = false; ///< of functions that nobody calls
};

class Consumer : public ASTConsumer {
public:
  Consumer(CaptureResult &Result, const Request &Wanted, ErrorCollector &Errors)
      : Result(Result), Wanted(Wanted), Errors(Errors) {}

  void Initialize(ASTContext &C) override {
    Context = &C;
    SM = &C.getSourceManager();
  }

  // Contracts stand for what system headers define.
  bool shouldSkipFunctionBody(Decl *D) override {
    return SM->isInSystemHeader(SM->getExpansionLoc(D->getLocation()));
  }

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    Errors.Deallocators.attach(Group, *Context);
    return true;
  }

  void HandleTranslationUnit(ASTContext &Context) override {
    Result.U = lowerUnit(Context, Wanted.MainFile, Errors.Places, Wanted.Declarations);
    Result.Parsed = true;
  }

private:
  CaptureResult &Result;
  const Request &Wanted;
  ErrorCollector &Errors;
  ASTContext *Context = nullptr;
  const SourceManager *SM = nullptr;
};

class Action : public ASTFrontendAction {
public:
  Action(CaptureResult &Result, const Request &Wanted, ErrorCollector &Errors)
      : Result(Result), Wanted(Wanted), Errors(Errors) {}

protected:
  // A file in an encoding that Clang does not read: it says so here, and version
  // 22 crashes when parsing goes on.
  bool BeginSourceFileAction(CompilerInstance &CI) override {
    const SourceManager &SM = CI.getSourceManager();
    return SM.getBufferOrNone(SM.getMainFileID()).has_value();
  }

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI, llvm::StringRef) override {
    // A header that is missing must not silence the rest of the file.
    CI.getDiagnostics().setFatalsAsError(true);
    Errors.Deallocators.watch(CI.getPreprocessor());
    return std::make_unique<Consumer>(Result, Wanted, Errors);
  }

private:
  CaptureResult &Result;
  const Request &Wanted;
  ErrorCollector &Errors;
};

class Factory : public tooling::FrontendActionFactory {
public:
  Factory(CaptureResult &Result, const Request &Wanted, ErrorCollector &Errors)
      : Result(Result), Wanted(Wanted), Errors(Errors) {}
  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<Action>(Result, Wanted, Errors);
  }

private:
  CaptureResult &Result;
  const Request &Wanted;
  ErrorCollector &Errors;
};

} // namespace

static CaptureResult capture(const CompileJob &Job,
                             llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files,
                             bool Declarations = false) {
  keepDescriptorAttributes();
  CaptureResult Result;
  ErrorCollector FlagErrors, Errors;
  OwnedDiagnostics Diags(FlagErrors);
  std::shared_ptr<CompilerInvocation> Invocation = createInvocation(Job, Diags.get(), Files);
  if (Invocation) {
    FileSystemOptions Options;
    auto Manager = llvm::makeIntrusiveRefCnt<FileManager>(Options, Files);
    Request Wanted{Job.File, Declarations};
    Factory Create(Result, Wanted, Errors);
    Create.runInvocation(Invocation, Manager.get(), std::make_shared<PCHContainerOperations>(),
                         &Errors);
  }
  Result.Errors = std::move(Errors.Errors);
  // An argument Clang does not know matters only when it could not go on without.
  if (!Result.Parsed || !Result.Errors.empty())
    Result.Errors.insert(Result.Errors.begin(), FlagErrors.Errors.begin(), FlagErrors.Errors.end());
  if (!Result.Parsed && Result.Errors.empty())
    Result.Errors.push_back(
        {Job.File, 0, 0, "the compile command names no file that can be parsed"});
  for (CaptureError &E : Result.Errors)
    if (E.File.empty())
      E.File = Job.File;
  return Result;
}

/// The files as the compiler of \p Job sees them; null and an error in \p Result when there
/// is no such directory.
static llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> filesFor(const CompileJob &Job,
                                                                CaptureResult &Result) {
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files(
      llvm::vfs::createPhysicalFileSystem().release());
  if (std::error_code EC = Files->setCurrentWorkingDirectory(Job.Directory)) {
    Result.Errors.push_back(
        {Job.File, 0, 0, "cannot enter directory '" + Job.Directory + "': " + EC.message()});
    return nullptr;
  }
  return Files;
}

CaptureResult captureFile(const CompileJob &Job, std::vector<InputFile> *Inputs,
                          const PastFiles *Past, TextSearch *Search) {
  CaptureResult Result;
  auto Files = filesFor(Job, Result);
  if (!Files)
    return Result;
  if (Past)
    Files = llvm::makeIntrusiveRefCnt<PastFileSystem>(std::move(Files), *Past);
  if (!Inputs)
    return capture(Job, std::move(Files));
  auto Recorder = llvm::makeIntrusiveRefCnt<InputRecorder>(std::move(Files), Search);
  Result = capture(Job, Recorder);
  *Inputs = Recorder->inputs();
  return Result;
}

CaptureResult captureDeclarations(const CompileJob &Job) {
  CaptureResult Result;
  auto Files = filesFor(Job, Result);
  return Files ? capture(Job, std::move(Files), /*Declarations=*/true) : std::move(Result);
}

CaptureResult captureSource(llvm::StringRef Name, llvm::StringRef Text,
                            llvm::ArrayRef<std::string> Flags) {
  CompileJob Job;
  Job.Directory = "/";
  Job.File = llvm::sys::path::is_absolute(Name) ? Name.str() : ("/" + Name).str();
  bool Cxx =
      llvm::is_contained({".cpp", ".cc", ".cxx", ".C", ".hpp"}, llvm::sys::path::extension(Name));
  Job.Arguments = {Cxx ? "clang++" : "clang"};
  if (Cxx)
    Job.Arguments.push_back("-std=c++20");
  Job.Arguments.insert(Job.Arguments.end(), Flags.begin(), Flags.end());
  Job.Arguments.push_back(Job.File);
  auto Memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  Memory->addFile(Job.File, 0, llvm::MemoryBuffer::getMemBufferCopy(Text, Job.File));
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Real(
      llvm::vfs::createPhysicalFileSystem().release());
  auto Files = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(Real);
  Files->pushOverlay(Memory);
  Files->setCurrentWorkingDirectory("/");
  return capture(Job, Files);
}

} // namespace handrail::capture
