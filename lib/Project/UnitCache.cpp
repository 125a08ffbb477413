#include "lib/Project/UnitCache.h"
#include "lib/IR/Bitcode.h"
#include "lib/Project/UnitStore.h"
#include "lib/Support/Archive.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace handrail::project {

using capture::CaptureError;
using capture::CompileJob;
using capture::InputFile;

/// Of each command: branches that take turns, and a few steps back.
static constexpr size_t MostSeen = 8;
/// Of the form of commands.
static constexpr llvm::StringLiteral Form = "handrail command 1";

/// One time a command ran.
struct UnitCache::Seen {
  std::vector<InputFile> Inputs; ///< sorted by path
  std::vector<CaptureError> Errors;
  std::string Unit;
};

//===- Form ----------------------------------------------------------------===//

namespace {

/// Texts that repeat are written once, in order, less what they share with the one before.
template <class A> void transferTable(A &Ar, std::vector<std::string> &Table) {
  std::string Before;
  Ar.list(Table, [&](auto &Text) {
    size_t Same = 0;
    if constexpr (!A::Reading)
      while (Same < std::min(Text.size(), Before.size()) && Text[Same] == Before[Same])
        ++Same;
    Ar.number(Same);
    if constexpr (A::Reading) {
      std::string Rest;
      Ar.text(Rest);
      Text = Before.substr(0, Same) + Rest;
    } else {
      Ar.text(llvm::StringRef(Text).drop_front(Same));
    }
    Before = Text;
  });
}

std::vector<std::string> tableOf(std::vector<std::string> Texts) {
  llvm::sort(Texts);
  Texts.erase(llvm::unique(Texts), Texts.end());
  return Texts;
}

/// A text as its number in a table. Those of a list come in order.
template <class A, class T>
void transferIndex(A &Ar, T &Text, const std::vector<std::string> &Table, size_t &Last) {
  size_t Step = 0;
  if constexpr (!A::Reading)
    Step = size_t(llvm::lower_bound(Table, Text) - Table.begin()) - Last;
  Ar.number(Step);
  Last += Step;
  if constexpr (A::Reading) {
    if (Last < Table.size())
      Text = Table[Last];
    else
      Ar.spoil();
  }
}

template <class A, class List> void transferSeen(A &Ar, List &All) {
  std::vector<std::string> Paths, Contents;
  if constexpr (!A::Reading) {
    for (auto &S : All)
      for (auto &I : S.Inputs) {
        Paths.push_back(I.Path);
        // Digests as bytes; the other contents are words.
        Contents.push_back(I.Content);
      }
    Paths = tableOf(std::move(Paths));
    Contents = tableOf(std::move(Contents));
  }
  transferTable(Ar, Paths);
  Ar.list(Contents, [&](auto &C) {
    if constexpr (A::Reading) {
      Ar.text(C);
      if (C.size() == 16)
        C = llvm::toHex(C, /*LowerCase=*/true);
    } else {
      Ar.text(C.size() == 32 ? llvm::fromHex(C) : C);
    }
  });
  Ar.list(All, [&](auto &S) {
    size_t Path = 0;
    Ar.list(S.Inputs, [&](auto &I) {
      size_t Content = 0;
      transferIndex(Ar, I.Path, Paths, Path);
      transferIndex(Ar, I.Content, Contents, Content);
    });
    Ar.list(S.Errors, [&](auto &E) {
      Ar.text(E.File);
      Ar.number(E.Line);
      Ar.number(E.Col);
      Ar.text(E.Message);
    });
    Ar.text(S.Unit);
  });
}

} // namespace

//===- The cache -----------------------------------------------------------===//

std::string UnitCache::keyOf(const CompileJob &Job, bool Here) const {
  Digest Key;
  Key.add(Form).add(Tool).add(Here);
  if (Here)
    for (const std::string &Root : Names.roots())
      Key.add(Root);
  Key.add(Names.pathIn(Job.Directory)).add(Names.pathIn(Job.File)).add(Job.Arguments.size());
  for (const std::string &A : Job.Arguments)
    Key.add(Names.argumentIn(A));
  for (const std::string &E : compilerEnvironment())
    Key.add(Names.in(E));
  return Key.hex();
}

std::vector<UnitCache::Seen> UnitCache::load(llvm::StringRef Key) const {
  std::vector<Seen> Result;
  std::optional<std::string> Bytes = Objects.get(ObjectSort::Command, Key);
  if (!Bytes)
    return Result;
  ArchiveReader In(*Bytes);
  transferSeen(In, Result);
  if (!In.complete())
    Result.clear();
  return Result;
}

bool UnitCache::holds(const Seen &S) const {
  if (!S.Unit.empty() && !Objects.has(ObjectSort::Unit, S.Unit))
    return false;
  return llvm::all_of(S.Inputs, [&](const InputFile &I) {
    std::string Path = Names.out(I.Path);
    // Elsewhere it lay outside of the checkout, and units speak of it as such.
    if (Path == I.Path && Names.pathIn(Path) != Path)
      return false;
    return Files.matches({std::move(Path), I.Content});
  });
}

std::optional<KnownCapture> UnitCache::find(const CompileJob &Job) const {
  for (bool Here : {false, true})
    for (Seen &S : load(keyOf(Job, Here)))
      if (holds(S)) {
        for (CaptureError &E : S.Errors) {
          E.File = Names.out(E.File);
          E.Message = Names.out(E.Message);
        }
        for (InputFile &I : S.Inputs)
          I.Path = Names.out(I.Path);
        return KnownCapture{std::move(S.Inputs), std::move(S.Unit), std::move(S.Errors)};
      }
  return std::nullopt;
}

/// Something was read at `root/../x`, which is no file of the root, and another one for each.
bool UnitCache::leavesRoots(llvm::ArrayRef<InputFile> Inputs) const {
  return llvm::any_of(Inputs, [&](const InputFile &I) {
    if (I.Content == InputFile::Absent || I.Content == InputFile::Present)
      return false;
    std::string Clean = cleanPath(I.Path);
    return (Names.pathIn(I.Path) != I.Path) != (Names.pathIn(Clean) != Clean);
  });
}

void UnitCache::relocate(ir::Unit &U) const {
  auto Move = [&](std::string &Text) { Text = Names.in(Text); };
  U.MainFile = Names.pathIn(U.MainFile);
  for (ir::SourceFile &File : U.Files)
    File.Path = Names.pathIn(File.Path);
  llvm::for_each(U.Strings, Move);
  for (ir::Record &R : U.Records)
    Move(R.Usr);
  for (ir::Symbol &S : U.Symbols) {
    Move(S.Usr);
    llvm::for_each(S.Attributes, Move);
  }
}

NewCapture UnitCache::make(const CompileJob &Job, const capture::PastFiles *Past) const {
  capture::TextSearch Roots{Names.roots()};
  NewCapture New;
  capture::CaptureResult Result = capture::captureFile(Job, &New.Inputs, Past, &Roots);
  New.Errors = Result.Errors;
  if (Result.hasUnit()) {
    relocate(Result.U);
    llvm::SmallVector<char, 0> Bytes;
    ir::writeBitcode(Result.U, Bytes);
    New.Bytes.assign(Bytes.begin(), Bytes.end());
    New.Unit = *ir::bitcodeHash(New.Bytes, New.Bytes.size());
    New.Stored = !Past && (Objects.has(ObjectSort::Unit, New.Unit) ||
                           Objects.put(ObjectSort::Unit, New.Unit, New.Bytes));
  }
  // What depends on nothing that is known would never be outdated.
  if (Past || New.Inputs.empty() || (Result.hasUnit() && !New.Stored))
    return New;
  const std::string Key = keyOf(Job, Roots.Found || leavesRoots(New.Inputs));
  Seen S;
  S.Inputs = New.Inputs;
  for (InputFile &I : S.Inputs)
    I.Path = Names.pathIn(I.Path);
  llvm::sort(S.Inputs);
  S.Unit = New.Unit;
  for (CaptureError &E : Result.Errors)
    S.Errors.push_back({Names.pathIn(E.File), E.Line, E.Col, Names.in(E.Message)});
  std::vector<Seen> All = load(Key);
  llvm::erase_if(All, [&](const Seen &Other) { return Other.Inputs == S.Inputs; });
  All.insert(All.begin(), std::move(S));
  All.resize(std::min(All.size(), MostSeen));
  ArchiveWriter Out;
  transferSeen(Out, All);
  Objects.put(ObjectSort::Command, Key, Out.Bytes);
  return New;
}

ir::Unit UnitCache::read(llvm::StringRef Hash, const CompileJob &Job) const {
  if (std::optional<std::string> Bytes = Objects.get(ObjectSort::Unit, Hash)) {
    llvm::Expected<ir::Unit> Unit = ir::readBitcode({*Bytes, "unit"});
    if (Unit)
      return std::move(*Unit);
    llvm::consumeError(Unit.takeError());
    Objects.remove(ObjectSort::Unit, Hash);
  }
  ir::Unit Unit = capture::captureFile(Job).U;
  relocate(Unit);
  return Unit;
}

} // namespace handrail::project
