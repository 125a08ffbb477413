//===- FunctionParser.cpp - Handle IR from text: one body ------*- C++ -*-===//

#include "lib/IR/FunctionParser.h"
#include "lib/IR/OpInfo.h"
#include "llvm/ADT/StringSwitch.h"

namespace handrail::ir {

using llvm::Twine;

/// Named temporaries are counted from here until their numbers are settled.
static constexpr TempId FirstNamed = MaxTemps;

static std::optional<TermKind> terminatorByName(llvm::StringRef W) {
  return llvm::StringSwitch<std::optional<TermKind>>(W)
      .Case("jump", TermKind::Jump)
      .Case("branch", TermKind::Branch)
      .Case("switch", TermKind::Switch)
      .Case("return", TermKind::Return)
      .Case("throw", TermKind::Throw)
      .Case("unreachable", TermKind::Unreachable)
      .Default(std::nullopt);
}

//===- Operands ------------------------------------------------------------===//

bool FunctionParser::parseTemp(TempId &Id) {
  const Token &T = P.take();
  if (!T.Number) {
    Id = NamedTemps.try_emplace(T.Text, FirstNamed + NamedTemps.size()).first->second;
    return true;
  }
  if (T.Value >= MaxTemps)
    return P.error(T, "a function has at most " + Twine(MaxTemps) + " temporaries");
  Id = TempId(T.Value);
  F.NumTemps = std::max(F.NumTemps, Id + 1);
  return true;
}

bool FunctionParser::parseLocalRef(Operand &O) {
  const Token &T = P.take();
  if (T.Number) {
    O = Operand::local(LocalId(T.Value));
    return T.Value < int64_t(F.Locals.size()) || P.expected(T, "the number of a local");
  }
  auto It = LocalIds.find(T.Text);
  if (It == LocalIds.end())
    return P.expected(T, "a parameter or local of this function");
  if (It->second == None)
    return P.error(T, T.Source + " names several locals, write the number of one");
  O = Operand::local(It->second);
  return true;
}

bool FunctionParser::parseOperand(Operand &O) {
  if (P.at(TokenKind::Temp)) {
    O.Kind = OperandKind::Temp;
    return parseTemp(O.Index);
  }
  if (P.at(TokenKind::Local))
    return parseLocalRef(O);
  if (!P.isOperandStart())
    return P.expected("an operand");
  return P.parseConstant(O);
}

bool FunctionParser::parseLabel(BlockId &Id) {
  if (!P.at(TokenKind::Word))
    return P.expected("a label");
  const Token &T = P.take();
  auto [It, New] = LabelIds.try_emplace(T.Text, Labels.size());
  if (New)
    Labels.push_back({&T, None});
  Id = It->second;
  return true;
}

//===- Operations ----------------------------------------------------------===//

bool FunctionParser::parseOpWords(Op &O) {
  for (;; P.take()) {
    if (!P.at(TokenKind::Word))
      return true;
    llvm::StringRef W = P.peek().Text;
    bool Matched = false;
    for (const FlagWord &Flag : opFlagWords())
      if (Flag.Word == W) {
        O.Flags |= Flag.Flag;
        Matched = true;
      }
    if (O.Kind == OpKind::Call && W == "indirect") {
      O.Flags |= OF_Indirect;
      Matched = true;
    }
    if (O.Kind == OpKind::Cast)
      for (size_t I = 1; I < castWords().size(); ++I)
        if (castWords()[I] == W) {
          O.Aux = I;
          Matched = true;
        }
    if (!Matched)
      return true;
  }
}

bool FunctionParser::parseCall(Op &O) {
  // Only a function's own name makes a call direct.
  if (!O.has(OF_Indirect) && P.at(TokenKind::Symbol)) {
    if (!P.parseFunctionRef(O.Aux))
      return false;
  } else if (O.has(OF_Virtual)) {
    return P.expected("the method's name");
  } else {
    O.Flags |= OF_Indirect;
    if (!parseOperand(O.Operands.emplace_back()))
      return false;
  }
  if (!P.expect(TokenKind::LParen, "'('"))
    return false;
  for (bool First = true; !P.accept(TokenKind::RParen); First = false)
    if ((!First && !P.expect(TokenKind::Comma, "',' or ')'")) ||
        !parseOperand(O.Operands.emplace_back()))
      return false;
  return true;
}

/// Everything of an operation but its result and location; the opcode is next.
bool FunctionParser::parseOperation(Op &O, bool &Typed) {
  const Token &Opcode = P.take();
  if (Opcode.Kind != TokenKind::Word)
    return P.expected(Opcode, "an operation");
  std::optional<OpKind> Kind = opKindByName(Opcode.Text);
  if (Opcode.Text == "vcall") {
    Kind = OpKind::Call;
    O.Flags |= OF_Virtual;
  }
  if (!Kind)
    return P.expected(Opcode,
                      O.Result == None ? "an operation, a terminator or a label" : "an operation");
  O.Kind = *Kind;
  const OpInfo &Info = opInfo(O.Kind);
  if (O.Result == None && Info.Result == ResultRule::Always)
    return P.error(Opcode, Opcode.Text + " needs a result: %0 = " + Opcode.Text + " …");
  if (O.Result != None && Info.Result == ResultRule::Never)
    return P.error(Opcode, Opcode.Text + " has no result");
  if (!parseOpWords(O))
    return false;

  if (O.Kind == OpKind::Call) {
    if (!parseCall(O))
      return false;
  } else {
    for (unsigned I = 0; I < Info.MinOperands; ++I)
      if ((I && !P.expect(TokenKind::Comma, "','")) || !parseOperand(O.Operands.emplace_back()))
        return false;
    if (Info.MaxOperands == AnyOperands)
      while (P.accept(TokenKind::Comma))
        if (!parseOperand(O.Operands.emplace_back()))
          return false;
  }

  if (O.Kind == OpKind::Field || O.Kind == OpKind::Container) {
    if (!P.expect(TokenKind::Comma, "','") || !P.parseString(O.Aux, "the field"))
      return false;
  } else if (O.Kind == OpKind::Closure) {
    if (!P.at(TokenKind::Int) || P.peek().Value < 0 || P.peek().Value >= int64_t(F.Closures.size()))
      return P.expected("the number of a closure of this function");
    O.Aux = uint32_t(P.take().Value);
  } else if (O.Kind == OpKind::New) {
    Typed = true;
    return P.parseType(O.Ty);
  }
  if (P.accept(TokenKind::Colon)) {
    Typed = true;
    return P.parseType(O.Ty);
  }
  return O.Kind != OpKind::Cast || P.expected("':' and the type to cast to");
}

bool FunctionParser::parseOp() {
  const Token &Start = P.peek();
  UnitParser::OpText Text{uint32_t(P.Pos), false};
  Op O;
  if (P.at(TokenKind::Temp) && !(parseTemp(O.Result) && P.expect(TokenKind::Equal, "'='")))
    return false;
  if (!parseOperation(O, Text.Typed) || !P.parseLoc(O.Loc, Start))
    return false;
  F.Blocks.back().Ops.push_back(std::move(O));
  Texts.back().push_back(Text);
  return true;
}

bool FunctionParser::parseSwitch(Terminator &T) {
  if (!P.expect(TokenKind::Comma, "','") || !P.expect(TokenKind::LSquare, "'['"))
    return false;
  while (!P.accept(TokenKind::RSquare)) {
    if (!T.Cases.empty() && !P.expect(TokenKind::Comma, "',' or ']'"))
      return false;
    SwitchCase C;
    const Token &Low = P.peek();
    if (!P.at(TokenKind::Int))
      return P.expected("a number");
    C.Lo = C.Hi = P.take().Value;
    if (P.accept(TokenKind::Range)) {
      if (!P.at(TokenKind::Int))
        return P.expected("a number");
      C.Hi = P.take().Value;
    }
    if (C.Hi < C.Lo)
      return P.error(Low, "the range is empty");
    if (!P.expect(TokenKind::Arrow, "'->'") || !parseLabel(C.Target))
      return false;
    T.Cases.push_back(C);
  }
  if (!P.expect(TokenKind::Comma, "','"))
    return false;
  return (P.acceptWord("default") || P.expected("default")) && parseLabel(T.Succs.emplace_back());
}

/// What is thrown, the handlers, and where it goes on; each may be left out.
bool FunctionParser::parseHandlers(Terminator &T) {
  auto Part = [&](llvm::StringRef Word) {
    return P.atWord(Word) && P.peek(1).Kind != TokenKind::Colon && (P.take(), true);
  };
  if (Part("as"))
    do
      if (!P.parseString(T.Thrown.emplace_back(), "the class"))
        return false;
    while (P.accept(TokenKind::Comma));
  if (Part("to"))
    do
      if (!parseLabel(T.Succs.emplace_back()) ||
          (T.Catches.emplace_back(),
           P.at(TokenKind::String) && !P.parseString(T.Catches.back(), "the class")))
        return false;
    while (P.accept(TokenKind::Comma));
  return !Part("else") || parseLabel(T.Succs.emplace_back());
}

bool FunctionParser::parseTerminator(TermKind K) {
  const Token &Start = P.peek();
  Texts.back().push_back({uint32_t(P.Pos), false});
  P.take();
  Terminator T;
  T.Kind = K;
  switch (K) {
  case TermKind::Jump:
    if (!parseLabel(T.Succs.emplace_back()))
      return false;
    break;
  case TermKind::Branch:
    if (!parseOperand(T.Value) || !P.expect(TokenKind::Comma, "','") ||
        !parseLabel(T.Succs.emplace_back()) || !P.expect(TokenKind::Comma, "','") ||
        !parseLabel(T.Succs.emplace_back()))
      return false;
    break;
  case TermKind::Switch:
    if (!parseOperand(T.Value) || !parseSwitch(T))
      return false;
    break;
  case TermKind::Return:
  case TermKind::Throw:
    if (P.isOperandStart() && P.peek(1).Kind != TokenKind::Colon && !parseOperand(T.Value))
      return false;
    if (K == TermKind::Throw && !parseHandlers(T))
      return false;
    break;
  case TermKind::Unreachable:
    break;
  }
  if (!P.parseLoc(T.Loc, Start))
    return false;
  F.Blocks.back().Term = std::move(T);
  return true;
}

/// A label, if the block has one, operations, and the terminator.
bool FunctionParser::parseBlock() {
  F.Blocks.emplace_back();
  Texts.emplace_back();
  if (P.at(TokenKind::Word) && P.peek(1).Kind == TokenKind::Colon) {
    const Token &T = P.peek();
    BlockId Id;
    parseLabel(Id);
    P.take();
    if (Labels[Id].Block != None)
      return P.error(T, "label '" + T.Text + "' is defined twice");
    Labels[Id].Block = BlockId(F.Blocks.size() - 1);
  } else if (F.Blocks.size() > 1) {
    return P.expected("a label or '}'");
  }
  for (;;) {
    if (P.at(TokenKind::Word)) {
      if (std::optional<TermKind> K = terminatorByName(P.peek().Text))
        return parseTerminator(*K);
      if (P.peek(1).Kind == TokenKind::Colon)
        return P.expected("a terminator before the next block");
    }
    if (P.at(TokenKind::RBrace))
      return P.expected("an operation or a terminator");
    if (!parseOp())
      return false;
  }
}

//===- The head of a function ----------------------------------------------===//

/// `x : T`, or `&2 "x" : T` for a local that is referred to by its number.
bool FunctionParser::parseLocal(bool Param) {
  const Token &Start = P.peek();
  Local L;
  L.Param = Param;
  uint32_t Index = uint32_t(F.Locals.size());
  llvm::StringRef Name = Start.Text;
  if (Start.Kind == TokenKind::Local && Start.Number) {
    P.take();
    if (Start.Value != Index)
      return P.expected(Start, "&" + Twine(Index) + ", the next number");
    if (!P.at(TokenKind::String))
      return P.expected("the name as a string");
    Name = P.take().Text;
  } else if (Start.Kind == TokenKind::Word || Start.Kind == TokenKind::String) {
    P.take();
    if (LocalIds.count(Name))
      return P.error(Start, "local '" + Name + "' is declared twice");
  } else {
    return P.expected(Param ? "a parameter or ')'" : "the name of a local");
  }
  auto [It, New] = LocalIds.try_emplace(Name, Index);
  if (!New || Name.empty())
    It->second = None;
  L.Name = P.Builder.string(Name);
  if (!P.expect(TokenKind::Colon, "':' and a type") || !P.parseType(L.Ty) ||
      !P.parseLoc(L.Loc, Start))
    return false;
  F.Locals.push_back(L);
  return true;
}

/// (copy | ref | this | init) [implicit] "name" [= value] : T
bool FunctionParser::parseCapture(ClosureInfo &C) {
  const Token &Start = P.peek();
  LambdaCapture L;
  if (P.acceptWord("copy"))
    L.Kind = CaptureKind::ByCopy;
  else if (P.acceptWord("ref"))
    L.Kind = CaptureKind::ByReference;
  else if (P.acceptWord("this"))
    L.Kind = CaptureKind::This;
  else if (P.acceptWord("init"))
    L.Kind = CaptureKind::Init;
  else
    return P.expected("copy, ref, this, init or '}'");
  L.Implicit = P.acceptWord("implicit");
  if (!P.parseString(L.Name, "the name of the capture") ||
      (P.accept(TokenKind::Equal) && !parseOperand(L.Value)) ||
      !P.expect(TokenKind::Colon, "':' and a type") || !P.parseType(L.Ty) ||
      !P.parseLoc(L.Loc, Start))
    return false;
  P.accept(TokenKind::Comma);
  C.Captures.push_back(std::move(L));
  return true;
}

bool FunctionParser::parseClosure() {
  const Token &Start = P.take();
  ClosureInfo C;
  if (!P.at(TokenKind::Int) || P.peek().Value != int64_t(F.Closures.size()))
    return P.expected("closure number " + Twine(F.Closures.size()));
  P.take();
  if ((P.at(TokenKind::Symbol) && !P.parseFunctionRef(C.Callee)) || !P.parseLoc(C.Loc, Start) ||
      !P.expect(TokenKind::LBrace, "'{'"))
    return false;
  while (!P.accept(TokenKind::RBrace))
    if (!parseCapture(C))
      return false;
  F.Closures.push_back(std::move(C));
  return true;
}

/// rewrite (name | parameter | weak) { offset length "text" … }
bool FunctionParser::parseRewrite() {
  const Token &Start = P.take();
  Rewrite R;
  const auto *Word = llvm::find_if(rewriteWords(), [&](llvm::StringRef W) { return P.atWord(W); });
  if (Word == rewriteWords().end())
    return P.expected("name, parameter or weak");
  P.take();
  R.Kind = RewriteKind(Word - rewriteWords().begin());
  if (!P.parseLoc(R.About, Start) || !P.expect(TokenKind::LBrace, "'{'"))
    return false;
  auto Number = [&](uint32_t &Out, const Twine &What) {
    if (!P.at(TokenKind::Int) || P.peek().Value < 0 || P.peek().Value > INT32_MAX)
      return P.expected(What);
    Out = uint32_t(P.take().Value);
    return true;
  };
  while (!P.accept(TokenKind::RBrace)) {
    TextEdit E;
    if (!Number(E.Offset, "the offset of an edit, or '}'") ||
        !Number(E.Length, "the length of an edit") || !P.parseString(E.Text, "the new text"))
      return false;
    R.Edits.push_back(E);
  }
  F.Rewrites.push_back(std::move(R));
  return true;
}

bool FunctionParser::parseHeader() {
  const Token &Start = P.peek();
  if (!P.at(TokenKind::Symbol))
    return P.expected("a name such as @f");
  if (!P.parseFunctionRef(F.Sym))
    return false;
  if (P.SymbolDefined[F.Sym])
    return P.error(Start, Start.Source + " is defined twice");
  P.SymbolDefined[F.Sym] = true;

  if (!P.expect(TokenKind::LParen, "'('"))
    return false;
  while (!P.accept(TokenKind::RParen))
    if ((!F.Locals.empty() && !P.expect(TokenKind::Comma, "',' or ')'")) || !parseLocal(true))
      return false;
  F.NumParams = uint32_t(F.Locals.size());

  Type Ty;
  Ty.Kind = TypeKind::Function;
  bool HasResult = P.accept(TokenKind::Arrow);
  if (HasResult && !P.parseType(Ty.Elem))
    return false;
  bool Declared = P.SymbolDeclared[F.Sym];
  if (!Declared) {
    // The definition declares the function.
    P.SymbolDeclared[F.Sym] = true;
    for (const Local &L : F.Locals)
      Ty.Params.push_back(L.Ty);
    Symbol &S = P.U.Symbols[F.Sym];
    S.Usr = Start.Text.str();
    S.Name = P.Builder.string(S.Usr);
    S.CLinkage = isIdentifier(S.Usr);
    S.Ty = P.Builder.type(std::move(Ty));
  } else if (HasResult &&
             P.U.Types[P.U.Types[P.U.Symbols[F.Sym].Ty].Elem].Kind != P.U.Types[Ty.Elem].Kind) {
    return P.error(Start, Start.Source + " is declared with another result");
  }
  if (!P.parseSymbolWords(F.Sym) || !P.parseLoc(F.Loc, Start))
    return false;
  if (!Declared)
    P.U.Symbols[F.Sym].Loc = F.Loc;
  return true;
}

//===- The whole -----------------------------------------------------------===//

bool FunctionParser::resolveLabels() {
  for (const Label &L : Labels)
    if (L.Block == None)
      return P.expected(*L.FirstUse, "a label of this function");
  for (Block &B : F.Blocks) {
    for (BlockId &S : B.Term.Succs)
      S = Labels[S].Block;
    for (SwitchCase &C : B.Term.Cases)
      C.Target = Labels[C.Target].Block;
  }
  return true;
}

/// Named temporaries come after the numbered ones.
void FunctionParser::resolveTemps() {
  if (!NamedTemps.empty()) {
    TempId Base = F.NumTemps;
    auto Settle = [&](TempId &T) {
      if (T != None && T >= FirstNamed)
        T = T - FirstNamed + Base;
    };
    auto SettleOperand = [&](Operand &O) {
      if (O.isTemp())
        Settle(O.Index);
    };
    for (ClosureInfo &C : F.Closures)
      for (LambdaCapture &L : C.Captures)
        SettleOperand(L.Value);
    for (Block &B : F.Blocks) {
      for (Op &O : B.Ops) {
        Settle(O.Result);
        for (Operand &V : O.Operands)
          SettleOperand(V);
      }
      SettleOperand(B.Term.Value);
    }
    F.NumTemps += NamedTemps.size();
  }
  if (WrittenTemps != None)
    F.NumTemps = std::max(F.NumTemps, WrittenTemps);
}

bool FunctionParser::parseBody() {
  if (!P.expect(TokenKind::LBrace, "'{'"))
    return false;
  for (;;) {
    bool Label = P.peek(1).Kind == TokenKind::Colon;
    if (!Label && P.acceptWord("local")) {
      if (!parseLocal(false))
        return false;
    } else if (!Label && P.atWord("closure")) {
      if (!parseClosure())
        return false;
    } else if (!Label && P.atWord("rewrite")) {
      if (!parseRewrite())
        return false;
    } else if (!Label && P.acceptWord("temps")) {
      if (!P.at(TokenKind::Int) || P.peek().Value < 0 || P.peek().Value > MaxTemps)
        return P.expected("the number of temporaries");
      WrittenTemps = uint32_t(P.take().Value);
    } else {
      break;
    }
  }
  do
    if (!parseBlock())
      return false;
  while (!P.at(TokenKind::RBrace));
  return true;
}

bool FunctionParser::run() {
  if (!parseHeader())
    return false;
  bool HasEnd = P.acceptWord("end");
  if (HasEnd && !P.at(TokenKind::Loc))
    return P.expected("a location");
  if (HasEnd && !P.parseLoc(F.EndLoc, P.peek()))
    return false;
  if (!parseBody())
    return false;
  const Token &Brace = P.take();
  if (!HasEnd)
    F.EndLoc = P.textLoc(Brace);
  if (!resolveLabels())
    return false;
  resolveTemps();
  P.U.Functions.push_back(std::move(F));
  P.OpTexts.push_back(std::move(Texts));
  return true;
}

} // namespace handrail::ir
