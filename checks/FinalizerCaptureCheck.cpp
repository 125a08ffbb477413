//===- FinalizerCaptureCheck.cpp ------------------------------------------===//
//
// A finalizer is an argument that a model stores with "finalizes", or whose
// parameter is annotated HANDRAIL_FINALIZER. When a closure reaches it, each of
// its captures is compared with what the call finalizes, with the object that
// keeps the finalizer, and with how long that object lives:
//
//   std::shared_ptr<FILE> Log(F, [F](FILE *) { fclose(F); });   captures the resource
//   Conn->onClose([Conn] { Conn->drop(); });                    captures its owner
//   return std::shared_ptr<FILE>(F, [&](FILE *) { … });         captures the scope
//
//===----------------------------------------------------------------------===//
#include "checks/FinalizerCaptureCheck.h"

#include "checks/ValueFlow.h"
#include "checks/Wording.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail {

using ir::CaptureKind;
using ir::ClosureInfo;
using ir::Function;
using ir::LambdaCapture;
using ir::LocalId;
using ir::Op;
using ir::Operand;
using ir::OperandKind;
using ir::OpKind;
using ir::Symbol;
using ir::Unit;

namespace {

/// One argument that is kept as a finalizer.
struct Finalizer {
  unsigned Callback = 0;
  llvm::SmallVector<unsigned, 2> Resources; ///< arguments that it finalizes
  bool HasOwner = false;                    ///< argument 0 is the object that keeps it
};

/// What is wrong with one capture, worst first.
enum class Mistake { None, Resource, Owner, Dangles, Scope };

class FunctionReader {
public:
  FunctionReader(const CheckContext &Context, const Unit &U, const Function &F,
                 std::vector<Finding> &Out)
      : Context(Context), U(U), F(F), Flow(U, F), Out(Out) {
    index();
  }
  void run();

private:
  void index();
  std::vector<Finalizer> finalizersOf(const Op &O) const;
  const ClosureInfo *closureOf(const Operand &V, unsigned Depth = 0) const;
  LocalId rootOf(const Operand &V, bool OrMember = false, unsigned Depth = 0) const;
  bool diesBefore(LocalId Captured, LocalId Owner) const;
  Mistake judge(const LambdaCapture &C, const Op &Call, const Finalizer &Fin) const;
  void report(const LambdaCapture &C, Mistake M, const Op &Call, const Finalizer &Fin,
              ir::LocId Loc);
  std::optional<Fix> repair(const LambdaCapture &C, Mistake M, const Finalizer &Fin) const;

  const CheckContext &Context;
  const Unit &U;
  const Function &F;
  const ValueFlow Flow;
  std::vector<Finding> &Out;
  /// Operations that give a variable its content: stores, copies and constructors.
  llvm::DenseMap<LocalId, llvm::SmallVector<const Op *, 1>> Made;
  llvm::DenseMap<LocalId, unsigned> Declared; ///< order of the `decl`s
  llvm::DenseSet<LocalId> HandedOn; ///< variables whose object may be moved or shared elsewhere
};

constexpr unsigned MaxDepth = 8; // wrappings of one closure or one object

/// What may be done to an owner without its content getting a second home.
bool keepsOwnership(const Unit &U, const Op &O) {
  const Symbol &Callee = U.symbol(O.Aux);
  if (Callee.Constructor || Callee.Destructor)
    return true;
  llvm::StringRef Name = U.name(Callee);
  Name = Name.substr(Name.rfind("::") == llvm::StringRef::npos ? 0 : Name.rfind("::") + 2);
  return Callee.Method && (Name.starts_with("operator") || Name == "get" || Name == "reset") &&
         Name != "operator=";
}

void FunctionReader::index() {
  unsigned Order = 0;
  for (const ir::Block &B : F.Blocks) {
    for (const Op &O : B.Ops) {
      const bool IsCall = O.Kind == OpKind::Call && !O.has(ir::OF_Indirect);
      if (O.Kind == OpKind::Decl && O.Operands[0].Kind == OperandKind::Local)
        Declared.try_emplace(O.Operands[0].Index, ++Order);
      if ((O.Kind == OpKind::CopyMem || O.Kind == OpKind::Store ||
           (IsCall && U.symbol(O.Aux).Constructor)) &&
          !O.Operands.empty() && O.Operands[0].Kind == OperandKind::Local)
        Made[O.Operands[0].Index].push_back(&O);
      if (O.Kind == OpKind::Decl || O.Kind == OpKind::End || O.Kind == OpKind::Load ||
          O.Kind == OpKind::Field)
        continue;
      for (size_t I = 0; I != O.Operands.size(); ++I)
        if (O.Operands[I].Kind == OperandKind::Local &&
            !(I == 0 && (O.Kind == OpKind::Store || O.Kind == OpKind::CopyMem ||
                         O.Kind == OpKind::Zero || (IsCall && keepsOwnership(U, O)))))
          HandedOn.insert(O.Operands[I].Index);
    }
    if (B.Term.Value.Kind == OperandKind::Local)
      HandedOn.insert(B.Term.Value.Index);
  }
}

std::vector<Finalizer> FunctionReader::finalizersOf(const Op &O) const {
  std::vector<Finalizer> Result;
  if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect))
    return Result;
  const Symbol &Callee = U.symbol(O.Aux);
  for (uint32_t Index : Context.Models.find(U.name(Callee))) {
    const model::FunctionModel &M = Context.Models.Functions[Index];
    if (O.Operands.size() < M.MinArgs)
      continue;
    for (const model::Effect &E : M.Effects)
      if (E.Op == model::EffectKind::Stores && E.Finalizes && E.At.Root >= 0 &&
          E.Finalizes->Root >= 0 && unsigned(E.At.Root) < O.Operands.size() &&
          unsigned(E.Finalizes->Root) < O.Operands.size())
        Result.push_back({unsigned(E.At.Root), {unsigned(E.Finalizes->Root)}, Callee.Method});
  }
  if (!Result.empty())
    return Result;

  const unsigned First = Callee.Method ? 1 : 0;
  for (llvm::StringRef Attribute : Callee.Attributes) {
    unsigned Parameter = 0;
    if (!Attribute.consume_front("param") || Attribute.consumeInteger(10, Parameter) ||
        Attribute != ":annotate(\"handrail:finalizer\")" || First + Parameter >= O.Operands.size())
      continue;
    Finalizer Fin{First + Parameter, {}, Callee.Method};
    // An annotation does not say which argument; each of them is kept with it.
    for (unsigned I = First; I < O.Operands.size(); ++I)
      if (I != Fin.Callback)
        Fin.Resources.push_back(I);
    Result.push_back(std::move(Fin));
  }
  return Result;
}

/// The closure that \p V, a closure object or a wrapper such as std::function
/// around it, runs.
const ClosureInfo *FunctionReader::closureOf(const Operand &V, unsigned Depth) const {
  if (Depth == MaxDepth)
    return nullptr;
  if (V.Kind == OperandKind::Local) {
    auto It = Made.find(V.Index);
    if (It == Made.end())
      return nullptr;
    for (const Op *Maker : It->second)
      for (const Operand &Part : llvm::drop_begin(Maker->Operands))
        if (const ClosureInfo *Found = closureOf(Part, Depth + 1))
          return Found;
    return nullptr;
  }
  const Op *Def = Flow.definition(V);
  if (!Def)
    return nullptr;
  switch (Def->Kind) {
  case OpKind::Closure:
    return &F.Closures[Def->Aux];
  case OpKind::Copy:
  case OpKind::Cast:
    return closureOf(Def->Operands[0], Depth + 1);
  case OpKind::Call: {
    llvm::StringRef Callee = calleeName(U, *Def);
    if ((Callee == "std::move" || Callee == "std::forward") && !Def->Operands.empty())
      return closureOf(Def->Operands[0], Depth + 1);
    return nullptr;
  }
  default:
    return nullptr;
  }
}

/// The variable that \p V is, was read from, or is a copy of: the first one when
/// variables are initialised from each other and hold one thing.
LocalId FunctionReader::rootOf(const Operand &V, bool OrMember, unsigned Depth) const {
  const LocalId Local = Flow.variable(V, OrMember);
  if (Local == ir::None || Local < F.NumParams || Depth == MaxDepth)
    return Local;
  auto It = Made.find(Local);
  if (It == Made.end() || It->second.size() != 1 || It->second.front()->Operands.size() != 2)
    return Local;
  const LocalId From = rootOf(It->second.front()->Operands[1], false, Depth + 1);
  if (From == ir::None)
    return Local;
  // A weak_ptr made from a shared_ptr is no copy of it.
  const ir::Type &Mine = U.type(F.Locals[Local].Ty), &Theirs = U.type(F.Locals[From].Ty);
  const bool Copy = Mine.Kind == Theirs.Kind &&
                    (Mine.Kind == ir::TypeKind::Pointer ||
                     (Mine.Kind == ir::TypeKind::Record && Mine.Record == Theirs.Record));
  return Copy ? From : Local;
}

/// Whether \p Captured may be gone while \p Owner (a variable, or ir::None when
/// the finalizer is kept elsewhere) still holds the finalizer.
bool FunctionReader::diesBefore(LocalId Captured, LocalId Owner) const {
  if (Owner == ir::None || Owner < F.NumParams || HandedOn.contains(Owner))
    return true;
  auto Mine = Declared.find(Captured), Theirs = Declared.find(Owner);
  if (Captured < F.NumParams)
    return false;
  return Mine == Declared.end() || Theirs == Declared.end() || Mine->second > Theirs->second;
}

Mistake FunctionReader::judge(const LambdaCapture &C, const Op &Call, const Finalizer &Fin) const {
  const LocalId Owner = Fin.HasOwner ? rootOf(Call.Operands[0], /*OrMember=*/true) : ir::None;
  const bool OwnerIsThis = Owner == 0 && U.symbol(F.Sym).Method;
  if (C.Kind == CaptureKind::This)
    return OwnerIsThis ? Mistake::Owner : C.Implicit ? Mistake::Scope : Mistake::None;

  const LocalId Captured = rootOf(C.Value);
  if (Captured == ir::None)
    return Mistake::None;
  for (unsigned Argument : Fin.Resources)
    if (rootOf(Call.Operands[Argument]) == Captured)
      return Mistake::Resource;
  if (Captured == Owner)
    return Mistake::Owner;
  if (C.Kind == CaptureKind::ByReference) {
    // How long it lives is asked of the variables themselves, not of what they copy.
    const LocalId OwnerVariable =
        Fin.HasOwner ? Flow.variable(Call.Operands[0], /*OrMember=*/true) : ir::None;
    const LocalId Variable = Flow.variable(C.Value);
    // What a reference refers to is the caller's and may well live longer.
    if (U.type(F.Locals[Variable].Ty).Reference || !diesBefore(Variable, OwnerVariable))
      return Mistake::None;
    return C.Implicit ? Mistake::Scope : Mistake::Dangles;
  }
  const ir::TypeKind Kind = U.type(C.Ty).Kind;
  const bool Keeps = Kind == ir::TypeKind::Pointer || Kind == ir::TypeKind::Record;
  return C.Implicit && Keeps ? Mistake::Scope : Mistake::None;
}

/// `std::shared_ptr` for its constructors, the name otherwise; without the marks
/// of a library's internals (`std::__shared_ptr::reset`).
std::string calledAs(const Unit &U, const Op &Call) {
  llvm::StringRef Name = U.name(U.symbol(Call.Aux));
  if (U.symbol(Call.Aux).Constructor)
    Name = Name.substr(0, Name.rfind("::"));
  std::string Text;
  for (llvm::StringRef Part : llvm::split(Name, "::"))
    Text += (Text.empty() ? "" : "::") + Part.ltrim('_').str();
  return Text;
}

/// What is finalized is what the finalizer is given, when it is one thing. What shares
/// the owner may refer to it weakly.
std::optional<Fix> FunctionReader::repair(const LambdaCapture &C, Mistake M,
                                          const Finalizer &Fin) const {
  if (M == Mistake::Resource && Fin.Resources.size() == 1)
    return findFix(U, F, ir::RewriteKind::UseParameter, C.Loc,
                   "take away the capture and use the parameter");
  if (M == Mistake::Owner)
    return findFix(U, F, ir::RewriteKind::CaptureWeakly, C.Loc, "capture a weak reference");
  return std::nullopt;
}

void FunctionReader::report(const LambdaCapture &C, Mistake M, const Op &Call, const Finalizer &Fin,
                            ir::LocId Loc) {
  const std::string Name = C.Kind == CaptureKind::This ? "this" : U.str(C.Name).str();
  std::string Text = "finalizer passed to " + quoted(calledAs(U, Call));
  switch (M) {
  case Mistake::None:
    return;
  case Mistake::Resource:
    Text += " captures " + quoted(Name) + ", the resource it finalizes; use its parameter instead";
    break;
  case Mistake::Owner:
    Text += " captures " + quoted(Name) + ", the owner that keeps it" +
            (C.Kind != CaptureKind::ByReference && U.type(C.Ty).Kind == ir::TypeKind::Record
                 ? " and then never dies; capture a weak reference"
                 : ", which may be gone when it runs");
    break;
  case Mistake::Dangles:
    Text += " captures " + quoted(Name) + " by reference, which may be gone when it runs";
    break;
  case Mistake::Scope:
    Text += " captures its whole scope, " + quoted(Name) + " included; name what it needs";
    break;
  }
  Finding Result;
  Result.Loc = toLocation(U, Loc);
  Result.Message = std::move(Text);
  Result.Function = U.name(U.symbol(F.Sym)).str();
  Result.Notes.push_back({toLocation(U, Call.Loc), "kept as a finalizer by this call", 0});
  Result.Repair = repair(C, M, Fin);
  Out.push_back(std::move(Result));
}

void FunctionReader::run() {
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      for (const Finalizer &Fin : finalizersOf(O)) {
        const ClosureInfo *Closure = closureOf(O.Operands[Fin.Callback]);
        if (!Closure)
          continue;
        // What `[&]` and `[=]` bring along is one mistake: the worst of it is told.
        const LambdaCapture *Worst = nullptr;
        Mistake WorstMistake = Mistake::None;
        for (const LambdaCapture &C : Closure->Captures) {
          const Mistake M = judge(C, O, Fin);
          if (!C.Implicit) {
            report(C, M, O, Fin, C.Loc);
          } else if (M != Mistake::None && (!Worst || M < WorstMistake)) {
            Worst = &C;
            WorstMistake = M;
          }
        }
        if (Worst)
          report(*Worst, WorstMistake, O, Fin, Closure->Loc);
      }
}

} // namespace

void FinalizerCaptureCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions)
      if (!F.Closures.empty())
        FunctionReader(Context, *U, F, Out).run();
}

} // namespace handrail
