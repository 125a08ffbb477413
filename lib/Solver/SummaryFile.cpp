//===- SummaryFile.cpp - what a program's functions do, in a file ---------===//

#include "lib/Solver/SummaryFile.h"
#include "lib/Model/ModelDigest.h"
#include "lib/Solver/SummaryCodec.h"
#include "lib/Support/Archive.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include <map>

using namespace handrail::ir;

namespace handrail::solver {

/// The number goes up with every change of what is written. Another release explores
/// otherwise, so that its summaries are not these.
static constexpr llvm::StringLiteral Magic = "handrail summaries ";
static constexpr llvm::StringLiteral Header = "handrail summaries 2 of " HANDRAIL_VERSION "\n";

// Enumerators are written as numbers.
static_assert(static_cast<int>(ValueKind::CopyToken) == 19 &&
                  static_cast<int>(EventKind::Thrown) == 9 &&
                  static_cast<int>(HandleState::Failed) == 5 &&
                  static_cast<int>(OpKind::BitNot) == 27,
              "a change of these is one of the format");

namespace {

/// Names things in full.
class NameWriter {
public:
  NameWriter(const ProgramIndex &Index, const model::ModelSet &Models)
      : Index(Index), Models(Models) {}

  void symbol(ArchiveWriter &Out, ProgSym S) {
    const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
    Out.text(SI.Identity);
    Out.text(Index.symbolName(S));
    Out.text(SI.Sym->Header ? SI.U->str(SI.Sym->Header) : "");
    Out.number(SI.Sym->IsFunction);
    Out.number(SI.Sym->NoReturn);
  }
  void name(ArchiveWriter &Out, uint32_t Id) { Out.text(Index.Names[Id]); }
  void kind(ArchiveWriter &Out, model::KindId Id) {
    Out.text(Id == model::NoKind ? llvm::StringRef() : llvm::StringRef(Models.Kinds[Id].Id));
  }
  void place(ArchiveWriter &Out, const Unit *U, LocId Loc) {
    const SourceLoc Where = U ? U->loc(Loc) : SourceLoc();
    const bool Known = Where.Line && Where.File < U->Files.size();
    Out.number(Known);
    if (!Known)
      return;
    const SourceFile &File = U->Files[Where.File];
    const bool Same = File.Path == Last;
    Out.number(Same);
    if (!Same) {
      Out.text(File.Path);
      Out.number(File.System);
      Last = File.Path;
    }
    Out.number(Where.Line);
    Out.number(Where.Col);
    Out.number(Where.EndLine);
    Out.number(Where.EndCol);
  }

private:
  const ProgramIndex &Index;
  const model::ModelSet &Models;
  std::string Last;
};

/// Puts what is named into a unit of its own.
class NameReader {
public:
  NameReader(ToldSummaries &Told, const model::ModelSet &Models)
      : Told(Told), Models(Models), Build(Told.Names) {}

  /// A record begins: it refers to no place of another one.
  void begin() { Last = 0; }

  void symbol(ArchiveReader &In, SymbolId &S) {
    const llvm::StringRef Identity = In.view(), Name = In.view(), Header = In.view();
    bool IsFunction = false, NoReturn = false;
    In.number(IsFunction);
    In.number(NoReturn);
    if (In.bad())
      return;
    S = symbol(Identity, Name, IsFunction);
    Told.Names.Symbols[S].NoReturn = NoReturn;
    if (!Header.empty())
      Told.Names.Symbols[S].Header = Build.string(Header);
  }

  /// An identity is what an external name is found by, whatever its own linkage is.
  SymbolId symbol(llvm::StringRef Identity, llvm::StringRef Name, bool IsFunction) {
    auto [It, New] =
        SymbolIds.try_emplace(Identity, static_cast<SymbolId>(Told.Names.Symbols.size()));
    if (New) {
      Symbol &S = Told.Names.Symbols.emplace_back();
      S.Usr = Identity.str();
      S.Name = Build.string(Name);
      S.IsFunction = IsFunction;
    }
    return It->second;
  }

  void name(ArchiveReader &In, uint32_t &Id) {
    Id = Build.string(In.view());
    Told.Members.push_back(Id);
  }

  void kind(ArchiveReader &In, model::KindId &Id) {
    const llvm::StringRef Name = In.view();
    const std::optional<model::KindId> Known = Models.kind(Name);
    if (!Known && !Name.empty())
      In.spoil();
    Id = Known.value_or(model::NoKind);
  }

  void place(ArchiveReader &In, const Unit *&U, LocId &Loc) {
    U = &Told.Names;
    Loc = 0;
    bool Known = false, Same = false;
    In.number(Known);
    if (!Known)
      return;
    In.number(Same);
    if (!Same) {
      const llvm::StringRef Path = In.view();
      bool System = false;
      In.number(System);
      if (In.bad())
        return;
      Last = Build.file(Path, System);
    }
    SourceLoc Where;
    Where.File = Where.SpellFile = Last;
    In.number(Where.Line);
    In.number(Where.Col);
    In.number(Where.EndLine);
    In.number(Where.EndCol);
    Where.SpellLine = Where.Line;
    Where.SpellCol = Where.Col;
    if (In.bad() || Last >= Told.Names.Files.size())
      return In.spoil();
    Loc = Build.loc(Where);
  }

private:
  ToldSummaries &Told;
  const model::ModelSet &Models;
  UnitBuilder Build;
  llvm::StringMap<SymbolId> SymbolIds;
  uint32_t Last = 0;
};

} // namespace

std::string writeSummaries(const ProgramIndex &Index, const model::ModelSet &Models,
                           llvm::function_ref<const Summary &(ProgSym)> Get) {
  std::map<llvm::StringRef, ProgSym> Order;
  for (ProgSym S = 0; S < Index.Symbols.size(); ++S) {
    const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
    // Who calls an inline function has its body.
    const bool Shown = SI.Sym->Link == Linkage::External || SI.Sym->Link == Linkage::Weak;
    if (SI.Body && !SI.ModelWins && Shown)
      Order.try_emplace(SI.Identity, S);
  }
  ArchiveWriter Out;
  for (auto [Identity, S] : Order) {
    const Summary &Sum = Get(S);
    if (Sum.Unknown)
      continue;
    ArchiveWriter Record;
    NameWriter Names(Index, Models);
    Record.text(Index.symbolName(S));
    SummaryCodec(Record, Names).summary(Sum);
    Out.text(Identity);
    Out.text(Record.Bytes);
  }
  return std::move(Out.Bytes);
}

std::string
SummaryFile::bytes(llvm::ArrayRef<std::pair<const model::ModelSet *, std::string>> Programs) {
  ArchiveWriter Out;
  for (const auto &[Models, Records] : Programs) {
    Out.text(model::digestOf(*Models));
    Out.text(Records);
  }
  return sealed(Header.str() + Out.Bytes);
}

llvm::Expected<std::shared_ptr<const SummaryFile>> SummaryFile::read(llvm::StringRef Path) {
  auto Fail = [&](const llvm::Twine &Why) {
    return llvm::createStringError("cannot use the summaries in " + Path + ": " + Why);
  };
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return Fail(Buffer.getError().message());
  auto File = std::make_shared<SummaryFile>();
  File->Path = Path.str();
  File->Bytes = (*Buffer)->getBuffer().str();
  const llvm::StringRef All = File->Bytes;
  if (!All.starts_with(Magic))
    return Fail("this is no file that 'handrail check --write-summaries' wrote");
  if (!All.starts_with(Header))
    return Fail(All.take_front(Header.size()).contains('\n')
                    ? "another version of Handrail wrote it; this one is " HANDRAIL_VERSION
                    : "it is damaged or incomplete");
  std::optional<llvm::StringRef> Body = unsealed(All);
  if (!Body)
    return Fail("it is damaged or incomplete");
  Body->consume_front(Header);
  File->Digest = digestOf(*Body);
  for (ArchiveReader In(*Body); !In.complete();) {
    llvm::StringMap<llvm::StringRef> &Records = File->Programs[In.view()];
    ArchiveReader Part(In.view());
    while (!Part.complete() && !Part.bad()) {
      const llvm::StringRef Identity = Part.view();
      Records[Identity] = Part.view();
    }
    if (In.bad() || Part.bad())
      return Fail("it is damaged or incomplete");
  }
  return File;
}

llvm::Error SummaryFile::expectModels(const model::ModelSet &Models) const {
  if (Programs.contains(model::digestOf(Models)))
    return llvm::Error::success();
  return llvm::createStringError("cannot use the summaries in " + Path +
                                 ": they were made with other models");
}

std::unique_ptr<ToldSummaries> SummaryFile::load(const Program &P, const model::ModelSet &Given,
                                                 const model::ModelSet &Models) const {
  auto Told = std::make_unique<ToldSummaries>();
  Told->Names.MainFile = Path;
  auto Known = Programs.find(model::digestOf(Given));
  if (Known == Programs.end())
    return Told;
  llvm::StringSet<> Defined;
  std::map<llvm::StringRef, llvm::StringRef> Wanted; // records by identity
  for (const Unit *U : P.Units)
    for (const Function &F : U->Functions)
      Defined.insert(U->Symbols[F.Sym].Usr);
  for (const Unit *U : P.Units)
    for (const Symbol &S : U->Symbols)
      if (S.IsFunction && S.Link != Linkage::Internal && !Defined.contains(S.Usr))
        if (llvm::StringRef Record = Known->second.lookup(S.Usr); !Record.empty())
          Wanted[S.Usr] = Record;
  NameReader Names(*Told, Models);
  handrail::Digest All;
  for (auto [Identity, Record] : Wanted) {
    ArchiveReader In(Record);
    Names.begin();
    const llvm::StringRef Name = In.view();
    Summary Sum;
    SummaryCodec(In, Names).summary(Sum);
    if (!In.complete())
      continue;
    Told->Functions.emplace_back(Names.symbol(Identity, Name, /*IsFunction=*/true), std::move(Sum));
    All.add(Identity).add(Record);
  }
  Told->Digest = All.hex();
  return Told;
}

std::vector<std::pair<ProgSym, Summary>> bindSummaries(const ToldSummaries &Told,
                                                       const ProgramIndex &Index) {
  const ProgramIndex::UnitInfo &Names = Index.unit(&Told.Names);
  std::vector<std::pair<ProgSym, Summary>> Result;
  for (const auto &[Id, Known] : Told.Functions) {
    const ProgSym S = Names.Symbols[Id];
    if (!Index.Symbols[S].Told)
      continue;
    Summary Sum = Known;
    for (SumNode &N : Sum.Nodes) {
      if (N.Kind == ValueKind::GlobalAddr || N.Kind == ValueKind::FuncAddr)
        N.A = Names.Symbols[N.A];
      if (N.Kind == ValueKind::Field || N.Kind == ValueKind::Container)
        N.B = Names.Strings[N.B];
    }
    Result.emplace_back(S, std::move(Sum));
  }
  llvm::sort(Result, llvm::less_first());
  return Result;
}

} // namespace handrail::solver
