//===- Registry.cpp - every check there is --------------------------------===//
//
// Two files are written by CMake from Checks.def: CheckHeaders.inc includes the
// header of each class, CheckPages.inc holds the pages as PAGE(id, text) rows.
//
//===----------------------------------------------------------------------===//
#include "checks/Registry.h"

#include "checks/CheckHeaders.inc"
#include "checks/FlowChecks.h"

namespace handrail {

llvm::ArrayRef<CheckInfo> checkInfos() {
  static constexpr CheckInfo Infos[] = {
#define FLOW_CHECK(ID, KINDS, WORDING, SEVERITY, ON, SUMMARY)                                      \
  {ID, SUMMARY, Severity::SEVERITY, ON, /*TellsPath=*/true},
#define CHECK(ID, CLASS, SEVERITY, ON, SUMMARY)                                                    \
  {ID, SUMMARY, Severity::SEVERITY, ON, /*TellsPath=*/false},
#include "checks/Checks.def"
  };
  return Infos;
}

llvm::ArrayRef<CheckOptionInfo> checkOptions() {
  static constexpr CheckOptionInfo Options[] = {
#define CHECK_OPTION(ID, NAME, DEFAULT) {ID, NAME, DEFAULT},
#include "checks/Checks.def"
  };
  return Options;
}

llvm::Error expectKnownOptions(const std::map<std::string, CheckOptions> &Options) {
  for (const auto &[Check, Values] : Options) {
    if (llvm::none_of(checkInfos(), [&](const CheckInfo &C) { return Check == C.Id; }))
      return llvm::createStringError("options: no check is called '" + Check + "'");
    for (const auto &[Name, Value] : Values) {
      if (Name == SeverityOption) {
        if (!severityFrom(Value))
          return llvm::createStringError("'" + Value + "' is no severity of '" + Check +
                                         "': note, warning or error");
        continue;
      }
      if (llvm::none_of(checkOptions(), [&](const CheckOptionInfo &O) {
            return Check == O.Check && Name == O.Name;
          }))
        return llvm::createStringError("check '" + Check + "' has no option '" + Name +
                                       "'; its page lists them: handrail explain " + Check);
    }
  }
  return llvm::Error::success();
}

std::vector<RegisteredCheck> makeChecks() {
  using enum solver::ViolationKind;
  std::vector<std::unique_ptr<Check>> Impls;
#define FLOW_CHECK(ID, KINDS, WORDING, SEVERITY, ON, SUMMARY)                                      \
  Impls.push_back(std::make_unique<FlowCheck>(FlowCheck::KINDS, WORDING));
#define CHECK(ID, CLASS, SEVERITY, ON, SUMMARY) Impls.push_back(std::make_unique<CLASS>());
#include "checks/Checks.def"

  std::vector<RegisteredCheck> Checks;
  for (auto [Info, Impl] : llvm::zip_equal(checkInfos(), Impls))
    Checks.push_back({Info, std::move(Impl)});
  return Checks;
}

llvm::StringRef checkPage(llvm::StringRef Id) {
#define PAGE(ID, TEXT)                                                                             \
  if (Id == ID)                                                                                    \
    return TEXT;
#include "checks/CheckPages.inc"
  return {};
}

} // namespace handrail
