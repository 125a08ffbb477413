//===- ParserParts.cpp - Handle IR from text: types, places, names -*- C++ -*-===//

#include "lib/IR/OpInfo.h"
#include "lib/IR/ParserImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail::ir {

using llvm::Twine;

//===- References ----------------------------------------------------------===//

bool UnitParser::parseRecordRef(RecordId &Id) {
  if (!at(TokenKind::Symbol))
    return expected("a record such as @s");
  const Token &T = take();
  if (T.Number) {
    Id = uint32_t(T.Value);
    return Id < U.Records.size() || expected(T, "the number of a record");
  }
  auto [It, New] = RecordIds.try_emplace(T.Text, U.Records.size());
  Id = It->second;
  if (New) {
    // Known by name alone, like a forward declaration in C.
    Record R;
    R.Usr = T.Text.str();
    R.Name = Builder.string(T.Text);
    U.Records.push_back(std::move(R));
    RecordDeclared.push_back(true);
  }
  return true;
}

/// Of a function of which nothing is said.
TypeId UnitParser::genericType() {
  Type Other, Generic;
  Other.Kind = TypeKind::Other;
  Generic.Kind = TypeKind::Function;
  Generic.Variadic = true;
  Generic.Elem = Builder.type(Other);
  return Builder.type(std::move(Generic));
}

bool UnitParser::parseFunctionRef(SymbolId &Id) {
  if (!at(TokenKind::Symbol))
    return expected("a function such as @f");
  const Token &T = take();
  if (T.Number) {
    Id = uint32_t(T.Value);
    return (Id < U.Symbols.size() && U.Symbols[Id].IsFunction) ||
           expected(T, "the number of a function");
  }
  auto [It, New] = SymbolIds.try_emplace(T.Text, U.Symbols.size());
  Id = It->second;
  if (New) {
    Symbol S;
    S.Usr = T.Text.str();
    S.Name = Builder.string(T.Text);
    S.CLinkage = isIdentifier(T.Text);
    S.Ty = genericType();
    U.Symbols.push_back(std::move(S));
    SymbolDeclared.push_back(true);
    SymbolDefined.push_back(false);
  }
  return U.Symbols[Id].IsFunction || expected(T, "a function, not a variable");
}

//===- Types ---------------------------------------------------------------===//

/// i32, u8, f64: \p T's kind and width.
static bool parseNumberType(llvm::StringRef W, Type &T) {
  llvm::StringRef Digits = W.drop_front();
  if (Digits.empty() || !llvm::all_of(Digits, [](char C) { return llvm::isDigit(C); }) ||
      Digits.getAsInteger(10, T.Bits))
    return false;
  T.Kind = W[0] == 'f' ? TypeKind::Float : TypeKind::Int;
  T.Signed = W[0] == 'i';
  return W[0] == 'i' || W[0] == 'u' || W[0] == 'f';
}

bool UnitParser::parseTypeList(Type &T, unsigned Depth) {
  if (!expect(TokenKind::LParen, "'('"))
    return false;
  while (!accept(TokenKind::RParen)) {
    if (T.Variadic)
      return expected("')'");
    if (!T.Params.empty() && !expect(TokenKind::Comma, "',' or ')'"))
      return false;
    if (accept(TokenKind::Ellipsis)) {
      T.Variadic = true;
      continue;
    }
    TypeId P;
    if (!parseType(P, Depth + 1))
      return false;
    T.Params.push_back(P);
  }
  if (!accept(TokenKind::Arrow))
    return true;
  if (!accept(TokenKind::LParen))
    return parseType(T.Elem, Depth + 1);
  return parseType(T.Elem, Depth + 1) && expect(TokenKind::RParen, "')'");
}

bool UnitParser::parseType(TypeId &Id, unsigned Depth) {
  const Token &Start = peek();
  if (Depth >= MaxTypeDepth)
    return error(Start, "the type is nested too deeply");
  Type T;
  T.Const = acceptWord("const");
  if (!at(TokenKind::Word))
    return expected("a type");
  llvm::StringRef W = take().Text;
  if (W == "void") {
    T.Kind = TypeKind::Void;
  } else if (W == "bool") {
    T.Kind = TypeKind::Bool;
  } else if (W == "other") {
    T.Kind = TypeKind::Other;
  } else if (W == "ptr" || W == "ref") {
    T.Kind = TypeKind::Pointer;
    T.Reference = W == "ref";
    if (accept(TokenKind::Less) &&
        !(parseType(T.Elem, Depth + 1) && expect(TokenKind::Greater, "'>'")))
      return false;
  } else if (W == "arr") {
    T.Kind = TypeKind::Array;
    if (!expect(TokenKind::Less, "'<'") || !parseType(T.Elem, Depth + 1))
      return false;
    if (accept(TokenKind::Comma)) {
      if (!at(TokenKind::Int) || peek().Value < 0)
        return expected("the number of elements");
      T.Count = uint64_t(take().Value);
    }
    if (!expect(TokenKind::Greater, "'>'"))
      return false;
  } else if (W == "rec") {
    T.Kind = TypeKind::Record;
    if (!parseRecordRef(T.Record))
      return false;
  } else if (W == "fn") {
    T.Kind = TypeKind::Function;
    if (!parseTypeList(T, Depth))
      return false;
  } else if (!parseNumberType(W, T)) {
    return expected(Start, "a type");
  }
  if (at(TokenKind::Spelling))
    T.Name = Builder.string(take().Text);
  Id = Builder.type(T);
  // The builder gives `other` for what is too large.
  return U.Types[Id].Kind == T.Kind || error(Start, "the type is too large");
}

//===- Parts ---------------------------------------------------------------===//

bool UnitParser::parseString(StringId &Id, const Twine &What) {
  if (!at(TokenKind::String))
    return expected(What + " as a string");
  Id = Builder.string(take().Text);
  return true;
}

bool UnitParser::isOperandStart() const {
  const Token &T = peek();
  switch (T.Kind) {
  case TokenKind::Temp:
  case TokenKind::Int:
  case TokenKind::Local:
  case TokenKind::Symbol:
  case TokenKind::String:
    return true;
  case TokenKind::Word:
    return T.Text == "undef" || T.Text == "null" || T.Text == "true" || T.Text == "false";
  default:
    return false;
  }
}

/// An operand that does not depend on a function.
bool UnitParser::parseConstant(Operand &O) {
  const Token &T = peek();
  if (!isOperandStart() || T.Kind == TokenKind::Temp || T.Kind == TokenKind::Local)
    return expected("a constant");
  take();
  switch (T.Kind) {
  case TokenKind::Int:
    O = Operand::integer(T.Value);
    return true;
  case TokenKind::String:
    O = Operand::string(Builder.string(T.Text));
    return true;
  case TokenKind::Word:
    O = T.Text == "undef" ? Operand::undef() : Operand::integer(T.Text == "true");
    return true;
  default:
    break;
  }
  SymbolId Id = uint32_t(T.Value);
  if (!T.Number) {
    auto It = SymbolIds.find(T.Text);
    if (It == SymbolIds.end())
      return expected(T, "a declared function or variable");
    Id = It->second;
  } else if (T.Value >= int64_t(U.Symbols.size())) {
    return expected(T, "the number of a symbol");
  }
  O = U.Symbols[Id].IsFunction ? Operand::func(Id) : Operand::global(Id);
  return true;
}

/// Text without `file` lines has one file, the unit's.
void UnitParser::needMainFile() {
  if (U.Files.empty())
    U.Files.push_back({U.MainFile, false});
}

LocId UnitParser::textLoc(const Token &T) {
  needMainFile();
  if (TextFile == None) {
    for (TextFile = 0; TextFile < U.Files.size(); ++TextFile)
      if (U.Files[TextFile].Path == Name)
        break;
    if (TextFile == U.Files.size())
      U.Files.push_back({Name, false});
  }
  return Builder.loc({TextFile, T.Line, T.Col, T.Line, T.Col, TextFile, T.Line, T.Col});
}

/// [file:]line:col[-[line:]col][~[file:]line:col]
bool UnitParser::parseLocNumbers(const Token &T, SourceLoc &L) {
  auto Split = [](llvm::StringRef S, llvm::SmallVectorImpl<uint32_t> &Out) {
    llvm::SmallVector<llvm::StringRef, 3> Parts;
    S.split(Parts, ':');
    for (llvm::StringRef P : Parts)
      if (P.getAsInteger(10, Out.emplace_back()))
        return false;
    return true;
  };
  auto [Range, Spell] = T.Text.split('~');
  auto [Begin, End] = Range.split('-');
  llvm::SmallVector<uint32_t, 3> B, E, S;
  if (!Split(Begin, B) || B.size() < 2 || B.size() > 3)
    return false;
  L.File = B.size() == 3 ? B[0] : 0;
  L.Line = L.EndLine = L.SpellLine = B[B.size() - 2];
  L.Col = L.EndCol = L.SpellCol = B.back();
  L.SpellFile = L.File;
  if (Range.contains('-')) {
    if (!Split(End, E) || E.size() > 2)
      return false;
    L.EndCol = E.back();
    if (E.size() == 2)
      L.EndLine = E[0];
  }
  if (T.Text.contains('~')) {
    if (!Split(Spell, S) || S.size() < 2 || S.size() > 3)
      return false;
    L.SpellCol = S.back();
    L.SpellLine = S[S.size() - 2];
    if (S.size() == 3)
      L.SpellFile = S[0];
  }
  return true;
}

bool UnitParser::parseLoc(LocId &Id, const Token &Start) {
  if (!at(TokenKind::Loc)) {
    Id = textLoc(Start);
    return true;
  }
  const Token &T = take();
  if (T.Text == "0") {
    Id = 0;
    return true;
  }
  SourceLoc L;
  if (!parseLocNumbers(T, L))
    return expected(T, "a location such as !3:8, !1:3:8-20 or !0");
  needMainFile();
  if (L.File >= U.Files.size() || L.SpellFile >= U.Files.size())
    return error(T, "the location names file " + Twine(std::max(L.File, L.SpellFile)) +
                        ", but there are only " + Twine(U.Files.size()));
  Id = Builder.loc(L);
  return true;
}

} // namespace handrail::ir
