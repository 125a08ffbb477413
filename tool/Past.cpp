#include "tool/Past.h"
#include "lib/Support/Paths.h"
#include "tool/Progress.h"

namespace handrail::tool {

llvm::Expected<PastUnits> capturePast(const project::Changes &Change, const Inputs &In,
                                      llvm::ArrayRef<const Setup *> SetupOf,
                                      const project::CaptureRun &Now, unsigned Workers,
                                      const ParseLimits &Limits, bool Quiet) {
  PastUnits Result;
  Inputs Affected;
  std::vector<size_t> PlaceOf; // in Result, of the affected ones
  for (size_t I = 0; I != In.Jobs.size(); ++I) {
    const capture::CompileJob &Job = In.Jobs[I];
    if (auto Was = Change.files().find(Job.File); Was != Change.files().end() && !Was->second)
      continue; // a new file
    if (Now.Outcomes[I].Affected) {
      PlaceOf.push_back(Result.Jobs.size());
      Affected.Jobs.push_back(Job);
    }
    Result.Jobs.push_back(Job);
    Result.SetupOf.push_back(SetupOf[I]);
    Result.Run.Outcomes.push_back(Now.Outcomes[I]);
  }
  auto Captured = captureInputs(Affected, Workers, Limits, Quiet,
                                {.Past = &Change.files(), .Cache = Now.Cache});
  if (!Captured)
    return Captured.takeError();
  Result.Run.Cache = Now.Cache;
  Result.Run.Jobs = Result.Jobs;
  Result.Run.Spools = Now.Spools;
  const auto Offset = unsigned(Result.Run.Spools.size());
  for (auto &Spool : Captured->Spools)
    Result.Run.Spools.push_back(std::move(Spool));
  for (size_t I = 0; I != PlaceOf.size(); ++I) {
    project::CaptureOutcome &Was = Captured->Outcomes[I];
    if (Was.Unit)
      Was.Unit->Spool += Offset;
    project::CaptureOutcome &Is = Result.Run.Outcomes[PlaceOf[I]];
    if ((!Was.Unit || !Was.Errors.empty()) && Is.Unit && Is.Errors.empty())
      Result.Failed.push_back(Affected.Jobs[I].File);
    Is = std::move(Was);
  }
  return Result;
}

std::vector<PastFinding> placeNow(llvm::ArrayRef<Finding> Findings,
                                  const project::Changes &Change) {
  SourceCache Sources;
  for (const auto &[Path, Text] : Change.files())
    Sources.set(Path, Text.value_or(""));
  std::map<std::string, std::optional<project::Changes::LineMap>> Maps;
  std::vector<PastFinding> Result;
  for (const Finding &F : Findings) {
    PastFinding P = pastFinding(F, Sources);
    if (Change.files().count(F.Loc.File)) {
      auto [It, New] = Maps.try_emplace(F.Loc.File);
      if (New) {
        if (auto Lines = Change.lines(F.Loc.File))
          It->second = std::move(*Lines);
        else // a file that is gone
          llvm::consumeError(Lines.takeError());
      }
      P.Line = It->second ? (*It->second)(P.Line) : 0;
    }
    Result.push_back(std::move(P));
  }
  return Result;
}

} // namespace handrail::tool
