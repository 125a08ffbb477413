//===- Attributes.cpp - models from attributes in headers ------------------===//
#include "lib/Infer/Attributes.h"
#include "lib/Solver/DeclaredModels.h"
#include "llvm/ADT/STLExtras.h"

namespace handrail::infer {

namespace {

/// The first declaration of a function, and how many functions of that name there are: those
/// of C++ share it.
struct Declared {
  const ir::Unit *U = nullptr;
  const ir::Symbol *S = nullptr;
};

bool speaksOfHandles(const ir::Symbol &S) {
  return llvm::any_of(S.Attributes, [](llvm::StringRef A) {
    return A.contains("handrail:") || A.contains("gcc:") || A.contains("ownership_") ||
           A.contains("_handle(") || A.contains("noescape");
  });
}

} // namespace

Imported importAttributes(const solver::Program &P, const model::ModelSet &Models) {
  Imported Out;
  Out.Kinds = Models.Kinds;
  std::map<std::string, Declared> ByKey;
  std::map<std::string, unsigned> Overloads;
  for (const ir::Unit *U : P.Units)
    for (const ir::Symbol &S : U->Symbols)
      if (S.IsFunction && ByKey.try_emplace(S.Usr, Declared{U, &S}).second)
        ++Overloads[U->name(S).str()];

  std::optional<model::ModelSet> All = solver::withDeclaredModels(P, Models);
  std::map<std::string, const model::FunctionModel *> Made;
  if (All) {
    Out.Kinds = All->Kinds;
    for (const model::FunctionModel &F : llvm::drop_begin(All->Functions, Models.Functions.size()))
      Made.emplace(F.Name, &F);
  }
  for (const auto &[Key, D] : ByKey) {
    std::string Name = D.U->name(*D.S).str();
    auto It = Made.find(Key);
    if (It == Made.end() && !speaksOfHandles(*D.S))
      continue;
    const ir::SourceLoc &L = D.U->Locs[D.S->Loc];
    auto Leave = [&](const char *Why) {
      Out.Left.push_back({D.U->Files[L.File].Path, L.Line, "attributes of " + Name, Why});
    };
    if (!Models.find(Name).empty()) {
      ++Out.Known;
    } else if (It == Made.end()) {
      Leave("they say nothing that a model can say");
    } else if (Overloads[Name] > 1) {
      Leave("other functions have that name, and a model is for all of them");
    } else {
      Out.Model.Functions.push_back({{Name}, *It->second, "", {}});
      Out.Model.Functions.back().AfterBody = true;
      ++Out.Taken;
    }
  }
  for (const model::ResourceKind &K : Out.Kinds)
    if (!Models.kind(K.Id))
      Out.Model.Kinds.push_back({K, "", {}});
  llvm::stable_sort(Out.Left, [](const NotTaken &A, const NotTaken &B) {
    return std::tie(A.File, A.Line) < std::tie(B.File, B.Line);
  });
  return Out;
}

} // namespace handrail::infer
