//===- Roles.cpp - what bodies say that functions do with memory -----------===//
#include "lib/Infer/Roles.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"

using namespace handrail::ir;

namespace handrail::infer {

using llvm::StringRef;
using model::EffectKind;

static constexpr unsigned MaxRounds = 16; ///< how deep wrappers of wrappers are understood

//===----------------------------------------------------------------------===//
// The functions
//===----------------------------------------------------------------------===//

Roles::Roles(const solver::Program &P, const model::ModelSet &Models) : Models(Models) {
  for (const Unit *U : P.Units) {
    std::vector<FunctionId> &Ids = BySymbol[U];
    for (const Symbol &S : U->Symbols) {
      if (!S.IsFunction) {
        Ids.push_back(NoFunction);
        continue;
      }
      auto [It, New] = ByUsr.try_emplace(S.Usr, Functions.size());
      Ids.push_back(It->second);
      if (New) {
        FunctionInfo &F = Functions.emplace_back();
        F.U = U;
        F.S = &S;
        F.Known = !Models.find(U->name(S)).empty();
      }
      FunctionInfo &F = Functions[It->second];
      if (F.Header.empty() && S.Header)
        F.Header = U->str(S.Header).str();
    }
  }
  for (const Unit *U : P.Units)
    for (const Function &Body : U->Functions) {
      FunctionInfo &F = Functions[idOf(*U, Body.Sym)];
      if (F.Body)
        continue;
      F.U = U;
      F.S = &U->symbol(Body.Sym);
      F.Body = &Body;
      F.Values = flowOf(*U, Body);
    }
  for (FunctionInfo &F : Functions) {
    F.Library = Models.isCLibraryHeader(F.Header);
    F.Parameters.resize(parameters(static_cast<FunctionId>(&F - Functions.data())));
  }
  bool Changed = true;
  for (unsigned Round = 0; Changed && Round < MaxRounds; ++Round) {
    Changed = false;
    for (FunctionId Id = 0; Id < Functions.size(); ++Id)
      Changed |= update(Id);
  }
}

FunctionId Roles::idOf(const Unit &U, SymbolId S) const {
  if (S == None)
    return NoFunction;
  const std::vector<FunctionId> &Ids = BySymbol.at(&U);
  return S < Ids.size() ? Ids[S] : NoFunction;
}

unsigned Roles::parameters(FunctionId Id) const {
  const FunctionInfo &F = Functions[Id];
  const Type &T = F.U->type(F.S->Ty);
  return T.Kind == TypeKind::Function ? T.Params.size() : 0;
}

std::string Roles::pointee(const Unit &U, TypeId Pointer) {
  const Type &T = U.type(Pointer);
  if (T.Kind != TypeKind::Pointer)
    return "";
  const Type &To = U.type(T.Elem);
  if (To.Kind == TypeKind::Record && To.Record != None)
    return U.Records[To.Record].Usr;
  StringRef Name = U.str(To.Name);
  if (To.Kind == TypeKind::Void && !Name.contains("void") && !Name.empty())
    return Name.str();
  return "";
}

std::string Roles::parameterType(FunctionId Id, uint32_t Arg, bool Out) const {
  const FunctionInfo &F = Functions[Id];
  const Type &T = F.U->type(F.S->Ty);
  if (T.Kind != TypeKind::Function || Arg >= T.Params.size())
    return "";
  TypeId P = T.Params[Arg];
  if (!Out)
    return pointee(*F.U, P);
  return F.U->type(P).Kind == TypeKind::Pointer ? pointee(*F.U, F.U->type(P).Elem) : "";
}

std::string Roles::resultType(FunctionId Id) const {
  const FunctionInfo &F = Functions[Id];
  const Type &T = F.U->type(F.S->Ty);
  return T.Kind == TypeKind::Function ? pointee(*F.U, T.Elem) : "";
}

std::string Roles::place(FunctionId Within, LocId Loc) const {
  const Unit &U = *Functions[Within].U;
  const SourceLoc &L = U.loc(Loc);
  return U.Files[L.File].Path + ":" + std::to_string(L.Line);
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

std::optional<model::KindId> Roles::ends(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction)
    return std::nullopt;
  const FunctionInfo &F = Functions[Id];
  // Not `realloc`, whose release is half of what it does.
  for (uint32_t M : Models.find(F.name()))
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (E.Op == EffectKind::Release && E.At.Steps.empty() && E.When.always() &&
          E.At.Root == static_cast<int>(Arg))
        return E.Kind;
  if (F.Known || Arg >= F.Parameters.size() || !F.Parameters[Arg].Ends || F.Parameters[Arg].Keeps)
    return std::nullopt;
  return F.Parameters[Arg].Kind;
}

bool Roles::mayEnd(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction)
    return false;
  const FunctionInfo &F = Functions[Id];
  for (uint32_t M : Models.find(F.name()))
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (E.Op == EffectKind::Release && E.At.Root == static_cast<int>(Arg) && !E.When.always())
        return true;
  return !F.Known && Arg < F.Parameters.size() && F.Parameters[Arg].MayEnd;
}

bool Roles::keeps(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction)
    return false;
  const FunctionInfo &F = Functions[Id];
  for (uint32_t M : Models.find(F.name()))
    for (const model::Effect &E : Models.Functions[M].Effects)
      if ((E.Op == EffectKind::Stores || E.Op == EffectKind::Transfer) &&
          (E.At.Root == static_cast<int>(Arg) || (E.Data && E.Data->Root == static_cast<int>(Arg))))
        return true;
  return !F.Known && Arg < F.Parameters.size() && F.Parameters[Arg].Keeps;
}

bool Roles::keepsInNew(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction)
    return false;
  const FunctionInfo &F = Functions[Id];
  return !F.Known && Arg < F.Parameters.size() && F.Parameters[Arg].KeepsInNew;
}

std::optional<uint32_t> Roles::retains(FunctionId Id) const {
  if (Id == NoFunction || !Functions[Id].Body)
    return std::nullopt;
  const FunctionInfo &F = Functions[Id];
  for (uint32_t P = 0; P < F.Parameters.size(); ++P)
    if (!F.Parameters[P].CountedUp.empty() && parameterType(Id, P) == resultType(Id))
      return P;
  return std::nullopt;
}

bool Roles::mayKeep(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction || keeps(Id, Arg) || keepsInNew(Id, Arg))
    return true;
  const FunctionInfo &F = Functions[Id];
  if (F.Known || F.Library)
    return false;
  if (!F.Body || F.Values.TooBig)
    return true;
  return Arg >= F.Parameters.size() || F.Parameters[Arg].MayKeep;
}

/// What models say that \p F gives at \p At.
FreshRole Roles::modelled(const FunctionInfo &F, const model::Place &At) const {
  FreshRole R;
  R.Is = FreshRole::No;
  for (uint32_t M : Models.find(F.name()))
    for (const model::Effect &E : Models.Functions[M].Effects)
      if ((E.Op == EffectKind::Acquire || E.Op == EffectKind::Duplicate) && E.At.Root == At.Root &&
          E.At.Steps.size() == At.Steps.size()) {
        R.Is = FreshRole::Yes;
        R.MadeBy = static_cast<FunctionId>(&F - Functions.data());
        R.Kind = E.Kind;
        R.When = E.When.Values;
      }
  return R;
}

FreshRole Roles::fresh(FunctionId Id) const {
  if (Id == NoFunction)
    return {};
  const FunctionInfo &F = Functions[Id];
  return F.Known ? modelled(F, {}) : F.Result;
}

FreshRole Roles::freshOut(FunctionId Id, uint32_t Arg) const {
  if (Id == NoFunction)
    return {};
  const FunctionInfo &F = Functions[Id];
  if (F.Known)
    return modelled(F, {static_cast<int>(Arg), {model::PlaceStep()}});
  auto It = F.Outs.find(Arg);
  return It == F.Outs.end() ? FreshRole() : It->second;
}

void Roles::updateParameters(const FunctionInfo &F, std::vector<ParameterRole> &Out) const {
  const Flow &V = F.Values;
  std::vector<llvm::BitVector> Ends(Out.size(), llvm::BitVector(F.Body->Blocks.size()));
  std::vector<char> Looks(Out.size());
  for (const Give &G : V.Gives) {
    FunctionId Callee = idOf(*F.U, G.Callee);
    for (OriginId O : G.Origins) {
      if (V.Origins[O].Kind != Origin::Parameter || V.Origins[O].Arg >= Out.size())
        continue;
      uint32_t P = V.Origins[O].Arg;
      Out[P].Keeps |= !G.ByAddress && keeps(Callee, G.Arg);
      Out[P].KeepsInNew |= !G.ByAddress && keepsInNew(Callee, G.Arg);
      Out[P].MayKeep |= G.ByAddress || mayKeep(Callee, G.Arg);
      Out[P].GivenAway = true;
      if (Callee != NoFunction && G.Arg < Functions[Callee].Parameters.size()) {
        const ParameterRole &There = Functions[Callee].Parameters[G.Arg];
        // A member that counts something else has a function with a result of its own.
        const FunctionInfo &To = Functions[Callee];
        bool Void = To.U->type(To.U->type(To.S->Ty).Elem).Kind == TypeKind::Void;
        Out[P].Retained |= There.Retained || retains(Callee) == G.Arg ||
                           (Void && !There.CountedUp.empty() && To.Parameters.size() == 1);
      }
      Out[P].MayEnd |= mayEnd(Callee, G.Arg);
      if (auto Kind = ends(Callee, G.Arg);
          Kind && !G.Part && !G.ByAddress && G.Origins.size() == 1) {
        Ends[P].set(G.Block);
        Looks[P] |= Out[P].Kind != model::NoKind && Out[P].Kind != *Kind; // one of several
        Out[P].Kind = *Kind;
        Out[P].EndedBy = Out[P].EndedBy == NoFunction ? Callee : Out[P].EndedBy;
        Looks[P] |= G.UsedAfter != 0;
      }
    }
  }
  for (const Origin &O : V.Origins)
    if (O.Kind == Origin::Parameter && O.Arg < Out.size()) {
      Out[O.Arg].Keeps |= O.Stored || O.HandedOut;
      Out[O.Arg].KeepsInNew |= O.StoredInNew;
    }
  for (const Bump &B : V.Bumps)
    if (const Origin &O = V.Origins[B.Of]; O.Kind == Origin::Parameter && O.Arg < Out.size())
      (B.Up ? Out[O.Arg].CountedUp : Out[O.Arg].CountedDown) = F.U->str(B.Member).str();
  for (uint32_t P = 0; P < Out.size(); ++P) {
    if (Ends[P].none())
      continue;
    Out[P].CanAvoid = canAvoid(*F.Body, P, Ends[P]);
    // What counts references has nothing else to do.
    bool Counted = !Out[P].CountedDown.empty() && Out.size() == 1;
    Out[P].Ends = !Looks[P] && !Out[P].Retained && (!Out[P].CanAvoid || Counted);
    Out[P].MayEnd |= !Out[P].Ends;
  }
}

/// Whether a value is new and nobody else's.
FreshRole Roles::originRole(const FunctionInfo &F, OriginId Id) const {
  const Flow &V = F.Values;
  const Origin &O = V.Origins[Id];
  FreshRole R;
  R.Is = FreshRole::No;
  if (O.Kind == Origin::Other || O.Kind == Origin::Parameter)
    return R;
  FunctionId Callee = idOf(*F.U, O.Callee);
  R = O.Kind == Origin::Result ? fresh(Callee) : freshOut(Callee, O.Arg);
  if (R.Is == FreshRole::No && O.Kind == Origin::Result && retains(Callee))
    R.Is = FreshRole::Shared;
  if (R.Is < FreshRole::Shared)
    return R;
  if (O.Stored)
    R.Is = FreshRole::Shared;
  R.MadeBy = Callee;
  R.When.clear();
  for (const Give &G : V.Gives)
    if (llvm::is_contained(G.Origins, Id) && !G.ByAddress && keeps(idOf(*F.U, G.Callee), G.Arg))
      R.Is = FreshRole::Shared;
  return R;
}

FreshRole Roles::setRole(const FunctionInfo &F, const Leaves &L) const {
  FreshRole R;
  for (OriginId O : L.Origins) {
    FreshRole One = originRole(F, O);
    if (One.Is == FreshRole::No)
      return One;
    if (One.Is == FreshRole::Unknown)
      return {};
    if (R.Is >= FreshRole::Shared && R.Kind != One.Kind)
      R.Kind = model::NoKind;
    else if (R.Is != FreshRole::Shared)
      R = One;
  }
  return R;
}

FreshRole Roles::resultRole(const FunctionInfo &F) const {
  FreshRole R;
  bool Doubt = false;
  for (const Leaves &L : F.Values.Returns) {
    if (L.Origins.empty())
      continue; // null
    FreshRole One = setRole(F, L);
    if (One.Is == FreshRole::No)
      return One;
    Doubt |= One.Is == FreshRole::Unknown;
    bool Differs = R.Is >= FreshRole::Shared && One.Kind != R.Kind;
    if (One.Is >= FreshRole::Shared && R.Is != FreshRole::Shared)
      R = One;
    if (Differs)
      R.Kind = model::NoKind;
  }
  if (Doubt)
    R = {};
  return R;
}

/// The results that a function returns with, once it has come to \p Block.
std::vector<model::ValueRange> Roles::successAfter(const FunctionInfo &F, BlockId Block) const {
  llvm::BitVector Seen(F.Body->Blocks.size());
  std::vector<BlockId> Work{Block};
  Seen.set(Block);
  while (!Work.empty()) {
    const Terminator &T = F.Body->Blocks[Work.back()].Term;
    Work.pop_back();
    for (BlockId To : T.Succs)
      if (!Seen.test(To)) {
        Seen.set(To);
        Work.push_back(To);
      }
  }
  std::vector<model::ValueRange> Values;
  for (const Leaves &L : F.Values.Returns)
    if (Seen.test(L.Block)) {
      if (!L.Constant)
        return {};
      Values.push_back({L.Value, L.Value});
    }
  // An error on the way takes back what was handed out.
  llvm::erase_if(Values, [](const model::ValueRange &V) { return V.Lo < 0; });
  model::normalizeRanges(Values);
  return Values.size() == 1 && Values[0].Lo == Values[0].Hi ? Values
                                                            : std::vector<model::ValueRange>();
}

FreshRole Roles::outRole(const FunctionInfo &F, uint32_t Arg) const {
  FreshRole R;
  // What is there before is used again, or ends.
  for (const Origin &O : F.Values.Origins)
    if (O.Kind == Origin::Parameter && O.Arg == Arg && O.ReadFirst) {
      R.Is = FreshRole::No;
      return R;
    }
  for (const Leaves &L : F.Values.Outs) {
    if (L.Arg != Arg || L.Origins.empty())
      continue;
    FreshRole One = setRole(F, L);
    if (One.Is < FreshRole::Shared)
      return One;
    std::vector<model::ValueRange> When = successAfter(F, L.Block);
    if (R.Is >= FreshRole::Shared && R.When != When)
      When.clear();
    if (R.Is != FreshRole::Shared)
      R = One;
    R.When = When;
  }
  // `return make_with_more(out, 0)`
  for (const Give &G : F.Values.Gives)
    for (OriginId O : G.Origins)
      if (const Origin &From = F.Values.Origins[O];
          From.Kind == Origin::Parameter && From.Arg == Arg && !G.Part && !G.ByAddress) {
        FunctionId Callee = idOf(*F.U, G.Callee);
        FreshRole One = freshOut(Callee, G.Arg);
        if (One.Is == FreshRole::No)
          return One;
        if (One.Is >= FreshRole::Shared && R.Is < FreshRole::Shared) {
          R = One;
          R.MadeBy = Callee;
        }
      }
  return R;
}

bool Roles::update(FunctionId Id) {
  FunctionInfo &F = Functions[Id];
  if (!F.Body || F.Known || F.Values.TooBig)
    return false;
  std::vector<ParameterRole> Parameters(F.Parameters.size());
  updateParameters(F, Parameters);
  FreshRole Result = resultRole(F);
  std::map<uint32_t, FreshRole> Outs;
  for (uint32_t P = 0; P < F.Parameters.size(); ++P)
    if (FreshRole R = outRole(F, P); R.Is != FreshRole::Unknown)
      Outs[P] = R;
  if (Parameters == F.Parameters && Result == F.Result && Outs == F.Outs)
    return false;
  F.Parameters = std::move(Parameters);
  F.Result = std::move(Result);
  F.Outs = std::move(Outs);
  return true;
}

} // namespace handrail::infer
