//===- Libraries.cpp - libraries whose sources are in the program ---------===//

#include "lib/Solver/Libraries.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace handrail::ir;

namespace handrail::solver {

/// False when a handle of that kind cannot be where \p E says: a function of the same
/// name, but of another library.
static bool fits(const Unit &U, const Symbol &S, const model::ModelSet &Models,
                 const model::Effect &E) {
  const Type &Fn = U.type(S.Ty);
  if (Fn.Kind != TypeKind::Function)
    return false;
  const bool Result = E.At.Root == model::Place::Return;
  if (!Result && static_cast<size_t>(E.At.Root) >= Fn.Params.size())
    return false;
  const Type &At = U.type(Result ? Fn.Elem : Fn.Params[E.At.Root]);
  const bool Number = E.At.Steps.empty() && Models.Kinds[E.Kind].Repr == model::Representation::Int;
  return At.Kind == (Number ? TypeKind::Int : TypeKind::Pointer);
}

/// What models say of handles of \p S, unless they stand before a body in any case.
template <class Fn> void Libraries::forEachEffect(const Unit &U, const Symbol &S, Fn Each) const {
  if (!S.IsFunction || S.Link != Linkage::External ||
      (S.Header && Models.isCLibraryHeader(U.str(S.Header))))
    return;
  for (uint32_t M : Models.find(U.name(S)))
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (E.Kind != model::NoKind && Models.KindEnabled[E.Kind] &&
          !Models.Functions[M].BeforeBody && fits(U, S, Models, E))
        Each(E);
}

Libraries::Libraries(const Program &P, const model::ModelSet &Models) : Models(Models) {
  std::map<model::KindId, std::pair<bool, bool>> Has; // opens, closes
  for (const Unit *U : P.Units)
    for (const Function &F : U->Functions)
      forEachEffect(*U, U->Symbols[F.Sym], [&](const model::Effect &E) {
        const bool Opens = E.Op == model::EffectKind::Acquire;
        const bool Closes = E.Op == model::EffectKind::Release;
        if (!Opens && !Closes)
          return;
        Has[E.Kind].first |= Opens;
        Has[E.Kind].second |= Closes;
        std::string Folder = llvm::sys::path::parent_path(U->MainFile).str();
        if (std::vector<std::string> &Of = Folders[E.Kind]; !llvm::is_contained(Of, Folder))
          Of.push_back(std::move(Folder));
      });
  for (const auto &[Kind, Both] : Has)
    if (!Both.first || !Both.second)
      Folders.erase(Kind);
}

/// True when \p File lies somewhere in \p Folder.
static bool liesIn(llvm::StringRef File, llvm::StringRef Folder) {
  return File.consume_front(Folder) && (Folder.empty() || File.starts_with("/"));
}

bool Libraries::isForeign(const Unit &U, const Symbol &S) const {
  if (Folders.empty())
    return false;
  bool Foreign = false;
  forEachEffect(U, S, [&](const model::Effect &E) {
    auto Of = Folders.find(E.Kind);
    Foreign |= Of != Folders.end() && llvm::none_of(Of->second, [&](const std::string &Folder) {
                 return liesIn(U.MainFile, Folder);
               });
  });
  return Foreign;
}

} // namespace handrail::solver
