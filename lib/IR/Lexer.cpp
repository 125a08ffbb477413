//===- Lexer.cpp - words of the text form ----------------------*- C++ -*-===//

#include "lib/IR/Lexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

namespace handrail::ir {

static bool isWordStart(char C) { return llvm::isAlpha(C) || C == '_' || C == '$'; }
static bool isWordPart(char C) { return llvm::isAlnum(C) || C == '_' || C == '$' || C == '.'; }

bool isIdentifier(llvm::StringRef S) {
  return !S.empty() && isWordStart(S[0]) && llvm::all_of(S, isWordPart);
}

std::string quoted(llvm::StringRef S, char Quote) {
  bool Readable = llvm::json::isUTF8(S);
  std::string Out(1, Quote);
  for (char C : S) {
    if (C == Quote || C == '\\') {
      Out += '\\';
      Out += C;
    } else if (C == '\n') {
      Out += "\\n";
    } else if (C == '\t') {
      Out += "\\t";
    } else if (llvm::isPrint(C) || (Readable && (C & 0x80))) {
      Out += C;
    } else {
      Out += "\\x";
      Out += llvm::hexdigit(uint8_t(C) >> 4, true);
      Out += llvm::hexdigit(C & 15, true);
    }
  }
  Out += Quote;
  return Out;
}

namespace {
class Lexer {
public:
  Lexer(llvm::StringRef Text, llvm::StringSaver &Saver) : Text(Text), Saver(Saver) {}

  Token next() {
    skipBlanks();
    Start = Pos;
    T = Token();
    T.Line = Line;
    T.Col = uint32_t(Pos - LineStart) + 1;
    T.Kind = lex();
    T.Source = Text.slice(Start, Pos);
    return T;
  }

private:
  char peek(size_t Ahead = 0) const { return Pos + Ahead < Text.size() ? Text[Pos + Ahead] : '\0'; }
  TokenKind bad(const llvm::Twine &Why) {
    T.Text = Saver.save(Why);
    return TokenKind::Bad;
  }
  TokenKind take(size_t Length, TokenKind K) {
    Pos += Length;
    return K;
  }

  void skipBlanks() {
    while (Pos < Text.size()) {
      char C = Text[Pos];
      if (C == '\n') {
        ++Line;
        LineStart = ++Pos;
      } else if (C == ' ' || C == '\t' || C == '\r') {
        ++Pos;
      } else if (C == ';' || C == '#') {
        Pos = std::min(Text.find('\n', Pos), Text.size());
      } else {
        return;
      }
    }
  }

  TokenKind lex() {
    if (Pos >= Text.size())
      return TokenKind::End;
    char C = Text[Pos];
    switch (C) {
    case '{':
      return take(1, TokenKind::LBrace);
    case '}':
      return take(1, TokenKind::RBrace);
    case '(':
      return take(1, TokenKind::LParen);
    case ')':
      return take(1, TokenKind::RParen);
    case '[':
      return take(1, TokenKind::LSquare);
    case ']':
      return take(1, TokenKind::RSquare);
    case '<':
      return take(1, TokenKind::Less);
    case '>':
      return take(1, TokenKind::Greater);
    case ',':
      return take(1, TokenKind::Comma);
    case ':':
      return take(1, TokenKind::Colon);
    case '=':
      return take(1, TokenKind::Equal);
    case '%':
      return marked(TokenKind::Temp);
    case '@':
      return marked(TokenKind::Symbol);
    case '&':
      return marked(TokenKind::Local);
    case '"':
      return string('"', TokenKind::String);
    case '\'':
      return string('\'', TokenKind::Spelling);
    case '!':
      return location();
    case '-':
      if (peek(1) == '>')
        return take(2, TokenKind::Arrow);
      return number();
    case '.':
      if (Text.substr(Pos).starts_with("..."))
        return take(3, TokenKind::Ellipsis);
      if (peek(1) == '.')
        return take(2, TokenKind::Range);
      break;
    default:
      if (llvm::isDigit(C))
        return number();
      if (isWordStart(C)) {
        T.Text = word();
        return TokenKind::Word;
      }
    }
    ++Pos;
    return bad("unexpected character " + quoted(llvm::StringRef(&C, 1), '\''));
  }

  llvm::StringRef word() {
    size_t Begin = Pos;
    while (Pos < Text.size() && isWordPart(Text[Pos]))
      ++Pos;
    return Text.slice(Begin, Pos);
  }

  /// Digits from here on; nothing when they do not fit. Hexadecimal numbers may
  /// use all 64 bits.
  TokenKind number() {
    bool Negative = peek() == '-';
    if (Negative)
      ++Pos;
    size_t Begin = Pos;
    bool Hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    if (Hex)
      Begin = Pos += 2;
    while (Hex ? llvm::isHexDigit(peek()) : llvm::isDigit(peek()))
      ++Pos;
    llvm::StringRef Digits = Text.slice(Begin, Pos);
    if (Digits.empty())
      return bad("a number needs digits");
    uint64_t Magnitude;
    uint64_t Limit = Hex && !Negative ? UINT64_MAX : uint64_t(INT64_MAX) + Negative;
    if (Digits.getAsInteger(Hex ? 16 : 10, Magnitude) || Magnitude > Limit)
      return bad("the number does not fit into 64 bits");
    T.Value = int64_t(Negative ? -Magnitude : Magnitude);
    return TokenKind::Int;
  }

  TokenKind marked(TokenKind K) {
    ++Pos;
    if (llvm::isDigit(peek())) {
      size_t Begin = Pos;
      while (llvm::isDigit(peek()))
        ++Pos;
      T.Number = true;
      T.Text = Text.slice(Begin, Pos);
      if (uint32_t V; !T.Text.getAsInteger(10, V))
        T.Value = V;
      else
        return bad("the number does not fit into 32 bits");
      return K;
    }
    if (isWordStart(peek())) {
      T.Text = word();
      return K;
    }
    if (peek() == '"' && K != TokenKind::Temp)
      return string('"', K);
    return bad(llvm::Twine("'") + Text.substr(Start, 1) + "' needs a name");
  }

  TokenKind string(char Quote, TokenKind K) {
    size_t Begin = ++Pos;
    bool Escapes = false;
    for (; Pos < Text.size() && Text[Pos] != Quote && Text[Pos] != '\n'; ++Pos)
      if (Text[Pos] == '\\') {
        Escapes = true;
        if (peek(1) != '\n' && peek(1) != '\0')
          ++Pos;
      }
    if (peek() != Quote || Pos >= Text.size())
      return bad("the string does not end on its line");
    llvm::StringRef Raw = Text.slice(Begin, Pos++);
    if (!Escapes) {
      T.Text = Raw;
      return K;
    }
    std::string Bytes;
    for (size_t I = 0; I < Raw.size(); ++I) {
      if (Raw[I] != '\\') {
        Bytes += Raw[I];
        continue;
      }
      char C = ++I < Raw.size() ? Raw[I] : '\0';
      if (C == 'n')
        Bytes += '\n';
      else if (C == 't')
        Bytes += '\t';
      else if (C == '\\' || C == '"' || C == '\'')
        Bytes += C;
      else if (C == 'x' && I + 2 < Raw.size() && llvm::isHexDigit(Raw[I + 1]) &&
               llvm::isHexDigit(Raw[I + 2])) {
        Bytes += char(llvm::hexFromNibbles(Raw[I + 1], Raw[I + 2]));
        I += 2;
      } else {
        return bad("a string knows the escapes \\n \\t \\\\ \\\" \\' and \\xHH");
      }
    }
    T.Text = Saver.save(Bytes);
    return K;
  }

  TokenKind location() {
    size_t Begin = ++Pos;
    while (llvm::isDigit(peek()) || peek() == ':' || peek() == '-' || peek() == '~')
      ++Pos;
    T.Text = Text.slice(Begin, Pos);
    return TokenKind::Loc;
  }

  llvm::StringRef Text;
  llvm::StringSaver &Saver;
  size_t Pos = 0, Start = 0, LineStart = 0;
  uint32_t Line = 1;
  Token T;
};
} // namespace

TokenList::TokenList(llvm::StringRef Text) {
  Lexer L(Text, Saver);
  do
    Tokens.push_back(L.next());
  while (Tokens.back().Kind != TokenKind::End && Tokens.back().Kind != TokenKind::Bad);
}

} // namespace handrail::ir
