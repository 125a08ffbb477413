#include "lib/Ledger/Symbolize.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/DebugInfo/Symbolize/Symbolize.h"
#include "llvm/Object/BuildID.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Path.h"
#include <map>
#include <set>

namespace handrail::ledger {
namespace {

namespace object = llvm::object;

/// Where code was linked for.
struct CodeRange {
  uint64_t Begin, Size;
};

template <class ElfFile> std::vector<CodeRange> codeOf(const object::ObjectFile &File) {
  std::vector<CodeRange> Code;
  const auto *Elf = llvm::dyn_cast<ElfFile>(&File);
  if (!Elf)
    return Code;
  auto Headers = Elf->getELFFile().program_headers();
  if (!Headers) {
    llvm::consumeError(Headers.takeError());
    return Code;
  }
  for (const auto &Header : *Headers)
    if (Header.p_type == llvm::ELF::PT_LOAD && Header.p_flags & llvm::ELF::PF_X)
      Code.push_back({Header.p_vaddr, Header.p_memsz});
  return Code;
}

/// A module as it lies on disk now.
struct ModuleFile {
  std::string Problem;         ///< why it tells nothing of what ran; empty when it does
  std::vector<CodeRange> Code; ///< none with a problem

  explicit ModuleFile(const Module &M) {
    auto File = object::ObjectFile::createObjectFile(M.Path);
    if (!File) {
      Problem = llvm::toString(File.takeError());
      return;
    }
    const object::ObjectFile &Object = *File->getBinary();
    std::string BuildId = llvm::toHex(object::getBuildID(&Object), /*LowerCase=*/true);
    if (!M.BuildId.empty() && M.BuildId != BuildId)
      Problem = "it is not the file that ran: its build-id is " +
                (BuildId.empty() ? "missing" : BuildId) + ", that of the report " + M.BuildId;
    else if (Object.getBytesInAddress() == 8)
      Code = codeOf<object::ELF64LEObjectFile>(Object);
    else
      Code = codeOf<object::ELF32LEObjectFile>(Object);
  }

  bool hasCode(uint64_t Address) const {
    return llvm::any_of(Code, [&](const CodeRange &Range) {
      return Address >= Range.Begin && Address - Range.Begin < Range.Size;
    });
  }
};

/// Looks each place up once.
class Lookup {
public:
  Lookup(const Report &R, llvm::ArrayRef<std::string> DebugDirectories) : Modules(R.Modules) {
    std::vector<std::string> Directories = DebugDirectories.vec();
    Directories.push_back("/usr/lib/debug");
    Symbolizer.setBuildIDFetcher(std::make_unique<object::BuildIDFetcher>(std::move(Directories)));
  }

  /// The frames at the return address \p At, innermost first; empty when nothing is known.
  const std::vector<Frame> &at(const Frame &At) {
    auto [Place, New] = Places.try_emplace({At.Module, At.Offset});
    if (!New)
      return Place->second;
    const ModuleFile &File = Files.try_emplace(At.Module, Modules[At.Module]).first->second;
    // The call is before the place that it returns to.
    if (File.hasCode(At.Offset - 1))
      Place->second = lookUp(At, At.Offset - 1);
    return Place->second;
  }

  std::vector<std::string> problems() const {
    std::set<std::string> Sorted;
    for (const auto &[Index, File] : Files)
      if (!File.Problem.empty())
        Sorted.insert("no functions and lines of " + Modules[Index].Path + ": " + File.Problem);
    return {Sorted.begin(), Sorted.end()};
  }

private:
  std::vector<Frame> lookUp(const Frame &At, uint64_t Address) {
    std::vector<Frame> Frames;
    auto Info = Symbolizer.symbolizeInlinedCode(Modules[At.Module].Path,
                                                {Address, object::SectionedAddress::UndefSection});
    if (!Info) {
      llvm::consumeError(Info.takeError());
      return Frames;
    }
    for (uint32_t I = 0; I < Info->getNumberOfFrames(); ++I) {
      const llvm::DILineInfo &Line = Info->getFrame(I);
      Frame &F = Frames.emplace_back(At);
      F.Inlined = I + 1 < Info->getNumberOfFrames();
      if (Line.FunctionName != llvm::DILineInfo::BadString)
        F.Function = Line.FunctionName;
      if (Line.FileName == llvm::DILineInfo::BadString)
        continue;
      F.File = cleanPath(Line.FileName);
      F.Line = Line.Line;
      F.Column = Line.Column;
    }
    return Frames;
  }

  const std::vector<Module> &Modules;
  llvm::symbolize::LLVMSymbolizer Symbolizer;
  std::map<int, ModuleFile> Files;
  std::map<std::pair<int, uint64_t>, std::vector<Frame>> Places;
};

/// Not in [vdso] and the like.
bool isInFile(const Report &R, const Frame &F) {
  return F.Module >= 0 && llvm::StringRef(R.Modules[F.Module].Path).starts_with("/");
}

/// A stack of one frame for "net.cpp:88 in accept_one"; -1 for a text of another form.
int addSite(Report &R, llvm::StringRef Site) {
  auto [Place, Function] = Site.split(" in ");
  auto [File, Line] = Place.rsplit(':');
  Frame F;
  if (File.empty() || Function.empty() || Line.getAsInteger(10, F.Line))
    return -1;
  F.File = File;
  F.Function = Function;
  R.Stacks.push_back({{std::move(F)}, /*Partial=*/true});
  return int(R.Stacks.size()) - 1;
}

/// Whether \p F is a frame of the runtime, seen from inside.
bool isOfRuntime(const Frame &F) {
  return llvm::StringRef(F.Function).starts_with("handrail::") ||
         llvm::StringRef(F.File).contains("/include/handrail/") ||
         llvm::StringRef(F.File).contains("/runtime/src/");
}

/// Where in \p S the program called the runtime, which knows that place as \p Site, or
/// knows none. The innermost frame if that is not to be seen.
size_t whereCalled(const Stack &S, llvm::StringRef Site) {
  llvm::StringRef Place = llvm::sys::path::filename(Site.split(" in ").first);
  for (size_t I = 0; I < S.Frames.size(); ++I) {
    const Frame &F = S.Frames[I];
    if ((llvm::sys::path::filename(F.File) + ":" + llvm::Twine(F.Line)).str() == Place)
      return I;
  }
  auto First = llvm::find_if_not(S.Frames, isOfRuntime);
  return First == S.Frames.end() ? 0 : size_t(First - S.Frames.begin());
}

/// Stacks that begin where the program called the runtime, each made once.
class Trimmer {
public:
  explicit Trimmer(Report &R) : R(R) {}

  void trim(int &Index, llvm::StringRef Site) {
    if (Index < 0)
      return;
    const Stack &Whole = R.Stacks[Index];
    size_t First = whereCalled(Whole, Site);
    if (First == 0)
      return;
    auto [It, New] = Trimmed.try_emplace({Index, First}, int(R.Stacks.size()));
    if (New)
      R.Stacks.push_back({{Whole.Frames.begin() + long(First), Whole.Frames.end()}, Whole.Partial});
    Index = It->second;
  }

private:
  Report &R;
  std::map<std::pair<int, size_t>, int> Trimmed;
};

} // namespace

void beginAtCalls(Report &R) {
  Trimmer T(R);
  for (Leak &L : R.Leaks)
    if (L.Kind == ObjectKind)
      T.trim(L.Opened, L.Site);
  for (Misuse &M : R.Misuses)
    if (M.Kind == ObjectKind)
      for (Step &S : M.Steps)
        T.trim(S.Stack, S.Site);
  for (Event &E : R.History)
    if (E.Kind == ObjectKind)
      T.trim(E.Stack, "");
}

/// The library of `handrail run`, and what a static program is linked with for it.
static bool isOfHooks(const Report &R, const Frame &F) {
  return llvm::StringRef(F.Function).starts_with("__wrap_") ||
         (F.Module >= 0 &&
          llvm::sys::path::filename(R.Modules[F.Module].Path) == "libhandrail_preload.so");
}

/// What the C library calls a thread's first function from.
static bool isOfThreadStart(const Frame &F) {
  llvm::StringRef Name = F.Function;
  return Name == "start_thread" || Name.starts_with("__clone") || Name == "clone" ||
         Name == "clone3";
}

void dropSurroundings(Report &R) {
  for (Stack &S : R.Stacks) {
    auto Main = llvm::find_if(S.Frames, [](const Frame &F) { return F.Function == "main"; });
    if (Main != S.Frames.end()) {
      S.Frames.erase(std::next(Main), S.Frames.end());
      S.Partial = false;
    }
    while (S.Frames.size() > 1 &&
           (isOfThreadStart(S.Frames.back()) || isOfHooks(R, S.Frames.back())))
      S.Frames.pop_back();
    auto First = llvm::find_if_not(S.Frames, [&](const Frame &F) { return isOfHooks(R, F); });
    if (First != S.Frames.end())
      S.Frames.erase(S.Frames.begin(), First);
  }
}

std::vector<std::string> symbolize(Report &R, llvm::ArrayRef<std::string> DebugDirectories) {
  for (Leak &L : R.Leaks)
    if (L.Opened < 0)
      L.Opened = addSite(R, L.Site);
  for (Misuse &M : R.Misuses)
    for (Step &S : M.Steps)
      if (S.Stack < 0)
        S.Stack = addSite(R, S.Site);
  Lookup Known(R, DebugDirectories);
  for (Stack &S : R.Stacks) {
    std::vector<Frame> Frames;
    bool Expanded = false; // the frame before was inlined into this one
    for (Frame &F : S.Frames) {
      bool Done = Expanded || F.Inlined || !F.File.empty() || !isInFile(R, F);
      Expanded = F.Inlined;
      const std::vector<Frame> *Found = Done ? nullptr : &Known.at(F);
      if (!Found || Found->empty())
        Frames.push_back(std::move(F));
      else
        Frames.insert(Frames.end(), Found->begin(), Found->end());
    }
    S.Frames = std::move(Frames);
  }
  return Known.problems();
}

} // namespace handrail::ledger
