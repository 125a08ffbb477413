//===- Places.cpp - source locations ---------------------------------------===//
//
// A location inside a macro argument is where the user wrote the argument; one
// inside a macro body is where the macro was used, and the spelling tells the
// rest. Lines follow `#line`, as diagnostics do.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/UnitLowering.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace handrail::capture {

bool UnitLowering::inSystemHeader(SourceLocation L) const {
  return L.isInvalid() || SM.isInSystemHeader(SM.getExpansionLoc(L));
}

bool UnitLowering::inMainFile(SourceLocation L) const {
  return L.isValid() && SM.getFileID(SM.getExpansionLoc(L)) == MainID;
}

void UnitLowering::clean(llvm::SmallVectorImpl<char> &Path) const {
  SM.getFileManager().makeAbsolutePath(Path);
  llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
}

uint32_t UnitLowering::file(FileID Id) {
  auto [It, New] = FileIds.try_emplace(Id, 0);
  if (!New)
    return It->second;
  llvm::SmallString<256> Path;
  if (OptionalFileEntryRef Entry = SM.getFileEntryRefForID(Id))
    Path = Entry->getName();
  else
    Path = SM.getBufferOrFake(Id).getBufferIdentifier();
  if (!Path.starts_with("<"))
    clean(Path);
  bool System = SrcMgr::isSystem(SM.getFileCharacteristic(SM.getLocForStartOfFile(Id)));
  uint32_t Result = Builder.file(Path, System);
  FileIds[Id] = Result;
  return Result;
}

Place UnitLowering::place(SourceLocation L) {
  auto [Id, Offset] = SM.getDecomposedLoc(L);
  bool Invalid = false;
  const SrcMgr::SLocEntry &Entry = SM.getSLocEntry(Id, &Invalid);
  if (Invalid || !Entry.isFile())
    return {};
  if (Entry.getFile().hasLineDirectives()) {
    PresumedLoc P = SM.getPresumedLoc(L);
    if (P.isInvalid())
      return {};
    llvm::SmallString<256> Path(P.getFilename());
    clean(Path);
    return {Builder.file(Path, SrcMgr::isSystem(SM.getFileCharacteristic(L))), P.getLine(),
            P.getColumn()};
  }
  return {file(Id), SM.getLineNumber(Id, Offset), SM.getColumnNumber(Id, Offset)};
}

SourceLocation UnitLowering::visibleEnd(SourceLocation L) const {
  while (L.isMacroID())
    L = SM.isMacroArgExpansion(L) ? SM.getImmediateSpellingLoc(L)
                                  : SM.getImmediateExpansionRange(L).getEnd();
  return L;
}

ir::LocId UnitLowering::loc(SourceRange R) {
  if (R.isInvalid())
    return 0;
  auto Key = std::make_pair(R.getBegin().getRawEncoding(), R.getEnd().getRawEncoding());
  auto [It, New] = Locs.try_emplace(Key, 0);
  if (!New)
    return It->second;
  SourceLocation Begin = SM.getFileLoc(R.getBegin());
  SourceLocation End = visibleEnd(R.getEnd());
  Place From = place(Begin);
  ir::SourceLoc Result{From.File, From.Line, From.Col,  From.Line,
                       From.Col,  From.File, From.Line, From.Col};
  if (R.getBegin().isMacroID()) {
    Place Spelled = place(SM.getSpellingLoc(R.getBegin()));
    Result.SpellFile = Spelled.File, Result.SpellLine = Spelled.Line, Result.SpellCol = Spelled.Col;
  }
  Place To = place(End);
  if (To.File == From.File && std::tie(To.Line, To.Col) >= std::tie(From.Line, From.Col)) {
    Result.EndLine = To.Line;
    Result.EndCol = To.Col + Lexer::MeasureTokenLength(End, SM, Context.getLangOpts());
  }
  ir::LocId Id = Builder.loc(Result);
  Locs[Key] = Id;
  return Id;
}

} // namespace handrail::capture
