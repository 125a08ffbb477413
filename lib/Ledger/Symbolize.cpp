#include "lib/Ledger/Symbolize.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/DebugInfo/Symbolize/Symbolize.h"
#include "llvm/Object/BuildID.h"
#include "llvm/Object/ELFObjectFile.h"
#include <map>
#include <set>

namespace handrail::ledger {
namespace {

namespace object = llvm::object;

/// A part of a file, and the address it was linked for.
struct Segment {
  uint64_t Offset, Size, Address;
};

/// A module as it lies on disk now.
class ModuleFile {
public:
  /// An empty Problem means that it can be looked at.
  explicit ModuleFile(const Module &M) : Path(M.Path) {
    if (Path.empty() || Path.front() != '/') {
      Problem = "it is no file"; // [vdso] and the like
      return;
    }
    auto File = object::ObjectFile::createObjectFile(Path);
    if (!File) {
      Problem = llvm::toString(File.takeError());
      return;
    }
    std::string BuildId = llvm::toHex(object::getBuildID(File->getBinary()), /*LowerCase=*/true);
    if (!M.BuildId.empty() && M.BuildId != BuildId) {
      Problem = "it is not the file that ran: its build-id is " +
                (BuildId.empty() ? "missing" : BuildId) + ", that of the report " + M.BuildId;
      return;
    }
    addSegments<object::ELF64LEObjectFile>(File->getBinary());
    addSegments<object::ELF32LEObjectFile>(File->getBinary());
  }

  /// The frames at a return address, innermost first; empty when nothing is known.
  std::vector<Frame> framesAt(const Frame &At, llvm::symbolize::LLVMSymbolizer &Symbolizer) const {
    std::vector<Frame> Frames;
    std::optional<uint64_t> Address = addressOf(At.Offset);
    if (!Address || *Address == 0)
      return Frames;
    // The call is before the address that it returns to.
    auto Info = Symbolizer.symbolizeInlinedCode(
        Path, {*Address - 1, object::SectionedAddress::UndefSection});
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

  const std::string Path;
  std::string Problem;

private:
  template <class ElfFile> void addSegments(const object::ObjectFile *File) {
    const auto *Elf = llvm::dyn_cast<ElfFile>(File);
    if (!Elf)
      return;
    auto Headers = Elf->getELFFile().program_headers();
    if (!Headers) {
      Problem = llvm::toString(Headers.takeError());
      return;
    }
    for (const auto &Header : *Headers)
      if (Header.p_type == llvm::ELF::PT_LOAD)
        Segments.push_back({Header.p_offset, Header.p_filesz, Header.p_vaddr});
  }

  std::optional<uint64_t> addressOf(uint64_t Offset) const {
    // A return address may be one past the end, after a call that does not return.
    for (const Segment &S : Segments)
      if (Offset > S.Offset && Offset - S.Offset <= S.Size)
        return Offset - S.Offset + S.Address;
    return std::nullopt;
  }

  std::vector<Segment> Segments;
};

/// Looks each place up once.
class Lookup {
public:
  Lookup(const Report &R, llvm::ArrayRef<std::string> DebugDirectories) : Modules(R.Modules) {
    std::vector<std::string> Directories = DebugDirectories.vec();
    Directories.push_back("/usr/lib/debug");
    Symbolizer.setBuildIDFetcher(std::make_unique<object::BuildIDFetcher>(std::move(Directories)));
  }

  const std::vector<Frame> &at(const Frame &F) {
    auto [Place, NewPlace] = Places.try_emplace({F.Module, F.Offset});
    if (!NewPlace)
      return Place->second;
    auto [File, NewFile] = Files.try_emplace(F.Module, Modules[F.Module]);
    if (File->second.Problem.empty())
      Place->second = File->second.framesAt(F, Symbolizer);
    return Place->second;
  }

  std::vector<std::string> problems() const {
    std::set<std::string> Sorted;
    for (const auto &[Index, File] : Files)
      if (!File.Problem.empty() && llvm::StringRef(File.Path).starts_with("/"))
        Sorted.insert("no functions and lines of " + File.Path + ": " + File.Problem);
    return {Sorted.begin(), Sorted.end()};
  }

private:
  const std::vector<Module> &Modules;
  llvm::symbolize::LLVMSymbolizer Symbolizer;
  std::map<int, ModuleFile> Files;
  std::map<std::pair<int, uint64_t>, std::vector<Frame>> Places;
};

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

} // namespace

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
      bool Done = Expanded || F.Inlined || !F.File.empty() || F.Module < 0;
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
