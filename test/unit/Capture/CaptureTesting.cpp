//===- CaptureTesting.cpp - source text in, readable IR out ----------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include "lib/IR/Bitcode.h"
#include "lib/IR/Parser.h"
#include "lib/IR/Printer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace handrail;

static std::string printed(const ir::Unit &U) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  ir::print(U, OS);
  return Text;
}

Captured::Captured(llvm::StringRef Text, llvm::StringRef Name, llvm::ArrayRef<std::string> Flags,
                   bool ExpectErrors) {
  capture::CaptureResult Result = capture::captureSource(Name, Text, Flags);
  EXPECT_TRUE(Result.Parsed);
  if (!ExpectErrors)
    for (const capture::CaptureError &E : Result.Errors)
      ADD_FAILURE() << E.File << ":" << E.Line << ":" << E.Col << ": " << E.Message;
  U = std::move(Result.U);
  Errors = std::move(Result.Errors);
  std::optional<std::string> Broken = ir::verify(U);
  EXPECT_FALSE(Broken) << *Broken << "\n" << printed(U);
  if (Broken)
    return;
  std::string First = printed(U);
  EXPECT_EQ(First, printed(capture::captureSource(Name, Text, Flags).U));
  llvm::Expected<ir::Unit> Read = ir::parseUnit(First, "t.hir");
  if (!Read)
    ADD_FAILURE() << llvm::toString(Read.takeError()) << "\n" << First;
  else
    EXPECT_TRUE(*Read == U) << First;
}

const ir::Function *Captured::function(llvm::StringRef Name) const {
  for (const ir::Function &F : U.Functions)
    if (U.name(U.symbol(F.Sym)) == Name)
      return &F;
  return nullptr;
}

const ir::Symbol &Captured::symbol(llvm::StringRef Name) const {
  for (const ir::Symbol &S : U.Symbols)
    if (U.name(S) == Name)
      return S;
  ADD_FAILURE() << "no symbol " << Name.str() << " in\n" << printed(U);
  static const ir::Symbol Missing;
  return Missing;
}

const ir::Record &Captured::record(llvm::StringRef Name) const {
  for (const ir::Record &R : U.Records)
    if (U.str(R.Name) == Name)
      return R;
  ADD_FAILURE() << "no record " << Name.str() << " in\n" << printed(U);
  static const ir::Record Missing;
  return Missing;
}

/// Cuts a trailing ` !file:line…` and, except where it says something, ` : type`.
static llvm::StringRef withoutDetail(llvm::StringRef Line) {
  size_t Bang = Line.rfind(" !");
  if (Bang != llvm::StringRef::npos)
    Line = Line.take_front(Bang);
  if (!Line.contains(" = cast"))
    if (size_t Colon = Line.rfind(" : "); Colon != llvm::StringRef::npos)
      Line = Line.take_front(Colon);
  if (Line.contains(" = cast") || Line.contains(" = new"))
    if (size_t Quote = Line.find('\''); Quote != llvm::StringRef::npos)
      Line = Line.take_front(Quote);
  return Line;
}

std::string Captured::body(llvm::StringRef Name) const {
  const ir::Function *F = function(Name);
  if (!F)
    return "";
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  ir::print(U, *F, OS);
  std::string Result = "\n";
  bool Inside = false;
  llvm::SmallVector<llvm::StringRef, 64> Lines;
  llvm::StringRef(Text).split(Lines, '\n', -1, false);
  for (llvm::StringRef Line : Lines) {
    Inside |= Line.starts_with("bb0:");
    if (Inside && Line != "}")
      Result += withoutDetail(Line).str() + "\n";
  }
  // The longest first: a USR may start with another one.
  std::vector<const ir::Symbol *> Symbols;
  for (const ir::Symbol &S : U.Symbols)
    Symbols.push_back(&S);
  llvm::sort(Symbols, [](const ir::Symbol *A, const ir::Symbol *B) {
    return std::make_pair(B->Usr.size(), llvm::StringRef(A->Usr)) <
           std::make_pair(A->Usr.size(), llvm::StringRef(B->Usr));
  });
  auto Replace = [&](const std::string &From, const std::string &To) {
    for (size_t At = 0; (At = Result.find(From, At)) != std::string::npos; At += To.size())
      Result.replace(At, From.size(), To);
  };
  for (const ir::Symbol *S : Symbols)
    Replace("@\"" + S->Usr + "\"", "@" + U.name(*S).str());
  for (const ir::Record &R : U.Records)
    Replace("@\"" + R.Usr + "\"", U.str(R.Name).str());
  return Result;
}

std::string Captured::place(llvm::StringRef Name, ir::OpKind Kind) const {
  if (const ir::Function *F = function(Name))
    for (const ir::Block &B : F->Blocks)
      for (const ir::Op &O : B.Ops)
        if (O.Kind == Kind) {
          const ir::SourceLoc &L = U.loc(O.Loc);
          return std::to_string(L.Line) + ":" + std::to_string(L.Col) + "-" +
                 std::to_string(L.EndLine) + ":" + std::to_string(L.EndCol);
        }
  return "";
}

std::string lowered(llvm::StringRef Text) { return Captured(Text).body(); }

std::string loweredCxx(llvm::StringRef Text, llvm::StringRef Name) {
  return Captured(Text, "t.cpp", {"-fno-exceptions"}).body(Name);
}
