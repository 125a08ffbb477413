#include "lib/Engine/ResultCache.h"
#include "lib/Support/Archive.h"

namespace handrail {

namespace {

template <class A, class T> void transferLocation(A &Ar, T &L) {
  Ar.text(L.File);
  Ar.number(L.Line);
  Ar.number(L.Col);
  Ar.number(L.EndLine);
  Ar.number(L.EndCol);
}

template <class A, class T> void transferFinding(A &Ar, T &F) {
  transferLocation(Ar, F.Loc);
  Ar.text(F.Check);
  Ar.text(F.Message);
  Ar.text(F.Function);
  Ar.text(F.Kind);
  Ar.text(F.Callee);
  Ar.number(F.Sev);
  Ar.number(F.Conf);
  Ar.list(F.Notes, [&](auto &N) {
    transferLocation(Ar, N.Loc);
    Ar.text(N.Message);
    Ar.number(N.Depth);
  });
  Ar.list(F.Acquired, [&](auto &Step) {
    transferLocation(Ar, Step.Loc);
    Ar.text(Step.Function);
    Ar.text(Step.Callee);
  });
  bool HasRepair = F.Repair.has_value();
  Ar.number(HasRepair);
  if (!HasRepair)
    return;
  if constexpr (A::Reading)
    F.Repair.emplace();
  Ar.text(F.Repair->Description);
  Ar.list(F.Repair->Edits, [&](auto &E) {
    Ar.text(E.File);
    Ar.number(E.Offset);
    Ar.number(E.Length);
    Ar.text(E.Text);
  });
}

template <class A, class T> void transferResult(A &Ar, T &R) {
  Ar.list(R.Findings, [&](auto &F) { transferFinding(Ar, F); });
  Ar.list(R.Kept, [&](auto &K) {
    Ar.text(K.Callee);
    transferLocation(Ar, K.Acquired);
    transferLocation(Ar, K.Passed);
  });
  R.Stats.forEach([&](auto &Count) { Ar.number(Count); });
  auto &[PlaceCap, EffectCap, GuardCap] = R.Checks;
  for (auto *Count : {&PlaceCap, &EffectCap, &GuardCap})
    Ar.number(*Count);
}

} // namespace

std::optional<EngineResult> findResult(const ObjectStore &Objects, llvm::StringRef Key) {
  std::optional<std::string> Bytes = Objects.get(ObjectSort::Result, Key);
  if (!Bytes)
    return std::nullopt;
  ArchiveReader In(*Bytes);
  EngineResult Result;
  transferResult(In, Result);
  if (!In.complete())
    return std::nullopt;
  return Result;
}

void storeResult(const ObjectStore &Objects, llvm::StringRef Key, const EngineResult &Result) {
  ArchiveWriter Out;
  transferResult(Out, Result);
  Objects.put(ObjectSort::Result, Key, Out.Bytes);
}

void changePaths(std::vector<Finding> &Findings, std::vector<KeptHandle> &Kept,
                 llvm::function_ref<std::string(llvm::StringRef)> Change) {
  auto Move = [&](std::string &Text) { Text = Change(Text); };
  for (Finding &F : Findings) {
    for (std::string *Text : {&F.Loc.File, &F.Message, &F.Function, &F.Callee})
      Move(*Text);
    for (Note &N : F.Notes) {
      Move(N.Loc.File);
      Move(N.Message);
    }
    for (AcquireStep &A : F.Acquired)
      for (std::string *Text : {&A.Loc.File, &A.Function, &A.Callee})
        Move(*Text);
    if (!F.Repair)
      continue;
    Move(F.Repair->Description);
    for (TextEdit &E : F.Repair->Edits) {
      Move(E.File);
      Move(E.Text);
    }
  }
  for (KeptHandle &K : Kept)
    for (std::string *Text : {&K.Callee, &K.Acquired.File, &K.Passed.File})
      Move(*Text);
}

} // namespace handrail
