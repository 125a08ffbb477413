//===- Proposals.cpp - models that a code base suggests --------------------===//
#include "lib/Infer/Proposals.h"
#include "lib/Infer/Callers.h"
#include "lib/Infer/Words.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace handrail::ir;

namespace handrail::infer {

using llvm::StringRef;
using model::Effect;
using model::EffectKind;
using model::KindId;

namespace {

enum class Belief : uint8_t { None, Weak, Likely, Strong };

const char *nameOf(Belief B) {
  return B == Belief::Strong ? "strong" : B == Belief::Likely ? "likely" : "weak";
}

/// Something that is believed, and why.
struct Believed {
  Belief How = Belief::None;
  std::vector<std::string> Because, Sites, Against;

  void add(const Believed &More) {
    for (auto [To, From] : {std::pair(&Because, &More.Because), std::pair(&Sites, &More.Sites),
                            std::pair(&Against, &More.Against)})
      for (const std::string &Text : *From)
        if (!llvm::is_contained(*To, Text))
          To->push_back(Text);
  }
  model::Evidence evidence() const { return {nameOf(How), Because, Sites, Against}; }
};

/// What callers have to do for that alone to count: so many calls, and at most one in so many
/// to the contrary.
constexpr unsigned LikelyCalls = 3, StrongCalls = 5, OneIn = 10;
/// Half of what a function gives may go to some other one by chance.
constexpr double Chance = 0.5, StrongSurprise = 2.0, LikelySurprise = 1.5;

/// What is known of the functions of one type of handles.
struct Candidate {
  std::string Name; ///< of the type
  std::map<Source, Believed> Makers;
  std::map<Sink, Believed> Ends;
  std::map<Sink, Believed> Retains;
  std::set<std::string> Counters; ///< members that count references
};

/// The entry of one function.
struct Entry {
  std::vector<Effect> Effects;
  Believed Why;
};

class Proposer {
public:
  Proposer(const solver::Program &P, const model::ModelSet &Models,
           llvm::function_ref<std::string(StringRef)> ShowPath)
      : R(P, Models), Calls(R), Models(Models), ShowPath(ShowPath) {}
  Proposals run();

private:
  bool mayPropose(FunctionId Id) const;
  std::string show(const Site &S) const;
  std::string name(FunctionId Id) const { return "'" + R.Functions[Id].name().str() + "'"; }
  void findKnownTypes();
  void findEnds();
  Believed endByBody(FunctionId Id, uint32_t Arg, Candidate &C) const;
  Believed endByCallers(FunctionId Id, uint32_t Arg) const;
  void findMakers();
  Believed makerByBody(const Source &S, const FreshRole &Role) const;
  Believed makerByCallers(const Source &S, const Candidate &C) const;
  void countGiven(const Source &S, const Candidate &C, Believed &Out, unsigned &Given,
                  unsigned &Local) const;
  void findRetains();
  void addKind(const std::string &Type, const Candidate &C);
  void addMemory();
  void addUses();
  std::string kindId(const Candidate &C, StringRef End, std::string &Title) const;
  Effect acquire(const Source &S, KindId Kind, Believed &Why) const;
  void addEntry(FunctionId Id, Effect E, const Believed &Why);
  void write();

  Roles R;
  Callers Calls;
  const model::ModelSet &Models;
  llvm::function_ref<std::string(StringRef)> ShowPath;
  std::set<std::string> KnownTypes;
  std::map<std::string, Candidate> Candidates; ///< by type
  std::map<std::string, KindId> KindOf;        ///< by type
  std::map<FunctionId, Entry> Entries;
  Proposals Out;
};

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
  if (!Role.Ends || Role.Keeps || (Role.CanAvoid && Role.CountedDown.empty()))
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
  bool BodySaysNo = F.Body && (Role.Keeps || !Role.MayKeep || !Role.CountedUp.empty());
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
      Believed B = endByBody(Id, Arg, C);
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
      if (Role.Is == FreshRole::Yes || !It->second.Counters.empty())
        B = makerByBody(S, Role);
      if (B.How != Belief::None) {
        unsigned Given, Local;
        Believed Counts;
        countGiven(S, It->second, Counts, Given, Local);
        // Somebody ends it, though no caller does.
        if (Local >= LikelyCalls && !Given)
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
        Believed B;
        B.How = Belief::Strong;
        B.Because.push_back("its body counts '" + Role.CountedUp + "' up");
        C.Retains[{Id, Arg}] = std::move(B);
      }
}

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

/// Functions that hand out or free blocks of memory of no type of their own.
void Proposer::addMemory() {
  std::optional<KindId> Memory = Models.kind("heap.memory");
  if (!Memory)
    return;
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id) {
    const FunctionInfo &F = R.Functions[Id];
    if (!mayPropose(Id) || !F.Body || F.Values.TooBig)
      continue;
    const Type &T = F.U->type(F.S->Ty);
    std::vector<uint32_t> Ends;
    for (uint32_t Arg = 0; Arg < F.Parameters.size(); ++Arg)
      if (F.Parameters[Arg].Ends)
        Ends.push_back(Arg);
    bool Makes = F.Result.Is == FreshRole::Yes && R.resultType(Id).empty() &&
                 F.U->type(T.Elem).Kind == TypeKind::Pointer;
    Source S{Id, -1};
    if (Makes && Ends.empty())
      addEntry(Id, effectAt(EffectKind::Acquire, *Memory, model::Place::Return),
               makerByBody(S, F.Result));
    Candidate None;
    for (uint32_t Arg : Ends)
      if (R.parameterType(Id, Arg).empty() && !Makes)
        if (Believed B = endByBody(Id, Arg, None); B.How != Belief::None)
          addEntry(Id, effectAt(EffectKind::Release, *Memory, Arg), B);
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
      if (Kind == KindOf.end() || Role.Keeps || Role.KeepsInNew || Role.MayKeep || Role.Ends)
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

void Proposer::write() {
  std::vector<std::pair<std::string, FunctionId>> Order;
  for (const auto &[Id, E] : Entries)
    Order.emplace_back(R.Functions[Id].name().str(), Id);
  llvm::sort(Order);
  std::vector<std::pair<std::string, model::WrittenFunction>> Users;
  for (const auto &[Name, Id] : Order) {
    Entry &E = Entries.at(Id);
    model::WrittenFunction W;
    W.Names = {Name};
    W.Model.Effects = E.Effects;
    W.AfterBody = R.Functions[Id].Body;
    if (llvm::any_of(E.Effects, [](const Effect &X) { return X.Op != EffectKind::Use; })) {
      W.Proof = E.Why.evidence();
      Out.Model.Functions.push_back(std::move(W));
      continue;
    }
    // Functions that use the same are one entry.
    std::string Key;
    for (const Effect &X : E.Effects)
      Key += Out.Kinds[X.Kind].Id + " " + std::to_string(X.At.Root) + " ";
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
  addMemory();
  addUses();
  write();
  return std::move(Out);
}

} // namespace

Proposals propose(const solver::Program &P, const model::ModelSet &Models,
                  llvm::function_ref<std::string(StringRef)> ShowPath) {
  return Proposer(P, Models, ShowPath).run();
}

} // namespace handrail::infer
