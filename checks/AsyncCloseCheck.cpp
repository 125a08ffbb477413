//===- AsyncCloseCheck.cpp ------------------------------------------------===//
//
// Where a model says that a release ends only later, what the call returns is how
// one learns of it (a task, a future, a promise):
//
//   connection.close();              nobody waits, and nobody hears of an error
//   co_await connection.close();
//
// What a coroutine holds while it is suspended comes from the solver.
//
//===----------------------------------------------------------------------===//
#include "checks/AsyncCloseCheck.h"

#include "checks/FlowChecks.h"
#include "checks/ValueFlow.h"

namespace handrail {

/// The kind that \p O starts to release, when what it returns is to be waited for.
static model::KindId startsRelease(const model::ModelSet &Models, const ir::Unit &U,
                                   const ir::Op &O) {
  const llvm::StringRef Callee = calleeName(U, O);
  for (uint32_t Index : Models.find(Callee))
    for (const model::Effect &E : Models.Functions[Index].Effects)
      if (E.Op == model::EffectKind::Release && Models.KindEnabled[E.Kind] &&
          Models.Kinds[E.Kind].AsyncRelease && O.Operands.size() >= Models.Functions[Index].MinArgs)
        return E.Kind;
  return model::NoKind;
}

void AsyncCloseCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  FlowCheck(FlowCheck::kinds(solver::ViolationKind::HeldAcrossAwait), wordAsyncClose)
      .run(Context, Out);
  for (const ir::Unit *U : Context.Program.Units)
    for (const ir::Function &F : U->Functions)
      for (const ir::Block &B : F.Blocks)
        for (const ir::Op &O : B.Ops) {
          if (O.Kind != ir::OpKind::Call || O.has(ir::OF_Indirect) || !O.has(ir::OF_Discarded))
            continue;
          const model::KindId Kind = startsRelease(Context.Models, *U, O);
          if (Kind == model::NoKind)
            continue;
          Finding Result;
          Result.Loc = toLocation(*U, O.Loc);
          Result.Function = U->name(U->symbol(F.Sym)).str();
          Result.Kind = Context.Models.Kinds[Kind].Id;
          Result.Message = quoted(calleeName(*U, O)) + " only starts to " +
                           wordsFor(Context.Models, Kind).Release + " the " +
                           wordsFor(Context.Models, Kind).Title +
                           ", and its result is dropped: nobody waits for it";
          Out.push_back(std::move(Result));
        }
}

} // namespace handrail
