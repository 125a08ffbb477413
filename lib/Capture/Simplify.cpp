//===- Simplify.cpp - tidying a lowered function ---------------------------===//
#include "lib/Capture/Simplify.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallBitVector.h"

namespace handrail::capture {

using namespace ir;

namespace {

bool isComparison(OpKind K) { return K >= OpKind::Eq && K <= OpKind::Ge; }

bool isPure(const Op &O) {
  switch (O.Kind) {
  case OpKind::Copy:
  case OpKind::Field:
  case OpKind::Container:
  case OpKind::Index:
  case OpKind::Not:
  case OpKind::Neg:
  case OpKind::BitNot:
  case OpKind::Cast:
    return true;
  case OpKind::Load:
    // Reading a variable has no effect; reading through a pointer is a use.
    return O.Operands[0].Kind == OperandKind::Local || O.Operands[0].Kind == OperandKind::Global;
  default:
    return O.Kind >= OpKind::Add && O.Kind <= OpKind::Ge;
  }
}

template <typename Fn> void forEachUse(Function &F, Fn Use) {
  for (Block &B : F.Blocks) {
    for (Op &O : B.Ops)
      for (Operand &V : O.Operands)
        Use(V, &O);
    Use(B.Term.Value, static_cast<Op *>(nullptr));
  }
  for (ClosureInfo &C : F.Closures)
    for (LambdaCapture &L : C.Captures)
      Use(L.Value, static_cast<Op *>(nullptr));
}

template <typename Fn> void forEachSuccessor(Terminator &T, Fn Visit) {
  for (BlockId &S : T.Succs)
    Visit(S);
  for (SwitchCase &C : T.Cases)
    Visit(C.Target);
}

//===-- branches on values just decided -------------------------------------------

/// Blocks that only compute a condition from a temporary and branch on it:
///
///   bb1: %t = copy 1; jump bb3
///   bb2: %t = copy %c; jump bb3         bb2: branch %c, bb5, bb4
///   bb3: %n = not %t; branch %n, bb4, bb5
class BranchThreading {
public:
  explicit BranchThreading(Function &F) : F(F) {}

  void run() {
    markBooleans();
    findHomes();
    // Conditions nest a few levels at most.
    for (unsigned Round = 0; Round < 3; ++Round) {
      bool Changed = false;
      for (BlockId P = 0; P < F.Blocks.size(); ++P)
        if (F.Blocks[P].Term.Kind == TermKind::Jump)
          Changed |= thread(P);
      if (!Changed)
        return;
    }
  }

private:
  static constexpr size_t MaxOps = 6;
  static constexpr BlockId Several = None - 1;
  Function &F;
  std::vector<BlockId> Home; ///< by temporary: the only block that mentions it, or Several
  llvm::BitVector Boolean;   ///< temporaries that are 0 or 1

  void markBooleans() {
    Boolean.resize(F.NumTemps);
    llvm::BitVector Other(F.NumTemps);
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops)
        if (O.Result != None)
          (isComparison(O.Kind) || O.Kind == OpKind::Not ? Boolean : Other).set(O.Result);
    Boolean.reset(Other);
  }

  void findHomes() {
    Home.assign(F.NumTemps, None);
    auto Mention = [&](const Operand &V, BlockId B) {
      if (V.isTemp())
        Home[V.Index] = Home[V.Index] == None || Home[V.Index] == B ? B : Several;
    };
    for (BlockId B = 0; B < F.Blocks.size(); ++B) {
      for (const Op &O : F.Blocks[B].Ops) {
        for (const Operand &V : O.Operands)
          Mention(V, B);
        if (O.Result != None)
          Mention(Operand::temp(O.Result), B);
      }
      Mention(F.Blocks[B].Term.Value, B);
    }
    for (const ClosureInfo &C : F.Closures)
      for (const LambdaCapture &L : C.Captures)
        if (L.Value.isTemp())
          Home[L.Value.Index] = Several;
  }

  bool isCondition(const Block &B) const {
    if (B.Term.Kind != TermKind::Branch || !B.Term.Value.isTemp() || B.Ops.size() > MaxOps)
      return false;
    for (const Op &O : B.Ops)
      if (O.Kind != OpKind::Not && O.Kind != OpKind::Ne && O.Kind != OpKind::Eq &&
          O.Kind != OpKind::Copy && O.Kind != OpKind::Cast)
        return false;
    return true;
  }

  bool thread(BlockId P) {
    BlockId J = F.Blocks[P].Term.Succs[0];
    if (J == P || !isCondition(F.Blocks[J]))
      return false;
    // What P knows of the temporaries it wrote by copying.
    llvm::SmallDenseMap<TempId, Operand, 8> Known;
    for (const Op &O : F.Blocks[P].Ops)
      if (O.Kind == OpKind::Copy && O.Operands[0].Kind != OperandKind::Undef)
        Known[O.Result] = resolve(O.Operands[0], Known);
      else if (O.Result != None)
        Known.erase(O.Result);
    if (Known.empty())
      return false;
    auto KnownBefore = Known;
    for (const Op &O : F.Blocks[J].Ops) {
      Operand V = resolve(O.Operands[0], Known);
      std::optional<Operand> Result;
      bool AgainstZero = O.Operands.size() == 2 && O.Operands[1] == Operand::integer(0);
      if (O.Kind == OpKind::Copy)
        Result = V;
      else if (O.Kind == OpKind::Cast && (V.isInt() || isBoolean(V)))
        Result = V;
      else if (O.Kind == OpKind::Not && V.isInt())
        Result = Operand::integer(V.Value == 0);
      else if (O.Kind == OpKind::Ne && AgainstZero && V.isInt())
        Result = Operand::integer(V.Value != 0);
      else if (O.Kind == OpKind::Ne && AgainstZero && isBoolean(V))
        Result = V;
      else if (O.Kind == OpKind::Eq && AgainstZero && V.isInt())
        Result = Operand::integer(V.Value == 0);
      if (Result)
        Known[O.Result] = *Result;
      else
        Known.erase(O.Result);
    }
    Operand Condition = resolve(F.Blocks[J].Term.Value, Known);
    if (Condition == F.Blocks[J].Term.Value && !definedIn(P, J, Condition))
      return false;
    Block &To = F.Blocks[P];
    const Block &From = F.Blocks[J];
    // A copy of J for this way in. Temporaries that live in J alone get new names,
    // so that what this copy does not need is seen to be dead.
    llvm::SmallDenseMap<TempId, Operand, 8> Renamed;
    for (const Op &Original : From.Ops) {
      Op O = Original;
      for (Operand &V : O.Operands) {
        V = resolve(V, KnownBefore);
        if (auto It = V.isTemp() ? Renamed.find(V.Index) : Renamed.end(); It != Renamed.end())
          V = It->second;
      }
      KnownBefore.erase(O.Result);
      if (Home[O.Result] == J) {
        TempId Fresh = F.NumTemps++;
        Home.push_back(Several);
        Boolean.resize(F.NumTemps, Boolean.test(O.Result));
        Renamed[O.Result] = Operand::temp(Fresh);
        O.Result = Fresh;
      }
      To.Ops.push_back(std::move(O));
    }
    if (auto It = Condition.isTemp() ? Renamed.find(Condition.Index) : Renamed.end();
        It != Renamed.end())
      Condition = It->second;
    Terminator T = From.Term;
    if (Condition.isInt()) {
      BlockId Target = T.Succs[Condition.Value ? 0 : 1];
      T = Terminator();
      T.Kind = TermKind::Jump;
      T.Succs.assign({Target});
    } else {
      T.Value = Condition;
    }
    To.Term = std::move(T);
    return true;
  }

  Operand resolve(Operand V, const llvm::SmallDenseMap<TempId, Operand, 8> &Known) const {
    for (unsigned Steps = 0; V.isTemp() && Steps < 16; ++Steps) {
      auto It = Known.find(V.Index);
      if (It == Known.end() || It->second == V)
        break;
      V = It->second;
    }
    return V;
  }

  bool isBoolean(Operand V) const { return V.isTemp() && Boolean.test(V.Index); }

  /// True when what \p J branches on follows from a copy that \p P made, although
  /// its outcome is not known: `%n = not %t` with `%t = copy %c`.
  bool definedIn(BlockId P, BlockId J, Operand Condition) const {
    llvm::SmallDenseMap<TempId, bool, 8> Derived;
    for (const Op &O : F.Blocks[P].Ops)
      if (O.Kind == OpKind::Copy)
        Derived[O.Result] = true;
    for (const Op &O : F.Blocks[J].Ops)
      for (const Operand &V : O.Operands)
        if (V.isTemp() && Derived.count(V.Index))
          Derived[O.Result] = true;
    return Derived.count(Condition.Index);
  }
};

/// A temporary that one operation alone writes, by copying something that never
/// changes, is that thing.
void propagateConstants(Function &F) {
  std::vector<Operand> Value(F.NumTemps);
  llvm::BitVector Written(F.NumTemps);
  auto Resolve = [&](const Operand &V) {
    return V.isTemp() && Value[V.Index] ? Value[V.Index] : V;
  };
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Result == None)
        continue;
      bool First = !Written.test(O.Result);
      Written.set(O.Result);
      Operand Source = O.Kind == OpKind::Copy ? Resolve(O.Operands[0]) : Operand::undef();
      bool Fixed = !Source.isTemp() && Source.Kind != OperandKind::Undef;
      Value[O.Result] = First && Fixed ? Source : Operand();
    }
  forEachUse(F, [&](Operand &V, const Op *) { V = Resolve(V); });
}

/// Branches on constants, which Clang's CFG keeps when it did not see them.
void followConstants(Function &F) {
  for (Block &B : F.Blocks) {
    Terminator &T = B.Term;
    if (!T.Value.isInt() || (T.Kind != TermKind::Branch && T.Kind != TermKind::Switch))
      continue;
    BlockId Target = T.Succs[0];
    if (T.Kind == TermKind::Branch) {
      Target = T.Succs[T.Value.Value ? 0 : 1];
    } else {
      for (const SwitchCase &C : T.Cases)
        if (C.Lo <= T.Value.Value && T.Value.Value <= C.Hi)
          Target = C.Target;
    }
    T = Terminator();
    T.Kind = TermKind::Jump;
    T.Succs.assign({Target});
  }
}

//===-- blocks ---------------------------------------------------------------------

void skipEmptyBlocks(Function &F) {
  auto Final = [&](BlockId B) {
    for (size_t Steps = 0; Steps < F.Blocks.size(); ++Steps) {
      const Block &At = F.Blocks[B];
      if (!At.Ops.empty() || At.Term.Kind != TermKind::Jump || At.Term.Succs[0] == B)
        break;
      B = At.Term.Succs[0];
    }
    return B;
  };
  for (Block &B : F.Blocks) {
    forEachSuccessor(B.Term, [&](BlockId &S) { S = Final(S); });
    if (B.Term.Kind == TermKind::Branch && B.Term.Succs[0] == B.Term.Succs[1]) {
      BlockId Target = B.Term.Succs[0];
      B.Term = Terminator();
      B.Term.Kind = TermKind::Jump;
      B.Term.Succs.assign({Target});
    }
  }
}

void orderBlocks(Function &F) {
  std::vector<BlockId> Order;
  llvm::BitVector Seen(F.Blocks.size());
  struct Frame {
    BlockId B;
    llvm::SmallVector<BlockId, 4> Succs;
    size_t Next = 0;
  };
  std::vector<Frame> Stack;
  auto Push = [&](BlockId B) {
    if (Seen.test(B))
      return;
    Seen.set(B);
    Frame New{B, {}, 0};
    forEachSuccessor(F.Blocks[B].Term, [&](BlockId S) { New.Succs.push_back(S); });
    // The first one is visited last, and so comes first.
    std::reverse(New.Succs.begin(), New.Succs.end());
    Stack.push_back(std::move(New));
  };
  Push(0);
  while (!Stack.empty()) {
    Frame &Top = Stack.back();
    if (Top.Next == Top.Succs.size()) {
      Order.push_back(Top.B);
      Stack.pop_back();
      continue;
    }
    BlockId S = Top.Succs[Top.Next++];
    Push(S);
  }
  std::reverse(Order.begin(), Order.end());
  std::vector<BlockId> NewId(F.Blocks.size(), None);
  for (BlockId I = 0; I < Order.size(); ++I)
    NewId[Order[I]] = I;
  std::vector<Block> Blocks;
  Blocks.reserve(Order.size());
  for (BlockId B : Order) {
    Blocks.push_back(std::move(F.Blocks[B]));
    forEachSuccessor(Blocks.back().Term, [&](BlockId &S) { S = NewId[S]; });
  }
  F.Blocks = std::move(Blocks);
}

/// Appends a block to the only one that leads to it. Expects reverse post-order
/// and leaves blocks that nothing reaches.
void joinChains(Function &F) {
  std::vector<unsigned> Preds(F.Blocks.size());
  ++Preds[0];
  for (Block &B : F.Blocks)
    forEachSuccessor(B.Term, [&](BlockId S) { ++Preds[S]; });
  for (BlockId B = 0; B < F.Blocks.size(); ++B) {
    while (F.Blocks[B].Term.Kind == TermKind::Jump) {
      BlockId Next = F.Blocks[B].Term.Succs[0];
      if (Next == B || Preds[Next] != 1)
        break;
      Block Tail = std::move(F.Blocks[Next]);
      F.Blocks[Next] = Block();
      Block &Head = F.Blocks[B];
      Head.Ops.insert(Head.Ops.end(), std::make_move_iterator(Tail.Ops.begin()),
                      std::make_move_iterator(Tail.Ops.end()));
      Head.Term = std::move(Tail.Term);
    }
  }
}

//===-- temporaries ------------------------------------------------------------------

/// Drops pure operations whose result nobody uses, then marks calls.
void dropDead(Function &F) {
  std::vector<unsigned> Uses(F.NumTemps);
  std::vector<unsigned> RealUses(F.NumTemps); // but for implicit destructor calls
  auto IsImplicitCall = [](const Op *O) {
    return O && O->Kind == OpKind::Call && O->has(OF_Implicit);
  };
  forEachUse(F, [&](const Operand &V, const Op *O) {
    if (!V.isTemp())
      return;
    ++Uses[V.Index];
    if (!IsImplicitCall(O))
      ++RealUses[V.Index];
  });
  std::vector<llvm::SmallVector<Op *, 2>> Defs(F.NumTemps);
  std::vector<TempId> Work;
  for (Block &B : F.Blocks)
    for (Op &O : B.Ops)
      if (O.Result != None)
        Defs[O.Result].push_back(&O);
  for (TempId T = 0; T < F.NumTemps; ++T)
    if (Uses[T] == 0)
      Work.push_back(T);
  llvm::DenseSet<const Op *> Dead;
  while (!Work.empty()) {
    TempId T = Work.back();
    Work.pop_back();
    for (Op *O : Defs[T]) {
      if (!isPure(*O) || !Dead.insert(O).second)
        continue;
      for (const Operand &V : O->Operands)
        if (V.isTemp()) {
          --RealUses[V.Index];
          if (--Uses[V.Index] == 0)
            Work.push_back(V.Index);
        }
    }
  }
  for (Block &B : F.Blocks) {
    for (Op &O : B.Ops)
      if (O.Kind == OpKind::Call && O.Result != None && RealUses[O.Result] == 0)
        O.Flags |= OF_Discarded;
    if (!Dead.empty())
      llvm::erase_if(B.Ops, [&](const Op &O) { return Dead.contains(&O); });
  }
}

/// Gives temporaries that some path does not write an unknown value at the entry.
/// There is no such path in well-formed source; the front end's recovery from
/// errors and edges it calls impossible can make one.
void defineTemporaries(Function &F) {
  llvm::DenseMap<TempId, unsigned> Suspects; // read in a block that has not written it yet
  std::vector<TempId> Temps;
  std::vector<BlockId> LastDef(F.NumTemps, None);
  auto Read = [&](const Operand &V, BlockId B) {
    if (V.isTemp() && LastDef[V.Index] != B && Suspects.try_emplace(V.Index, Temps.size()).second)
      Temps.push_back(V.Index);
  };
  for (BlockId B = 0; B < F.Blocks.size(); ++B) {
    for (const Op &O : F.Blocks[B].Ops) {
      for (const Operand &V : O.Operands)
        Read(V, B);
      if (O.Result != None)
        LastDef[O.Result] = B;
    }
    Read(F.Blocks[B].Term.Value, B);
  }
  if (Temps.empty())
    return;
  // Definitely written at the end of each block.
  llvm::SmallBitVector All(Temps.size(), true);
  std::vector<llvm::SmallBitVector> Out(F.Blocks.size(), All), In(F.Blocks.size(), All);
  In[0].reset();
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (BlockId B = 0; B < F.Blocks.size(); ++B) {
      llvm::SmallBitVector Now = In[B];
      for (const Op &O : F.Blocks[B].Ops)
        if (O.Result != None)
          if (auto It = Suspects.find(O.Result); It != Suspects.end())
            Now.set(It->second);
      if (Now == Out[B] && B != 0)
        continue;
      Changed |= Now != Out[B];
      Out[B] = Now;
      forEachSuccessor(F.Blocks[B].Term, [&](BlockId S) {
        llvm::SmallBitVector Before = In[S];
        In[S] &= Now;
        Changed |= In[S] != Before;
      });
    }
  }
  llvm::SmallBitVector Missing(Temps.size());
  for (BlockId B = 0; B < F.Blocks.size(); ++B) {
    llvm::SmallBitVector Now = In[B];
    auto Check = [&](const Operand &V) {
      if (!V.isTemp())
        return;
      if (auto It = Suspects.find(V.Index); It != Suspects.end() && !Now.test(It->second))
        Missing.set(It->second);
    };
    for (const Op &O : F.Blocks[B].Ops) {
      for (const Operand &V : O.Operands)
        Check(V);
      if (O.Result != None)
        if (auto It = Suspects.find(O.Result); It != Suspects.end())
          Now.set(It->second);
    }
    Check(F.Blocks[B].Term.Value);
  }
  if (Missing.none())
    return;
  std::vector<TypeId> Types(F.NumTemps);
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Result != None)
        Types[O.Result] = O.Ty;
  std::vector<Op> Definitions;
  for (unsigned I : Missing.set_bits()) {
    Op O;
    O.Kind = OpKind::Copy;
    O.Result = Temps[I];
    O.Ty = Types[Temps[I]];
    O.Operands.push_back(Operand::undef());
    Definitions.push_back(std::move(O));
  }
  auto &Entry = F.Blocks[0].Ops;
  Entry.insert(Entry.begin(), Definitions.begin(), Definitions.end());
}

void renumberTemporaries(Function &F) {
  std::vector<TempId> NewId(F.NumTemps, None);
  TempId Next = 0;
  for (Block &B : F.Blocks)
    for (Op &O : B.Ops)
      if (O.Result != None) {
        if (NewId[O.Result] == None)
          NewId[O.Result] = Next++;
        O.Result = NewId[O.Result];
      }
  forEachUse(F, [&](Operand &V, const Op *) {
    if (!V.isTemp())
      return;
    if (NewId[V.Index] == None)
      V = Operand::undef();
    else
      V.Index = NewId[V.Index];
  });
  F.NumTemps = Next;
}

} // namespace

void simplify(Function &F) {
  BranchThreading(F).run();
  followConstants(F);
  orderBlocks(F); // from here on there are reachable blocks only
  propagateConstants(F);
  followConstants(F);
  orderBlocks(F);
  dropDead(F);
  skipEmptyBlocks(F);
  orderBlocks(F);
  joinChains(F);
  orderBlocks(F);
  defineTemporaries(F);
  renumberTemporaries(F);
}

} // namespace handrail::capture
