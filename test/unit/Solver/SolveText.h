//===- SolveText.h - text IR in, violations as lines out ---------*- C++ -*-===//
#pragma once

#include "lib/IR/Parser.h"
#include "lib/Model/ModelReader.h"
#include "lib/Solver/Solver.h"
#include <gtest/gtest.h>

namespace handrail::solver {

/// A few APIs, small enough to keep in mind while reading a test.
inline const model::ModelSet &testModels() {
  static const model::ModelSet Models = [] {
    const char *Json = R"({"version": 1,
      "kinds": [
        {"id": "fd", "title": "file descriptor", "representation": "int", "invalid": "negative",
         "immortal": [[0, 2]], "releaseInvalidOk": true, "useInvalidOk": true, "releasedBy": ["close"]},
        {"id": "file", "title": "stream", "representation": "pointer", "invalid": "null", "releasedBy": ["fclose"]},
        {"id": "pipe", "title": "pipe", "representation": "pointer", "invalid": "null", "releasedBy": ["pclose"]},
        {"id": "lock", "title": "lock", "representation": "object", "lock": true, "releaseChecksState": false,
         "releasedBy": ["unlock"]},
        {"id": "mem", "title": "memory", "representation": "pointer", "invalid": "null", "memory": true,
         "releaseInvalidOk": true, "onByDefault": false, "releasedBy": ["free"]}],
      "functions": [
        {"names": ["open"], "pure": true, "effects": [{"acquire": "fd", "at": "return"}]},
        {"names": ["close"], "pure": true, "effects": [{"release": "fd", "at": "arg0"}]},
        {"names": ["read"], "effects": [{"use": "fd", "at": "arg0"}]},
        {"names": ["pipe2"], "returns": [[-1, 0]],
         "effects": [{"acquire": "fd", "at": "arg0[0]", "when": "zero"},
                     {"acquire": "fd", "at": "arg0[1]", "when": "zero"}]},
        {"names": ["fdopen"], "pure": true,
         "effects": [{"acquire": "file", "at": "return"},
                     {"transfer": "fd", "at": "arg0", "to": "return", "when": "nonnull"}]},
        {"names": ["fopen"], "pure": true, "effects": [{"acquire": "file", "at": "return"}]},
        {"names": ["fgetc"], "pure": true, "effects": [{"use": "file", "at": "arg0"}]},
        {"names": ["fileno"], "pure": true,
         "effects": [{"use": "file", "at": "arg0"}, {"borrow": "fd", "at": "return", "from": "arg0"}]},
        {"names": ["fclose"], "pure": true, "effects": [{"release": "file", "at": "arg0"}]},
        {"names": ["popen"], "pure": true, "effects": [{"acquire": "pipe", "at": "return"}]},
        {"names": ["pclose"], "pure": true, "effects": [{"release": "pipe", "at": "arg0"}]},
        {"names": ["lock"], "pure": true, "effects": [{"acquire": "lock", "at": "arg0"}]},
        {"names": ["unlock"], "pure": true, "effects": [{"release": "lock", "at": "arg0"}]},
        {"names": ["malloc"], "pure": true, "effects": [{"acquire": "mem", "at": "return"}]},
        {"names": ["free"], "pure": true, "effects": [{"release": "mem", "at": "arg0"}]},
        {"names": ["exit"], "noreturn": true, "exits": true, "effects": []}]})";
    model::ModelSet Set;
    for (const model::ModelError &E : model::readModels({{"test.json", Json, true}}, {}, Set))
      ADD_FAILURE() << E.str();
    return Set;
  }();
  return Models;
}

inline const char *kindName(ViolationKind K) {
  switch (K) {
  case ViolationKind::Leak:
    return "leak";
  case ViolationKind::DoubleRelease:
    return "double-release";
  case ViolationKind::UseAfterRelease:
    return "use-after-release";
  case ViolationKind::UncheckedUse:
    return "unchecked";
  case ViolationKind::InvalidRelease:
    return "invalid-release";
  case ViolationKind::MismatchedRelease:
    return "mismatched";
  case ViolationKind::ReleaseOrder:
    return "release-order";
  case ViolationKind::SecondOwner:
    return "second-owner";
  case ViolationKind::Imbalance:
    return "imbalance";
  case ViolationKind::HeldAcrossAwait:
    return "held-across-await";
  case ViolationKind::BorrowEscapes:
    return "borrow-escapes";
  }
  return "";
}

/// Violations as "line kind variable acquirer" in order, `possible` ones left out.
inline std::vector<std::string> solveText(llvm::StringRef Text, SolverOptions Options = {}) {
  auto U = ir::parseUnit(Text, "t.hir");
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return {};
  }
  if (auto Broken = ir::verify(*U))
    ADD_FAILURE() << *Broken;
  Program P;
  P.Units.push_back(&*U);
  Solution S = solve(P, testModels(), Options);
  std::vector<std::string> Out;
  for (const Violation &V : S.Violations)
    if (V.Sure != Certainty::Possible)
      Out.push_back(std::to_string(U->loc(V.Loc).Line) + " " + kindName(V.Kind) + " " + V.Variable +
                    " " + V.Acquirer);
  return Out;
}

/// The dump of all summaries.
inline std::string summariesOf(llvm::StringRef Text) {
  auto U = ir::parseUnit(Text, "t.hir");
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return "";
  }
  Program P;
  P.Units.push_back(&*U);
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  solveAndDump(P, testModels(), {}, OS);
  return Out;
}

} // namespace handrail::solver
