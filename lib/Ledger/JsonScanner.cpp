#include "lib/Ledger/JsonScanner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"

namespace handrail::ledger {

std::string JsonScanner::error() const { return Message; }

void JsonScanner::fail(const std::string &What) {
  if (failed())
    return;
  llvm::StringRef Before = Text.take_front(At);
  size_t Line = Before.count('\n') + 1, Column = At - (Before.rfind('\n') + 1) + 1;
  Message = std::to_string(Line) + ":" + std::to_string(Column) + ": " + What;
}

/// The next character that is no blank; 0 at the end and after an error.
char JsonScanner::peek() {
  if (failed())
    return 0;
  while (At < Text.size() && llvm::StringRef(" \t\r\n").contains(Text[At]))
    ++At;
  return At < Text.size() ? Text[At] : 0;
}

bool JsonScanner::consume(llvm::StringRef Word) {
  peek();
  if (failed() || !Text.substr(At).starts_with(Word))
    return false;
  At += Word.size();
  return true;
}

bool JsonScanner::enter(char Open) {
  if (peek() != Open)
    return false;
  ++At;
  First = true;
  return true;
}

bool JsonScanner::next(char Close) {
  char C = peek();
  bool WasFirst = std::exchange(First, false);
  if (failed())
    return false;
  if (C == Close) {
    ++At;
    return false;
  }
  if (!C)
    fail("the text ends here");
  else if (!WasFirst && C != ',')
    fail(std::string("expected ',' or '") + Close + "'");
  else if (!WasFirst)
    ++At;
  return !failed();
}

bool JsonScanner::name(std::string &Out) {
  if (!text(Out))
    fail(peek() ? "expected the name of a member" : "the text ends here");
  else if (peek() != ':')
    fail("expected ':'");
  else
    ++At;
  return !failed();
}

bool JsonScanner::text(std::string &Out) {
  if (peek() != '"')
    return false;
  size_t Start = At++;
  Out.clear();
  while (!failed()) {
    size_t End = Text.find_first_of("\"\\", At);
    if (End == llvm::StringRef::npos) {
      At = Start;
      fail("the closing quote is missing");
      break;
    }
    Out.append(Text.data() + At, End - At);
    At = End + 1;
    if (Text[End] == '"')
      break;
    escape(Out);
  }
  if (!llvm::json::isUTF8(Out))
    Out = llvm::json::fixUTF8(Out);
  return !failed();
}

/// What stands behind a backslash.
void JsonScanner::escape(std::string &Out) {
  constexpr llvm::StringLiteral Letters = "\"\\/bfnrt", Meanings = "\"\\/\b\f\n\r\t";
  size_t Position = At < Text.size() ? Letters.find(Text[At]) : llvm::StringRef::npos;
  if (Position != llvm::StringRef::npos) {
    Out += Meanings[Position];
    ++At;
    return;
  }
  if (!Text.substr(At).starts_with("u"))
    return fail("there is no such escape");
  std::uint32_t Code = codeUnit();
  if (Code >= 0xD800 && Code < 0xDC00 && Text.substr(At).starts_with("\\u")) {
    size_t Before = At++;
    std::uint32_t Low = codeUnit();
    if (Low >= 0xDC00 && Low < 0xE000)
      Code = 0x10000 + ((Code - 0xD800) << 10) + (Low - 0xDC00);
    else
      At = Before; // not its other half
  }
  if (Code >= 0xD800 && Code < 0xE000)
    Code = 0xFFFD;
  char Bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *End = Bytes;
  llvm::ConvertCodePointToUTF8(Code, End);
  Out.append(Bytes, End);
}

/// `u` and four hexadecimal digits.
std::uint32_t JsonScanner::codeUnit() {
  unsigned Code = 0;
  llvm::StringRef Digits = Text.substr(At + 1, 4);
  if (Digits.size() != 4 || !llvm::all_of(Digits, llvm::isHexDigit))
    fail("expected four hexadecimal digits");
  else
    Digits.getAsInteger(16, Code);
  At += 5;
  return Code;
}

bool JsonScanner::boolean(bool &Out) {
  if (consume("true"))
    Out = true;
  else if (consume("false"))
    Out = false;
  else
    return false;
  return true;
}

/// A whole number that stands next, with its sign; empty if there is something else.
llvm::StringRef JsonScanner::digits() {
  peek();
  if (failed())
    return "";
  llvm::StringRef Rest = Text.substr(At);
  size_t End = Rest.find_first_not_of("0123456789", Rest.starts_with("-") ? 1 : 0);
  llvm::StringRef Number = Rest.take_front(End);
  Rest = Rest.drop_front(Number.size());
  return Rest.starts_with(".") || Rest.starts_with("e") || Rest.starts_with("E") ? "" : Number;
}

bool JsonScanner::integer(std::uint64_t &Out) {
  llvm::StringRef Number = digits();
  if (Number.getAsInteger(10, Out))
    return false;
  At += Number.size();
  return true;
}

bool JsonScanner::integer(std::int64_t &Out) {
  llvm::StringRef Number = digits();
  if (Number.getAsInteger(10, Out))
    return false;
  At += Number.size();
  return true;
}

void JsonScanner::skip() {
  size_t Depth = 0;
  do {
    char C = peek();
    if (!C)
      return fail("the text ends here");
    if (C == '"') {
      std::string Unused;
      text(Unused);
    } else if (llvm::StringRef("{[").contains(C)) {
      ++Depth;
      ++At;
    } else if (llvm::StringRef("}]").contains(C)) {
      if (!Depth--)
        return fail("expected a value");
      ++At;
    } else if (llvm::StringRef(",:").contains(C)) {
      if (!Depth)
        return fail("expected a value");
      ++At;
    } else { // a number, true, false, null
      size_t End = Text.find_first_of(" \t\r\n,:[]{}\"", At);
      At = End == llvm::StringRef::npos ? Text.size() : End;
    }
  } while (Depth && !failed());
}

bool JsonScanner::atEnd() { return !peek() && !failed(); }

} // namespace handrail::ledger
