//===- ModelDigest.cpp - what is the same about models --------------------===//
//
// Structs are taken apart with structured bindings: a member that is added to one of
// them and forgotten here does not compile.
//
//===----------------------------------------------------------------------===//

#include "lib/Model/ModelDigest.h"
#include "lib/Support/Digest.h"

namespace handrail::model {

static void add(Digest &D, llvm::ArrayRef<ValueRange> Ranges) {
  D.add(Ranges.size());
  for (const auto &[Lo, Hi] : Ranges)
    D.add(Lo).add(Hi);
}

static void add(Digest &D, llvm::ArrayRef<std::string> Texts) {
  D.add(Texts.size());
  for (const std::string &Text : Texts)
    D.add(Text);
}

static void add(Digest &D, const Place &P) {
  const auto &[Root, Steps] = P;
  D.add(Root).add(Steps.size());
  for (const auto &[Kind, Number, Name] : Steps)
    D.add(Kind).add(Number).add(Name);
}

static void add(Digest &D, const std::optional<Place> &P) {
  D.add(P.has_value());
  if (P)
    add(D, *P);
}

static void add(Digest &D, const Effect &E) {
  const auto &[Op, Kind, At, From, To, Data, Finalizes, When] = E;
  D.add(Op).add(Kind);
  add(D, At);
  add(D, From);
  add(D, To);
  add(D, Data);
  add(D, Finalizes);
  add(D, When.Values);
}

std::string digestOf(const FunctionModel &M) {
  const auto &[Name, Effects, Returns, NoReturn, ExitsProcess, MayThrow, Pure, Errno, Writes,
               Settles, Lends, Exclusive, Defers, MinArgs, ArgumentIs, Source, BeforeBody] = M;
  Digest D;
  D.add(Name).add(NoReturn).add(ExitsProcess).add(MayThrow).add(Pure).add(Errno);
  D.add(Writes).add(Settles).add(Lends).add(Exclusive).add(Defers);
  D.add(MinArgs).add(BeforeBody).add(Effects.size());
  for (const Effect &E : Effects)
    add(D, E);
  add(D, Returns);
  D.add(ArgumentIs.size());
  for (const auto &[Argument, Values] : ArgumentIs) {
    D.add(Argument);
    add(D, Values);
  }
  return D.hex();
}

static void add(Digest &D, const ResourceKind &K) {
  const auto &[Id, Title, Family, Repr, Invalid, Immortal, OnByDefault, ReportLeak, Lock,
               LeakAtExit, Refcounted, AsyncRelease, ReleaseTells, ReleaseInvalidOk, UseInvalidOk,
               Memory, ReleaseChecksState, ReleasedBy, ReleaseBefore] = K;
  D.add(Id).add(Title).add(Family).add(Repr).add(OnByDefault).add(ReportLeak).add(Lock);
  D.add(LeakAtExit).add(Refcounted).add(AsyncRelease).add(ReleaseInvalidOk).add(UseInvalidOk);
  D.add(Memory).add(ReleaseChecksState).add(ReleaseTells);
  add(D, Invalid);
  add(D, Immortal);
  add(D, ReleasedBy);
  add(D, ReleaseBefore);
}

std::string digestOfKinds(const ModelSet &Models) {
  Digest D;
  for (const ResourceKind &K : Models.Kinds)
    add(D, K);
  for (char Enabled : Models.KindEnabled)
    D.add(Enabled);
  return D.hex();
}

std::string digestOf(const ModelSet &Models) {
  Digest D;
  D.add(digestOfKinds(Models)).add(Models.Functions.size());
  for (const FunctionModel &M : Models.Functions)
    D.add(digestOf(M));
  add(D, Models.CLibraryHeaders);
  return D.hex();
}

} // namespace handrail::model
