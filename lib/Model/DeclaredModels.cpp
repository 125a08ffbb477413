//===- DeclaredModels.cpp - models from attributes of declarations ---------===//
//
// Two steps, for kinds have to be numbered before effects can name them: every
// attribute becomes a Fact, which still spells its kind, and then each function
// gets effects from its facts.
//
//===----------------------------------------------------------------------===//
#include "lib/Model/DeclaredModels.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace handrail::model {

using llvm::StringRef;

namespace {

constexpr int OnFunction = -1;

enum class Verb : uint8_t { Acquire, Release, Use, Borrow, Transfer, Retain, Calls, Keeps, Lends };

/// One attribute, with the kind as it is spelled there.
struct Fact {
  Verb Does = Verb::Use;
  int Parameter = OnFunction; ///< `this` does not count
  std::string Kind;           ///< empty where the verb needs none
  std::string When;           ///< a word for values, or empty
};

/// The facts of one declaration.
struct Declared {
  const Declaration *D = nullptr;
  std::vector<Fact> Facts;
};

/// `name("text")` or `name(a, b)`; the quotes are gone from the arguments.
struct Attribute {
  StringRef Name;
  llvm::SmallVector<StringRef, 3> Arguments;
  int Parameter = OnFunction;

  explicit Attribute(StringRef Text) {
    unsigned N = 0;
    StringRef Rest = Text;
    if (Rest.consume_front("param") && !Rest.consumeInteger(10, N) && Rest.consume_front(":")) {
      Parameter = static_cast<int>(N);
      Text = Rest;
    }
    auto [Front, Back] = Text.split('(');
    Name = Front;
    Back.consume_back(")");
    if (Back.consume_front("\"")) {
      Back.consume_back("\"");
      Arguments.push_back(Back);
    } else if (!Back.empty()) {
      Back.split(Arguments, ", ");
    }
  }
};

std::vector<ValueRange> wordValues(StringRef Word) {
  std::vector<ValueRange> None;
  return Word.empty() ? None : valuesOfWord(Word).value_or(None);
}

/// A kind that only attributes know. It says little, so that nothing is reported
/// which a model could have excused.
ResourceKind quietKind(std::string Id, std::string Title, TypeShape Shape) {
  ResourceKind K;
  K.Id = std::move(Id);
  K.Title = std::move(Title);
  K.Family = StringRef(K.Id).split('.').first.str();
  K.Repr = Shape == TypeShape::Pointer ? Representation::Pointer : Representation::Int;
  K.Invalid = {{Shape == TypeShape::Pointer ? 0 : MinValue, 0}};
  K.ReleaseInvalidOk = K.UseInvalidOk = true;
  return K;
}

/// A word of a kind's id: lower case, and nothing that an id cannot hold.
std::string kindWord(StringRef Text) {
  std::string Word;
  for (char C : Text)
    Word += llvm::isAlnum(C) || C == '_' || C == '-' ? llvm::toLower(C) : '_';
  return Word.empty() ? "_" : Word;
}

class DeclarationReader {
public:
  explicit DeclarationReader(const ModelSet &Models) : Models(Models) {}

  void read(const Declaration &D);
  std::optional<ModelSet> build();

private:
  void annotation(const Declaration &D, StringRef Text, int Parameter, std::vector<Fact> &Out);
  void declareKind(StringRef Text);
  void ownership(const Declaration &D, const Attribute &A, std::vector<Fact> &Out);
  void deallocator(const Declaration &D, StringRef Name, unsigned Argument, std::vector<Fact> &Out);
  void descriptor(const Declaration &D, StringRef Text, std::vector<Fact> &Out);
  std::string tagKind(StringRef Family, StringRef Tag, TypeShape Shape);
  TypeShape handleShape(const Declaration &D, int Parameter) const;
  std::optional<KindId> oldKind(StringRef Id) const { return Models.kind(Id); }

  void addKinds(ModelSet &Out) const;
  std::optional<FunctionModel> model(const Declared &From, const ModelSet &Out) const;
  Effect effect(const Declaration &D, const Fact &F, KindId Kind, const ResourceKind *K) const;
  void addOwner(Effect &Borrow, const Declared &From) const;

  const ModelSet &Models;
  std::vector<Declared> Functions;
  std::map<std::string, ResourceKind> NewKinds;
  /// Deallocators that GCC's attribute names, and what they release where.
  std::map<std::pair<std::string, unsigned>, std::string> Deallocators;
  std::vector<const Declaration *> All;
};

/// What a handle there looks like: the result, or what an out-parameter points to.
TypeShape DeclarationReader::handleShape(const Declaration &D, int Parameter) const {
  if (Parameter == OnFunction)
    return D.Method && D.Result.Shape == TypeShape::Void ? TypeShape::Pointer : D.Result.Shape;
  if (static_cast<size_t>(Parameter) >= D.Parameters.size())
    return TypeShape::Other;
  const DeclaredType &T = D.Parameters[Parameter];
  bool Indirect = T.Shape == TypeShape::Pointer &&
                  (T.Pointee == TypeShape::Pointer || T.Pointee == TypeShape::Integer);
  return Indirect ? T.Pointee : T.Shape;
}

/// The kind of Clang's and GCC's tags: a kind of that name, or one made for it.
std::string DeclarationReader::tagKind(StringRef Family, StringRef Tag, TypeShape Shape) {
  if (oldKind(Tag))
    return Tag.str();
  std::string Id = (Family + "." + kindWord(Tag)).str();
  if (!oldKind(Id))
    NewKinds.try_emplace(Id, quietKind(Id, "handle", Shape));
  return Id;
}

/// `handrail:acquire:posix.fd`, `handrail:acquire:posix.fd:zero`, `handrail:calls`.
void DeclarationReader::annotation(const Declaration &D, StringRef Text, int Parameter,
                                   std::vector<Fact> &Out) {
  static const std::map<StringRef, Verb> Verbs = {
      {"acquire", Verb::Acquire}, {"release", Verb::Release},   {"use", Verb::Use},
      {"borrow", Verb::Borrow},   {"transfer", Verb::Transfer}, {"retain", Verb::Retain},
      {"calls", Verb::Calls},     {"finalizer", Verb::Keeps},   {"no-escape", Verb::Lends}};
  auto [Word, Rest] = Text.split(':');
  auto It = Verbs.find(Word);
  if (It == Verbs.end())
    return;
  auto [Kind, When] = Rest.split(':');
  bool NeedsKind = It->second <= Verb::Retain;
  if (NeedsKind == Kind.empty() || (!When.empty() && !valuesOfWord(When)))
    return;
  if (It->second == Verb::Acquire && Parameter == OnFunction && D.Result.Shape == TypeShape::Void)
    return;
  Out.push_back({It->second, Parameter, Kind.str(), When.str()});
}

/// `net.port:negative:port`.
void DeclarationReader::declareKind(StringRef Text) {
  auto [Id, Rest] = Text.split(':');
  auto [Invalid, Title] = Rest.split(':');
  auto Values = valuesOfWord(Invalid);
  if (!isKindId(Id) || !Values || Title.empty() || oldKind(Id))
    return;
  ResourceKind K =
      quietKind(Id.str(), Title.str(), Invalid == "null" ? TypeShape::Pointer : TypeShape::Integer);
  K.Invalid = *Values;
  K.ReleaseInvalidOk = K.UseInvalidOk = false;
  NewKinds[K.Id] = std::move(K);
}

/// `ownership_returns(malloc)`, `ownership_takes(pool, 1)`, `ownership_holds(pool, 1)`.
void DeclarationReader::ownership(const Declaration &D, const Attribute &A,
                                  std::vector<Fact> &Out) {
  StringRef Module = A.Arguments.front();
  std::string Kind = Module == "malloc" && oldKind("heap.memory")
                         ? "heap.memory"
                         : tagKind("ownership", Module, TypeShape::Pointer);
  if (A.Name == "ownership_returns") {
    if (D.Result.Shape == TypeShape::Pointer)
      Out.push_back({Verb::Acquire, OnFunction, Kind, ""});
    return;
  }
  for (StringRef Index : llvm::drop_begin(A.Arguments)) {
    unsigned N = 0;
    if (!Index.getAsInteger(10, N) && N < D.Parameters.size())
      Out.push_back({A.Name == "ownership_takes" ? Verb::Release : Verb::Transfer,
                     static_cast<int>(N), Kind, ""});
  }
}

/// GCC's `malloc (fclose, 1)`: the kind is what that function releases, when a
/// model knows it.
void DeclarationReader::deallocator(const Declaration &D, StringRef Name, unsigned Argument,
                                    std::vector<Fact> &Out) {
  if (D.Result.Shape != TypeShape::Pointer)
    return;
  for (uint32_t M : Models.find(Name))
    for (const Effect &E : Models.Functions[M].Effects)
      if (E.Op == EffectKind::Release && E.At.Steps.empty() &&
          E.At.Root == static_cast<int>(Argument))
        return Out.push_back({Verb::Acquire, OnFunction, Models.Kinds[E.Kind].Id, ""});
  // A second deallocator of one allocator releases what the first one does.
  auto First = llvm::find_if(
      Out, [](const Fact &F) { return F.Does == Verb::Acquire && F.Parameter == OnFunction; });
  auto [It, New] = Deallocators.try_emplace({Name.str(), Argument});
  if (First != Out.end()) {
    if (New)
      It->second = First->Kind;
    return;
  }
  if (New)
    It->second = tagKind("dealloc", Name, TypeShape::Pointer);
  NewKinds.try_emplace(It->second, quietKind(It->second, "resource", TypeShape::Pointer));
  NewKinds[It->second].Title = "resource";
  NewKinds[It->second].ReleasedBy = {Name.str()};
  Out.push_back({Verb::Acquire, OnFunction, It->second, ""});
}

/// GCC's `fd_arg (1)`, which counts from 1 and counts `this`.
void DeclarationReader::descriptor(const Declaration &D, StringRef Text, std::vector<Fact> &Out) {
  unsigned N = 0;
  if (Text.getAsInteger(10, N) || !oldKind("posix.fd"))
    return;
  int Parameter = static_cast<int>(N) - 1 - D.Method;
  if (Parameter >= 0 && static_cast<size_t>(Parameter) < D.Parameters.size())
    Out.push_back({Verb::Use, Parameter, "posix.fd", ""});
}

void DeclarationReader::read(const Declaration &D) {
  All.push_back(&D);
  if (!Models.find(D.Name).empty())
    return;
  Declared Function{&D, {}};
  for (StringRef Text : D.Attributes) {
    Attribute A(Text);
    if (A.Name == "annotate" && A.Arguments.size() == 1) {
      StringRef Note = A.Arguments.front();
      if (Note.consume_front("handrail:kind:"))
        declareKind(Note);
      else if (Note.consume_front("handrail:"))
        annotation(D, Note, A.Parameter, Function.Facts);
      else if (Note.consume_front("gcc:malloc:")) {
        auto [Name, Position] = Note.split(':');
        unsigned N = 1;
        if (Position.empty() || !Position.getAsInteger(10, N))
          deallocator(D, Name, N ? N - 1 : 0, Function.Facts);
      } else if (Note.consume_front("gcc:fd_arg:")) {
        descriptor(D, Note, Function.Facts);
      }
    } else if (A.Name.starts_with("ownership_") && !A.Arguments.empty()) {
      ownership(D, A, Function.Facts);
    } else if (A.Name.ends_with("_handle") && A.Arguments.size() == 1) {
      Verb Does = A.Name == "acquire_handle"   ? Verb::Acquire
                  : A.Name == "release_handle" ? Verb::Release
                                               : Verb::Use;
      TypeShape Shape = handleShape(D, A.Parameter);
      Function.Facts.push_back(
          {Does, A.Parameter, tagKind("handle", A.Arguments.front(), Shape), ""});
    } else if (A.Name == "noescape" && A.Parameter != OnFunction) {
      Function.Facts.push_back({Verb::Lends, A.Parameter, "", ""});
    }
  }
  if (!Function.Facts.empty())
    Functions.push_back(std::move(Function));
}

/// Kinds stay sorted by id, so all of them are numbered again.
void DeclarationReader::addKinds(ModelSet &Out) const {
  if (NewKinds.empty())
    return;
  std::vector<std::pair<std::string, uint32_t>> Order; // id, old number or NoKind
  for (uint32_t I = 0; I < Models.Kinds.size(); ++I)
    Order.emplace_back(Models.Kinds[I].Id, I);
  for (const auto &[Id, Kind] : NewKinds)
    Order.emplace_back(Id, NoKind);
  llvm::sort(Order);
  std::vector<KindId> NewId(Models.Kinds.size());
  Out.Kinds.clear();
  Out.KindEnabled.clear();
  for (const auto &[Id, Old] : Order) {
    if (Old != NoKind)
      NewId[Old] = static_cast<KindId>(Out.Kinds.size());
    Out.Kinds.push_back(Old == NoKind ? NewKinds.at(Id) : Models.Kinds[Old]);
    Out.KindEnabled.push_back(Old == NoKind || Models.KindEnabled[Old]);
  }
  for (FunctionModel &F : Out.Functions)
    for (Effect &E : F.Effects)
      if (E.Kind != NoKind)
        E.Kind = NewId[E.Kind];
}

/// When an out-parameter is filled, if nothing says so: on success, by the usual
/// meaning of a result of that type.
static std::vector<ValueRange> success(const DeclaredType &Result) {
  switch (Result.Shape) {
  case TypeShape::Integer:
    return wordValues("zero");
  case TypeShape::Bool:
  case TypeShape::Pointer:
    return wordValues("nonzero");
  default:
    return {};
  }
}

Effect DeclarationReader::effect(const Declaration &D, const Fact &F, KindId Kind,
                                 const ResourceKind *K) const {
  Effect E;
  E.Kind = Kind;
  E.When.Values = wordValues(F.When);
  bool AtResult = F.Parameter == OnFunction && (F.Does == Verb::Acquire || F.Does == Verb::Borrow);
  E.At.Root = AtResult ? Place::Return : F.Parameter + D.Method;
  if (F.Parameter != OnFunction && K) {
    const DeclaredType &T = D.Parameters[F.Parameter];
    bool Deref = T.Shape == TypeShape::Pointer &&
                 ((K->Repr == Representation::Int && T.Pointee == TypeShape::Integer) ||
                  (K->Repr == Representation::Pointer && T.Pointee == TypeShape::Pointer));
    if (Deref)
      E.At.Steps.push_back({PlaceStep::Deref, 0, ""});
    if (Deref && F.Does == Verb::Acquire && F.When.empty())
      E.When.Values = success(D.Result);
  }
  switch (F.Does) {
  case Verb::Acquire:
    E.Op = EffectKind::Acquire;
    break;
  case Verb::Release:
    E.Op = EffectKind::Release;
    break;
  case Verb::Use:
    E.Op = EffectKind::Use;
    break;
  case Verb::Borrow:
    E.Op = EffectKind::Borrow;
    break;
  case Verb::Transfer:
    E.Op = EffectKind::Transfer;
    break;
  case Verb::Retain:
    E.Op = EffectKind::Retain;
    break;
  case Verb::Calls:
    E.Op = EffectKind::Calls;
    break;
  default:
    E.Op = EffectKind::Stores;
    break;
  }
  return E;
}

/// A borrowed result belongs to the object, or to the handle that the call uses.
void DeclarationReader::addOwner(Effect &Borrow, const Declared &From) const {
  if (From.D->Method) {
    Borrow.From = Place{0, {}};
    return;
  }
  for (const Fact &F : From.Facts)
    if (F.Does == Verb::Use && F.Parameter != OnFunction) {
      Borrow.From = Place{F.Parameter, {}};
      return;
    }
}

std::optional<FunctionModel> DeclarationReader::model(const Declared &From,
                                                      const ModelSet &Out) const {
  const Declaration &D = *From.D;
  FunctionModel M;
  M.Name = D.Key;
  M.Source = "attributes of " + D.Name;
  std::vector<char> Spoken(D.Parameters.size(), false);
  for (const Fact &F : From.Facts) {
    if (F.Parameter != OnFunction && static_cast<size_t>(F.Parameter) >= D.Parameters.size())
      continue;
    std::optional<KindId> Kind = F.Kind.empty() ? std::nullopt : Out.kind(F.Kind);
    if (!F.Kind.empty() && !Kind)
      continue; // nobody says what that is
    bool OnResult = F.Does == Verb::Acquire || F.Does == Verb::Borrow;
    if (F.Parameter == OnFunction && !OnResult && !D.Method)
      continue; // there is no handle it could speak of
    if (F.Parameter != OnFunction)
      Spoken[F.Parameter] = true;
    if (F.Does == Verb::Lends)
      continue;
    Effect E = effect(D, F, Kind.value_or(NoKind), Kind ? &Out.Kinds[*Kind] : nullptr);
    if (E.Op == EffectKind::Borrow)
      addOwner(E, From);
    M.Effects.push_back(std::move(E));
  }
  if (M.Effects.empty() && !llvm::is_contained(Spoken, true))
    return std::nullopt;
  for (size_t I = 0; I < D.Parameters.size(); ++I) {
    if (Spoken[I] || D.Parameters[I].ToConst)
      continue;
    Effect Keeps;
    Keeps.Op = EffectKind::Stores;
    Keeps.At.Root = static_cast<int>(I) + D.Method;
    M.Effects.push_back(std::move(Keeps));
  }
  return M;
}

std::optional<ModelSet> DeclarationReader::build() {
  // Deallocators release, whatever their own declaration says.
  for (const Declaration *D : All)
    for (auto It = Deallocators.lower_bound({D->Name, 0});
         It != Deallocators.end() && It->first.first == D->Name; ++It)
      if (It->first.second < D->Parameters.size() && Models.find(D->Name).empty())
        Functions.push_back(
            {D, {{Verb::Release, static_cast<int>(It->first.second), It->second, ""}}});
  if (Functions.empty())
    return std::nullopt;

  ModelSet Out = Models;
  addKinds(Out);
  size_t Before = Out.Functions.size();
  for (const Declared &F : Functions)
    if (auto M = model(F, Out)) {
      for (const Effect &E : M->Effects)
        if (E.Op == EffectKind::Release && NewKinds.count(Out.Kinds[E.Kind].Id) &&
            !llvm::is_contained(Out.Kinds[E.Kind].ReleasedBy, F.D->Name))
          Out.Kinds[E.Kind].ReleasedBy.push_back(F.D->Name);
      Out.Functions.push_back(std::move(*M));
    }
  if (Out.Functions.size() == Before)
    return std::nullopt;
  Out.index();
  return Out;
}

} // namespace

std::optional<ModelSet> withDeclared(const ModelSet &Models,
                                     llvm::ArrayRef<Declaration> Declarations) {
  DeclarationReader Reader(Models);
  for (const Declaration &D : Declarations)
    Reader.read(D);
  return Reader.build();
}

} // namespace handrail::model
