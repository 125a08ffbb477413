#include "lib/Project/UnitStore.h"
#include "lib/IR/Bitcode.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <set>

namespace handrail::project {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using capture::CaptureError;
using capture::CompileJob;
using capture::InputFile;

static constexpr llvm::StringLiteral Header = "handrail unit 1";

std::vector<std::string> compilerEnvironment() {
  std::vector<std::string> Result;
  for (const char *Name :
       {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"})
    if (auto Value = llvm::sys::Process::GetEnv(Name))
      Result.push_back(std::string(Name) + "=" + *Value);
  return Result;
}

//===- Entries -------------------------------------------------------------===//

std::string UnitEntry::print() const {
  std::string Text;
  auto Line = [&](llvm::StringRef Key, llvm::StringRef Value) {
    (Text += Key) += ' ';
    (Text += escaped(Value)) += '\n';
  };
  Text += Header.str() + "\n";
  Line("tool", Tool);
  Line("directory", Job.Directory);
  Line("file", Job.File);
  for (const std::string &A : Job.Arguments)
    Line("argument", A);
  for (const std::string &E : Environment)
    Line("environment", E);
  for (const InputFile &I : Inputs)
    Text += "input " + I.Content + " " + escaped(I.Path) + "\n";
  for (const CaptureError &E : Errors)
    Text += "error " + std::to_string(E.Line) + " " + std::to_string(E.Col) + " " +
            escaped(E.File) + "\t" + escaped(E.Message) + "\n";
  if (!Unit.empty())
    Line("unit", Unit);
  return sealed(std::move(Text));
}

std::optional<UnitEntry> UnitEntry::parse(llvm::StringRef Text) {
  std::optional<llvm::StringRef> Body = unsealed(Text);
  if (!Body || !Body->consume_front(Header) || !Body->consume_front("\n"))
    return std::nullopt;
  UnitEntry Result;
  while (!Body->empty()) {
    auto [Line, Rest] = Body->split('\n');
    Body = Rest;
    auto [Key, Value] = Line.split(' ');
    if (Key == "tool")
      Result.Tool = unescaped(Value);
    else if (Key == "directory")
      Result.Job.Directory = unescaped(Value);
    else if (Key == "file")
      Result.Job.File = unescaped(Value);
    else if (Key == "argument")
      Result.Job.Arguments.push_back(unescaped(Value));
    else if (Key == "environment")
      Result.Environment.push_back(unescaped(Value));
    else if (Key == "unit")
      Result.Unit = Value.str();
    else if (Key == "input") {
      auto [Content, Path] = Value.split(' ');
      Result.Inputs.push_back({unescaped(Path), Content.str()});
    } else if (Key == "error") {
      CaptureError E;
      if (Value.consumeInteger(10, E.Line) || !Value.consume_front(" ") ||
          Value.consumeInteger(10, E.Col) || !Value.consume_front(" "))
        return std::nullopt;
      auto [File, Message] = Value.split('\t');
      E.File = unescaped(File);
      E.Message = unescaped(Message);
      Result.Errors.push_back(std::move(E));
    } else {
      return std::nullopt;
    }
  }
  return Result;
}

std::optional<std::string> hashOfUnit(llvm::StringRef Path) {
  uint64_t Size = 0;
  if (fs::file_size(Path, Size))
    return std::nullopt;
  auto Start = llvm::MemoryBuffer::getFileSlice(
      Path, std::min<uint64_t>(Size, ir::BitcodeHeaderSize), /*Offset=*/0);
  return Start ? ir::bitcodeHash((*Start)->getBuffer(), Size) : std::nullopt;
}

//===- The store -----------------------------------------------------------===//

llvm::Expected<UnitStore> UnitStore::create(std::string Directory, std::string Tool) {
  if (std::error_code Code = fs::create_directories(Directory))
    return llvm::createStringError(Code,
                                   "cannot create directory " + Directory + ": " + Code.message());
  return UnitStore(std::move(Directory), std::move(Tool));
}

std::string UnitStore::pathOf(const CompileJob &Job, llvm::StringRef Extension) const {
  Digest Command;
  Command.add(Job.Directory).add(Job.File).add(Job.Arguments.size());
  for (const std::string &A : Job.Arguments)
    Command.add(A);
  for (const std::string &E : compilerEnvironment())
    Command.add(E);
  llvm::SmallString<256> Result(Directory);
  path::append(Result, path::filename(Job.File) + "-" + Command.hex() + Extension);
  return std::string(Result);
}

std::string UnitStore::unitPath(const CompileJob &Job) const { return pathOf(Job, ".unit"); }

llvm::Error UnitStore::keepOnly(llvm::ArrayRef<CompileJob> Jobs) const {
  std::set<std::string> Wanted;
  for (const CompileJob &Job : Jobs)
    for (llvm::StringRef Extension : {".unit", ".entry"})
      Wanted.insert(path::filename(pathOf(Job, Extension)).str());
  std::error_code Code;
  for (fs::directory_iterator It(Directory, Code), End; !Code && It != End; It.increment(Code)) {
    llvm::StringRef Name = path::filename(It->path()), Extension = path::extension(Name);
    if ((Extension == ".unit" || Extension == ".entry") && !Wanted.count(Name.str()))
      Code = fs::remove(It->path());
  }
  if (Code)
    return llvm::createStringError(Code, "cannot clear " + Directory + ": " + Code.message());
  return llvm::Error::success();
}

std::optional<UnitEntry> UnitStore::entry(const CompileJob &Job) const {
  std::optional<std::string> Text = readWholeFile(pathOf(Job, ".entry"));
  return Text ? UnitEntry::parse(*Text) : std::nullopt;
}

std::optional<UnitEntry> UnitStore::find(const CompileJob &Job, FileIndex &Files) const {
  std::optional<UnitEntry> Entry = entry(Job);
  if (!Entry || Entry->Tool != Tool || Entry->Job.Directory != Job.Directory ||
      Entry->Job.File != Job.File || Entry->Job.Arguments != Job.Arguments ||
      Entry->Environment != compilerEnvironment())
    return std::nullopt;
  if (!Entry->Unit.empty() && hashOfUnit(unitPath(Job)) != Entry->Unit)
    return std::nullopt;
  if (!llvm::all_of(Entry->Inputs, [&](const InputFile &I) { return Files.matches(I); }))
    return std::nullopt;
  return Entry;
}

llvm::Error UnitStore::write(const CompileJob &Job, const capture::CaptureResult &Result,
                             std::vector<InputFile> Inputs) const {
  UnitEntry Entry;
  Entry.Tool = Tool;
  Entry.Job = Job;
  Entry.Environment = compilerEnvironment();
  Entry.Inputs = std::move(Inputs);
  Entry.Errors = Result.Errors;
  if (Result.hasUnit()) {
    llvm::SmallVector<char, 0> Bytes;
    ir::writeBitcode(Result.U, Bytes);
    llvm::StringRef Text(Bytes.data(), Bytes.size());
    Entry.Unit = *ir::bitcodeHash(Text, Text.size());
    if (llvm::Error E = writeAtomically(unitPath(Job), Text))
      return E;
  }
  // Last: it vouches for the unit.
  return writeAtomically(pathOf(Job, ".entry"), Entry.print());
}

llvm::Expected<std::vector<StoredEntry>>
listUnits(llvm::StringRef Directory,
          llvm::function_ref<void(std::string Path, std::string Why)> Damaged) {
  std::vector<std::string> Names;
  std::error_code Code;
  for (fs::directory_iterator It(Directory, Code), End; !Code && It != End; It.increment(Code))
    if (path::extension(It->path()) == ".entry")
      Names.push_back(It->path());
  if (Code)
    return llvm::createStringError(Code,
                                   "cannot read directory " + Directory + ": " + Code.message());
  llvm::sort(Names);
  std::vector<StoredEntry> Result;
  for (const std::string &Name : Names) {
    std::optional<std::string> Text = readWholeFile(Name);
    std::optional<UnitEntry> Entry = Text ? UnitEntry::parse(*Text) : std::nullopt;
    if (!Entry) {
      Damaged(Name, !Text ? "cannot be read" : "damaged, or of another version; capture it again");
      continue;
    }
    llvm::SmallString<256> Unit(Name);
    path::replace_extension(Unit, "unit");
    Result.push_back({std::string(Unit), std::move(*Entry)});
  }
  return Result;
}

} // namespace handrail::project
