//===- FunctionInfo.cpp - what is known before exploring ------------------===//

#include "lib/Solver/FunctionInfo.h"
#include "llvm/ADT/DenseSet.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

namespace {

class Analyzer {
public:
  Analyzer(const Function &F, const CalleeInfo &Callees, FunctionInfo &I)
      : F(F), Callees(Callees), I(I), N(F.Blocks.size()), Event(N) {}

  void run() {
    number();
    deaths();
    temporaries();
    locals();
    relevance();
    loopEffects();
  }

private:
  void number() {
    uint32_t Next = 0;
    for (const Block &B : F.Blocks) {
      I.OpBase.push_back(Next);
      Next += B.Ops.size() + 1; // one for the terminator
    }
    I.Dying.resize(Next);
  }

  void deaths() {
    I.Dies.resize(N);
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (BlockId B : llvm::reverse(I.Order)) {
        bool Dies = Succs[B].empty()
                        ? F.Blocks[B].Term.Kind == TermKind::Unreachable
                        : llvm::all_of(Succs[B], [&](BlockId S) { return I.Dies.test(S); });
        Changed |= Dies && !I.Dies.test(B);
        if (Dies)
          I.Dies.set(B);
      }
    }
  }

  /// Which temporaries that cross blocks are live where.
  template <typename VisitAll> void crossing(VisitAll &&Visit) {
    I.CrossingIndex.resize(F.NumTemps);
    uint32_t Count = 0;
    for (unsigned T : I.CrossingTemps.set_bits())
      I.CrossingIndex[T] = Count++;
    I.LiveTemps.assign(N, llvm::BitVector(Count));
    std::vector<llvm::BitVector> Defined = I.LiveTemps;
    Visit(
        [&](BlockId B, uint32_t, TempId T) {
          if (I.CrossingTemps.test(T) && !Defined[B].test(I.CrossingIndex[T]))
            I.LiveTemps[B].set(I.CrossingIndex[T]);
        },
        [&](BlockId B, uint32_t, TempId T) {
          if (I.CrossingTemps.test(T))
            Defined[B].set(I.CrossingIndex[T]);
        });
    for (bool Changed = Count != 0; Changed;) {
      Changed = false;
      for (BlockId B : llvm::reverse(I.Order))
        for (BlockId S : Succs[B]) {
          llvm::BitVector In = I.LiveTemps[S];
          In.reset(Defined[B]);
          if (!In.test(I.LiveTemps[B]))
            continue;
          I.LiveTemps[B] |= In;
          Changed = true;
        }
    }
  }

  void temporaries() {
    std::vector<BlockId> DefinedIn(F.NumTemps, None);
    I.CrossingTemps.resize(F.NumTemps);
    DefOps.resize(F.NumTemps);
    auto Visit = [&](auto &&Use, auto &&Def) {
      for (BlockId B = 0; B < N; ++B) {
        const Block &Blk = F.Blocks[B];
        for (uint32_t K = 0; K <= Blk.Ops.size(); ++K) {
          if (K < Blk.Ops.size()) {
            for (const Operand &O : Blk.Ops[K].Operands)
              if (O.isTemp())
                Use(B, K, O.Index);
            if (Blk.Ops[K].Kind == OpKind::Closure)
              for (const LambdaCapture &C : F.Closures[Blk.Ops[K].Aux].Captures)
                if (C.Value.isTemp())
                  Use(B, K, C.Value.Index);
            if (Blk.Ops[K].Result != None)
              Def(B, K, Blk.Ops[K].Result);
          } else if (Blk.Term.Value.isTemp()) {
            Use(B, K, Blk.Term.Value.Index);
          }
        }
      }
    };
    Visit([](BlockId, uint32_t, TempId) {},
          [&](BlockId B, uint32_t K, TempId T) {
            if (DefinedIn[T] != None && DefinedIn[T] != B)
              I.CrossingTemps.set(T);
            DefinedIn[T] = B;
            DefOps[T].push_back(&F.Blocks[B].Ops[K]);
          });
    Visit(
        [&](BlockId B, uint32_t, TempId T) {
          if (DefinedIn[T] != B)
            I.CrossingTemps.set(T);
        },
        [](BlockId, uint32_t, TempId) {});
    crossing(Visit);
    // Last use inside the block, by walking backwards.
    llvm::BitVector Seen(F.NumTemps);
    for (BlockId B = 0; B < N; ++B) {
      const Block &Blk = F.Blocks[B];
      Seen.reset();
      for (unsigned T : I.CrossingTemps.set_bits())
        if (llvm::any_of(Succs[B],
                         [&](BlockId S) { return I.LiveTemps[S].test(I.CrossingIndex[T]); }))
          Seen.set(T);
      auto See = [&](uint32_t K, TempId T) {
        if (Seen.test(T))
          return;
        Seen.set(T);
        I.Dying[I.OpBase[B] + K].push_back(T);
      };
      if (Blk.Term.Value.isTemp())
        See(Blk.Ops.size(), Blk.Term.Value.Index);
      for (uint32_t K = Blk.Ops.size(); K-- > 0;) {
        const Op &O = Blk.Ops[K];
        if (O.Result != None)
          See(K, O.Result);
        for (const Operand &X : O.Operands)
          if (X.isTemp())
            See(K, X.Index);
        if (O.Kind == OpKind::Closure)
          for (const LambdaCapture &C : F.Closures[O.Aux].Captures)
            if (C.Value.isTemp())
              See(K, C.Value.Index);
      }
    }
  }

  void locals() {
    size_t L = F.Locals.size();
    I.SimpleLocals.resize(L, true);
    for (const Block &B : F.Blocks) {
      for (const Op &O : B.Ops) {
        for (unsigned K = 0; K < O.Operands.size(); ++K) {
          const Operand &X = O.Operands[K];
          if (X.Kind != OperandKind::Local)
            continue;
          bool ByName = K == 0 && (O.Kind == OpKind::Load || O.Kind == OpKind::Store ||
                                   O.Kind == OpKind::Decl || O.Kind == OpKind::End);
          if (!ByName)
            I.SimpleLocals.reset(X.Index);
        }
        if (O.Kind == OpKind::Closure)
          for (const LambdaCapture &C : F.Closures[O.Aux].Captures)
            if (C.Value.Kind == OperandKind::Local)
              I.SimpleLocals.reset(C.Value.Index);
      }
      if (B.Term.Value.Kind == OperandKind::Local)
        I.SimpleLocals.reset(B.Term.Value.Index);
    }
    // Backward liveness to a fixpoint.
    I.LiveIn.assign(N, llvm::BitVector(L));
    bool Changed = true;
    while (Changed) {
      Changed = false;
      for (auto It = I.Order.rbegin(); It != I.Order.rend(); ++It) {
        BlockId B = *It;
        llvm::BitVector Live(L);
        for (BlockId S : Succs[B])
          Live |= I.LiveIn[S];
        const Block &Blk = F.Blocks[B];
        for (uint32_t K = Blk.Ops.size(); K-- > 0;) {
          const Op &O = Blk.Ops[K];
          if (O.Operands.empty() || O.Operands[0].Kind != OperandKind::Local)
            continue;
          LocalId X = O.Operands[0].Index;
          if (O.Kind == OpKind::Load)
            Live.set(X);
          else if (O.Kind == OpKind::Store || O.Kind == OpKind::Decl)
            Live.reset(X);
        }
        if (Live != I.LiveIn[B]) {
          I.LiveIn[B] = std::move(Live);
          Changed = true;
        }
      }
    }
  }

  void sliceOperand(const Operand &O, unsigned Depth = 0) {
    if (O.Kind == OperandKind::Temp) {
      if (Depth > 12)
        return;
      if (I.RelevantTemps.test(O.Index))
        return;
      I.RelevantTemps.set(O.Index);
      for (const Op *D : DefOps[O.Index])
        sliceOp(*D, Depth + 1);
    }
  }

  void sliceOp(const Op &O, unsigned Depth) {
    switch (O.Kind) {
    case OpKind::Load: {
      RelevantLoads.insert(&O);
      const Operand &A = O.Operands[0];
      if (A.Kind == OperandKind::Local)
        I.RelevantLocals.set(A.Index);
      else if (A.Kind == OperandKind::Global)
        I.RelevantGlobals.push_back(A.Index);
      else if (A.isTemp())
        for (const Op *D : DefOps[A.Index]) {
          if (D->Kind == OpKind::Field)
            I.RelevantFields.push_back(D->Aux);
          // `*out` or `a[i]` with a local base
          if (D->Kind == OpKind::Index && D->Operands[0].Kind == OperandKind::Local)
            I.RelevantLocals.set(D->Operands[0].Index);
          if (D->Kind == OpKind::Field && D->Operands[0].Kind == OperandKind::Local)
            I.RelevantLocals.set(D->Operands[0].Index);
        }
      break;
    }
    case OpKind::Call:
      break; // a fresh result; nothing before it decides
    default:
      for (const Operand &X : O.Operands)
        sliceOperand(X, Depth);
    }
  }

  void relevance() {
    I.RelevantLocals.resize(F.Locals.size());
    I.RelevantTemps.resize(F.NumTemps);
    for (BlockId B = 0; B < N; ++B)
      for (const Op &O : F.Blocks[B].Ops)
        if (Callees.IsEvent(O)) {
          Event.set(B);
          for (const Operand &X : O.Operands)
            sliceOperand(X); // what it is passed may decide in the callee
        }
    bool Any = I.HasEvents = Event.any();
    std::vector<BlockId> Pdom = I.postDominators();
    for (BlockId B = 0; B < N; ++B) {
      const Terminator &T = F.Blocks[B].Term;
      if (T.Kind == TermKind::Return)
        sliceOperand(T.Value);
      if (!Any || Succs[B].size() < 2 || I.Rpo[B] == UINT32_MAX || !governs(B, Pdom[B]))
        continue;
      sliceOperand(T.Value);
    }
    // What is stored to a relevant variable as a condition is relevant itself.
    for (unsigned Round = 0; Round < 3; ++Round) {
      size_t Before = I.RelevantLocals.count() + I.RelevantTemps.count();
      for (const Block &B : F.Blocks)
        for (const Op &O : B.Ops) {
          if (O.Kind == OpKind::Store && O.Operands[0].Kind == OperandKind::Local &&
              I.RelevantLocals.test(O.Operands[0].Index))
            sliceOperand(O.Operands[1]);
          if (O.Kind == OpKind::Copy && O.Result != None && I.RelevantTemps.test(O.Result))
            sliceOperand(O.Operands[0]);
        }
      if (I.RelevantLocals.count() + I.RelevantTemps.count() == Before)
        break;
    }
    auto Unique = [](std::vector<uint32_t> &V) {
      std::sort(V.begin(), V.end());
      V.erase(std::unique(V.begin(), V.end()), V.end());
    };
    Unique(I.RelevantFields);
    Unique(I.RelevantGlobals);
    future();
  }

  /// Backward: which relevant memory is read by a relevant load from here on.
  void future() {
    I.FutureLocals.assign(N, llvm::BitVector(F.Locals.size()));
    I.FutureFields.assign(N, llvm::BitVector(I.RelevantFields.size()));
    I.FutureGlobals.assign(N, llvm::BitVector(I.RelevantGlobals.size()));
    auto Set = [](llvm::BitVector &Bits, const std::vector<uint32_t> &Of, uint32_t X) {
      auto It = std::lower_bound(Of.begin(), Of.end(), X);
      if (It != Of.end() && *It == X)
        Bits.set(It - Of.begin());
    };
    for (BlockId B = 0; B < N; ++B)
      for (const Op &O : F.Blocks[B].Ops) {
        if (!RelevantLoads.count(&O))
          continue;
        const Operand &A = O.Operands[0];
        if (A.Kind == OperandKind::Local)
          I.FutureLocals[B].set(A.Index);
        else if (A.Kind == OperandKind::Global)
          Set(I.FutureGlobals[B], I.RelevantGlobals, A.Index);
        else if (A.isTemp())
          for (const Op *D : DefOps[A.Index]) {
            if (D->Kind == OpKind::Field)
              Set(I.FutureFields[B], I.RelevantFields, D->Aux);
            if ((D->Kind == OpKind::Index || D->Kind == OpKind::Field) &&
                D->Operands[0].Kind == OperandKind::Local)
              I.FutureLocals[B].set(D->Operands[0].Index);
          }
      }
    bool Changed = true;
    while (Changed) {
      Changed = false;
      for (auto It = I.Order.rbegin(); It != I.Order.rend(); ++It)
        for (BlockId S : Succs[*It]) {
          auto Merge = [&](std::vector<llvm::BitVector> &V) {
            if (V[S].test(V[*It])) { // something there that is not here
              V[*It] |= V[S];
              Changed = true;
            }
          };
          Merge(I.FutureLocals);
          Merge(I.FutureFields);
          Merge(I.FutureGlobals);
        }
    }
  }

  bool governs(BlockId B, BlockId Stop) {
    llvm::BitVector Seen(N);
    std::vector<BlockId> Work(Succs[B].begin(), Succs[B].end());
    while (!Work.empty()) {
      BlockId X = Work.back();
      Work.pop_back();
      if (X == Stop || X == B || Seen.test(X))
        continue;
      Seen.set(X);
      if (Event.test(X))
        return true;
      Work.insert(Work.end(), Succs[X].begin(), Succs[X].end());
    }
    return false;
  }

  /// The variable or field that an address operand names, if any.
  void noteStore(const Operand &A, BlockId Head) {
    if (A.Kind == OperandKind::Local)
      I.LoopStores[Head].set(A.Index);
    else if (A.Kind == OperandKind::Global)
      I.LoopGlobals[Head].push_back(A.Index);
    else if (A.isTemp())
      for (const Op *D : DefOps[A.Index]) {
        if (D->Kind == OpKind::Field)
          I.LoopFields[Head].push_back(D->Aux);
        if (D->Kind == OpKind::Field || D->Kind == OpKind::Container || D->Kind == OpKind::Index)
          noteStore(D->Operands[0], Head);
      }
  }

  /// The variables whose value \p X may be or lie in.
  void noteEnd(const Operand &X, BlockId Head) {
    if (X.Kind == OperandKind::Local)
      I.LoopEnds[Head].set(X.Index);
    else if (X.isTemp())
      for (const Op *D : DefOps[X.Index])
        if (D->Kind != OpKind::Call)
          for (const Operand &Y : D->Operands)
            noteEnd(Y, Head);
  }

  void loopEffects() {
    I.LoopStores.resize(N);
    I.LoopFields.resize(N);
    I.LoopGlobals.resize(N);
    I.LoopEnds.resize(N);
    I.LoopMovesHandles.resize(N);
    for (BlockId Head = 0; Head < N; ++Head) {
      if (I.LoopBody[Head].empty())
        continue;
      I.LoopMovesHandles[Head] = I.LoopBody[Head].anyCommon(Event);
      I.LoopStores[Head].resize(F.Locals.size());
      I.LoopEnds[Head].resize(F.Locals.size());
      for (unsigned B : I.LoopBody[Head].set_bits())
        for (const Op &O : F.Blocks[B].Ops) {
          if (B == Head)
            ; // done before the loop can be left
          else if (O.Kind == OpKind::Store)
            noteEnd(O.Operands[1], Head);
          else if (O.Kind == OpKind::Call && Callees.MayEnd(O))
            for (const Operand &X : O.Operands)
              noteEnd(X, Head);
          if (O.Kind == OpKind::Store || O.Kind == OpKind::CopyMem || O.Kind == OpKind::Zero ||
              O.Kind == OpKind::Havoc)
            noteStore(O.Operands[0], Head);
          if (O.Kind == OpKind::Call)
            for (unsigned K = 0; K < O.Operands.size(); ++K)
              if (Callees.MayWrite(O, K))
                noteStore(O.Operands[K], Head);
        }
    }
  }

  const Function &F;
  const CalleeInfo &Callees;
  FunctionInfo &I;
  size_t N;
  llvm::BitVector Event; ///< by block: an operation in it acts on handles
  const Edges &Succs = I.Succs;
  std::vector<llvm::SmallVector<const Op *, 1>> DefOps;
  llvm::DenseSet<const Op *> RelevantLoads; ///< looked up, never walked
};

} // namespace

std::vector<const Op *> singleDefinitions(const Function &F) {
  std::vector<const Op *> DefOf(F.NumTemps);
  std::vector<char> Twice(F.NumTemps);
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Result != None) {
        Twice[O.Result] |= DefOf[O.Result] != nullptr;
        DefOf[O.Result] = &O;
      }
  for (TempId K = 0; K < F.NumTemps; ++K)
    if (Twice[K])
      DefOf[K] = nullptr;
  return DefOf;
}

FunctionInfo analyzeFunction(const Function &F, const CalleeInfo &Callees) {
  FunctionInfo I(F);
  Analyzer(F, Callees, I).run();
  return I;
}

} // namespace handrail::solver
