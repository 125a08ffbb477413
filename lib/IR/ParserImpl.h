//===- ParserImpl.h - the parser's state and shared pieces -------*- C++ -*-===//
//
// Parser.cpp reads what stands at the top level, FunctionParser.cpp the bodies,
// ParserParts.cpp what both need: references, types, locations, constants. Every parse… function
// returns false after an error; the first one is kept. Internal to lib/IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Lexer.h"
#include "lib/IR/Unit.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace handrail::ir {

/// What a text is turned into while it is read. Names of records and functions
/// may be used before they are declared, so all of them are entered first.
class UnitParser {
public:
  UnitParser(llvm::StringRef Text, llvm::StringRef Name);

  /// True when \p U and the rest are complete and valid.
  bool run();
  std::string Error;
  Unit U;

private:
  friend class FunctionParser;

  // Words.
  const Token &peek(size_t Ahead = 0) const {
    return Tokens[std::min(Pos + Ahead, Tokens.size() - 1)];
  }
  const Token &take() {
    const Token &T = peek();
    Pos = std::min(Pos + 1, Tokens.size() - 1);
    return T;
  }
  bool at(TokenKind K) const { return peek().Kind == K; }
  bool atWord(llvm::StringRef W) const { return at(TokenKind::Word) && peek().Text == W; }
  bool accept(TokenKind K) { return at(K) && (take(), true); }
  bool acceptWord(llvm::StringRef W) { return atWord(W) && (take(), true); }
  bool expect(TokenKind K, const llvm::Twine &What) { return accept(K) || expected(What); }
  bool expected(const llvm::Twine &What) { return expected(peek(), What); }
  bool expected(const Token &Found, const llvm::Twine &What);
  bool error(const Token &Where, const llvm::Twine &Message);

  // Top level.
  void enterNames();
  bool parseTopLevel();
  bool parseUnitLine();
  bool parseFile();
  bool parseRecord();
  bool parseRecordWords(Record &R);
  bool parseSpecialMember(Record &R, bool &Matched);
  bool parseSymbol(bool IsFunction);
  bool parseSymbolWords(SymbolId Id);
  bool parseInitialValues(SymbolId Id);
  /// The name of an entry being declared, which must not be \p Declared yet.
  bool parseDeclaredName(const llvm::StringMap<uint32_t> &Ids, const std::vector<bool> &Declared,
                         uint32_t &Id, std::string &Usr);

  // Parts.
  bool parseType(TypeId &Id, unsigned Depth = 0);
  bool parseTypeList(Type &T, unsigned Depth);
  bool parseString(StringId &Id, const llvm::Twine &What);
  bool parseRecordRef(RecordId &Id);
  /// A function; one that is not declared anywhere becomes a declaration.
  bool parseFunctionRef(SymbolId &Id);
  TypeId genericType();
  /// A location if there is one, otherwise that of \p Start in the text.
  bool parseLoc(LocId &Id, const Token &Start);
  bool parseLocNumbers(const Token &T, SourceLoc &L);
  bool parseConstant(Operand &O);
  bool isOperandStart() const;
  LocId textLoc(const Token &T);
  void needMainFile();

  // After the text.
  void inferTypes();
  bool verifyAll();

  std::string Name;
  TokenList Tokens;
  size_t Pos = 0;
  UnitBuilder Builder;
  llvm::StringMap<uint32_t> SymbolIds, RecordIds;
  std::vector<bool> SymbolDeclared, SymbolDefined, RecordDeclared;
  uint32_t TextFile = None;

  // Per function, block and operation (the terminator last): its first word. And
  // whether its type was written.
  struct OpText {
    uint32_t Token;
    bool Typed;
  };
  std::vector<std::vector<std::vector<OpText>>> OpTexts;
};

} // namespace handrail::ir
