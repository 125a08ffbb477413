//===- IgnoredCloseErrorCheck.cpp -----------------------------------------===//
//
//   fwrite(data, 1, size, f);       written: models say so
//   fclose(f);                      the disk is full, and nobody hears of it
//
// Quiet where the function fails anyhow, where something asked before whether the
// data has arrived (fflush, ferror), and where another release of the same handle
// in the function is looked at.
//
//===----------------------------------------------------------------------===//
#include "checks/IgnoredCloseErrorCheck.h"

#include "checks/ValueFlow.h"
#include "checks/Wording.h"
#include "llvm/ADT/BitVector.h"

namespace handrail {

using ir::Block;
using ir::Op;
using ir::Operand;
using ir::OpKind;
using ir::TermKind;
using ir::Unit;

namespace {

/// What happens to one handle of a function, by its spelling.
struct Story {
  const Op *FirstWrite = nullptr;
  std::vector<ir::BlockId> Writes;
  struct Release {
    const Op *O;
    ir::BlockId B;
    model::KindId Kind;
  };
  std::vector<Release> Dropped;
  bool Settled = false; ///< somebody looks whether the data has arrived
};

class FunctionReader {
public:
  FunctionReader(const CheckContext &Context, const Unit &U, const ir::Function &F)
      : Context(Context), U(U), F(F), Flow(U, F) {}
  void run(std::vector<Finding> &Out);

private:
  void read(const Op &O, ir::BlockId B);
  bool reaches(ir::BlockId From, ir::BlockId To) const;
  bool onlyFails(ir::BlockId B) const;
  template <typename Fn> void follow(ir::BlockId B, llvm::BitVector &Seen, Fn Each) const;

  const CheckContext &Context;
  const Unit &U;
  const ir::Function &F;
  const ValueFlow Flow;
  std::map<std::string, Story> Stories;
};

void FunctionReader::read(const Op &O, ir::BlockId B) {
  const llvm::StringRef Callee = calleeName(U, O);
  for (uint32_t Index : Context.Models.find(Callee)) {
    const model::FunctionModel &M = Context.Models.Functions[Index];
    for (const model::Effect &E : M.Effects) {
      if (E.At.Root < 0 || !E.At.Steps.empty() || unsigned(E.At.Root) >= O.Operands.size() ||
          E.Kind == model::NoKind || !Context.Models.KindEnabled[E.Kind] ||
          !Context.Models.Kinds[E.Kind].ReleaseTells)
        continue;
      const std::string Handle = Flow.spelling(O.Operands[E.At.Root]);
      if (Handle.empty())
        continue;
      Story &S = Stories[Handle];
      if (E.Op == model::EffectKind::Use && M.Writes) {
        S.Writes.push_back(B);
        if (!S.FirstWrite)
          S.FirstWrite = &O;
      }
      if (E.Op == model::EffectKind::Use && M.Settles)
        S.Settled |= !O.has(ir::OF_Discarded);
      if (E.Op != model::EffectKind::Release)
        continue;
      if (!O.has(ir::OF_Discarded) && O.Result != ir::None)
        S.Settled = true;
      else if (O.has(ir::OF_Discarded))
        S.Dropped.push_back({&O, B, E.Kind});
    }
  }
}

template <typename Fn>
void FunctionReader::follow(ir::BlockId B, llvm::BitVector &Seen, Fn Each) const {
  std::vector<ir::BlockId> Work{B};
  while (!Work.empty()) {
    const ir::BlockId At = Work.back();
    Work.pop_back();
    if (Seen.test(At))
      continue;
    Seen.set(At);
    const ir::Terminator &Term = F.Blocks[At].Term;
    Each(Term);
    Work.insert(Work.end(), Term.Succs.begin(), Term.Succs.end());
    for (const ir::SwitchCase &C : Term.Cases)
      Work.push_back(C.Target);
  }
}

bool FunctionReader::reaches(ir::BlockId From, ir::BlockId To) const {
  llvm::BitVector Seen(F.Blocks.size());
  follow(From, Seen, [](const ir::Terminator &) {});
  return Seen.test(To);
}

/// Whether all ways from \p B end in a failure, or not at all.
bool FunctionReader::onlyFails(ir::BlockId B) const {
  bool Other = false;
  llvm::BitVector Seen(F.Blocks.size());
  follow(B, Seen, [&](const ir::Terminator &Term) {
    if (Term.Kind != TermKind::Return)
      return;
    const bool NonZero = Term.Value.isInt() && Term.Value.Value != 0 &&
                         U.type(U.type(U.symbol(F.Sym).Ty).Elem).Kind == ir::TypeKind::Int;
    Other |= !NonZero && outcomeOf(Flow, Term) != Outcome::Failure;
  });
  return !Other;
}

void FunctionReader::run(std::vector<Finding> &Out) {
  for (ir::BlockId B = 0; B != F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Call && !O.has(ir::OF_Indirect))
        read(O, B);
  for (const auto &[Handle, S] : Stories) {
    if (!S.FirstWrite || S.Settled)
      continue;
    // One mistake, however many ways lead to a release: the last one in the source
    // is where things go well.
    const Story::Release *Last = nullptr;
    for (const Story::Release &R : S.Dropped)
      if (!onlyFails(R.B) &&
          llvm::any_of(S.Writes, [&](ir::BlockId W) { return reaches(W, R.B); }) &&
          (!Last || U.loc(Last->O->Loc) < U.loc(R.O->Loc)))
        Last = &R;
    if (!Last)
      continue;
    const KindWords Words = wordsFor(Context.Models, Last->Kind);
    Finding Result;
    Result.Loc = toLocation(U, Last->O->Loc);
    Result.Function = U.name(U.symbol(F.Sym)).str();
    Result.Kind = Context.Models.Kinds[Last->Kind].Id;
    Result.Message = "result of " + quoted(calleeName(U, *Last->O)) +
                     " is dropped, which tells whether what was written to " + Words.Title + " " +
                     quoted(Handle) + " has arrived";
    Result.Notes.push_back({toLocation(U, S.FirstWrite->Loc), "written to here", 0});
    Out.push_back(std::move(Result));
  }
}

} // namespace

void IgnoredCloseErrorCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  for (const Unit *U : Context.Program.Units)
    for (const ir::Function &F : U->Functions)
      FunctionReader(Context, *U, F).run(Out);
}

} // namespace handrail
