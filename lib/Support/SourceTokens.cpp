#include "lib/Support/SourceTokens.h"
#include <algorithm>

namespace handrail {

SourceToken SourceScanner::next() {
  while (!Rest.empty()) {
    if (llvm::isSpace(Rest.front())) {
      AtStart |= Rest.front() == '\n';
      take(1);
    } else if (Rest.starts_with("//")) {
      take(endOfLogicalLine());
    } else if (Rest.starts_with("/*")) {
      const size_t End = Rest.find("*/", 2);
      take(End == llvm::StringRef::npos ? Rest.size() : End + 2);
    } else {
      return token();
    }
  }
  return {};
}

llvm::StringRef SourceScanner::take(size_t Count) {
  llvm::StringRef Taken = Rest.take_front(Count);
  Line += Taken.count('\n');
  Rest = Rest.drop_front(Taken.size());
  return Taken;
}

/// A backslash at its end takes the next line in.
size_t SourceScanner::endOfLogicalLine() const {
  size_t End = Rest.find('\n');
  while (End != llvm::StringRef::npos && Rest.take_front(End).rtrim('\r').ends_with("\\"))
    End = Rest.find('\n', End + 1);
  return std::min(End, Rest.size());
}

SourceToken SourceScanner::token() {
  const uint32_t Here = Line;
  const bool First = AtStart;
  AtStart = false;
  if (First && Rest.front() == '#')
    return {take(endOfLogicalLine()), Here};
  if (isWordChar(Rest.front())) {
    llvm::StringRef Word = Rest.take_while(isWordChar);
    // 1'000 is one number.
    while (llvm::isDigit(Word.front()) && Rest.size() > Word.size() + 1 &&
           Rest[Word.size()] == '\'' && isWordChar(Rest[Word.size() + 1]))
      Word = Rest.take_front(Word.size() + 1 +
                             Rest.drop_front(Word.size() + 1).take_while(isWordChar).size());
    if (Word.ends_with("R") && Word.size() <= 3 && Rest.drop_front(Word.size()).starts_with("\""))
      return rawLiteral(Word.size(), Here);
    return {take(Word.size()), Here};
  }
  if (Rest.front() == '"' || Rest.front() == '\'')
    return literal(Here);
  return {take(1), Here};
}

SourceToken SourceScanner::rawLiteral(size_t Prefix, uint32_t Here) {
  llvm::StringRef Delimiter =
      Rest.drop_front(Prefix + 1).take_until([](char C) { return C == '(' || C == '\n'; });
  const std::string End = ")" + Delimiter.str() + "\"";
  const size_t At = Rest.find(End, Prefix);
  take(At == llvm::StringRef::npos ? Rest.size() : At + End.size());
  return {"\"", Here};
}

/// One that is not ended ends with its line.
SourceToken SourceScanner::literal(uint32_t Here) {
  size_t I = 1;
  while (I < Rest.size() && Rest[I] != Rest.front() && Rest[I] != '\n')
    I += Rest[I] == '\\' ? 2 : 1;
  take(I < Rest.size() && Rest[I] == '\n' ? I : I + 1);
  return {"\"", Here};
}

} // namespace handrail
