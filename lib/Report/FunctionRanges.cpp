#include "lib/Report/FunctionRanges.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace handrail::report {
namespace {

bool isWordChar(char C) { return llvm::isAlnum(C) || C == '_' || (C & 0x80); }

/// A word, or one character that is neither blank nor in a comment; literals are one `"`.
struct Token {
  llvm::StringRef Text;
  uint32_t Line = 0;

  bool is(llvm::StringRef S) const { return Text == S; }
};

/// Cuts a text into tokens. Of `#if` … `#else` … `#endif` all branches are told; lines of
/// the preprocessor come as tokens of their own.
class Scanner {
public:
  explicit Scanner(llvm::StringRef Text) : Rest(Text) {}

  /// Nothing is left when the text of the token is empty.
  Token next() {
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

private:
  llvm::StringRef take(size_t Count) {
    llvm::StringRef Taken = Rest.take_front(Count);
    Line += Taken.count('\n');
    Rest = Rest.drop_front(Taken.size());
    return Taken;
  }

  /// A backslash at its end takes the next line in.
  size_t endOfLogicalLine() const {
    size_t End = Rest.find('\n');
    while (End != llvm::StringRef::npos && Rest.take_front(End).rtrim('\r').ends_with("\\"))
      End = Rest.find('\n', End + 1);
    return std::min(End, Rest.size());
  }

  Token token() {
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

  Token rawLiteral(size_t Prefix, uint32_t Here) {
    llvm::StringRef Delimiter =
        Rest.drop_front(Prefix + 1).take_until([](char C) { return C == '(' || C == '\n'; });
    const std::string End = ")" + Delimiter.str() + "\"";
    const size_t At = Rest.find(End, Prefix);
    take(At == llvm::StringRef::npos ? Rest.size() : At + End.size());
    return {"\"", Here};
  }

  /// One that is not ended ends with its line.
  Token literal(uint32_t Here) {
    size_t I = 1;
    while (I < Rest.size() && Rest[I] != Rest.front() && Rest[I] != '\n')
      I += Rest[I] == '\\' ? 2 : 1;
    take(I < Rest.size() && Rest[I] == '\n' ? I : I + 1);
    return {"\"", Here};
  }

  llvm::StringRef Rest;
  uint32_t Line = 1;
  bool AtStart = true; ///< of a line
};

/// What an open brace belongs to.
enum class Brace : uint8_t {
  Scope,    ///< a namespace, a class: functions may lie in it
  Function, ///< a body
  Part,     ///< of a declaration that goes on behind it: an initializer before a body
  Inner,    ///< all others
};

/// The tokens of a declaration up to a brace.
class Header {
public:
  void clear() { *this = {}; }
  bool empty() const { return Tokens.empty(); }
  uint32_t line() const { return Tokens.front().Line; }

  void add(Token T) {
    if (T.is("("))
      ++Depth;
    if (T.is(")") && Depth)
      --Depth;
    if (!Depth && T.is("="))
      Initializer |= !has("operator");
    if (!Depth && T.is(")"))
      ClosedAt = Tokens.size();
    if (!Depth && T.is(":") && ClosedAt && !Tokens.back().is(":"))
      ColonAt = Tokens.size();
    Tokens.push_back(T);
  }

  bool insideParentheses() const { return Depth; }

  Brace opens() const {
    if (Depth || Initializer || empty())
      return Brace::Inner;
    if (has("namespace") || (Tokens[0].is("extern") && Tokens.back().is("\"")))
      return Brace::Scope;
    const Token &Last = Tokens.back();
    const bool Type = has("class") || has("struct") || has("union");
    if (has("enum") && !ClosedAt)
      return Brace::Inner;
    // `struct s *f(int) {` is a function, `class [[a(1)]] C : B<f()> {` is none.
    if (Type && !Last.is(")") && !isQualifier(Last))
      return Brace::Scope;
    if (!ClosedAt)
      return Brace::Inner;
    // `C::C() : a{1}, b(2) {`: the first brace is behind a name.
    if (ColonAt && !Last.is(")") && !Last.is("}"))
      return Brace::Part;
    return Brace::Function;
  }

  /// What stands before the parameters. A macro with parentheses may come before them,
  /// with a type in between, or behind them.
  std::string name() const {
    std::string Name;
    bool TypeBehind = true;
    unsigned Parentheses = 0;
    for (size_t I = 0; I < (ColonAt ? ColonAt : Tokens.size()); ++I) {
      const Token &T = Tokens[I];
      if (T.is("-")) // a return type behind the parameters
        break;
      if (T.is("(") && !Parentheses++ && I && isName(Tokens[I - 1])) {
        if (TypeBehind)
          Name = qualified(I - 1);
        TypeBehind = false;
      } else if (T.is(")") && Parentheses) {
        --Parentheses;
      } else if (!Parentheses && I + 1 < Tokens.size() && !Tokens[I + 1].is("(")) {
        TypeBehind |= isName(T) && !isQualifier(T);
      }
    }
    return Name;
  }

private:
  bool has(llvm::StringRef Word) const {
    return llvm::any_of(Tokens, [&](const Token &T) { return T.is(Word); });
  }

  static bool isQualifier(const Token &T) {
    return llvm::StringSwitch<bool>(T.Text)
        .Cases("const", "noexcept", "override", "final", "volatile", "try", "}", true)
        .Default(false);
  }

  static bool isName(const Token &T) {
    return isWordChar(T.Text.front()) &&
           !llvm::StringSwitch<bool>(T.Text)
                .Cases("__attribute__", "__declspec", "alignas", "decltype", "noexcept", true)
                .Cases("explicit", "requires", "if", "while", "for", "switch", true)
                .Default(false);
  }

  std::string qualified(size_t At) const {
    std::string Name = Tokens[At].Text.str();
    if (At && Tokens[At - 1].is("~"))
      Name = "~" + Name, --At;
    while (At >= 3 && Tokens[At - 1].is(":") && Tokens[At - 2].is(":") && isName(Tokens[At - 3])) {
      At -= 3;
      Name = Tokens[At].Text.str() + "::" + Name;
    }
    return Name;
  }

  std::vector<Token> Tokens;
  unsigned Depth = 0; ///< of parentheses
  bool Initializer = false;
  size_t ClosedAt = 0, ColonAt = 0; ///< the last token of either kind, outside of parentheses
};

class Finder {
public:
  std::vector<FunctionRange> find(llvm::StringRef Text) {
    Scanner Tokens(Text);
    for (Token T = Tokens.next(); !T.Text.empty(); T = Tokens.next()) {
      if (T.Text.front() == '#' && T.Text.size() > 1)
        directive(T.Text.drop_front().ltrim());
      else if (T.is("{"))
        open(T);
      else if (T.is("}"))
        close(T);
      else if (atDeclarations())
        declaration(T);
    }
    return std::move(Found);
  }

private:
  /// Branches start alike; behind them, what the last one left is believed.
  void directive(llvm::StringRef Text) {
    if (Text.starts_with("if")) {
      Branches.push_back({Open, Decl});
    } else if (Text.starts_with("el") && !Branches.empty()) {
      Open = Branches.back().first;
      Decl = Branches.back().second;
    } else if (Text.starts_with("endif") && !Branches.empty()) {
      Branches.pop_back();
    } else if (Text.starts_with("define") && atDeclarations()) {
      Decl.clear();
    }
  }

  bool atDeclarations() const { return Open.empty() || Open.back() == Brace::Scope; }

  void declaration(Token T) {
    if ((T.is(";") && !Decl.insideParentheses()))
      Decl.clear();
    else
      Decl.add(T);
  }

  void open(Token T) {
    Brace Kind = atDeclarations() ? Decl.opens() : Brace::Inner;
    if (Kind == Brace::Function)
      Current = {Decl.line(), T.Line, 0, Decl.name()};
    if (Kind == Brace::Scope)
      Decl.clear();
    Open.push_back(Kind);
  }

  void close(Token T) {
    if (Open.empty()) {
      Decl.clear();
      return;
    }
    const Brace Kind = Open.back();
    Open.pop_back();
    if (Kind == Brace::Function) {
      Current.Last = T.Line;
      // The same function in another branch of the preprocessor.
      if (Found.empty() || Found.back().Last < Current.First)
        Found.push_back(Current);
      Decl.clear();
    } else if (atDeclarations()) {
      if (Kind == Brace::Part || Decl.insideParentheses())
        Decl.add(T);
      else if (Kind == Brace::Scope)
        Decl.clear();
    }
  }

  std::vector<Brace> Open;
  Header Decl;
  FunctionRange Current;
  std::vector<std::pair<std::vector<Brace>, Header>> Branches; ///< as they were at each #if
  std::vector<FunctionRange> Found;
};

} // namespace

std::vector<FunctionRange> findFunctions(llvm::StringRef Text) { return Finder().find(Text); }

const FunctionRange *functionAround(const std::vector<FunctionRange> &Functions, uint32_t Line) {
  auto It = llvm::partition_point(Functions, [&](const FunctionRange &F) { return F.Last < Line; });
  return It != Functions.end() && It->First <= Line ? &*It : nullptr;
}

} // namespace handrail::report
