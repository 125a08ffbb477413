//===- Cppcheck.cpp - models from cppcheck's library files -----------------===//
//
// Groups that share a function which ends their handles are one kind, as they are
// to cppcheck: the kind of a model that knows that function, or a new one.
//
//===----------------------------------------------------------------------===//
#include "lib/Infer/Cppcheck.h"
#include "lib/Infer/CfgReader.h"
#include "lib/Infer/Words.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <set>

namespace handrail::infer {

using llvm::StringRef;
using model::Effect;
using model::EffectKind;
using model::KindId;
using model::NoKind;
using model::Place;

namespace {

/// What a model can say only of handles.
constexpr const char *NotNull = "<not-null> of what is no handle";

/// Groups of one kind, by their numbers.
struct Family {
  std::vector<const CfgGroup *> Groups;
  KindId Kind = NoKind;
};

Effect effect(EffectKind Op, KindId Kind, Place At) {
  Effect E;
  E.Op = Op;
  E.Kind = Kind;
  E.At = std::move(At);
  return E;
}

class Importer {
public:
  Importer(llvm::ArrayRef<CfgFile> Files, const model::ModelSet &Models)
      : Files(Files), Models(Models), Library(readCfg(Files)) {}
  Imported run();

private:
  std::vector<Family> families() const;
  const CfgFunction *described(StringRef Name) const;
  CfgType typeOf(StringRef Spelling) const;
  std::optional<KindId> knownKind(const Family &F) const;
  std::optional<model::Representation> representation(const Family &F) const;
  void addKind(Family &F);
  std::string newId(const CfgRole &End, std::string &Title) const;
  void addRole(const CfgRole &R, KindId Kind);
  static std::string whyUnnamed(const CfgRole &R);
  void addAcquire(const CfgRole &R, KindId Kind, model::FunctionModel &M);
  void addFunctions();
  void leave(unsigned File, unsigned Line, std::string What, std::string Why) {
    Out.Left.push_back({Files[File].Name, Line, std::move(What), std::move(Why)});
  }
  void leave(const CfgRole &R, std::string Why) {
    static constexpr const char *Words[] = {"alloc", "realloc", "dealloc", "use"};
    leave(R.File, R.Line, std::string("<") + Words[R.Kind] + "> " + R.Function, std::move(Why));
  }

  llvm::ArrayRef<CfgFile> Files;
  const model::ModelSet &Models;
  CfgLibrary Library;
  Imported Out;
  std::map<std::string, const CfgFunction *> Described;
  /// What is known so far of the functions in groups, and their order.
  std::map<std::string, model::FunctionModel> Effects;
  std::vector<std::string> Order;
};

const CfgFunction *Importer::described(StringRef Name) const {
  auto It = Described.find(Name.str());
  return It == Described.end() ? nullptr : It->second;
}

std::vector<Family> Importer::families() const {
  std::vector<Family> Result;
  std::map<std::pair<std::string, int>, size_t> ByEnd;
  std::vector<size_t> Into; // a family that was joined to an earlier one leads there
  auto Root = [&](size_t I) {
    while (Into[I] != I)
      I = Into[I];
    return I;
  };
  for (const CfgGroup &G : Library.Groups) {
    size_t Own = Result.size();
    Result.push_back({{&G}, NoKind});
    Into.push_back(Own);
    for (const CfgRole &R : G.Roles) {
      if (R.Kind != CfgRole::Dealloc)
        continue;
      auto [It, New] = ByEnd.try_emplace({R.Function, R.Argument}, Own);
      size_t A = Root(It->second), B = Root(Own);
      if (A == B)
        continue;
      auto [First, Second] = std::minmax(A, B);
      llvm::append_range(Result[First].Groups, Result[Second].Groups);
      Result[Second].Groups.clear();
      Into[Second] = First;
    }
  }
  llvm::erase_if(Result, [](const Family &F) { return F.Groups.empty(); });
  return Result;
}

CfgType Importer::typeOf(StringRef Spelling) const {
  static constexpr StringRef Integers[] = {"int",   "unsigned", "signed", "long",
                                           "short", "char",     "size_t", "bool"};
  if (Spelling.contains('*'))
    return CfgType::Pointer;
  CfgType Result = CfgType::Unknown;
  llvm::SmallVector<StringRef, 4> Words;
  Spelling.split(Words, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef Word : Words)
    if (llvm::is_contained(Integers, Word))
      Result = CfgType::Integer;
    else if (auto It = Library.Types.find(Word.str()); It != Library.Types.end())
      Result = It->second;
  return Result;
}

std::optional<KindId> Importer::knownKind(const Family &F) const {
  for (bool Ends : {true, false})
    for (const CfgGroup *G : F.Groups)
      for (const CfgRole &R : G->Roles)
        if ((R.Kind == CfgRole::Dealloc) == Ends && R.Kind != CfgRole::Use)
          for (uint32_t M : Models.find(R.Function))
            for (const Effect &E : Models.Functions[M].Effects)
              if (E.Op == (Ends ? EffectKind::Release : EffectKind::Acquire) &&
                  (!Ends || (E.At.Root == R.Argument - 1 && E.At.Steps.empty())))
                return E.Kind;
  return std::nullopt;
}

std::optional<model::Representation> Importer::representation(const Family &F) const {
  for (const CfgGroup *G : F.Groups)
    for (const CfgRole &R : G->Roles) {
      if (R.Kind != CfgRole::Alloc || R.Argument)
        continue;
      const CfgFunction *D = described(R.Function);
      CfgType Type = D ? typeOf(D->Result) : CfgType::Unknown;
      if (Type == CfgType::Pointer)
        return model::Representation::Pointer;
      if (Type == CfgType::Integer && !G->Memory)
        return model::Representation::Int;
    }
  if (llvm::any_of(F.Groups, [](const CfgGroup *G) { return G->Memory; }))
    return model::Representation::Pointer;
  return std::nullopt;
}

std::string Importer::newId(const CfgRole &End, std::string &Title) const {
  std::string Stem = llvm::sys::path::stem(Files[End.File].Name).lower();
  std::string Family = idOf(wordsOf(Stem));
  std::vector<std::string> Words = thingOf(End.Function, Family);
  Title = llvm::join(Words, " ");
  std::string Id = Family + "." + idOf(Words), Free = Id;
  auto Taken = [&](const std::string &Id) {
    return llvm::any_of(Out.Kinds, [&](const model::ResourceKind &K) { return K.Id == Id; });
  };
  for (unsigned N = 2; Taken(Free); ++N)
    Free = Id + "-" + std::to_string(N);
  return Free;
}

void Importer::addKind(Family &F) {
  if (auto Known = knownKind(F)) {
    F.Kind = *Known;
    return;
  }
  const CfgRole *End = nullptr;
  model::ResourceKind K;
  K.ReleaseInvalidOk = K.UseInvalidOk = true;
  for (const CfgGroup *G : F.Groups) {
    K.Memory |= G->Raw;
    for (const CfgRole &R : G->Roles) {
      // What one more function may keep is counted, perhaps.
      if (R.Kind == CfgRole::Use)
        K.ReleaseChecksState = false;
      if (R.Kind != CfgRole::Dealloc || !whyUnnamed(R).empty())
        continue;
      End = End ? End : &R;
      if (!llvm::is_contained(K.ReleasedBy, R.Function))
        K.ReleasedBy.push_back(R.Function);
      // What must not be null must be a handle.
      if (const CfgFunction *D = described(R.Function); D && D->NotNull.count(R.Argument)) {
        K.ReleaseInvalidOk = false;
        --Out.Foreign[NotNull];
      }
    }
  }
  auto Repr = representation(F);
  if (!End || !Repr) {
    for (const CfgGroup *G : F.Groups)
      for (const CfgRole &R : G->Roles)
        leave(R, End ? "nothing says whether the handle is a number or an address"
                     : "nothing ends what it begins");
    return;
  }
  K.Repr = *Repr;
  K.Invalid = {{K.Repr == model::Representation::Pointer ? 0 : model::MinValue, 0}};
  K.Id = newId(*End, K.Title);
  K.Family = StringRef(K.Id).split('.').first.str();
  F.Kind = static_cast<KindId>(Out.Kinds.size());
  Out.Model.Kinds.push_back({K, "", {}});
  Out.Kinds.push_back(std::move(K));
}

/// Why a model cannot speak of that function; empty when it can.
std::string Importer::whyUnnamed(const CfgRole &R) {
  if (!model::isFunctionName(R.Function))
    return "no name of a function";
  bool Arguments = R.Argument || R.Kind == CfgRole::Realloc;
  if (Arguments && StringRef(R.Function).contains("::"))
    return "if it is a method, a model counts its object as an argument; the file does not say";
  return "";
}

void Importer::addAcquire(const CfgRole &R, KindId Kind, model::FunctionModel &M) {
  Effect E = effect(EffectKind::Acquire, Kind, {Place::Return, {}});
  const CfgFunction *D = described(R.Function);
  if (R.Argument) {
    // As for attributes: it is filled when the call succeeds.
    E.At = {R.Argument - 1, {{model::PlaceStep::Deref, 0, ""}}};
    CfgType Result = D ? typeOf(D->Result) : CfgType::Integer;
    bool Void = D && D->Result == "void";
    if (!Void)
      E.When.Values = *model::valuesOfWord(Result == CfgType::Pointer ? "nonzero" : "zero");
  } else if (R.NoFail && Out.Kinds[Kind].Repr == model::Representation::Pointer) {
    M.Returns = *model::valuesOfWord("nonzero");
  }
  auto Made = llvm::find_if(M.Effects, [&](const Effect &Old) {
    return Old.Op == EffectKind::Acquire && Old.At == E.At;
  });
  if (Made == M.Effects.end())
    M.Effects.push_back(std::move(E));
  else if (Made->Kind != Kind)
    return leave(R, "it makes a '" + Out.Kinds[Made->Kind].Id + "' already");
  ++Out.Taken;
}

void Importer::addRole(const CfgRole &R, KindId Kind) {
  if (std::string Why = whyUnnamed(R); !Why.empty())
    return leave(R, Why);
  if (!Models.find(R.Function).empty()) {
    ++Out.Known;
    return;
  }
  auto [It, New] = Effects.try_emplace(R.Function);
  if (New)
    Order.push_back(R.Function);
  model::FunctionModel &M = It->second;
  if (R.Kind == CfgRole::Alloc)
    return addAcquire(R, Kind, M);
  if (R.Kind == CfgRole::Realloc) {
    Effect End = effect(EffectKind::Release, Kind, {R.OldArgument - 1, {}});
    End.When.Values = model::complementOf(Out.Kinds[Kind].Invalid);
    M.Effects.push_back(std::move(End));
    return addAcquire(R, Kind, M);
  }
  Effect E = effect(EffectKind::Release, Kind, {R.Argument - 1, {}});
  if (R.Kind == CfgRole::Use)
    E = effect(EffectKind::Stores, NoKind, {R.Argument - 1, {}});
  bool There =
      llvm::any_of(M.Effects, [&](const Effect &Old) { return Old.Op == E.Op && Old.At == E.At; });
  if (!There)
    M.Effects.push_back(std::move(E));
  ++Out.Taken;
}

/// Functions that are in no group: those of which the same is said are one entry.
void Importer::addFunctions() {
  std::map<std::tuple<bool, bool, int>, model::WrittenFunction> Entries;
  std::set<std::string> Seen;
  for (const auto &[Name, F] : Library.Functions) {
    unsigned Facts = F.NoReturn + F.LeakIgnore + F.Pure + (F.SameAs != 0);
    if (!Facts)
      continue;
    bool InGroup = Effects.count(Name), IsKnown = !Models.find(Name).empty();
    if (InGroup || IsKnown || !Seen.insert(Name).second) {
      Out.Known += Facts;
      continue;
    }
    if (!model::isFunctionName(Name)) {
      leave(F.File, F.Line, "function " + Name, "no name of a function");
      continue;
    }
    // To name a function in a model is to say that it keeps nothing.
    if (!F.NoReturn && !F.LeakIgnore && !F.Pure) {
      leave(F.File, F.Line, "<returnValue> of " + Name,
            "without <leak-ignore/> it may keep its arguments, so no model is the safe one");
      continue;
    }
    int Same = StringRef(Name).contains("::") ? 0 : F.SameAs;
    model::WrittenFunction &Entry = Entries[{F.NoReturn, F.Pure, Same}];
    Entry.Names.push_back(Name);
    Entry.Model.NoReturn = F.NoReturn;
    Entry.Model.Pure = F.Pure;
    if (Same && !F.NoReturn && Entry.Model.Effects.empty()) {
      Entry.Model.Effects.push_back(effect(EffectKind::Same, NoKind, {Place::Return, {}}));
      Entry.Model.Effects.back().From = Place{Same - 1, {}};
    }
    Out.Taken += Facts;
  }
  for (auto &[Key, Entry] : Entries)
    Out.Model.Functions.push_back(std::move(Entry));
}

Imported Importer::run() {
  Out.Kinds = Models.Kinds;
  Out.Left = std::move(Library.Left);
  Out.Foreign = std::move(Library.Foreign);
  Out.Foreign["<noreturn> false, which holds anyway"] = Library.Defaults;
  for (const auto &[Name, F] : Library.Functions) {
    Described.try_emplace(Name, &F);
    Out.Foreign[NotNull] += F.NotNull.size();
  }
  std::vector<Family> All = families();
  for (Family &F : All) {
    addKind(F);
    if (F.Kind == NoKind)
      continue;
    for (const CfgGroup *G : F.Groups)
      for (const CfgRole &R : G->Roles)
        addRole(R, F.Kind);
  }
  // A kind of which nothing is left has no entry.
  std::set<KindId> Used;
  for (const auto &[Name, M] : Effects)
    for (const Effect &E : M.Effects)
      if (E.Kind != NoKind)
        Used.insert(E.Kind);
  llvm::erase_if(Out.Model.Kinds, [&](const model::WrittenKind &W) {
    return llvm::none_of(Used, [&](KindId K) { return Out.Kinds[K].Id == W.Kind.Id; });
  });
  std::vector<std::pair<std::string, model::WrittenFunction>> Entries;
  for (const std::string &Name : Order)
    if (const model::FunctionModel &M = Effects.at(Name); !M.Effects.empty()) {
      // Functions that do the same are one entry.
      std::string Key = printModel({"", {}, {{{"f"}, M, "", {}}}}, Out.Kinds);
      auto It = llvm::find_if(Entries, [&](const auto &E) { return E.first == Key; });
      if (It != Entries.end())
        It->second.Names.push_back(Name);
      else
        Entries.push_back({Key, {{Name}, M, "", {}}});
    }
  for (auto &[Key, Entry] : Entries)
    Out.Model.Functions.push_back(std::move(Entry));
  addFunctions();
  llvm::stable_sort(Out.Left, [](const NotTaken &A, const NotTaken &B) {
    return std::tie(A.File, A.Line) < std::tie(B.File, B.Line);
  });
  return std::move(Out);
}

} // namespace

Imported importCppcheck(llvm::ArrayRef<CfgFile> Files, const model::ModelSet &Models) {
  return Importer(Files, Models).run();
}

} // namespace handrail::infer
