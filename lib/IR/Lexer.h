//===- Lexer.h - words of the text form --------------------------*- C++ -*-===//
//
// Line breaks and blanks mean nothing; `;` and `#` start a comment that ends with
// the line. Internal to lib/IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"
#include <cstdint>
#include <string>
#include <vector>

namespace handrail::ir {

enum class TokenKind : uint8_t {
  End,
  Bad,      ///< Text says what is wrong
  Word,     ///< load, bb1, if.then
  Int,      ///< Value
  Temp,     ///< %0, %name
  Symbol,   ///< @open, @"c:@F@f#", @3
  Local,    ///< &fd, &"", &0
  String,   ///< "bytes"
  Spelling, ///< 'the way the user wrote a type'
  Loc,      ///< !3:8; Text is what follows the mark
  LBrace,
  RBrace,
  LParen,
  RParen,
  LSquare,
  RSquare,
  Less,
  Greater,
  Comma,
  Colon,
  Equal,
  Arrow,
  Range /*..*/,
  Ellipsis /*...*/,
};

struct Token {
  TokenKind Kind = TokenKind::End;
  bool Number = false;        ///< Temp, Symbol, Local: written by its index, in Value
  uint32_t Line = 0, Col = 0; ///< from 1, a column in bytes
  llvm::StringRef Text;       ///< the name without its mark, or the string's bytes
  llvm::StringRef Source;     ///< as it stands in the text
  int64_t Value = 0;
};

/// All words of a text. The last one is End; the text ends at a Bad one.
class TokenList {
public:
  explicit TokenList(llvm::StringRef Text);
  const Token &operator[](size_t I) const { return Tokens[I]; }
  size_t size() const { return Tokens.size(); }

private:
  llvm::BumpPtrAllocator Memory;
  llvm::StringSaver Saver{Memory};
  std::vector<Token> Tokens;
};

/// True for what may follow a mark without quotes, or be a label.
bool isIdentifier(llvm::StringRef S);

/// \p S between two \p Quote characters so that the lexer gives it back: UTF-8
/// stays readable, other bytes are written in hexadecimal.
std::string quoted(llvm::StringRef S, char Quote = '"');

} // namespace handrail::ir
