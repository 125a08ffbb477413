//===- Verify.cpp - the invariants of a unit -------------------*- C++ -*-===//

#include "lib/IR/Verify.h"
#include "lib/IR/OpInfo.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>

namespace handrail::ir {

using llvm::Twine;

namespace {
/// Checks in the order of the tables and remembers the first thing broken. Every
/// `check…` returns whether all is well, so a caller chains them with &&.
class StructureVerifier {
public:
  explicit StructureVerifier(const Unit &U) : U(U) {}

  std::optional<Broken> run() {
    if (tables() && types() && records() && symbols() && functions())
      return std::nullopt;
    return std::move(First);
  }

private:
  bool fail(const Twine &What) {
    First.What = (Twine(Where) + What).str();
    return false;
  }
  bool index(const char *What, size_t Index, size_t Size) {
    return Index < Size || fail(Twine(What) + " " + Twine(Index) + " does not exist (there are " +
                                Twine(Size) + ")");
  }
  bool string(const char *What, StringId Id) { return index(What, Id, U.Strings.size()); }
  bool typeId(TypeId Id) { return index("type", Id, U.Types.size()); }
  bool locId(LocId Id) { return index("location", Id, U.Locs.size()); }
  bool recordId(RecordId Id) { return index("record", Id, U.Records.size()); }
  bool functionSymbol(const char *What, SymbolId Id) {
    return index(What, Id, U.Symbols.size()) &&
           (U.Symbols[Id].IsFunction ||
            fail(Twine(What) + " " + Twine(Id) + " is a variable, not a function"));
  }
  void at(const Twine &Place) { Where = (Place + ": ").str(); }

  bool tables();
  bool types();
  bool records();
  bool symbols();
  bool initialValues(const Symbol &S);
  bool functions();
  bool function(const Function &F);
  bool locals(const Function &F);
  bool closures(const Function &F);
  bool rewrites(const Function &F);
  bool op(const Function &F, const Op &O);
  bool aux(const Function &F, const Op &O);
  bool terminator(const Function &F, const Terminator &T);
  bool operand(const Function *F, const Operand &O);

  const Unit &U;
  Broken First;
  std::string Where;
};
} // namespace

bool StructureVerifier::tables() {
  if (U.Strings.empty() || !U.Strings[0].empty())
    return fail("string 0 must be the empty string");
  if (U.Locs.empty() || U.Locs[0] != SourceLoc{})
    return fail("location 0 must be \"no location\"");
  if (U.Types.empty() || !(U.Types[0] == Type{}))
    return fail("type 0 must be void");
  for (size_t I = 1; I < U.Locs.size(); ++I)
    if (U.Locs[I].File >= U.Files.size() || U.Locs[I].SpellFile >= U.Files.size()) {
      at("location " + Twine(I));
      return index("file", std::max(U.Locs[I].File, U.Locs[I].SpellFile), U.Files.size());
    }
  return true;
}

bool StructureVerifier::types() {
  std::vector<uint32_t> Size, Depth;
  for (size_t I = 0; I < U.Types.size(); ++I) {
    const Type &T = U.Types[I];
    at("type " + Twine(I));
    bool IsFunction = T.Kind == TypeKind::Function;
    bool HasElem = IsFunction || T.Kind == TypeKind::Pointer || T.Kind == TypeKind::Array;
    if (T.Kind > TypeKind::Other)
      return fail("has an unknown kind");
    if (!string("string", T.Name))
      return false;
    if ((T.Signed && T.Kind != TypeKind::Int) ||
        (T.Bits && T.Kind != TypeKind::Int && T.Kind != TypeKind::Float) || (T.Elem && !HasElem) ||
        ((T.Variadic || !T.Params.empty()) && !IsFunction) ||
        (T.Reference && T.Kind != TypeKind::Pointer) || (T.Count && T.Kind != TypeKind::Array) ||
        (T.Record != None && T.Kind != TypeKind::Record))
      return fail("sets a member that its kind does not have");
    if (T.Kind == TypeKind::Record && !recordId(T.Record))
      return false;
    // Parts come first, which rules cycles out and bounds every walk over a type.
    uint32_t S = 1, D = 1;
    auto Part = [&](TypeId P) {
      if (P >= I)
        return fail("its part, type " + Twine(P) + ", must stand before it");
      S = std::min(S + Size[P], MaxTypeSize + 1);
      D = std::max(D, Depth[P] + 1);
      return true;
    };
    if (HasElem && !Part(T.Elem))
      return false;
    for (TypeId P : T.Params)
      if (!Part(P))
        return false;
    if (S > MaxTypeSize || D > MaxTypeDepth)
      return fail("is nested too deeply");
    Size.push_back(S);
    Depth.push_back(D);
  }
  return true;
}

bool StructureVerifier::records() {
  for (size_t I = 0; I < U.Records.size(); ++I) {
    const Record &R = U.Records[I];
    at("record " + Twine(I) + " (" + R.Usr + ")");
    if (!string("name", R.Name) || !locId(R.Loc) ||
        (R.Destructor != None && !functionSymbol("destructor", R.Destructor)))
      return false;
    for (TypeId B : R.Bases)
      if (!typeId(B))
        return false;
    for (const Field &F : R.Fields)
      if (!string("field name", F.Name) || !typeId(F.Ty) || !locId(F.Loc))
        return false;
  }
  return true;
}

bool StructureVerifier::symbols() {
  for (size_t I = 0; I < U.Symbols.size(); ++I) {
    const Symbol &S = U.Symbols[I];
    at("symbol " + Twine(I) + " (" + S.Usr + ")");
    if (!string("name", S.Name) || !string("header", S.Header) || !typeId(S.Ty) || !locId(S.Loc) ||
        (S.Parent != None && !recordId(S.Parent)))
      return false;
    for (SymbolId O : S.Overrides)
      if (!functionSymbol("overridden method", O))
        return false;
    if (S.Init && S.IsFunction)
      return fail("a function has no initialiser");
    if (!operand(nullptr, S.Init) || !initialValues(S))
      return false;
  }
  return true;
}

bool StructureVerifier::initialValues(const Symbol &S) {
  if (!S.Values.empty() && S.IsFunction)
    return fail("a function has no initialiser");
  for (const InitialValue &V : S.Values) {
    if (V.Steps.empty())
      return fail("an initial value lies nowhere inside the variable");
    for (const InitialStep &Step : V.Steps) {
      if (!string("member name", Step.Field))
        return false;
      if (Step.Field && Step.Index)
        return fail("a step is a member or an element, not both");
    }
    OperandKind K = V.Value.Kind;
    if (K != OperandKind::Func && K != OperandKind::Global && K != OperandKind::Undef)
      return fail("an initial value is a function, a variable or unknown");
    if (!operand(nullptr, V.Value))
      return false;
  }
  return true;
}

bool StructureVerifier::functions() {
  llvm::BitVector Defined(U.Symbols.size());
  uint64_t Temps = 0;
  for (size_t I = 0; I < U.Functions.size(); ++I) {
    const Function &F = U.Functions[I];
    First.Function = I;
    First.Block = First.Op = None;
    at("function " + Twine(I));
    if (!functionSymbol("symbol", F.Sym))
      return false;
    at("function @" + U.Symbols[F.Sym].Usr);
    if (Defined.test(F.Sym))
      return fail("is defined twice");
    Defined.set(F.Sym);
    Temps += F.NumTemps;
    if (!function(F))
      return false;
    if (Temps > MaxUnitTemps)
      return fail("brings the unit to more than " + Twine(MaxUnitTemps) + " temporaries");
  }
  First.Function = None;
  return true;
}

bool StructureVerifier::function(const Function &F) {
  if (!locId(F.Loc) || !locId(F.EndLoc) || !locals(F))
    return false;
  if (F.NumTemps > MaxTemps)
    return fail("has " + Twine(F.NumTemps) + " temporaries, more than " + Twine(MaxTemps));
  if (!closures(F) || !rewrites(F))
    return false;
  if (F.Blocks.empty())
    return fail("has no blocks");
  std::string InFunction = Where;
  for (size_t B = 0; B < F.Blocks.size(); ++B) {
    First.Block = B;
    const Block &Bl = F.Blocks[B];
    for (size_t I = 0; I < Bl.Ops.size(); ++I) {
      First.Op = I;
      if (!op(F, Bl.Ops[I])) {
        // Only now, since this runs over every operation of a program.
        First.What.insert(InFunction.size(),
                          ("bb" + Twine(B) + ", operation " + Twine(I) + ": ").str());
        return false;
      }
    }
    First.Op = Bl.Ops.size();
    if (!terminator(F, Bl.Term)) {
      First.What.insert(InFunction.size(), ("bb" + Twine(B) + ", terminator: ").str());
      return false;
    }
  }
  return true;
}

bool StructureVerifier::locals(const Function &F) {
  if (F.NumParams > F.Locals.size())
    return fail("has " + Twine(F.NumParams) + " parameters but only " + Twine(F.Locals.size()) +
                " locals");
  for (size_t I = 0; I < F.Locals.size(); ++I) {
    const Local &L = F.Locals[I];
    if (!string("name", L.Name) || !typeId(L.Ty) || !locId(L.Loc))
      return false;
    if (L.Param != (I < F.NumParams))
      return fail(
          "local " + Twine(I) +
          (L.Param ? " is marked as a parameter but is none" : " is a parameter but not marked"));
  }
  return true;
}

bool StructureVerifier::closures(const Function &F) {
  for (const ClosureInfo &C : F.Closures) {
    if (!locId(C.Loc) || (C.Callee != None && !functionSymbol("callee of a closure", C.Callee)))
      return false;
    for (const LambdaCapture &L : C.Captures)
      if (!string("name", L.Name) || !typeId(L.Ty) || !locId(L.Loc) || !operand(&F, L.Value))
        return false;
  }
  return true;
}

bool StructureVerifier::rewrites(const Function &F) {
  for (const Rewrite &R : F.Rewrites) {
    uint64_t End = 0;
    if (!locId(R.About))
      return false;
    if (R.Edits.empty())
      return fail("a rewrite has no edits");
    for (const TextEdit &E : R.Edits) {
      if (!string("text of an edit", E.Text))
        return false;
      if (E.Offset < End)
        return fail("the edits of a rewrite overlap, or are not in order");
      End = uint64_t(E.Offset) + E.Length;
    }
  }
  return true;
}

bool StructureVerifier::operand(const Function *F, const Operand &O) {
  bool HasIndex = O.Kind >= OperandKind::Local || O.Kind == OperandKind::Temp;
  if ((O.Index && !HasIndex) || (O.Value && O.Kind != OperandKind::Int))
    return fail("an operand sets a member that its kind does not have");
  switch (O.Kind) {
  case OperandKind::None:
  case OperandKind::Undef:
  case OperandKind::Int:
    return true;
  case OperandKind::Temp:
    if (!F)
      return fail("a temporary outside of a function");
    return O.Index < F->NumTemps || fail("temporary %" + Twine(O.Index) +
                                         " does not exist (there are " + Twine(F->NumTemps) + ")");
  case OperandKind::Local:
    if (!F)
      return fail("a local outside of a function");
    return index("local", O.Index, F->Locals.size());
  case OperandKind::Global:
    return index("global", O.Index, U.Symbols.size()) &&
           (!U.Symbols[O.Index].IsFunction ||
            fail("global " + Twine(O.Index) + " is a function, not a variable"));
  case OperandKind::Func:
    return functionSymbol("function", O.Index);
  case OperandKind::String:
    return string("string", O.Index);
  }
  return fail("an operand has an unknown kind");
}

bool StructureVerifier::aux(const Function &F, const Op &O) {
  switch (O.Kind) {
  case OpKind::Field:
  case OpKind::Container:
    return string("field name", O.Aux);
  case OpKind::Cast:
    return O.Aux <= unsigned(CastKind::Pointer) || fail("unknown kind of cast");
  case OpKind::Closure:
    return index("closure", O.Aux, F.Closures.size());
  case OpKind::Call:
    if (!O.has(OF_Indirect))
      return functionSymbol("callee", O.Aux);
    if (O.has(OF_Virtual))
      return fail("a call is either indirect or virtual");
    if (O.Operands.empty())
      return fail("an indirect call needs a callee");
    break;
  default:
    break;
  }
  return O.Aux == 0 || fail(opInfo(O.Kind).Name + Twine(" has no aux"));
}

bool StructureVerifier::op(const Function &F, const Op &O) {
  if (unsigned(O.Kind) >= NumOpKinds)
    return fail("unknown operation");
  const OpInfo &Info = opInfo(O.Kind);
  if (O.Operands.size() < Info.MinOperands ||
      (Info.MaxOperands != AnyOperands && O.Operands.size() > Info.MaxOperands))
    return fail(Info.Name + Twine(" takes ") +
                (Info.MaxOperands == AnyOperands ? "at least " : "") +
                Twine(unsigned(Info.MinOperands)) + " operands, not " + Twine(O.Operands.size()));
  if (Info.Result == ResultRule::Always && O.Result == None)
    return fail(Info.Name + Twine(" needs a result"));
  if (Info.Result == ResultRule::Never && O.Result != None)
    return fail(Info.Name + Twine(" has no result"));
  if (O.Result != None && O.Result >= F.NumTemps)
    return fail("temporary %" + Twine(O.Result) + " does not exist (there are " +
                Twine(F.NumTemps) + ")");
  if (O.Kind != OpKind::Call && (O.Flags & (OF_Indirect | OF_Virtual)))
    return fail("only calls are indirect or virtual");
  if (!aux(F, O) || !typeId(O.Ty) || !locId(O.Loc))
    return false;
  for (const Operand &V : O.Operands)
    if (!V)
      return fail("an operand is missing");
    else if (!operand(&F, V))
      return false;
  if ((O.Kind == OpKind::Decl || O.Kind == OpKind::End) && O.Operands[0].Kind != OperandKind::Local)
    return fail(Info.Name + Twine(" takes a local"));
  return true;
}

bool StructureVerifier::terminator(const Function &F, const Terminator &T) {
  if (!locId(T.Loc) || !operand(&F, T.Value))
    return false;
  for (BlockId S : T.Succs)
    if (!index("block", S, F.Blocks.size()))
      return false;
  if (!T.Cases.empty() && T.Kind != TermKind::Switch)
    return fail("only a switch has cases");
  for (const auto *Names : {&T.Thrown, &T.Catches})
    for (StringId Name : *Names)
      if (!string("class", Name))
        return false;
  if (T.Kind != TermKind::Throw && !(T.Thrown.empty() && T.Catches.empty()))
    return fail("only a throw names classes");
  for (const SwitchCase &C : T.Cases)
    if (!index("block", C.Target, F.Blocks.size()))
      return false;
    else if (C.Lo > C.Hi)
      return fail("case " + Twine(C.Lo) + ".." + Twine(C.Hi) + " is empty");
  auto Shape = [&](const char *Name, std::optional<bool> Value, std::optional<size_t> Succs) {
    if (Value && bool(T.Value) != *Value)
      return fail(Twine(Name) + (*Value ? " needs a value" : " has no value"));
    if (Succs && T.Succs.size() != *Succs)
      return fail(Twine(Name) + " has " + Twine(*Succs) + " successors, not " +
                  Twine(T.Succs.size()));
    return true;
  };
  switch (T.Kind) {
  case TermKind::Jump:
    return Shape("jump", false, 1);
  case TermKind::Branch:
    return Shape("branch", true, 2);
  case TermKind::Switch:
    return Shape("switch", true, 1);
  case TermKind::Return:
    return Shape("return", std::nullopt, 0);
  case TermKind::Throw:
    if (T.Succs.size() < T.Catches.size() || T.Succs.size() > T.Catches.size() + 1)
      return fail("throw has " + Twine(T.Catches.size()) + " handlers and " +
                  Twine(T.Succs.size()) + " successors");
    return Shape("throw", std::nullopt, std::nullopt);
  case TermKind::Unreachable:
    return Shape("unreachable", false, 0);
  }
  return fail("unknown terminator");
}

//===- Definitions ---------------------------------------------------------===//

namespace {
/// A forward must-analysis ("defined on every path"), but only over temporaries
/// that some block uses before it defines them: most live and die within one
/// block. It runs over 64 of them at a time, one word per block, so that memory
/// stays linear in the function.
class DefinitionVerifier {
public:
  DefinitionVerifier(const Unit &U, uint32_t Index) : U(U), F(U.Functions[Index]), Index(Index) {}

  std::optional<Broken> run() {
    collectUses();
    if (Uses.empty())
      return std::nullopt;
    collectDefinitions();
    order();
    const ExposedUse *First = nullptr;
    for (uint32_t Group = 0; Group * 64 < Shared.size(); ++Group) {
      solve(Group);
      for (const ExposedUse &E : Uses)
        if (E.Bit / 64 == Group && !(In[E.Block] >> (E.Bit % 64) & 1) &&
            (!First || std::pair(E.Block, E.Op) < std::pair(First->Block, First->Op)))
          First = &E;
    }
    if (!First)
      return std::nullopt;
    return Broken{("function @" + U.Symbols[F.Sym].Usr + ": bb" + Twine(First->Block) + ": %" +
                   Twine(Shared[First->Bit]) + " is used but not defined on every path to here")
                      .str(),
                  Index, First->Block, First->Op};
  }

private:
  struct ExposedUse {
    uint32_t Bit, Block, Op;
  };
  struct Definition {
    uint32_t Bit, Block;
  };

  template <class Fn> void forEachUse(const Op &O, Fn Use) {
    for (const Operand &V : O.Operands)
      if (V.isTemp())
        Use(V.Index);
    // What a closure captures is read where it is made.
    if (O.Kind == OpKind::Closure)
      for (const LambdaCapture &L : F.Closures[O.Aux].Captures)
        if (L.Value.isTemp())
          Use(L.Value.Index);
  }

  void collectUses() {
    std::vector<BlockId> DefinedIn(F.NumTemps, None);
    BitOf.assign(F.NumTemps, None);
    for (uint32_t B = 0; B < F.Blocks.size(); ++B) {
      uint32_t I = 0;
      auto Use = [&](TempId T) {
        if (DefinedIn[T] == B)
          return;
        if (BitOf[T] == None) {
          BitOf[T] = Shared.size();
          Shared.push_back(T);
        }
        Uses.push_back({BitOf[T], B, I});
      };
      for (const Op &O : F.Blocks[B].Ops) {
        forEachUse(O, Use);
        if (O.Result != None)
          DefinedIn[O.Result] = B;
        ++I;
      }
      if (F.Blocks[B].Term.Value.isTemp())
        Use(F.Blocks[B].Term.Value.Index);
    }
  }

  void collectDefinitions() {
    for (uint32_t B = 0; B < F.Blocks.size(); ++B)
      for (const Op &O : F.Blocks[B].Ops)
        if (O.Result != None && BitOf[O.Result] != None)
          Definitions.push_back({BitOf[O.Result], B});
    std::sort(Definitions.begin(), Definitions.end(), [](const Definition &A, const Definition &B) {
      return std::pair(A.Bit, A.Block) < std::pair(B.Bit, B.Block);
    });
  }

  template <class Fn> void forEachSuccessor(BlockId B, Fn Visit) {
    for (BlockId S : F.Blocks[B].Term.Succs)
      Visit(S);
    for (const SwitchCase &C : F.Blocks[B].Term.Cases)
      Visit(C.Target);
  }

  /// Reverse post-order, in which `solve` needs few rounds.
  void order() {
    std::vector<std::pair<BlockId, std::vector<BlockId>>> Stack;
    std::vector<bool> Seen(F.Blocks.size(), false);
    auto Enter = [&](BlockId B) {
      Seen[B] = true;
      std::vector<BlockId> Successors;
      forEachSuccessor(B, [&](BlockId S) { Successors.push_back(S); });
      Stack.emplace_back(B, std::move(Successors));
    };
    Enter(0);
    while (!Stack.empty()) {
      std::vector<BlockId> &Left = Stack.back().second;
      if (Left.empty()) {
        Order.push_back(Stack.back().first);
        Stack.pop_back();
        continue;
      }
      BlockId S = Left.back();
      Left.pop_back();
      if (!Seen[S])
        Enter(S);
    }
    std::reverse(Order.begin(), Order.end());
  }

  void solve(uint32_t Group) {
    std::vector<uint64_t> Gen(F.Blocks.size(), 0);
    while (NextDefinition < Definitions.size() && Definitions[NextDefinition].Bit / 64 == Group) {
      const Definition &D = Definitions[NextDefinition++];
      Gen[D.Block] |= uint64_t(1) << (D.Bit % 64);
    }
    // All ones is "not reached": nothing to complain about in dead code.
    In.assign(F.Blocks.size(), ~uint64_t(0));
    In[0] = 0;
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (BlockId B : Order)
        forEachSuccessor(B, [&](BlockId S) {
          uint64_t Now = In[S] & (In[B] | Gen[B]);
          Changed |= Now != In[S];
          In[S] = Now;
        });
    }
  }

  const Unit &U;
  const Function &F;
  uint32_t Index;
  std::vector<uint32_t> BitOf; ///< temporary to its bit, or None
  std::vector<TempId> Shared;  ///< the reverse
  std::vector<ExposedUse> Uses;
  std::vector<Definition> Definitions; ///< by Bit
  size_t NextDefinition = 0;
  std::vector<BlockId> Order;
  std::vector<uint64_t> In; ///< per block: the group's temporaries defined at its start
};
} // namespace

std::optional<Broken> verifyStructure(const Unit &U) { return StructureVerifier(U).run(); }

std::optional<Broken> verifyDefinitions(const Unit &U) {
  for (uint32_t I = 0; I < U.Functions.size(); ++I)
    if (std::optional<Broken> B = DefinitionVerifier(U, I).run())
      return B;
  return std::nullopt;
}

std::optional<std::string> verify(const Unit &U) {
  std::optional<Broken> B = verifyStructure(U);
  if (!B)
    B = verifyDefinitions(U);
  if (!B)
    return std::nullopt;
  return std::move(B->What);
}

} // namespace handrail::ir
