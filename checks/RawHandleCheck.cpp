//===- RawHandleCheck.cpp -------------------------------------------------===//
//
// A function on the API boundary is exported or has C linkage, in C++. It breaks
// the rule when what it returns (or stores through a parameter) was made by `new`
// or a heap function, here or in a function it calls; or when it ends the life of
// what it was given. In C, where opaque pointers are the custom, only pointers
// smuggled as integers count.
//
//===----------------------------------------------------------------------===//
#include "checks/RawHandleCheck.h"

#include "checks/ValueFlow.h"
#include "checks/Wording.h"
#include "llvm/ADT/StringSet.h"

namespace handrail {

using ir::Function;
using ir::Op;
using ir::Operand;
using ir::OpKind;
using ir::Symbol;
using ir::Type;
using ir::TypeKind;
using ir::Unit;

namespace {

struct Body {
  const Unit *U = nullptr;
  const Function *F = nullptr;
  explicit operator bool() const { return F; }
};

/// What a function makes and hands out, or frees: the record, and the operation
/// that does it.
struct Ownership {
  std::string Record; ///< USR
  std::string Name;   ///< of the record, for messages
  const Op *How = nullptr;
  const Unit *HowUnit = nullptr;
  bool ThroughInteger = false;
  ir::LocId Loc = 0; ///< in the function that was asked: How, or the call that leads to it
  explicit operator bool() const { return How; }
};

/// The names by which the standard library gives up or takes a raw pointer.
bool givesUp(llvm::StringRef Callee) { return Callee == "std::unique_ptr::release"; }
bool takesOver(llvm::StringRef Callee) {
  return Callee == "std::unique_ptr::unique_ptr" || Callee == "std::shared_ptr::shared_ptr" ||
         Callee == "std::unique_ptr::reset" || Callee == "std::shared_ptr::reset";
}

class Boundary {
public:
  Boundary(const CheckContext &Context, std::vector<Finding> &Out) : Context(Context), Out(Out) {}
  void run();

private:
  /// A place where a raw handle crosses the boundary.
  struct Crossing {
    Body Where;
    Ownership What;
    ir::TypeId Handle = 0; ///< type that stands at the boundary
    ir::LocId Loc = 0;
    std::string Parameter; ///< of a function that takes the handle
    bool Makes = false;
  };

  void index();
  Body bodyOf(const Symbol &S) const;
  bool isBoundary(const Unit &U, const Symbol &S) const;
  /// The argument of \p O at which a heap function does \p Effect, as an index
  /// into its operands; nothing when it does not.
  std::optional<unsigned> heapArgument(const Unit &U, const Op &O) const;
  bool allocates(const Unit &U, const Op &O) const;
  bool isMemory(model::KindId Kind) const {
    return Kind != model::NoKind && Context.Models.Kinds[Kind].Memory;
  }
  Ownership madeBy(const ValueFlow &Flow, const Operand &V, ir::TypeId As, unsigned Depth);
  Ownership freedBy(const ValueFlow &Flow, unsigned Param, unsigned Depth);
  Ownership withRecord(const Unit &U, ir::TypeId Pointee, const Op &How) const;
  bool crosses(const Unit &U, ir::TypeId Handle, const Ownership &What) const;
  void collect(const Unit &U, const Function &F);
  void report(const Crossing &C);

  const CheckContext &Context;
  std::vector<Finding> &Out;
  llvm::StringMap<Body> Bodies;   ///< by USR
  llvm::StringSet<> AddressTaken; ///< functions that are callbacks, by USR
  std::vector<Crossing> Crossings;
  /// How deep calls are followed for an allocation or a release.
  static constexpr unsigned MaxDepth = 8;
};

void Boundary::index() {
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions) {
      Bodies.try_emplace(U->symbol(F.Sym).Usr, Body{U, &F});
      auto Take = [&](const Operand &V) {
        if (V.Kind == ir::OperandKind::Func)
          AddressTaken.insert(U->symbol(V.Index).Usr);
      };
      for (const ir::Block &B : F.Blocks)
        for (const Op &O : B.Ops)
          for (const Operand &V : O.Operands)
            Take(V);
    }
}

Body Boundary::bodyOf(const Symbol &S) const {
  auto It = Bodies.find(S.Usr);
  return It == Bodies.end() ? Body() : It->second;
}

bool Boundary::isBoundary(const Unit &U, const Symbol &S) const {
  if (S.Link == ir::Linkage::Internal || S.System || S.Method || AddressTaken.contains(S.Usr))
    return false;
  return S.Exported || S.CLinkage;
}

Ownership Boundary::withRecord(const Unit &U, ir::TypeId Pointee, const Op &How) const {
  const Type &T = U.type(Pointee);
  if (T.Kind != TypeKind::Record || T.Record == ir::None)
    return {};
  const ir::Record &R = U.Records[T.Record];
  return {R.Usr, U.str(R.Name).str(), &How, &U, false, How.Loc};
}

bool Boundary::allocates(const Unit &U, const Op &O) const {
  llvm::StringRef Name = calleeName(U, O);
  for (uint32_t Index : Context.Models.find(Name))
    for (const model::Effect &E : Context.Models.Functions[Index].Effects)
      if (E.Op == model::EffectKind::Acquire && E.At.Root == model::Place::Return &&
          E.At.Steps.empty() && isMemory(E.Kind))
        return true;
  return givesUp(Name);
}

std::optional<unsigned> Boundary::heapArgument(const Unit &U, const Op &O) const {
  llvm::StringRef Name = calleeName(U, O);
  if (takesOver(Name) && O.Operands.size() >= 2)
    return 1;
  for (uint32_t Index : Context.Models.find(Name))
    for (const model::Effect &E : Context.Models.Functions[Index].Effects)
      if (E.Op == model::EffectKind::Release && E.At.Root >= 0 && E.At.Steps.empty() &&
          isMemory(E.Kind) && unsigned(E.At.Root) < O.Operands.size())
        return unsigned(E.At.Root);
  return std::nullopt;
}

/// \p As is the type that \p V is known to have when no cast says more.
Ownership Boundary::madeBy(const ValueFlow &Flow, const Operand &V, ir::TypeId As, unsigned Depth) {
  const Unit &U = Flow.unit();
  for (const Origin &O : Flow.origins(V)) {
    if (O.Kind != Origin::Made)
      continue;
    const Type &Static = U.type(As);
    ir::TypeId Pointee = O.Pointee;
    if (!Pointee && Static.Kind == TypeKind::Pointer)
      Pointee = Static.Elem;
    Ownership Made;
    if (O.Op->Kind == OpKind::New) {
      Made = withRecord(U, O.Op->Ty, *O.Op);
    } else if (O.Op->Kind == OpKind::Call && !O.Op->has(ir::OF_Indirect)) {
      const Symbol &Callee = U.symbol(O.Op->Aux);
      if (allocates(U, *O.Op)) {
        Made = withRecord(U, Pointee, *O.Op);
      } else if (Body Inner = bodyOf(Callee); Inner && Depth < MaxDepth) {
        const ValueFlow InnerFlow(*Inner.U, *Inner.F);
        const ir::TypeId Result = Inner.U->type(Inner.U->symbol(Inner.F->Sym).Ty).Elem;
        for (const ir::Block &B : Inner.F->Blocks)
          if (!Made && B.Term.Kind == ir::TermKind::Return && B.Term.Value)
            Made = madeBy(InnerFlow, B.Term.Value, Result, Depth + 1);
      }
    }
    if (Made) {
      Made.ThroughInteger |= O.ThroughInteger;
      Made.Loc = O.Op->Loc;
      return Made;
    }
  }
  return {};
}

Ownership Boundary::freedBy(const ValueFlow &Flow, unsigned Param, unsigned Depth) {
  const Unit &U = Flow.unit();
  const Type &ParamType = U.type(Flow.function().Locals[Param].Ty);
  const ir::TypeId Static = ParamType.Kind == TypeKind::Pointer ? ParamType.Elem : 0;
  auto FromParameter = [&](const Operand &V) -> std::optional<Origin> {
    for (Origin &O : Flow.origins(V))
      if (O.Kind == Origin::Parameter && O.Index == Param)
        return O;
    return std::nullopt;
  };

  for (const ir::Block &B : Flow.function().Blocks)
    for (const Op &O : B.Ops) {
      std::optional<unsigned> Freed;
      if (O.Kind == OpKind::Delete)
        Freed = 0;
      else if (O.Kind == OpKind::Call && !O.has(ir::OF_Indirect))
        Freed = heapArgument(U, O);
      else
        continue;
      if (Freed) {
        if (std::optional<Origin> From = FromParameter(O.Operands[*Freed]))
          if (Ownership Result = withRecord(U, From->Pointee ? From->Pointee : Static, O)) {
            Result.ThroughInteger = From->ThroughInteger;
            return Result;
          }
        continue;
      }
      const Body Inner = bodyOf(U.symbol(O.Aux));
      if (!Inner || Depth == MaxDepth || Inner.F == &Flow.function())
        continue;
      const ValueFlow InnerFlow(*Inner.U, *Inner.F);
      const unsigned First = Inner.U->symbol(Inner.F->Sym).Method ? 1 : 0;
      for (unsigned I = First; I < O.Operands.size() && I < Inner.F->NumParams; ++I)
        if (std::optional<Origin> From = FromParameter(O.Operands[I]))
          if (Ownership Result = freedBy(InnerFlow, I, Depth + 1)) {
            Result.ThroughInteger |= From->ThroughInteger;
            Result.Loc = O.Loc;
            return Result;
          }
    }
  return {};
}

/// Whether \p Handle, the type at the boundary, is a raw handle for \p What.
bool Boundary::crosses(const Unit &U, ir::TypeId Handle, const Ownership &What) const {
  const Type &T = U.type(Handle);
  if (T.Kind == TypeKind::Int)
    return What.ThroughInteger;
  if (T.Kind != TypeKind::Pointer || T.Reference || !U.CPlusPlus)
    return false;
  const TypeKind Elem = U.type(T.Elem).Kind;
  return Elem == TypeKind::Record || Elem == TypeKind::Void;
}

void Boundary::collect(const Unit &U, const Function &F) {
  const Symbol &S = U.symbol(F.Sym);
  const ValueFlow Flow(U, F);
  auto Make = [&](const Operand &V, ir::TypeId Handle, ir::LocId Loc) {
    Ownership Made = madeBy(Flow, V, Handle, 0);
    if (!Made || !crosses(U, Handle, Made))
      return false;
    Crossings.push_back({{&U, &F}, Made, Handle, Loc, "", true});
    return true;
  };

  bool Returned = false, Stored = false;
  for (const ir::Block &B : F.Blocks) {
    if (!Returned && B.Term.Kind == ir::TermKind::Return && B.Term.Value)
      Returned = Make(B.Term.Value, U.type(S.Ty).Elem, B.Term.Loc);
    for (const Op &O : B.Ops) {
      if (Stored || O.Kind != OpKind::Store || !O.Operands[0].isTemp())
        continue;
      // `*Out = …`: the address is what a parameter holds.
      for (const Origin &To : Flow.origins(O.Operands[0]))
        if (To.Kind == Origin::Parameter)
          if (const Type &P = U.type(F.Locals[To.Index].Ty); P.Kind == TypeKind::Pointer)
            Stored = Stored || Make(O.Operands[1], P.Elem, O.Loc);
    }
  }
  for (unsigned I = 0; I != F.NumParams; ++I)
    if (Ownership Freed = freedBy(Flow, I, 0); Freed && crosses(U, F.Locals[I].Ty, Freed))
      Crossings.push_back(
          {{&U, &F}, Freed, F.Locals[I].Ty, Freed.Loc, U.str(F.Locals[I].Name).str(), false});
}

void Boundary::report(const Crossing &C) {
  const Unit &U = *C.Where.U;
  const std::string Function = U.name(U.symbol(C.Where.F->Sym)).str();
  const Type &T = U.type(C.Handle);
  const bool Hidden = T.Kind == TypeKind::Int || U.type(T.Elem).Kind == TypeKind::Void;
  std::string As = U.str(T.Name).str();
  if (Hidden && !As.empty())
    As = " as " + quoted(As);

  Finding F;
  F.Function = Function;
  F.Loc = toLocation(U, C.Loc);
  const std::string Pointer = "raw pointer to " + quoted(C.What.Name) + (Hidden ? As : "");
  if (C.Makes) {
    F.Message = "exported function " + quoted(Function) + " hands out an owning " + Pointer +
                " for a handle; hand out an id that is looked up in a table";
    F.Notes.push_back({toLocation(*C.What.HowUnit, C.What.How->Loc), "made here", 0});
  } else {
    F.Message = "exported function " + quoted(Function) + " takes handle " + quoted(C.Parameter) +
                " to be an owning " + Pointer +
                " and ends its life unchecked; take an id that is looked up in a table";
  }
  Out.push_back(std::move(F));
}

void Boundary::run() {
  index();
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions)
      if (isBoundary(*U, U->symbol(F.Sym)))
        collect(*U, F);

  llvm::StringSet<> Made, Ended;
  for (const Crossing &C : Crossings)
    (C.Makes ? Made : Ended).insert(C.What.Record);
  auto Option = Context.Options.find("AllowOpaquePairs");
  const bool AllowPairs = Option != Context.Options.end() && Option->second == "true";
  for (const Crossing &C : Crossings) {
    const Type &T = C.Where.U->type(C.Handle);
    const bool Typed =
        T.Kind == TypeKind::Pointer && C.Where.U->type(T.Elem).Kind == TypeKind::Record;
    const bool Pair = Made.contains(C.What.Record) && Ended.contains(C.What.Record);
    if (!(AllowPairs && Typed && Pair))
      report(C);
  }
}

} // namespace

void RawHandleCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  Boundary(Context, Out).run();
}

} // namespace handrail
