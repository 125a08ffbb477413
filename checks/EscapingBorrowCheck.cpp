//===- EscapingBorrowCheck.cpp --------------------------------------------===//
//
// Models say which functions lend: what they give to a callback, or return, is
// theirs again after the call.
//
//   table.with(id, [&](Image &image) { last = &image; });    kept beyond the loan
//   this->image = table.peek(id);                            likewise
//
// A handle that belongs to another one is the solver's matter.
//
//===----------------------------------------------------------------------===//
#include "checks/EscapingBorrowCheck.h"

#include "checks/FlowChecks.h"
#include "checks/MemberEffects.h"

namespace handrail {

using ir::Function;
using ir::Op;
using ir::Operand;
using ir::OperandKind;
using ir::OpKind;
using ir::Unit;

namespace {

class LoanReader {
public:
  LoanReader(const CheckContext &Context, std::vector<Finding> &Out)
      : Context(Context), Effects(Context), Out(Out) {}
  void run(const Unit &U, const Function &F);

private:
  bool lends(const Unit &U, const Op &O) const;
  void judgeCallback(const FunctionBody &Callback, const std::string &Lender);
  void judgeResult(const ValueFlow &Flow, const Op &Lender);
  void report(const Unit &U, const Function &F, ir::LocId Loc, std::string Message);

  const CheckContext &Context;
  MemberEffects Effects;
  std::vector<Finding> &Out;
};

bool LoanReader::lends(const Unit &U, const Op &O) const {
  return llvm::any_of(Context.Models.find(calleeName(U, O)),
                      [&](uint32_t M) { return Context.Models.Functions[M].Lends; });
}

void LoanReader::report(const Unit &U, const Function &F, ir::LocId Loc, std::string Message) {
  Finding Result;
  Result.Loc = toLocation(U, Loc);
  Result.Function = U.name(U.symbol(F.Sym)).str();
  Result.Message = std::move(Message);
  Out.push_back(std::move(Result));
}

/// The pointer parameter that \p V is the value of, or the address of a part of.
std::optional<unsigned> lentParameter(const ValueFlow &Flow, Operand V, unsigned First) {
  for (unsigned Steps = 0; Steps != 8; ++Steps) {
    const Op *Def = Flow.definition(V);
    if (!Def || (Def->Kind != OpKind::Field && Def->Kind != OpKind::Index))
      break;
    V = Def->Operands[0];
  }
  for (const Origin &O : Flow.origins(V))
    if (O.Kind == Origin::Parameter && O.Index >= First &&
        Flow.unit().type(Flow.function().Locals[O.Index].Ty).Kind == ir::TypeKind::Pointer)
      return O.Index;
  return std::nullopt;
}

/// Whether \p Address is in memory that was there before the function: a global
/// variable, or what one of its parameters leads to. What is lent itself is not.
bool outlives(const ValueFlow &Flow, const Operand &Address, unsigned First, CheckStats &Stats) {
  if (Address.Kind == OperandKind::Global)
    return true;
  if (const Op *Def = Flow.definition(Address);
      Def && (Def->Kind == OpKind::Field || Def->Kind == OpKind::Index) &&
      Def->Operands[0].Kind == OperandKind::Global)
    return true;
  const auto At = placeOf(Flow, Address, Stats);
  return At && At->Parameter < First && !At->Steps.empty();
}

void LoanReader::judgeCallback(const FunctionBody &Callback, const std::string &Lender) {
  const Unit &U = *Callback.U;
  const ValueFlow Flow(U, *Callback.F);
  const unsigned First = U.symbol(Callback.F->Sym).Method ? 1 : 0;
  auto Name = [&](unsigned Parameter) {
    return quoted(U.str(Callback.F->Locals[Parameter].Name)) + ", which " + quoted(Lender) +
           " lends for the length of the call,";
  };
  for (const ir::Block &B : Callback.F->Blocks) {
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Store && outlives(Flow, O.Operands[0], First, Context.Stats))
        if (auto P = lentParameter(Flow, O.Operands[1], First))
          report(U, *Callback.F, O.Loc, Name(*P) + " is stored");
    if (B.Term.Kind == ir::TermKind::Return && B.Term.Value &&
        U.type(U.type(U.symbol(Callback.F->Sym).Ty).Elem).Kind == ir::TypeKind::Pointer)
      if (auto P = lentParameter(Flow, B.Term.Value, First))
        report(U, *Callback.F, B.Term.Loc, Name(*P) + " is returned");
  }
}

/// A lent result that is stored where it outlives the function.
void LoanReader::judgeResult(const ValueFlow &Flow, const Op &Lender) {
  const Unit &U = Flow.unit();
  const unsigned All = Flow.function().NumParams;
  if (U.type(Lender.Ty).Kind != ir::TypeKind::Pointer)
    return;
  for (const ir::Block &B : Flow.function().Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Store && outlives(Flow, O.Operands[0], All, Context.Stats) &&
          llvm::any_of(Flow.origins(O.Operands[1]),
                       [&](const Origin &From) { return From.Op == &Lender; }))
        report(U, Flow.function(), O.Loc,
               "result of " + quoted(calleeName(U, Lender)) + " is lent, and is stored where it " +
                   "outlives the loan");
}

void LoanReader::run(const Unit &U, const Function &F) {
  std::unique_ptr<ValueFlow> Flow;
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect) || !lends(U, O))
        continue;
      if (!Flow)
        Flow = std::make_unique<ValueFlow>(U, F);
      bool Callback = false;
      for (const Operand &V : O.Operands) {
        FunctionBody Body;
        if (V.Kind == OperandKind::Func)
          Body = Effects.body(U.symbol(V.Index));
        for (const Origin &From : Flow->origins(V))
          if (From.Kind == Origin::Made && From.Op->Kind == OpKind::Closure)
            Body = Effects.body(U.symbol(F.Closures[From.Op->Aux].Callee));
        if (!Body)
          continue;
        Callback = true;
        judgeCallback(Body, calleeName(U, O).str());
      }
      if (!Callback)
        judgeResult(*Flow, O);
    }
}

} // namespace

void EscapingBorrowCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  FlowCheck(FlowCheck::kinds(solver::ViolationKind::BorrowEscapes), wordEscapingBorrow)
      .run(Context, Out);
  LoanReader Reader(Context, Out);
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions)
      Reader.run(*U, F);
}

} // namespace handrail
