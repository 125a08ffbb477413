#include "lib/Report/FunctionRanges.h"
#include "lib/Support/SourceTokens.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace handrail::report {
namespace {

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

  void add(SourceToken T) {
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
    const SourceToken &Last = Tokens.back();
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
      const SourceToken &T = Tokens[I];
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
    return llvm::any_of(Tokens, [&](const SourceToken &T) { return T.is(Word); });
  }

  static bool isQualifier(const SourceToken &T) {
    return llvm::StringSwitch<bool>(T.Text)
        .Cases("const", "noexcept", "override", "final", "volatile", "try", "}", true)
        .Default(false);
  }

  static bool isName(const SourceToken &T) {
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

  std::vector<SourceToken> Tokens;
  unsigned Depth = 0; ///< of parentheses
  bool Initializer = false;
  size_t ClosedAt = 0, ColonAt = 0; ///< the last token of either kind, outside of parentheses
};

class Finder {
public:
  std::vector<FunctionRange> find(llvm::StringRef Text) {
    SourceScanner Tokens(Text);
    for (SourceToken T = Tokens.next(); !T.Text.empty(); T = Tokens.next()) {
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

  void declaration(SourceToken T) {
    if ((T.is(";") && !Decl.insideParentheses()))
      Decl.clear();
    else
      Decl.add(T);
  }

  void open(SourceToken T) {
    Brace Kind = atDeclarations() ? Decl.opens() : Brace::Inner;
    if (Kind == Brace::Function)
      Current = {Decl.line(), T.Line, 0, Decl.name()};
    if (Kind == Brace::Scope)
      Decl.clear();
    Open.push_back(Kind);
  }

  void close(SourceToken T) {
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
