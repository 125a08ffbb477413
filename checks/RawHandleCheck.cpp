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
  /// The argument of \p O that a heap function frees, or an owner takes over.
  std::optional<unsigned> heapArgument(const Unit &U, const Op &O) const;
  bool allocates(const Unit &U, const Op &O) const;
  bool isMemory(model::KindId Kind) const {
    return Kind != model::NoKind && Context.Models.Kinds[Kind].Memory;
  }
  Ownership madeBy(const ValueFlow &Flow, const Operand &V, ir::TypeId As);
  const Ownership &returnedBy(const Body &Callee);
  const Ownership &freedBy(const Body &Callee, unsigned Param);
  Ownership findRelease(const ValueFlow &Flow, unsigned Param);
  Ownership withRecord(const Unit &U, ir::TypeId Pointee, const Op &How) const;
  bool mayCross(const Unit &U, ir::TypeId Handle) const;
  bool crosses(const Unit &U, ir::TypeId Handle, const Ownership &What) const;
  void collect(const Unit &U, const Function &F);
  std::string pairOf(const Crossing &C) const;
  void report(const Crossing &C);

  const CheckContext &Context;
  std::vector<Finding> &Out;
  llvm::StringMap<Body> Bodies;   ///< by USR
  llvm::StringSet<> AddressTaken; ///< functions that are callbacks, by USR
  std::vector<Crossing> Crossings;
  // Answers by function; one that is still empty also ends a recursion. Looked up
  // only.
  std::map<const Function *, Ownership> Returned;
  std::map<std::pair<const Function *, unsigned>, Ownership> Freed;
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
Ownership Boundary::madeBy(const ValueFlow &Flow, const Operand &V, ir::TypeId As) {
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
      } else if (Body Inner = bodyOf(Callee)) {
        Made = returnedBy(Inner);
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

const Ownership &Boundary::returnedBy(const Body &Callee) {
  auto [It, New] = Returned.try_emplace(Callee.F);
  if (!New)
    return It->second;
  const ValueFlow Flow(*Callee.U, *Callee.F);
  const ir::TypeId Result = Callee.U->type(Callee.U->symbol(Callee.F->Sym).Ty).Elem;
  Ownership Found;
  for (const ir::Block &B : Callee.F->Blocks)
    if (!Found && B.Term.Kind == ir::TermKind::Return && B.Term.Value)
      Found = madeBy(Flow, B.Term.Value, Result);
  return It->second = std::move(Found);
}

const Ownership &Boundary::freedBy(const Body &Callee, unsigned Param) {
  auto [It, New] = Freed.try_emplace({Callee.F, Param});
  if (New)
    It->second = findRelease(ValueFlow(*Callee.U, *Callee.F), Param);
  return It->second;
}

/// Where the function of \p Flow ends the life of what it was given.
Ownership Boundary::findRelease(const ValueFlow &Flow, unsigned Param) {
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
      std::optional<unsigned> Argument;
      if (O.Kind == OpKind::Delete)
        Argument = 0;
      else if (O.Kind == OpKind::Call && !O.has(ir::OF_Indirect))
        Argument = heapArgument(U, O);
      else
        continue;
      if (Argument) {
        if (std::optional<Origin> From = FromParameter(O.Operands[*Argument]))
          if (Ownership Result = withRecord(U, From->Pointee ? From->Pointee : Static, O)) {
            Result.ThroughInteger = From->ThroughInteger;
            return Result;
          }
        continue;
      }
      const Body Inner = bodyOf(U.symbol(O.Aux));
      if (!Inner)
        continue;
      const unsigned First = Inner.U->symbol(Inner.F->Sym).Method ? 1 : 0;
      for (unsigned I = First; I < O.Operands.size() && I < Inner.F->NumParams; ++I)
        if (std::optional<Origin> From = FromParameter(O.Operands[I]))
          if (Ownership Result = freedBy(Inner, I)) {
            Result.ThroughInteger |= From->ThroughInteger;
            Result.Loc = O.Loc;
            return Result;
          }
    }
  return {};
}

/// Whether a value of type \p Handle at the boundary may be a raw handle at all.
bool Boundary::mayCross(const Unit &U, ir::TypeId Handle) const {
  static constexpr unsigned SmallestPointer = 32;
  const Type &T = U.type(Handle);
  if (T.Kind == TypeKind::Int)
    return T.Bits >= SmallestPointer;
  if (T.Kind != TypeKind::Pointer || T.Reference || !U.CPlusPlus)
    return false;
  const TypeKind Elem = U.type(T.Elem).Kind;
  return Elem == TypeKind::Record || Elem == TypeKind::Void;
}

/// Whether it is one for \p What: an integer that was no pointer is an id.
bool Boundary::crosses(const Unit &U, ir::TypeId Handle, const Ownership &What) const {
  return mayCross(U, Handle) && (U.type(Handle).Kind != TypeKind::Int || What.ThroughInteger);
}

void Boundary::collect(const Unit &U, const Function &F) {
  const Symbol &S = U.symbol(F.Sym);
  const ValueFlow Flow(U, F);
  auto Make = [&](const Operand &V, ir::TypeId Handle, ir::LocId Loc) {
    Ownership Made;
    if (mayCross(U, Handle))
      Made = madeBy(Flow, V, Handle);
    if (!Made || !crosses(U, Handle, Made))
      return false;
    Crossings.push_back({{&U, &F}, Made, Handle, Loc, "", true});
    return true;
  };

  bool ByReturn = false, ByParameter = false;
  for (const ir::Block &B : F.Blocks) {
    if (!ByReturn && B.Term.Kind == ir::TermKind::Return && B.Term.Value)
      ByReturn = Make(B.Term.Value, U.type(S.Ty).Elem, B.Term.Loc);
    for (const Op &O : B.Ops) {
      if (ByParameter || O.Kind != OpKind::Store || !O.Operands[0].isTemp())
        continue;
      // `*Out = …`: the address is what a parameter holds.
      for (const Origin &To : Flow.origins(O.Operands[0]))
        if (To.Kind == Origin::Parameter)
          if (const Type &P = U.type(F.Locals[To.Index].Ty); P.Kind == TypeKind::Pointer)
            ByParameter = ByParameter || Make(O.Operands[1], P.Elem, O.Loc);
    }
  }
  for (unsigned I = 0; I != F.NumParams; ++I)
    if (const ir::TypeId Handle = F.Locals[I].Ty; mayCross(U, Handle))
      if (const Ownership &What = freedBy({&U, &F}, I); What && crosses(U, Handle, What))
        Crossings.push_back(
            {{&U, &F}, What, Handle, What.Loc, U.str(F.Locals[I].Name).str(), false});
}

void Boundary::report(const Crossing &C) {
  const Unit &U = *C.Where.U;
  const std::string Function = U.name(U.symbol(C.Where.F->Sym)).str();
  const Type &T = U.type(C.Handle);
  const bool Hidden = T.Kind == TypeKind::Int || U.type(T.Elem).Kind == TypeKind::Void;
  std::string Pointer = "raw pointer to " + quoted(C.What.Name);
  if (llvm::StringRef As = U.str(T.Name); Hidden && !As.empty())
    Pointer += " hidden in " + quoted(As);

  Finding F;
  F.Function = Function;
  F.Loc = toLocation(U, C.Loc);
  if (C.Makes) {
    F.Message = "exported function " + quoted(Function) + " hands out an owning " + Pointer +
                " as a handle; hand out an id that is looked up in a table";
    F.Notes.push_back({toLocation(*C.What.HowUnit, C.What.How->Loc), "made here", 0});
  } else {
    F.Message = "exported function " + quoted(Function) + " frees a " + Pointer +
                " that it takes as handle " + quoted(C.Parameter) +
                "; take an id that is looked up in a table";
    if (C.What.How->Loc != C.Loc)
      F.Notes.push_back({toLocation(*C.What.HowUnit, C.What.How->Loc), "freed here", 1});
  }
  Out.push_back(std::move(F));
}

/// What the two sides of a pair have in common: the type at the boundary when it says
/// what it points to, which may be a base class of what was made.
std::string Boundary::pairOf(const Crossing &C) const {
  const Unit &U = *C.Where.U;
  const Type &T = U.type(C.Handle);
  if (T.Kind == TypeKind::Pointer)
    if (const Type &Elem = U.type(T.Elem); Elem.Kind == TypeKind::Record && Elem.Record != ir::None)
      return U.Records[Elem.Record].Usr;
  return C.What.Record;
}

void Boundary::run() {
  index();
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions)
      if (isBoundary(*U, U->symbol(F.Sym)))
        collect(*U, F);

  llvm::StringSet<> Made, Ended;
  for (const Crossing &C : Crossings)
    (C.Makes ? Made : Ended).insert(pairOf(C));
  auto Option = Context.Options.find("AllowOpaquePairs");
  const bool AllowPairs = Option == Context.Options.end() || Option->second != "false";
  for (const Crossing &C : Crossings) {
    const Type &T = C.Where.U->type(C.Handle);
    const bool Typed =
        T.Kind == TypeKind::Pointer && C.Where.U->type(T.Elem).Kind == TypeKind::Record;
    const bool Pair = Made.contains(pairOf(C)) && Ended.contains(pairOf(C));
    if (!(AllowPairs && Typed && Pair))
      report(C);
  }
}

} // namespace

void RawHandleCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  Boundary(Context, Out).run();
}

} // namespace handrail
