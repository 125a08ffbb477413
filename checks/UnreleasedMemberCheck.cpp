//===- UnreleasedMemberCheck.cpp ------------------------------------------===//
//
// A class owns what a constructor of it acquires into a member. Its destructor has
// to release that, and a copy that the compiler writes must not:
//
//   Port::Port(const char *name) : fd(open(name, O_RDWR)) {}    owned
//   Port::~Port() {}                                            not released
//
// In doubt (a method releases it, a function of which nothing is known gets it) the
// class is taken to know what it does.
//
//===----------------------------------------------------------------------===//
#include "checks/UnreleasedMemberCheck.h"

#include "checks/MemberEffects.h"
#include "checks/Wording.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

namespace handrail {

using ir::Function;
using ir::Op;
using ir::Operand;
using ir::Record;
using ir::Symbol;
using ir::Unit;

namespace {

class ClassReader {
public:
  ClassReader(const CheckContext &Context, std::vector<Finding> &Out)
      : Context(Context), Effects(Context), Out(Out) {}
  void run();

private:
  struct Method {
    const Symbol *Sym;
    FunctionBody Body;
  };
  struct Copy {
    const Unit *U = nullptr;
    ir::LocId Loc = 0;
  };
  void index();
  void judge(const Unit &U, const Record &R);
  void findUnreleased(const Unit &U, const Record &R, llvm::StringRef Destructor);
  void findCopied(const Unit &U, const Record &R, const MemberEffect &Release,
                  const FunctionBody &Destructor);
  bool mayEndElsewhere(const Record &R, const MemberEffect &Acquire);
  bool owned(const MemberEffect &E) const {
    return E.Handle != model::NoKind && Context.Models.KindEnabled[E.Handle] &&
           Context.Models.Kinds[E.Handle].ReportLeak &&
           Context.Models.Kinds[E.Handle].Repr != model::Representation::Object;
  }

  const CheckContext &Context;
  MemberEffects Effects;
  std::vector<Finding> &Out;
  llvm::StringMap<std::vector<Method>> Methods; ///< by USR of the class
  llvm::StringMap<Copy> Copies;                 ///< the first of each class, by its USR
};

/// Whether \p S is a constructor `Port(const Port &)`.
bool isCopyConstructor(const Unit &U, const Symbol &S) {
  if (!S.Constructor || S.Parent == ir::None)
    return false;
  const ir::Type &T = U.type(S.Ty);
  if (T.Params.size() != 1)
    return false;
  const ir::Type &P = U.type(T.Params[0]);
  return P.Reference && U.type(P.Elem).Kind == ir::TypeKind::Record &&
         U.type(P.Elem).Record == S.Parent && U.type(P.Elem).Const;
}

/// The class of the object that \p O makes as a copy of another one that lives on;
/// `ir::None` when it makes none. Returning a variable is no copy: it is elided.
ir::RecordId copiedBy(const Unit &U, const Op &O, const llvm::DenseSet<ir::TempId> &Results,
                      const llvm::DenseSet<ir::LocalId> &Returned) {
  const bool Result = O.Operands.empty() || (O.Operands[0].Kind == ir::OperandKind::Local &&
                                             Returned.contains(O.Operands[0].Index));
  if (Result)
    return ir::None;
  if (O.Kind == ir::OpKind::CopyMem) {
    const Operand &From = O.Operands[1];
    const bool Fresh = From.isTemp() && Results.contains(From.Index);
    return Fresh || U.type(O.Ty).Kind != ir::TypeKind::Record ? ir::None : U.type(O.Ty).Record;
  }
  if (O.Kind != ir::OpKind::Call || O.has(ir::OF_Indirect) ||
      !isCopyConstructor(U, U.symbol(O.Aux)))
    return ir::None;
  return U.symbol(O.Aux).Parent;
}

void ClassReader::index() {
  llvm::StringSet<> Seen;
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions) {
      const Symbol &S = U->symbol(F.Sym);
      if (S.Method && S.Parent != ir::None && Seen.insert(S.Usr).second)
        Methods[U->Records[S.Parent].Usr].push_back({&S, {U, &F}});
      llvm::DenseSet<ir::TempId> Results;
      llvm::DenseSet<ir::LocalId> Returned;
      for (const ir::Block &B : F.Blocks) {
        if (B.Term.Kind == ir::TermKind::Return && B.Term.Value.Kind == ir::OperandKind::Local)
          Returned.insert(B.Term.Value.Index);
        for (const Op &O : B.Ops)
          if (O.Kind == ir::OpKind::Call && O.Result != ir::None)
            Results.insert(O.Result);
      }
      for (const ir::Block &B : F.Blocks)
        for (const Op &O : B.Ops)
          if (const ir::RecordId R = copiedBy(*U, O, Results, Returned); R != ir::None)
            Copies.try_emplace(U->Records[R].Usr, Copy{U, O.Loc});
    }
}

/// The name of the member that a place below `this` lies in.
std::string memberOf(const MemberEffect &E) {
  return E.At.Steps.substr(1, E.At.Steps.find_first_of(".*", 1) - 1);
}

/// Whether what \p Acquire put into a member is ended, or may be, by some other
/// method, or by somebody who was given it or the object.
bool ClassReader::mayEndElsewhere(const Record &R, const MemberEffect &Acquire) {
  for (const Method &M : Methods[R.Usr])
    for (const MemberEffect &E : Effects.of(M.Body)) {
      if (E.At.Parameter != 0)
        continue;
      const llvm::StringRef Steps = E.At.Steps;
      const bool OnMember = Steps == Acquire.At.Steps;
      const bool OnHolder = llvm::StringRef(Acquire.At.Steps).starts_with(Steps);
      if ((E.Kind == MemberEffect::Releases && OnMember) ||
          (E.Kind == MemberEffect::Unknown && OnHolder && E.Op != Acquire.Op))
        return true;
    }
  return false;
}

void ClassReader::findUnreleased(const Unit &U, const Record &R, llvm::StringRef Destructor) {
  llvm::StringSet<> Told;
  for (const Method &M : Methods[R.Usr]) {
    if (!M.Sym->Constructor)
      continue;
    for (const MemberEffect &E : Effects.of(M.Body)) {
      if (E.Kind != MemberEffect::Acquires || E.At.Parameter != 0 || E.At.Steps.empty() ||
          !owned(E) || mayEndElsewhere(R, E) || !Told.insert(E.At.Steps).second)
        continue;
      const KindWords Words = wordsFor(Context.Models, E.Handle);
      Finding Result;
      Result.Loc = toLocation(*M.Body.U, E.Op->Loc);
      Result.Function = M.Body.U->name(*M.Sym).str();
      Result.Kind = Context.Models.Kinds[E.Handle].Id;
      Result.Message =
          "member " + quoted(memberOf(E)) + " of " + quoted(U.str(R.Name)) + " keeps a " +
          Words.Title + " that " +
          (Destructor.empty() ? std::string("no destructor") : quoted(Destructor) + " does not") +
          (Destructor.empty() ? " releases" : " release");
      Out.push_back(std::move(Result));
    }
  }
}

void ClassReader::findCopied(const Unit &U, const Record &R, const MemberEffect &Release,
                             const FunctionBody &Destructor) {
  // A member whose class has a copy of its own knows what copying means.
  if (llvm::StringRef(Release.At.Steps).count('.') != 1 || !Release.Op)
    return;
  const KindWords Words = wordsFor(Context.Models, Release.Handle);
  Finding Result;
  Result.Loc = toLocation(U, R.Loc);
  Result.Kind = Context.Models.Kinds[Release.Handle].Id;
  Result.Message = quoted(U.str(R.Name)) +
                   " has the compiler's copy constructor, and its destructor releases " +
                   Words.Title + " " + quoted(memberOf(Release)) + ": two copies release one";
  Result.Notes.push_back({toLocation(*Destructor.U, Release.Op->Loc), "released here", 0});
  if (auto It = Copies.find(R.Usr); It != Copies.end())
    Result.Notes.push_back({toLocation(*It->second.U, It->second.Loc), "copied here", 0});
  else
    Result.Conf = Confidence::Possible; // nobody does, yet
  Out.push_back(std::move(Result));
}

void ClassReader::judge(const Unit &U, const Record &R) {
  if (R.Destructor == ir::None)
    return findUnreleased(U, R, "");
  const FunctionBody Destructor = Effects.body(U.symbol(R.Destructor));
  if (!Destructor)
    return; // what it does is not known
  findUnreleased(U, R, U.name(U.symbol(R.Destructor)));
  if (R.CopyCtor != ir::SpecialMember::Defaulted)
    return;
  for (const MemberEffect &E : Effects.of(Destructor))
    if (E.Kind == MemberEffect::Releases && E.At.Parameter == 0 && !E.At.Steps.empty() && owned(E))
      return findCopied(U, R, E, Destructor);
}

void ClassReader::run() {
  index();
  llvm::StringSet<> Seen;
  for (const Unit *U : Context.Program.Units)
    for (const Record &R : U->Records)
      if (!R.System && !R.Usr.empty() && Seen.insert(R.Usr).second)
        judge(*U, R);
}

} // namespace

void UnreleasedMemberCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  ClassReader(Context, Out).run();
}

} // namespace handrail
