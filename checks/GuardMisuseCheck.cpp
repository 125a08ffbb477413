//===- GuardMisuseCheck.cpp -----------------------------------------------===//
//
// A guard is an object whose destructor does something to what the guard does not
// own: it gives back a lock, or runs a callable that it was given. So it has to
// live as long as the scope it guards:
//
//   std::lock_guard<std::mutex>{Lock};          gone before the next statement
//   return Guard([&] { Count = 0; });           outlives the Count it refers to
//
// What dismisses it is a method that stores a constant where the destructor looks
// before it acts.
//
//===----------------------------------------------------------------------===//
#include "checks/GuardMisuseCheck.h"

#include "checks/MemberEffects.h"
#include "checks/Wording.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringSet.h"

namespace handrail {

using ir::Block;
using ir::Function;
using ir::LocalId;
using ir::Op;
using ir::Operand;
using ir::OperandKind;
using ir::OpKind;
using ir::Symbol;
using ir::TermKind;
using ir::Unit;

namespace {

struct GuardType {
  bool IsGuard = false;
  bool Lock = false;              ///< it gives back a lock
  bool OnExceptions = false;      ///< it acts, or not, when an exception is under way
  std::vector<std::string> Flags; ///< places that its destructor looks at
};

/// Guard objects are small; a class with more members is about something else.
constexpr size_t MaxMembers = 4;
/// Below that of a guard, those that are looked at for questions about exceptions.
constexpr unsigned MaxDestructors = 2;

class GuardReader {
public:
  GuardReader(const CheckContext &Context, std::vector<Finding> &Out)
      : Context(Context), Effects(Context), Out(Out) {}
  void run(const Unit &U, const Function &F);

private:
  const GuardType &typeOf(const Unit &U, ir::TypeId Ty);
  GuardType judge(const Unit &U, const ir::Record &R);
  bool dismisses(const Unit &U, const Op &O, const GuardType &G);
  void findDiscarded(const Unit &U, const Function &F);
  void findDismissed(const ValueFlow &Flow);
  void judgeDismissals(const ValueFlow &Flow, LocalId Guard, const GuardType &G);
  void findDangling(const ValueFlow &Flow);
  void report(const Unit &U, const Function &F, ir::LocId Loc, std::string Message,
              ir::LocId NoteLoc = 0, std::string Note = {});

  const CheckContext &Context;
  MemberEffects Effects;
  std::vector<Finding> &Out;
  llvm::StringMap<GuardType> Types; ///< by USR
};

/// Whether the destructor \p Body, or one that it calls, asks for exceptions.
static bool asksForExceptions(const MemberEffects &Effects, const FunctionBody &Body,
                              CheckStats &Stats, unsigned Depth = 0) {
  for (const Block &B : Body.F->Blocks)
    for (const Op &O : B.Ops) {
      const llvm::StringRef Callee = calleeName(*Body.U, O);
      if (Callee == "std::uncaught_exceptions" || Callee == "std::uncaught_exception")
        return true;
      if (Callee.empty() || !Body.U->symbol(O.Aux).Destructor)
        continue;
      const FunctionBody Inner = Effects.body(Body.U->symbol(O.Aux));
      if (Inner && Depth == MaxDestructors)
        ++Stats.GuardCap;
      else if (Inner && asksForExceptions(Effects, Inner, Stats, Depth + 1))
        return true;
    }
  return false;
}

GuardType GuardReader::judge(const Unit &U, const ir::Record &R) {
  GuardType G;
  if (R.Destructor == ir::None || R.Polymorphic || R.Fields.size() > MaxMembers)
    return G;
  const FunctionBody Body = Effects.body(U.symbol(R.Destructor));
  if (!Body)
    return G;
  bool Runs = false;
  for (const MemberEffect &E : Effects.of(Body)) {
    if (E.At.Parameter != 0 || E.At.Steps.empty())
      continue;
    Runs |= E.Kind == MemberEffect::Runs;
    if (E.Kind == MemberEffect::Releases && E.Handle != model::NoKind)
      G.Lock |= Context.Models.Kinds[E.Handle].Lock;
    if (E.Kind == MemberEffect::Tests)
      G.Flags.push_back(E.At.Steps);
  }
  G.OnExceptions = asksForExceptions(Effects, Body, Context.Stats);
  // A library's owners run deleters, which is no guarding of a scope.
  G.IsGuard = G.Lock || (Runs && !R.System);
  return G;
}

const GuardType &GuardReader::typeOf(const Unit &U, ir::TypeId Ty) {
  static const GuardType NoGuard;
  const ir::Type &T = U.type(Ty);
  if (T.Kind != ir::TypeKind::Record || T.Record == ir::None)
    return NoGuard;
  const ir::Record &R = U.Records[T.Record];
  auto [It, New] = Types.try_emplace(R.Usr);
  if (New)
    It->second = judge(U, R);
  return It->second;
}

void GuardReader::report(const Unit &U, const Function &F, ir::LocId Loc, std::string Message,
                         ir::LocId NoteLoc, std::string Note) {
  Finding Result;
  Result.Loc = toLocation(U, Loc);
  Result.Function = U.name(U.symbol(F.Sym)).str();
  Result.Message = std::move(Message);
  if (NoteLoc)
    Result.Notes.push_back({toLocation(U, NoteLoc), std::move(Note), 0});
  Out.push_back(std::move(Result));
}

bool isDestructorOf(const Unit &U, const Op &O, const Operand &Object) {
  return O.Kind == OpKind::Call && O.has(ir::OF_Implicit) && !O.has(ir::OF_Indirect) &&
         U.symbol(O.Aux).Destructor && !O.Operands.empty() && O.Operands[0] == Object;
}

/// The operations behind number \p I of \p B, as long as control goes straight on; a call
/// that may throw is taken to return.
static std::vector<const Op *> straightOn(const Function &F, const Block &B, size_t I) {
  std::vector<const Op *> Result;
  const Block *At = &B;
  for (size_t K = I + 1, Turns = 0; Turns <= F.Blocks.size();) {
    if (K < At->Ops.size() && At->Ops[K].Kind != OpKind::Threw) {
      Result.push_back(&At->Ops[K++]);
      continue;
    }
    if (K + 1 != At->Ops.size() || At->Term.Kind != ir::TermKind::Branch)
      break;
    At = &F.Blocks[At->Term.Succs[1]];
    K = 0;
    ++Turns;
  }
  return Result;
}

/// Whether \p O assigns \p Object to something that has no room for it, as std::ignore.
static bool throwsAway(const Unit &U, const Op &O, const Operand &Object) {
  if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect) || O.Operands.size() != 2 ||
      O.Operands[1] != Object)
    return false;
  const Symbol &Callee = U.symbol(O.Aux);
  return Callee.Method && Callee.Parent != ir::None && U.name(Callee).ends_with("operator=") &&
         U.Records[Callee.Parent].Fields.empty() && U.Records[Callee.Parent].Bases.empty();
}

/// Guards that are destroyed by the operation right behind the one that made them.
void GuardReader::findDiscarded(const Unit &U, const Function &F) {
  for (const Block &B : F.Blocks)
    for (size_t I = 0; I < B.Ops.size(); ++I) {
      const Op &O = B.Ops[I];
      if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect))
        continue;
      const bool Constructs = U.symbol(O.Aux).Constructor && !O.Operands.empty() &&
                              O.Operands[0].Kind == OperandKind::Local &&
                              U.str(F.Locals[O.Operands[0].Index].Name).empty();
      const bool Returns = O.Result != ir::None;
      if (!Constructs && !Returns)
        continue;
      const Operand Object = Constructs ? O.Operands[0] : Operand::temp(O.Result);
      const ir::TypeId Ty = Constructs ? F.Locals[Object.Index].Ty : O.Ty;
      if (!typeOf(U, Ty).IsGuard)
        continue;
      // Other temporaries of the statement may die in between.
      const std::vector<const Op *> Behind = straightOn(F, B, I);
      const auto End = llvm::find_if(Behind, [&](const Op *X) {
        return isDestructorOf(U, *X, Object) ||
               !(X->Kind == OpKind::End || X->has(ir::OF_Implicit) || throwsAway(U, *X, Object));
      });
      if (End == Behind.end() || !isDestructorOf(U, **End, Object))
        continue;
      report(
          U, F, O.Loc,
          "guard of type " + quoted(U.str(U.Records[U.type(Ty).Record].Name)) +
              " is a temporary, which is destroyed at the end of this statement; give it a name");
      Out.back().Repair = findFix(U, F, ir::RewriteKind::NameTemporary, O.Loc, "give it a name");
    }
}

bool GuardReader::dismisses(const Unit &U, const Op &O, const GuardType &G) {
  if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect))
    return false;
  const Symbol &Callee = U.symbol(O.Aux);
  const FunctionBody Body = Effects.body(Callee);
  if (!Callee.Method || Callee.Constructor || Callee.Destructor || !Body)
    return false;
  bool Clears = false;
  for (const MemberEffect &E : Effects.of(Body)) {
    if (E.Kind == MemberEffect::Runs && E.At.Parameter == 0)
      return false; // it acts before its time
    Clears |= E.Kind == MemberEffect::Clears && E.At.Parameter == 0 &&
              llvm::is_contained(G.Flags, E.At.Steps);
  }
  return Clears;
}

/// Whether an exception may leave \p O.
bool mayThrow(const Unit &U, const Op &O) {
  if (O.Kind == OpKind::Await)
    return true;
  if (O.Kind != OpKind::Call)
    return false;
  const Symbol &S = U.symbol(O.Aux);
  return O.has(ir::OF_Indirect) || !(S.NoThrow || (S.CLinkage && S.System));
}

/// Follows one guard from its declaration to the returns. A dismissed guard that
/// something in between could have needed is what guards are for.
void GuardReader::judgeDismissals(const ValueFlow &Flow, LocalId Guard, const GuardType &G) {
  const Unit &U = Flow.unit();
  const Function &F = Flow.function();
  enum : unsigned { Armed = 1, Dismissed = 2 };
  std::vector<unsigned> In(F.Blocks.size());
  const Op *Dismissal = nullptr;
  bool Needed = false, AnyArmed = false, AnyDismissed = false;
  bool FailsDismissed = false, FailsArmed = false, SucceedsArmed = false, SucceedsDismissed = false;
  auto Walk = [&](ir::BlockId Id, unsigned State, bool Judge) {
    const Block &B = F.Blocks[Id];
    bool Made = State != 0;
    for (const Op &O : B.Ops) {
      if (O.Kind == OpKind::Decl && O.Operands[0] == Operand::local(Guard)) {
        State = Armed;
        Made = false;
        continue;
      }
      if (!State)
        continue;
      const bool OnGuard = !O.Operands.empty() && O.Operands[0] == Operand::local(Guard);
      if (O.Kind == OpKind::End && OnGuard) {
        if (Judge) {
          AnyArmed |= State & Armed;
          AnyDismissed |= State & Dismissed;
        }
        // Where it ends just before a return, that return is what it acted for.
        if (B.Term.Kind != TermKind::Return)
          State = 0;
        continue;
      }
      if (OnGuard && dismisses(U, O, G)) {
        if (Judge && !Dismissal)
          Dismissal = &O;
        State = Dismissed;
        continue;
      }
      // What makes the guard ends with the first operation on it.
      if (!Made) {
        Made = OnGuard;
        continue;
      }
      const bool Mentions = llvm::is_contained(O.Operands, Operand::local(Guard));
      if (Judge && (State & Armed) && (mayThrow(U, O) || (Mentions && !O.has(ir::OF_Implicit))))
        Needed = true;
    }
    if (Judge && State && B.Term.Kind == TermKind::Return) {
      const Outcome Result = outcomeOf(Flow, B.Term);
      FailsDismissed |= Result == Outcome::Failure && (State & Dismissed);
      FailsArmed |= Result == Outcome::Failure && (State & Armed);
      SucceedsArmed |= Result != Outcome::Failure && (State & Armed);
      SucceedsDismissed |= Result != Outcome::Failure && (State & Dismissed);
      FailsArmed |= Result == Outcome::Unknown; // nothing is known: no verdict
    }
    return State;
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (ir::BlockId Id = 0; Id != F.Blocks.size(); ++Id) {
      const unsigned Leaves = Walk(Id, In[Id], false);
      auto Flow = [&](ir::BlockId To) {
        Changed |= (In[To] | Leaves) != In[To];
        In[To] |= Leaves;
      };
      for (ir::BlockId To : F.Blocks[Id].Term.Succs)
        Flow(To);
      for (const ir::SwitchCase &C : F.Blocks[Id].Term.Cases)
        Flow(C.Target);
    }
  }
  for (ir::BlockId Id = 0; Id != F.Blocks.size(); ++Id)
    Walk(Id, In[Id], true);
  if (!Dismissal)
    return;
  const std::string Name = "guard " + quoted(U.str(F.Locals[Guard].Name));
  if (AnyDismissed && !AnyArmed && !Needed)
    report(U, F, Dismissal->Loc, Name + " is dismissed on every path, so it never acts",
           F.Locals[Guard].Loc, "made here");
  else if (FailsDismissed && !FailsArmed && SucceedsArmed && !SucceedsDismissed)
    report(U, F, Dismissal->Loc,
           Name + " is dismissed where the function fails, and acts where it succeeds",
           F.Locals[Guard].Loc, "made here");
}

void GuardReader::findDismissed(const ValueFlow &Flow) {
  const Function &F = Flow.function();
  for (LocalId L = F.NumParams; L < F.Locals.size(); ++L) {
    if (Flow.unit().str(F.Locals[L].Name).empty())
      continue;
    const GuardType &G = typeOf(Flow.unit(), F.Locals[L].Ty);
    if (G.IsGuard && !G.Lock && !G.OnExceptions && !G.Flags.empty())
      judgeDismissals(Flow, L, G);
  }
}

/// A guard that is returned, and whose callable refers to variables of this function.
void GuardReader::findDangling(const ValueFlow &Flow) {
  const Unit &U = Flow.unit();
  const Function &F = Flow.function();
  const Symbol &Self = U.symbol(F.Sym);
  if (F.Closures.empty() || !typeOf(U, U.type(Self.Ty).Elem).IsGuard)
    return;
  auto Captures = [&](const Op &Maker, ir::LocId Loc) {
    for (const Operand &V : Maker.Operands) {
      const Op *Def = Flow.definition(V);
      if (!Def || Def->Kind != OpKind::Closure)
        continue;
      for (const ir::LambdaCapture &C : F.Closures[Def->Aux].Captures)
        if (C.Kind == ir::CaptureKind::ByReference && C.Value.Kind == OperandKind::Local &&
            !U.type(F.Locals[C.Value.Index].Ty).Reference)
          return report(U, F, C.Implicit ? F.Closures[Def->Aux].Loc : C.Loc,
                        "guard that is returned captures " + quoted(U.str(C.Name)) +
                            " by reference, which dies before it",
                        Loc, "returned here");
    }
  };
  for (const Block &B : F.Blocks) {
    if (B.Term.Kind != TermKind::Return || !B.Term.Value)
      continue;
    if (const Op *Def = Flow.definition(B.Term.Value)) {
      Captures(*Def, B.Term.Loc);
      continue;
    }
    if (B.Term.Value.Kind != OperandKind::Local)
      continue;
    for (const Block &Other : F.Blocks)
      for (const Op &O : Other.Ops)
        if (O.Kind == OpKind::Call && !O.has(ir::OF_Indirect) && U.symbol(O.Aux).Constructor &&
            !O.Operands.empty() && O.Operands[0] == B.Term.Value)
          Captures(O, B.Term.Loc);
  }
}

void GuardReader::run(const Unit &U, const Function &F) {
  findDiscarded(U, F);
  // Only a function with a guard among its variables pays for more.
  const bool HasGuard =
      typeOf(U, U.type(U.symbol(F.Sym).Ty).Elem).IsGuard ||
      llvm::any_of(F.Locals, [&](const ir::Local &L) { return typeOf(U, L.Ty).IsGuard; });
  if (!HasGuard)
    return;
  const ValueFlow Flow(U, F);
  findDismissed(Flow);
  findDangling(Flow);
}

} // namespace

void GuardMisuseCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  GuardReader Reader(Context, Out);
  for (const Unit *U : Context.Program.Units)
    if (U->CPlusPlus)
      for (const Function &F : U->Functions)
        Reader.run(*U, F);
}

} // namespace handrail
