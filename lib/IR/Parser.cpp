//===- Parser.cpp - Handle IR from text: the top level ---------*- C++ -*-===//

#include "lib/IR/Parser.h"
#include "lib/IR/FunctionParser.h"
#include "lib/IR/OpInfo.h"
#include "lib/IR/ParserImpl.h"
#include "lib/IR/TypeInference.h"
#include "lib/IR/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Errc.h"

namespace handrail::ir {

using llvm::Twine;

UnitParser::UnitParser(llvm::StringRef Text, llvm::StringRef Name)
    : Name(Name), Tokens(Text), Builder(U) {
  U.MainFile = Name.str();
}

bool UnitParser::error(const Token &Where, const Twine &Message) {
  if (Error.empty())
    Error = (Name + ":" + Twine(Where.Line) + ":" + Twine(Where.Col) + ": error: " + Message).str();
  return false;
}

bool UnitParser::expected(const Token &Found, const Twine &What) {
  if (Found.Kind == TokenKind::Bad)
    return error(Found, Found.Text);
  if (Found.Kind == TokenKind::End)
    return error(Found, "found the end of the text, expected " + What);
  return error(Found, "found '" + Found.Source + "', expected " + What);
}

//===- Names ---------------------------------------------------------------===//

/// Enters every record and symbol in the order of the text, so that references
/// need not wait for declarations. Errors are left to the real pass.
void UnitParser::enterNames() {
  unsigned Braces = 0;
  for (size_t I = 0; I + 1 < Tokens.size(); ++I) {
    const Token &T = Tokens[I], &Entry = Tokens[I + 1];
    Braces += T.Kind == TokenKind::LBrace;
    Braces -= T.Kind == TokenKind::RBrace && Braces;
    if (Braces || T.Kind != TokenKind::Word || Entry.Kind != TokenKind::Symbol)
      continue;
    if (T.Text == "record") {
      if (Entry.Number ? Entry.Value == int64_t(U.Records.size())
                       : RecordIds.try_emplace(Entry.Text, U.Records.size()).second)
        U.Records.emplace_back();
    } else if (T.Text == "declare" || T.Text == "global" || T.Text == "define") {
      if (Entry.Number ? T.Text != "define" && Entry.Value == int64_t(U.Symbols.size())
                       : SymbolIds.try_emplace(Entry.Text, U.Symbols.size()).second)
        U.Symbols.emplace_back().IsFunction = T.Text != "global";
    }
  }
  SymbolDeclared.assign(U.Symbols.size(), false);
  SymbolDefined.assign(U.Symbols.size(), false);
  RecordDeclared.assign(U.Records.size(), false);
}

bool UnitParser::parseDeclaredName(const llvm::StringMap<uint32_t> &Ids,
                                   const std::vector<bool> &Declared, uint32_t &Id,
                                   std::string &Usr) {
  if (!at(TokenKind::Symbol))
    return expected("a name such as @f");
  const Token &T = take();
  if (T.Number) {
    // Numbers are those of the order of declarations; enterNames knew them.
    size_t Next = llvm::find(Declared, false) - Declared.begin();
    if (T.Value != int64_t(Next) || Next == Declared.size())
      return expected(T, "@" + Twine(Next) + ", the next number");
    Id = uint32_t(Next);
    if (!at(TokenKind::String))
      return expected("the identity as a string");
    Usr = take().Text.str();
    return true;
  }
  Id = Ids.lookup(T.Text);
  Usr = T.Text.str();
  return Declared[Id] ? error(T, T.Source + " is declared twice") : true;
}

//===- Top level -----------------------------------------------------------===//

bool UnitParser::parseUnitLine() {
  if (!at(TokenKind::String))
    return expected("the main file as a string");
  U.MainFile = take().Text.str();
  U.CPlusPlus = acceptWord("cxx");
  U.HadErrors = acceptWord("errors");
  return true;
}

bool UnitParser::parseFile() {
  if (at(TokenKind::Int) && take().Value != int64_t(U.Files.size())) {
    --Pos;
    return expected("file number " + Twine(U.Files.size()));
  }
  if (!at(TokenKind::String))
    return expected("a path as a string");
  SourceFile F;
  F.Path = take().Text.str();
  F.System = acceptWord("system");
  U.Files.push_back(std::move(F));
  return true;
}

bool UnitParser::parseSpecialMember(Record &R, bool &Matched) {
  SpecialMember *Member = llvm::StringSwitch<SpecialMember *>(peek().Text)
                              .Case("copyctor", &R.CopyCtor)
                              .Case("movector", &R.MoveCtor)
                              .Case("copyassign", &R.CopyAssign)
                              .Case("moveassign", &R.MoveAssign)
                              .Default(nullptr);
  Matched = Member != nullptr;
  if (!Matched)
    return true;
  take();
  if (acceptWord("defaulted"))
    *Member = SpecialMember::Defaulted;
  else if (acceptWord("deleted"))
    *Member = SpecialMember::Deleted;
  else if (acceptWord("user"))
    *Member = SpecialMember::User;
  else
    return expected("defaulted, deleted or user");
  return true;
}

bool UnitParser::parseRecordWords(Record &R) {
  while (at(TokenKind::Word)) {
    bool Matched = false;
    if (!parseSpecialMember(R, Matched))
      return false;
    if (Matched)
      continue;
    if (acceptWord("name")) {
      if (!parseString(R.Name, "the name"))
        return false;
    } else if (acceptWord("union")) {
      R.Union = true;
    } else if (acceptWord("polymorphic")) {
      R.Polymorphic = true;
    } else if (acceptWord("nontrivial")) {
      R.Trivial = false;
    } else if (acceptWord("system")) {
      R.System = true;
    } else if (acceptWord("destructor")) {
      if (!parseFunctionRef(R.Destructor))
        return false;
    } else if (acceptWord("base")) {
      TypeId Base;
      if (!parseType(Base))
        return false;
      R.Bases.push_back(Base);
    } else {
      return expected("a property of the record or '{'");
    }
  }
  return true;
}

bool UnitParser::parseRecord() {
  const Token &Start = peek();
  RecordId Id;
  // Parts of the record may name further records, so it is built aside.
  Record R;
  if (!parseDeclaredName(RecordIds, RecordDeclared, Id, R.Usr))
    return false;
  RecordDeclared[Id] = true;
  R.Name = Builder.string(R.Usr);
  if (!parseRecordWords(R) || !parseLoc(R.Loc, Start) || !expect(TokenKind::LBrace, "'{'"))
    return false;
  while (!accept(TokenKind::RBrace)) {
    const Token &T = peek();
    if (T.Kind != TokenKind::Word && T.Kind != TokenKind::String)
      return expected("a field or '}'");
    take();
    Field F;
    F.Name = Builder.string(T.Text);
    if (!expect(TokenKind::Colon, "':'") || !parseType(F.Ty) || !parseLoc(F.Loc, T))
      return false;
    accept(TokenKind::Comma);
    R.Fields.push_back(F);
  }
  U.Records[Id] = std::move(R);
  return true;
}

bool UnitParser::parseInitialValues(SymbolId Id) {
  take();
  while (!accept(TokenKind::RBrace)) {
    InitialValue V;
    for (;;) {
      InitialStep Step;
      if (at(TokenKind::String) && !peek().Text.empty()) {
        Step.Field = Builder.string(take().Text);
      } else if (accept(TokenKind::LSquare)) {
        const Token &T = peek();
        if (!expect(TokenKind::Int, "the index of an element"))
          return false;
        if (T.Value < 0 || T.Value > UINT32_MAX)
          return expected(T, "an index of 32 bits");
        Step.Index = uint32_t(T.Value);
        if (!expect(TokenKind::RSquare, "']'"))
          return false;
      } else {
        break;
      }
      V.Steps.push_back(Step);
    }
    if (!expect(TokenKind::Equal, "the name of a member, '[', '=' or '}'") ||
        !parseConstant(V.Value))
      return false;
    accept(TokenKind::Comma);
    U.Symbols[Id].Values.push_back(std::move(V));
  }
  return true;
}

bool UnitParser::parseSymbolWords(SymbolId Id) {
  for (;;) {
    if (accept(TokenKind::Equal)) {
      Operand Init;
      const Token &T = peek();
      if (!parseConstant(Init))
        return false;
      if (U.Symbols[Id].IsFunction)
        return error(T, "a function has no initialiser");
      U.Symbols[Id].Init = Init;
      continue;
    }
    // A function's brace opens its body.
    if (at(TokenKind::LBrace) && !U.Symbols[Id].IsFunction) {
      if (!parseInitialValues(Id))
        return false;
      continue;
    }
    // What follows may be the next declaration; it starts with a word, too.
    if (!at(TokenKind::Word))
      return true;
    llvm::StringRef W = peek().Text;
    // No reference is kept over a call that may add a symbol.
    Symbol &S = U.Symbols[Id];
    bool *Flag = llvm::StringSwitch<bool *>(W)
                     .Case("exported", &S.Exported)
                     .Case("noreturn", &S.NoReturn)
                     .Case("nothrow", &S.NoThrow)
                     .Case("system", &S.System)
                     .Case("const", &S.Const)
                     .Case("method", &S.Method)
                     .Case("virtual", &S.Virtual)
                     .Case("destructor", &S.Destructor)
                     .Case("constructor", &S.Constructor)
                     .Case("pure", &S.Pure)
                     .Default(nullptr);
    std::optional<Linkage> Link = llvm::StringSwitch<std::optional<Linkage>>(W)
                                      .Case("external", Linkage::External)
                                      .Case("internal", Linkage::Internal)
                                      .Case("inline", Linkage::Inline)
                                      .Case("weak", Linkage::Weak)
                                      .Default(std::nullopt);
    if (Flag) {
      *Flag = true;
      take();
    } else if (Link) {
      S.Link = *Link;
      take();
    } else if (acceptWord("name")) {
      if (!parseString(S.Name, "the name"))
        return false;
    } else if (acceptWord("header")) {
      if (!parseString(S.Header, "the header"))
        return false;
    } else if (acceptWord("lang")) {
      if (!at(TokenKind::String) || (peek().Text != "c" && peek().Text != "c++"))
        return expected("\"c\" or \"c++\"");
      S.CLinkage = take().Text == "c";
    } else if (acceptWord("attr")) {
      if (!at(TokenKind::String))
        return expected("an attribute as a string");
      S.Attributes.push_back(take().Text.str());
    } else if (acceptWord("parent")) {
      if (!parseRecordRef(S.Parent))
        return false;
    } else if (acceptWord("overrides")) {
      SymbolId Overridden;
      if (!parseFunctionRef(Overridden))
        return false;
      U.Symbols[Id].Overrides.push_back(Overridden);
    } else {
      return true;
    }
  }
}

bool UnitParser::parseSymbol(bool IsFunction) {
  const Token &Start = peek();
  SymbolId Id;
  std::string Usr;
  if (!parseDeclaredName(SymbolIds, SymbolDeclared, Id, Usr))
    return false;
  SymbolDeclared[Id] = true;
  Symbol &S = U.Symbols[Id];
  S.Usr = Usr;
  S.Name = Builder.string(Usr);
  S.IsFunction = IsFunction;
  S.CLinkage = isIdentifier(Usr);
  if (IsFunction && !at(TokenKind::Colon)) {
    S.Ty = genericType();
  } else {
    TypeId Ty;
    if (!expect(TokenKind::Colon, "':' and a type") || !parseType(Ty))
      return false;
    U.Symbols[Id].Ty = Ty;
  }
  LocId Loc;
  if (!parseSymbolWords(Id) || !parseLoc(Loc, Start))
    return false;
  U.Symbols[Id].Loc = Loc;
  return true;
}

bool UnitParser::parseTopLevel() {
  const Token &T = peek();
  if (T.Kind == TokenKind::Word) {
    take();
    if (T.Text == "file")
      return parseFile();
    if (T.Text == "record")
      return parseRecord();
    if (T.Text == "declare")
      return parseSymbol(true);
    if (T.Text == "global")
      return parseSymbol(false);
    if (T.Text == "define")
      return FunctionParser(*this).run();
  }
  return expected(T, "file, record, global, declare or define");
}

//===- The whole -----------------------------------------------------------===//

/// Only now are all symbols and records known.
void UnitParser::inferTypes() {
  auto Find = [this](const Type &T) { return Builder.type(T); };
  for (size_t F = 0; F < U.Functions.size(); ++F) {
    TypeInference Types(U, U.Functions[F], Find);
    for (size_t B = 0; B < U.Functions[F].Blocks.size(); ++B)
      for (size_t I = 0; I < U.Functions[F].Blocks[B].Ops.size(); ++I) {
        Op &O = U.Functions[F].Blocks[B].Ops[I];
        if (!OpTexts[F][B][I].Typed)
          O.Ty = Types.infer(O);
        Types.note(O);
      }
  }
}

bool UnitParser::verifyAll() {
  std::optional<Broken> B = verifyStructure(U);
  if (!B) {
    inferTypes();
    B = verifyDefinitions(U);
  }
  if (!B)
    return true;
  // What belongs to a function as a whole is shown at its first operation.
  size_t Place = 0;
  if (B->Function != None)
    Place = B->Op == None ? OpTexts[B->Function][0][0].Token
                          : OpTexts[B->Function][B->Block][B->Op].Token;
  return error(Tokens[Place], B->What);
}

bool UnitParser::run() {
  enterNames();
  if (acceptWord("unit") && !parseUnitLine())
    return false;
  while (!at(TokenKind::End))
    if (!parseTopLevel())
      return false;
  if (!verifyAll())
    return false;
  canonicalize(U);
  return true;
}

llvm::Expected<Unit> parseUnit(llvm::StringRef Text, llvm::StringRef Name) {
  UnitParser P(Text, Name);
  if (!P.run())
    return llvm::createStringError(llvm::errc::invalid_argument, "%s", P.Error.c_str());
  return std::move(P.U);
}

} // namespace handrail::ir
