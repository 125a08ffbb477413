#include "tool/Scope.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {

llvm::Expected<Scope> Scope::create(const CheckCommand &Command, const Inputs &In) {
  Scope Result;
  Result.Exclude = PathGlobs(currentDirectory());
  for (const std::string &Glob : Command.Exclude)
    if (llvm::Error E = Result.Exclude.add(Glob))
      return std::move(E);
  if (Command.HeaderFilter) {
    Result.HeaderFilter.emplace(*Command.HeaderFilter);
    std::string Why;
    if (!Result.HeaderFilter->isValid(Why))
      return llvm::createStringError("--header-filter: " + Why);
  }
  Result.Roots = In.Roots;
  for (const capture::CompileJob &Job : In.Jobs)
    Result.Sources.insert(Job.File);
  return Result;
}

bool Scope::excludes(llvm::StringRef File, const Setup &How) const {
  return Exclude.contains(File) || How.Exclude.contains(File);
}

/// Patterns may speak of the path as it is shown or of the absolute one.
static bool matches(const llvm::Regex &Filter, llvm::StringRef File, llvm::StringRef Base) {
  return Filter.match(File) || Filter.match(displayPath(File, Base));
}

bool Scope::covers(llvm::StringRef File, const Setup &How) const {
  if (excludes(File, How))
    return false;
  if (Sources.count(File))
    return true;
  if (HeaderFilter)
    return matches(*HeaderFilter, File, currentDirectory());
  if (How.HeaderFilter)
    return matches(*How.HeaderFilter, File, llvm::sys::path::parent_path(How.Config.File));
  return llvm::any_of(Roots, [&](const std::string &Root) { return isBelow(File, Root); });
}

} // namespace handrail::tool
