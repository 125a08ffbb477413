//===- Proposals.cpp - what makes handles and what ends them ---------------===//
#include "lib/Infer/Proposals.h"
#include "lib/Infer/Proposer.h"
#include "lib/Infer/Words.h"
#include "llvm/ADT/STLExtras.h"

using namespace handrail::ir;

namespace handrail::infer {

using llvm::StringRef;
using model::Effect;
using model::EffectKind;
using model::KindId;

/// Whether other programs could call it by that name, and no model speaks of it.
bool Proposer::mayPropose(FunctionId Id) const {
  const FunctionInfo &F = R.Functions[Id];
  return !F.Known && !F.Library && F.S->CLinkage && !F.S->Method && !F.S->NoReturn &&
         F.S->Link == Linkage::External && F.name() != "main" && !F.name().starts_with("__");
}

std::string Proposer::show(const Site &S) const {
  const Unit &U = *R.Functions[S.Within].U;
  const SourceLoc &L = U.loc(S.Loc);
  return ShowPath(U.Files[L.File].Path) + ":" + std::to_string(L.Line);
}

/// Types of handles that some model speaks of: its authors knew better.
void Proposer::findKnownTypes() {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    const FunctionInfo &F = R.Functions[Id];
    for (uint32_t M : Models.find(F.name()))
      for (const Effect &E : Models.Functions[M].Effects) {
        if (E.Kind == model::NoKind)
          continue;
        bool Out = !E.At.Steps.empty();
        KnownTypes.insert(E.At.Root == model::Place::Return ? R.resultType(Id)
                                                            : R.parameterType(Id, E.At.Root, Out));
      }
  }
}

//===----------------------------------------------------------------------===//
// What ends handles
//===----------------------------------------------------------------------===//

Believed Proposer::endByBody(FunctionId Id, uint32_t Arg, Candidate &C) const {
  const ParameterRole &Role = R.Functions[Id].Parameters[Arg];
  Believed B;
  if (!Role.Ends || Role.Keeps || Role.Kind == model::NoKind)
    return B;
  B.How = Belief::Strong;
  if (!Role.CountedDown.empty() && Role.CanAvoid) {
    C.Counters.insert(Role.CountedDown);
    B.Because.push_back("its body counts '" + Role.CountedDown + "' down and gives it to " +
                        name(Role.EndedBy) + " in the end");
  } else {
    B.Because.push_back("its body gives it to " + name(Role.EndedBy));
  }
  return B;
}

Believed Proposer::endByCallers(FunctionId Id, uint32_t Arg) const {
  const FunctionInfo &F = R.Functions[Id];
  Believed B;
  const ParameterRole &Role = F.Parameters[Arg];
  const Type &T = F.U->type(F.S->Ty);
  bool BodySaysNo =
      F.Body && (Role.Keeps || Role.MayEnd || !Role.MayKeep || !Role.CountedUp.empty());
  bool ToConst = F.U->type(F.U->type(T.Params[Arg]).Elem).Const;
  bool Named = llvm::any_of(wordsOf(F.name()), isEndWord);
  auto It = Calls.Sinks.find({Id, Arg});
  if (BodySaysNo || ToConst || !Named || It == Calls.Sinks.end() ||
      F.U->type(T.Elem).Kind == TypeKind::Pointer)
    return B;
  const SinkUse &Use = It->second;
  unsigned After = Use.UsedAfter.Count, All = Use.All.Count;
  if (All < LikelyCalls || After * OneIn > All)
    return B;
  B.How = All >= StrongCalls && !After ? Belief::Strong : Belief::Likely;
  return B;
}

void Proposer::findEnds() {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    if (!mayPropose(Id))
      continue;
    for (uint32_t Arg = 0; Arg < R.Functions[Id].Parameters.size(); ++Arg) {
      std::string Type = R.parameterType(Id, Arg);
      if (Type.empty() || KnownTypes.count(Type))
        continue;
      Candidate &C = Candidates[Type];
      KindId Kind = R.Functions[Id].Parameters[Arg].Kind;
      Believed B;
      if (Kind != model::NoKind && Models.Kinds[Kind].Memory)
        B = endByBody(Id, Arg, C);
      if (B.How == Belief::None)
        B = endByCallers(Id, Arg);
      if (B.How == Belief::None)
        continue;
      if (auto It = Calls.Sinks.find({Id, Arg}); It != Calls.Sinks.end()) {
        const SinkUse &Use = It->second;
        B.Because.push_back("of " + std::to_string(Use.All.Count) + " calls, " +
                            std::to_string(Use.UsedAfter.Count) + " look at the value afterwards");
        for (const Site &S : Use.All.Sites)
          B.Sites.push_back(show(S));
        for (const Site &S : Use.UsedAfter.Sites)
          B.Against.push_back("looked at afterwards: " + show(S));
        if (Use.UsedAfter.Count * OneIn > Use.All.Count)
          B.How = std::min(B.How, Belief::Likely);
      }
      C.Ends[{Id, Arg}] = std::move(B);
    }
  }
}

//===----------------------------------------------------------------------===//
// What makes handles
//===----------------------------------------------------------------------===//

Believed Proposer::makerByBody(const Source &S, const FreshRole &Role) const {
  Believed B;
  if (Role.Is < FreshRole::Shared)
    return B;
  B.How = Role.Is == FreshRole::Yes ? Belief::Strong : Belief::Likely;
  B.Because.push_back((S.Arg < 0 ? "its body returns what " : "its body hands out what ") +
                      name(Role.MadeBy) + " gives" +
                      (Role.Is == FreshRole::Yes ? ", which nobody else holds"
                                                 : "; it is counted, and others may hold it, too"));
  return B;
}

/// What becomes of the values of \p S where they stay in the function: how many go to a
/// function that ends them.
void Proposer::countGiven(const Source &S, const Candidate &C, Believed &Out, unsigned &Given,
                          unsigned &Local) const {
  Given = Local = 0;
  auto It = Calls.Sources.find(S);
  if (It == Calls.Sources.end())
    return;
  std::map<FunctionId, unsigned> By;
  for (const auto &[Where, To] : It->second.Local) {
    ++Local;
    auto End = llvm::find_if(To, [&](const auto &T) { return C.Ends.count(T.first); });
    if (End == To.end()) {
      if (Out.Against.size() < Seen::MaxSites)
        Out.Against.push_back("not released where it is made: " + show(Where));
      continue;
    }
    ++Given;
    ++By[End->first.Function];
    if (Out.Sites.size() < Seen::MaxSites)
      Out.Sites.push_back(show(End->second));
  }
  if (!Local)
    return;
  std::string Ends;
  for (const auto &[Function, Count] : By)
    Ends += (Ends.empty() ? "" : " or ") + name(Function);
  Out.Because.push_back("where it is neither returned nor stored, it goes to " +
                        (Ends.empty() ? "what ends it" : Ends) + " in " + std::to_string(Given) +
                        " of " + std::to_string(Local) + " calls");
}

Believed Proposer::makerByCallers(const Source &S, const Candidate &C) const {
  const FunctionInfo &F = R.Functions[S.Function];
  Believed B;
  unsigned Given, Local;
  countGiven(S, C, B, Given, Local);
  double Surprise = Callers::surprise(Given, Local, Chance);
  bool Named = llvm::any_of(C.Ends, [&](const auto &End) {
    return namedAsPair(F.name(), R.Functions[End.first.Function].name());
  });
  if (Given < 2)
    return B;
  if (Named && Given >= StrongCalls && Surprise >= StrongSurprise)
    B.How = Belief::Strong;
  else if (Given >= LikelyCalls && Surprise >= LikelySurprise)
    B.How = Belief::Likely;
  else if (Named && Given == Local)
    B.How = Belief::Weak;
  if (Named && B.How != Belief::None)
    B.Because.push_back("the two are named as a pair");
  return B;
}

void Proposer::findMakers() {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    if (!mayPropose(Id))
      continue;
    for (int Arg = -1; Arg < static_cast<int>(R.Functions[Id].Parameters.size()); ++Arg) {
      std::string Type = Arg < 0 ? R.resultType(Id) : R.parameterType(Id, Arg, /*Out=*/true);
      auto It = Candidates.find(Type);
      if (Type.empty() || It == Candidates.end() || It->second.Ends.empty())
        continue;
      Source S{Id, Arg};
      FreshRole Role = Arg < 0 ? R.fresh(Id) : R.freshOut(Id, Arg);
      Believed B;
      bool OfMemory = Role.Kind != model::NoKind && Models.Kinds[Role.Kind].Memory;
      if ((Role.Is == FreshRole::Yes && OfMemory) || !It->second.Counters.empty())
        B = makerByBody(S, Role);
      if (B.How != Belief::None) {
        unsigned Given, Local;
        Believed Counts;
        countGiven(S, It->second, Counts, Given, Local);
        // Somebody ends it, though no caller does.
        if (!Given && Local >= (Role.Is == FreshRole::Yes ? LikelyCalls : 1))
          continue;
        double Surprise = Callers::surprise(Given, Local, Chance);
        if (Surprise < -LikelySurprise)
          B.How = Belief::Likely;
        else if (Given >= LikelyCalls && Surprise >= LikelySurprise)
          B.How = Belief::Strong;
        B.add(Counts);
      } else if (Role.Is == FreshRole::Unknown) {
        B = makerByCallers(S, It->second);
      }
      if (B.How != Belief::None)
        It->second.Makers[S] = std::move(B);
    }
  }
}

void Proposer::findRetains() {
  for (auto &[Type, C] : Candidates)
    for (FunctionId Id = 0; !C.Counters.empty() && Id < R.Functions.size(); ++Id)
      for (uint32_t Arg = 0; mayPropose(Id) && Arg < R.Functions[Id].Parameters.size(); ++Arg) {
        const ParameterRole &Role = R.Functions[Id].Parameters[Arg];
        if (R.parameterType(Id, Arg) != Type || Role.Ends || !C.Counters.count(Role.CountedUp))
          continue;
        // It is for the caller, unless it goes somewhere else.
        if (R.resultType(Id) != Type && (Role.GivenAway || Role.Keeps || Role.KeepsInNew))
          continue;
        Believed B;
        B.How = Belief::Strong;
        B.Because.push_back("its body counts '" + Role.CountedUp + "' up");
        C.Retains[{Id, Arg}] = std::move(B);
      }
}

} // namespace handrail::infer
