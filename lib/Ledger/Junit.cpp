#include "lib/Ledger/Junit.h"
#include "lib/Ledger/Rules.h"
#include "lib/Support/Junit.h"
#include <map>

namespace handrail::ledger {

void printJunit(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS) {
  const Report &R = Told.Found;
  std::map<std::string, std::vector<JunitFailure>> Failures;
  Failures[""]; // outside of tests
  for (const Leak &L : R.Leaks)
    Failures[L.Test].push_back(
        {"leak", "leak of " + countedHandles(L), leakText(Told, L, Options)});
  for (const Misuse &M : R.Misuses)
    Failures[M.Test].push_back({M.Rule, describe(M), misuseText(Told, M, Options)});

  std::vector<JunitCase> Cases;
  for (auto &[Test, All] : Failures) {
    auto [Suite, Name] = llvm::StringRef(Test).rsplit('.');
    JunitCase &Case = Cases.emplace_back();
    Case.Class = Name.empty() ? "handrail" : "handrail." + Suite.str();
    Case.Name = Test.empty() ? "outside of tests" : (Name.empty() ? Suite : Name).str();
    Case.Failures = std::move(All);
  }
  handrail::printJunit("handrail", std::move(Cases), OS);
}

} // namespace handrail::ledger
