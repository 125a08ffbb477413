//===- ProposalEntries.cpp - kinds and functions of a proposal -------------===//
#include "lib/Infer/Proposer.h"
#include "lib/Infer/Words.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace handrail::ir;

namespace handrail::infer {

using llvm::StringRef;
using model::Effect;
using model::EffectKind;
using model::KindId;

//===----------------------------------------------------------------------===//
// Kinds and functions
//===----------------------------------------------------------------------===//

std::string Proposer::kindId(const Candidate &C, StringRef End, std::string &Title) const {
  std::vector<std::string> Type = wordsOf(C.Name), Words = wordsOf(End);
  while (!Type.empty() && (Type.back() == "t" || Type.back() == "s"))
    Type.pop_back();
  std::string Family = idOf(Words.front());
  Title = llvm::join(Type, " ");
  if (Type.size() > 1 && Type.front() == Family)
    Type.erase(Type.begin());
  else if (Type.size() == 1 && Type.front() == Family)
    Type = thingOf(End, Family);
  std::string Id = Family + "." + idOf(Type), Free = Id;
  auto Taken = [&](const std::string &Text) {
    return llvm::any_of(Out.Kinds, [&](const model::ResourceKind &K) { return K.Id == Text; });
  };
  for (unsigned N = 2; Taken(Free); ++N)
    Free = Id + "-" + std::to_string(N);
  return Free;
}

void Proposer::addEntry(FunctionId Id, Effect E, const Believed &Why) {
  auto [It, New] = Entries.try_emplace(Id);
  Entry &To = It->second;
  To.Why.How = New ? Why.How : std::min(To.Why.How, Why.How);
  To.Why.add(Why);
  To.Effects.push_back(std::move(E));
}

static Effect effectAt(EffectKind Op, KindId Kind, int Root) {
  Effect E;
  E.Op = Op;
  E.Kind = Kind;
  E.At.Root = Root;
  return E;
}

Effect Proposer::acquire(const Source &S, KindId Kind, Believed &Why) const {
  Effect E = effectAt(EffectKind::Acquire, Kind, S.Arg);
  if (S.Arg < 0)
    return E;
  E.At.Steps.push_back({model::PlaceStep::Deref, 0, ""});
  const FunctionInfo &F = R.Functions[S.Function];
  TypeKind Result = F.U->type(F.U->type(F.S->Ty).Elem).Kind;
  if (Result == TypeKind::Void)
    return E;
  std::vector<model::ValueRange> When = R.freshOut(S.Function, S.Arg).When;
  if (!When.empty()) {
    E.When.Values = When;
    return E;
  }
  E.When.Values = *model::valuesOfWord(Result == TypeKind::Int ? "zero" : "nonzero");
  Why.Because.push_back(Result == TypeKind::Int ? "that 0 means success is assumed"
                                                : "that success is not 0 is assumed");
  return E;
}

void Proposer::addKind(const std::string &Type, const Candidate &C) {
  if (C.Makers.empty() || C.Ends.empty())
    return;
  Believed Kind;
  Belief Made = Belief::None, Ended = Belief::None;
  for (const auto &[S, B] : C.Makers)
    Made = std::max(Made, B.How);
  for (const auto &[S, B] : C.Ends)
    Ended = std::max(Ended, B.How);
  Kind.How = std::min(Made, Ended);
  std::vector<std::string> Makers;
  for (const auto &[S, B] : C.Makers)
    Makers.push_back(name(S.Function));
  Kind.Because.push_back("made by " + llvm::join(Makers, ", "));

  model::ResourceKind K;
  // The usual way to end it first.
  std::vector<std::pair<unsigned, std::string>> Ends;
  for (const auto &[S, B] : C.Ends) {
    auto It = Calls.Sinks.find(S);
    Ends.emplace_back(It == Calls.Sinks.end() ? 0 : It->second.All.Count,
                      R.Functions[S.Function].name().str());
  }
  llvm::stable_sort(Ends, [](const auto &A, const auto &B) {
    return std::pair(B.first, A.second) < std::pair(A.first, B.second);
  });
  for (auto &[Count, Name] : Ends)
    K.ReleasedBy.push_back(Name);
  K.Id = kindId(C, K.ReleasedBy.front(), K.Title);
  K.Family = StringRef(K.Id).split('.').first.str();
  K.Repr = model::Representation::Pointer;
  K.Invalid = {{0, 0}};
  K.ReleaseInvalidOk = K.UseInvalidOk = true;
  K.Refcounted = !C.Retains.empty();
  auto Id = static_cast<KindId>(Out.Kinds.size());
  KindOf[Type] = Id;
  Out.Kinds.push_back(K);
  Out.Model.Kinds.push_back({std::move(K), "", Kind.evidence()});

  for (const auto &[S, B] : C.Makers) {
    Believed Why = B;
    Effect E = acquire(S, Id, Why);
    addEntry(S.Function, std::move(E), Why);
  }
  for (const auto &[S, B] : C.Ends)
    addEntry(S.Function, effectAt(EffectKind::Release, Id, S.Arg), B);
  for (const auto &[S, B] : C.Retains) {
    addEntry(S.Function, effectAt(EffectKind::Retain, Id, S.Arg), B);
    if (R.resultType(S.Function) != Type)
      continue;
    Effect Same = effectAt(EffectKind::Same, model::NoKind, model::Place::Return);
    Same.From = model::Place{static_cast<int>(S.Arg), {}};
    addEntry(S.Function, std::move(Same), B);
  }
}

/// Whether what a function makes or ends is of a kind that has its own name, though others pass it
/// on as `void *`.
bool Proposer::isOfKind(FunctionId Id, int Arg) const {
  for (unsigned Depth = 0; Id != NoFunction && Depth < 16; ++Depth) {
    if (auto It = Entries.find(Id); It != Entries.end())
      return llvm::any_of(It->second.Effects, [&](const Effect &E) {
        return E.Kind >= Models.Kinds.size() && E.Kind != model::NoKind &&
               E.Op == (Arg < 0 ? EffectKind::Acquire : EffectKind::Release);
      });
    const FunctionInfo &F = R.Functions[Id];
    FunctionId Next = NoFunction;
    if (Arg < 0)
      Next = F.Result.MadeBy;
    else if (!F.Parameters.empty())
      Next = F.Parameters[0].EndedBy;
    if (Next == Id)
      return false;
    Id = Next;
  }
  return false;
}

/// Functions that make or end what models know: descriptors, streams, memory of no type of its
/// own.
void Proposer::addKnown() {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    const FunctionInfo &F = R.Functions[Id];
    if (!mayPropose(Id) || !F.Body || F.Values.TooBig)
      continue;
    auto IsKnown = [&](KindId Kind, const std::string &Type) {
      return Kind != model::NoKind && (!Models.Kinds[Kind].Memory || Type.empty());
    };
    bool Ends =
        llvm::any_of(F.Parameters, [](const ParameterRole &P) { return P.Ends || P.MayEnd; });
    const FreshRole &Result = F.Result;
    bool Makes = Result.Is == FreshRole::Yes && IsKnown(Result.Kind, R.resultType(Id));
    if (Makes && !Ends && !isOfKind(Result.MadeBy, -1))
      addEntry(Id, effectAt(EffectKind::Acquire, Result.Kind, model::Place::Return),
               makerByBody({Id, -1}, Result));
    for (const auto &[Arg, Role] : F.Outs)
      if (Role.Is == FreshRole::Yes && IsKnown(Role.Kind, R.parameterType(Id, Arg, true))) {
        Source S{Id, static_cast<int>(Arg)};
        Believed Why = makerByBody(S, Role);
        Effect E = acquire(S, Role.Kind, Why);
        addEntry(Id, std::move(E), Why);
      }
    Candidate None;
    for (uint32_t Arg = 0; Arg < F.Parameters.size(); ++Arg)
      if (F.Parameters[Arg].Ends && IsKnown(F.Parameters[Arg].Kind, R.parameterType(Id, Arg)) &&
          !Makes && !isOfKind(F.Parameters[Arg].EndedBy, 0))
        if (Believed B = endByBody(Id, Arg, None); B.How != Belief::None)
          addEntry(Id, effectAt(EffectKind::Release, F.Parameters[Arg].Kind, Arg), B);
  }
}

/// Functions whose bodies only look at a handle.
void Proposer::addUses() {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    const FunctionInfo &F = R.Functions[Id];
    if (!mayPropose(Id) || !F.Body || F.Values.TooBig)
      continue;
    for (uint32_t Arg = 0; Arg < F.Parameters.size(); ++Arg) {
      std::string Type = R.parameterType(Id, Arg);
      auto Kind = KindOf.find(Type);
      const ParameterRole &Role = F.Parameters[Arg];
      if (Kind == KindOf.end() || Role.Keeps || Role.KeepsInNew || Role.MayKeep || Role.Ends ||
          Role.MayEnd || Role.Retained)
        continue;
      const std::set<std::string> &Counters = Candidates.at(Type).Counters;
      if (Counters.count(Role.CountedUp) || Counters.count(Role.CountedDown))
        continue;
      Believed B;
      B.How = Belief::Strong;
      addEntry(Id, effectAt(EffectKind::Use, Kind->second, Arg), B);
    }
  }
}

/// What is said of a function is all that it does: arguments that it may keep, or end in some
/// cases, are out of sight after the call.
void Proposer::addStores(FunctionId Id, Entry &E) const {
  const FunctionInfo &F = R.Functions[Id];
  const Type &T = F.U->type(F.S->Ty);
  for (uint32_t Arg = 0; Arg < F.Parameters.size(); ++Arg) {
    const Type &P = F.U->type(T.Params[Arg]);
    bool Number = P.Kind == TypeKind::Int && P.Signed && P.Bits == 32;
    bool Pointer = P.Kind == TypeKind::Pointer && !F.U->type(P.Elem).Const &&
                   F.U->type(P.Elem).Kind != TypeKind::Function;
    bool Spoken = llvm::any_of(E.Effects, [&](const Effect &X) {
      return X.At.Root == static_cast<int>(Arg) && X.Op != EffectKind::Same;
    });
    const ParameterRole &Role = F.Parameters[Arg];
    bool Quiet = F.Body && !F.Values.TooBig && !Role.Keeps && !Role.KeepsInNew && !Role.MayEnd &&
                 !Role.Ends && !Role.Retained && (Number || !Role.MayKeep);
    if ((Number || Pointer) && !Spoken && !Quiet)
      E.Effects.push_back(effectAt(EffectKind::Stores, model::NoKind, Arg));
  }
}

void Proposer::write() {
  std::vector<std::pair<std::string, FunctionId>> Order;
  for (const auto &[Id, E] : Entries)
    Order.emplace_back(R.Functions[Id].name().str(), Id);
  llvm::sort(Order);
  std::vector<std::pair<std::string, model::WrittenFunction>> Users;
  for (const auto &[Name, Id] : Order) {
    Entry &E = Entries.at(Id);
    addStores(Id, E);
    model::WrittenFunction W;
    W.Names = {Name};
    W.Model.Effects = E.Effects;
    W.AfterBody = R.Functions[Id].Body;
    if (llvm::any_of(E.Effects, [](const Effect &X) {
          return X.Op != EffectKind::Use && X.Op != EffectKind::Stores;
        })) {
      W.Proof = E.Why.evidence();
      Out.Model.Functions.push_back(std::move(W));
      continue;
    }
    // Functions that use the same are one entry.
    std::string Key;
    for (const Effect &X : E.Effects)
      Key += (X.Kind == model::NoKind ? "" : Out.Kinds[X.Kind].Id) + " " +
             std::to_string(X.At.Root) + " ";
    auto It = llvm::find_if(Users, [&](const auto &U) { return U.first == Key; });
    if (It != Users.end()) {
      It->second.Names.push_back(Name);
      continue;
    }
    W.Proof = {nameOf(Belief::Strong), {"their bodies neither end nor keep it"}, {}, {}};
    Users.emplace_back(Key, std::move(W));
  }
  for (auto &[Key, W] : Users)
    Out.Model.Functions.push_back(std::move(W));
}

Proposals Proposer::run() {
  Out.Kinds = Models.Kinds;
  findKnownTypes();
  findEnds();
  findMakers();
  findRetains();
  std::map<std::string, std::string> Names;
  for (const FunctionInfo &F : R.Functions)
    for (const Record &Rec : F.U->Records)
      Names.try_emplace(Rec.Usr, F.U->str(Rec.Name).str());
  for (auto &[Type, C] : Candidates) {
    auto It = Names.find(Type);
    C.Name = It == Names.end() ? Type : It->second;
    addKind(Type, C);
  }
  addKnown();
  addUses();
  write();
  return std::move(Out);
}

Proposals propose(const solver::Program &P, const model::ModelSet &Models,
                  llvm::function_ref<std::string(StringRef)> ShowPath) {
  return Proposer(P, Models, ShowPath).run();
}

} // namespace handrail::infer
