//===- Printer.cpp - Handle IR as text -------------------------*- C++ -*-===//
//
// The grammar is that of docs/ir.md; Parser.cpp reads it. Whatever the parser
// would fill in by itself is left out, so what is printed is what is unusual.
//
//===----------------------------------------------------------------------===//

#include "lib/IR/Printer.h"
#include "lib/IR/Lexer.h"
#include "lib/IR/OpInfo.h"
#include "lib/IR/TypeInference.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace handrail::ir {

namespace {
class Printer {
public:
  /// With \p Exact, things that share a name are told apart by number.
  Printer(const Unit &U, llvm::raw_ostream &OS, bool Exact);

  void unit();
  void function(const Function &F);
  void op(const Function &F, const Op &O, bool WithType);
  void setLocals(const Function &F) { nameLocals(F); }

private:
  template <class T> static std::vector<std::string> references(const std::vector<T> &Table);
  std::string symbolRef(SymbolId Id) const;
  std::string recordRef(RecordId Id) const;
  void nameLocals(const Function &F);
  TypeId findType(const Type &T);

  void type(TypeId Id);
  void loc(LocId Id);
  void operand(const Operand &O);
  void record(size_t Index);
  void symbol(size_t Index);
  void initialValues(const Symbol &S);
  void declaredName(size_t Index, llvm::StringRef Usr, llvm::StringRef Reference);
  void localName(size_t Index, StringId Name);
  void closure(const Function &F, size_t Index);
  void rewrite(const Rewrite &R);
  void handlers(const Terminator &T);
  void terminator(const Terminator &T);
  void word(bool Print, llvm::StringRef Word) {
    if (Print)
      OS << ' ' << Word;
  }

  const Unit &U;
  llvm::raw_ostream &OS;
  std::vector<std::string> SymbolRefs, RecordRefs; ///< with the mark; empty when not exact
  std::vector<std::string> LocalRefs;              ///< of the current function, with the mark
  Unit Types; ///< holds the unit's types, and after them what inference asked for in vain
  std::optional<UnitBuilder> Builder;
};
} // namespace

static std::string marked(char Mark, llvm::StringRef Name) {
  return Mark + (isIdentifier(Name) ? Name.str() : quoted(Name));
}

/// How each entry is referred to: by identity where it has one of its own, by
/// number otherwise.
template <class T> std::vector<std::string> Printer::references(const std::vector<T> &Table) {
  llvm::StringMap<unsigned> Count;
  for (const T &X : Table)
    ++Count[X.Usr];
  std::vector<std::string> Refs;
  Refs.reserve(Table.size());
  for (size_t I = 0; I < Table.size(); ++I)
    if (Table[I].Usr.empty() || Count[Table[I].Usr] > 1)
      Refs.push_back("@" + std::to_string(I));
    else
      Refs.push_back(marked('@', Table[I].Usr));
  return Refs;
}

std::string Printer::symbolRef(SymbolId Id) const {
  return SymbolRefs.empty() ? marked('@', U.Symbols[Id].Usr) : SymbolRefs[Id];
}

std::string Printer::recordRef(RecordId Id) const {
  return RecordRefs.empty() ? marked('@', U.Records[Id].Usr) : RecordRefs[Id];
}

Printer::Printer(const Unit &U, llvm::raw_ostream &OS, bool Exact) : U(U), OS(OS) {
  if (!Exact)
    return;
  SymbolRefs = references(U.Symbols);
  RecordRefs = references(U.Records);
  Types.Types = U.Types;
  Builder.emplace(Types);
}

TypeId Printer::findType(const Type &T) {
  TypeId Id = Builder->type(T);
  return Id < U.Types.size() ? Id : None;
}

void Printer::nameLocals(const Function &F) {
  llvm::DenseMap<StringId, unsigned> Count;
  for (const Local &L : F.Locals)
    ++Count[L.Name];
  LocalRefs.clear();
  for (size_t I = 0; I < F.Locals.size(); ++I)
    if (StringId Name = F.Locals[I].Name; Name == 0 || Count[Name] > 1)
      LocalRefs.push_back("&" + std::to_string(I));
    else
      LocalRefs.push_back(marked('&', U.str(Name)));
}

//===- Parts ---------------------------------------------------------------===//

void Printer::type(TypeId Id) {
  const Type &T = U.type(Id);
  if (T.Const)
    OS << "const ";
  switch (T.Kind) {
  case TypeKind::Void:
    OS << "void";
    break;
  case TypeKind::Bool:
    OS << "bool";
    break;
  case TypeKind::Int:
    OS << (T.Signed ? 'i' : 'u') << T.Bits;
    break;
  case TypeKind::Float:
    OS << 'f' << T.Bits;
    break;
  case TypeKind::Pointer:
    OS << (T.Reference ? "ref<" : "ptr<");
    type(T.Elem);
    OS << '>';
    break;
  case TypeKind::Record:
    OS << "rec " << recordRef(T.Record);
    break;
  case TypeKind::Array:
    OS << "arr<";
    type(T.Elem);
    if (T.Count)
      OS << ", " << T.Count;
    OS << '>';
    break;
  case TypeKind::Function: {
    OS << "fn(";
    const char *Comma = "";
    for (TypeId P : T.Params) {
      OS << Comma;
      type(P);
      Comma = ", ";
    }
    if (T.Variadic)
      OS << Comma << "...";
    OS << ") -> ";
    // Without the parentheses a spelling could belong to the result or to this.
    if (T.Name)
      OS << '(';
    type(T.Elem);
    if (T.Name)
      OS << ')';
    break;
  }
  case TypeKind::Other:
    OS << "other";
    break;
  }
  if (T.Name)
    OS << quoted(U.str(T.Name), '\'');
}

void Printer::loc(LocId Id) {
  const SourceLoc &L = U.loc(Id);
  OS << " !";
  if (L == SourceLoc{}) {
    OS << '0';
    return;
  }
  if (L.File)
    OS << L.File << ':';
  OS << L.Line << ':' << L.Col;
  if (L.EndLine != L.Line)
    OS << '-' << L.EndLine << ':' << L.EndCol;
  else if (L.EndCol != L.Col)
    OS << '-' << L.EndCol;
  if (L.SpellFile != L.File)
    OS << '~' << L.SpellFile << ':' << L.SpellLine << ':' << L.SpellCol;
  else if (L.SpellLine != L.Line || L.SpellCol != L.Col)
    OS << '~' << L.SpellLine << ':' << L.SpellCol;
}

void Printer::operand(const Operand &O) {
  switch (O.Kind) {
  case OperandKind::None:
    break;
  case OperandKind::Undef:
    OS << "undef";
    break;
  case OperandKind::Temp:
    OS << '%' << O.Index;
    break;
  case OperandKind::Int:
    OS << O.Value;
    break;
  case OperandKind::Local:
    OS << LocalRefs[O.Index];
    break;
  case OperandKind::Global:
  case OperandKind::Func:
    OS << symbolRef(O.Index);
    break;
  case OperandKind::String:
    OS << quoted(U.str(O.Index));
    break;
  }
}

//===- Records and symbols -------------------------------------------------===//

/// An entry that is referred to by number says its number and its identity.
void Printer::declaredName(size_t Index, llvm::StringRef Usr, llvm::StringRef Reference) {
  OS << Reference;
  if (Reference == "@" + std::to_string(Index))
    OS << ' ' << quoted(Usr);
}

void Printer::record(size_t Index) {
  static constexpr llvm::StringLiteral How[] = {"", "defaulted", "deleted", "user"};
  const Record &R = U.Records[Index];
  OS << "record ";
  declaredName(Index, R.Usr, recordRef(Index));
  if (U.str(R.Name) != R.Usr)
    OS << " name " << quoted(U.str(R.Name));
  word(R.Union, "union");
  word(R.Polymorphic, "polymorphic");
  word(!R.Trivial, "nontrivial");
  word(R.System, "system");
  if (R.Destructor != None)
    OS << " destructor " << symbolRef(R.Destructor);
  std::pair<llvm::StringLiteral, SpecialMember> Specials[] = {{"copyctor", R.CopyCtor},
                                                              {"movector", R.MoveCtor},
                                                              {"copyassign", R.CopyAssign},
                                                              {"moveassign", R.MoveAssign}};
  for (auto [Word, S] : Specials)
    if (S != SpecialMember::None)
      OS << ' ' << Word << ' ' << How[unsigned(S)];
  for (TypeId B : R.Bases) {
    OS << " base ";
    type(B);
  }
  loc(R.Loc);
  OS << " {";
  for (const Field &F : R.Fields) {
    llvm::StringRef Name = U.str(F.Name);
    OS << "\n  " << (isIdentifier(Name) ? Name.str() : quoted(Name)) << " : ";
    type(F.Ty);
    loc(F.Loc);
  }
  OS << (R.Fields.empty() ? "}\n" : "\n}\n");
}

void Printer::symbol(size_t Index) {
  static constexpr llvm::StringLiteral Linkages[] = {"external", "internal", "inline", "weak"};
  const Symbol &S = U.Symbols[Index];
  OS << (S.IsFunction ? "declare " : "global ");
  declaredName(Index, S.Usr, symbolRef(Index));
  OS << " : ";
  type(S.Ty);
  if (U.name(S) != S.Usr)
    OS << " name " << quoted(U.name(S));
  word(S.Link != Linkage::External, Linkages[unsigned(S.Link)]);
  if (S.CLinkage != isIdentifier(S.Usr))
    OS << (S.CLinkage ? " lang \"c\"" : " lang \"c++\"");
  word(S.Exported, "exported");
  word(S.NoReturn, "noreturn");
  word(S.NoThrow, "nothrow");
  word(S.System, "system");
  word(S.Const, "const");
  word(S.Method, "method");
  word(S.Virtual, "virtual");
  word(S.Destructor, "destructor");
  word(S.Constructor, "constructor");
  word(S.Pure, "pure");
  if (S.Parent != None)
    OS << " parent " << recordRef(S.Parent);
  if (S.Header)
    OS << " header " << quoted(U.str(S.Header));
  for (const std::string &A : S.Attributes)
    OS << " attr " << quoted(A);
  for (SymbolId O : S.Overrides)
    OS << " overrides " << symbolRef(O);
  if (S.Init) {
    OS << " = ";
    operand(S.Init);
  }
  initialValues(S);
  loc(S.Loc);
  OS << '\n';
}

void Printer::initialValues(const Symbol &S) {
  if (S.Values.empty())
    return;
  OS << " {";
  for (const InitialValue &V : S.Values) {
    OS << "\n ";
    for (const InitialStep &Step : V.Steps)
      if (Step.Field)
        OS << ' ' << quoted(U.str(Step.Field));
      else
        OS << " [" << Step.Index << ']';
    OS << " = ";
    operand(V.Value);
  }
  OS << "\n}";
}

void Printer::unit() {
  OS << "unit " << quoted(U.MainFile);
  word(U.CPlusPlus, "cxx");
  word(U.HadErrors, "errors");
  OS << '\n';
  for (size_t I = 0; I < U.Files.size(); ++I) {
    OS << "file " << I << ' ' << quoted(U.Files[I].Path);
    word(U.Files[I].System, "system");
    OS << '\n';
  }
  if (!U.Records.empty())
    OS << '\n';
  for (size_t I = 0; I < U.Records.size(); ++I)
    record(I);
  if (!U.Symbols.empty())
    OS << '\n';
  for (size_t I = 0; I < U.Symbols.size(); ++I)
    symbol(I);
  for (const Function &F : U.Functions) {
    OS << '\n';
    function(F);
  }
}

//===- Functions -----------------------------------------------------------===//

void Printer::localName(size_t Index, StringId Name) {
  llvm::StringRef S = U.str(Name);
  if (LocalRefs[Index] == "&" + std::to_string(Index))
    OS << '&' << Index << ' ' << quoted(S);
  else
    OS << (isIdentifier(S) ? S.str() : quoted(S));
}

void Printer::rewrite(const Rewrite &R) {
  OS << "  rewrite " << rewriteWords()[unsigned(R.Kind)];
  loc(R.About);
  OS << " {";
  for (const TextEdit &E : R.Edits)
    OS << ' ' << E.Offset << ' ' << E.Length << ' ' << quoted(U.str(E.Text));
  OS << " }\n";
}

void Printer::closure(const Function &F, size_t Index) {
  static constexpr llvm::StringLiteral Kinds[] = {"copy", "ref", "this", "init"};
  const ClosureInfo &C = F.Closures[Index];
  OS << "  closure " << Index;
  if (C.Callee != None)
    OS << ' ' << symbolRef(C.Callee);
  loc(C.Loc);
  OS << " {";
  for (const LambdaCapture &L : C.Captures) {
    llvm::StringRef Name = U.str(L.Name);
    OS << "\n    " << Kinds[unsigned(L.Kind)];
    word(L.Implicit, "implicit");
    OS << ' ' << quoted(Name);
    if (L.Value) {
      OS << " = ";
      operand(L.Value);
    }
    OS << " : ";
    type(L.Ty);
    loc(L.Loc);
  }
  OS << (C.Captures.empty() ? "}\n" : "\n  }\n");
}

void Printer::op(const Function &F, const Op &O, bool WithType) {
  if (O.Result != None)
    OS << '%' << O.Result << " = ";
  OS << (O.has(OF_Virtual) ? llvm::StringRef("vcall") : llvm::StringRef(opInfo(O.Kind).Name));
  // `call @f` is direct; through a variable or a named function it says so.
  bool Indirect = O.has(OF_Indirect);
  if (Indirect)
    OS << " indirect";
  for (const FlagWord &W : opFlagWords())
    word(O.has(W.Flag), W.Word);
  if (O.Kind == OpKind::Cast && O.Aux)
    OS << ' ' << castWords()[O.Aux];
  if (opInfo(O.Kind).MaxOperands || O.Kind == OpKind::New || O.Kind == OpKind::Closure)
    OS << ' ';

  llvm::ArrayRef<Operand> Args = O.Operands;
  if (O.Kind == OpKind::Call) {
    if (Indirect) {
      operand(Args.front());
      Args = Args.drop_front();
    } else {
      OS << symbolRef(O.Aux);
    }
    OS << '(';
  }
  const char *Comma = "";
  for (const Operand &A : Args) {
    OS << Comma;
    operand(A);
    Comma = ", ";
  }
  switch (O.Kind) {
  case OpKind::Call:
    OS << ')';
    break;
  case OpKind::Field:
  case OpKind::Container:
    OS << ", " << quoted(U.str(O.Aux));
    break;
  case OpKind::New:
    type(O.Ty);
    break;
  case OpKind::Closure:
    OS << O.Aux;
    break;
  default:
    break;
  }
  if ((WithType && O.Kind != OpKind::New) || O.Kind == OpKind::Cast) {
    OS << " : ";
    type(O.Ty);
  }
  loc(O.Loc);
}

void Printer::handlers(const Terminator &T) {
  const char *Separator = " as ";
  for (StringId Class : T.Thrown) {
    OS << Separator << quoted(U.str(Class));
    Separator = ", ";
  }
  Separator = " to ";
  for (size_t K = 0; K < T.Catches.size(); ++K) {
    OS << Separator << "bb" << T.Succs[K];
    if (T.Catches[K])
      OS << ' ' << quoted(U.str(T.Catches[K]));
    Separator = ", ";
  }
  if (T.Succs.size() > T.Catches.size())
    OS << " else bb" << T.Succs.back();
}

void Printer::terminator(const Terminator &T) {
  static constexpr llvm::StringLiteral Names[] = {"jump",   "branch", "switch",
                                                  "return", "throw",  "unreachable"};
  OS << "  " << Names[unsigned(T.Kind)];
  const char *Separator = " ";
  if (T.Value) {
    OS << ' ';
    operand(T.Value);
    Separator = ", ";
  }
  if (T.Kind == TermKind::Switch) {
    OS << ", [";
    const char *Comma = "";
    for (const SwitchCase &C : T.Cases) {
      OS << Comma << C.Lo;
      if (C.Hi != C.Lo)
        OS << ".." << C.Hi;
      OS << " -> bb" << C.Target;
      Comma = ", ";
    }
    OS << "], default bb" << T.Succs[0];
  } else if (T.Kind == TermKind::Throw) {
    handlers(T);
  } else {
    for (BlockId S : T.Succs) {
      OS << Separator << "bb" << S;
      Separator = ", ";
    }
  }
  loc(T.Loc);
  OS << '\n';
}

void Printer::function(const Function &F) {
  nameLocals(F);
  OS << "define " << symbolRef(F.Sym) << '(';
  uint32_t UsedTemps = 0;
  auto Use = [&](const Operand &O) {
    if (O.isTemp())
      UsedTemps = std::max(UsedTemps, O.Index + 1);
  };
  for (size_t I = 0; I < F.Locals.size(); ++I) {
    if (I == F.NumParams) {
      OS << ')';
      loc(F.Loc);
      OS << " end";
      loc(F.EndLoc);
      OS << " {\n";
    }
    if (I < F.NumParams)
      OS << (I ? ", " : "");
    else
      OS << "  local ";
    localName(I, F.Locals[I].Name);
    OS << " : ";
    type(F.Locals[I].Ty);
    loc(F.Locals[I].Loc);
    if (I >= F.NumParams)
      OS << '\n';
  }
  if (F.NumParams == F.Locals.size()) {
    OS << ')';
    loc(F.Loc);
    OS << " end";
    loc(F.EndLoc);
    OS << " {\n";
  }
  for (size_t I = 0; I < F.Closures.size(); ++I) {
    closure(F, I);
    for (const LambdaCapture &L : F.Closures[I].Captures)
      Use(L.Value);
  }
  for (const Rewrite &R : F.Rewrites)
    rewrite(R);
  for (const Block &B : F.Blocks) {
    for (const Op &O : B.Ops) {
      if (O.Result != None)
        UsedTemps = std::max(UsedTemps, O.Result + 1);
      for (const Operand &V : O.Operands)
        Use(V);
    }
    Use(B.Term.Value);
  }
  if (UsedTemps != F.NumTemps)
    OS << "  temps " << F.NumTemps << '\n';

  auto Find = [this](const Type &T) { return findType(T); };
  TypeInference Inference(U, F, Find);
  for (size_t B = 0; B < F.Blocks.size(); ++B) {
    OS << "bb" << B << ":\n";
    for (const Op &O : F.Blocks[B].Ops) {
      OS << "  ";
      op(F, O, O.Ty != Inference.infer(O));
      OS << '\n';
      Inference.note(O);
    }
    terminator(F.Blocks[B].Term);
  }
  OS << "}\n";
}

void print(const Unit &U, llvm::raw_ostream &OS) {
  Unit Canonical = U;
  canonicalize(Canonical);
  Printer(Canonical, OS, /*Exact=*/true).unit();
}

void print(const Unit &U, const Function &F, llvm::raw_ostream &OS) {
  Printer(U, OS, /*Exact=*/true).function(F);
}

void print(const Unit &U, const Function &F, const Op &O, llvm::raw_ostream &OS) {
  Printer P(U, OS, /*Exact=*/false);
  P.setLocals(F);
  P.op(F, O, O.Ty != 0);
}

} // namespace handrail::ir
