//===- LedgerTesting.h - reports for tests -----------------------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Group.h"
#include <initializer_list>

namespace handrail::ledger {

/// A report of one process, to which leaks and misuses are added.
struct TestReport : Report {
  TestReport() {
    process("server");
    Modules.emplace_back().Path = "/opt/server";
  }

  void process(const char *Command) {
    Processes.emplace_back().Command = {Command};
    Processes.back().Id = int(Processes.size());
  }

  /// The stack of these functions, innermost first, each at \p Line of its file.
  int stack(std::initializer_list<const char *> Functions, unsigned Line = 1) {
    Stack &New = Stacks.emplace_back();
    for (const char *Function : Functions) {
      Frame &F = New.Frames.emplace_back();
      F.Module = 0;
      F.Offset = 16 * Line;
      F.Function = Function;
      F.File = "/src/" + F.Function + ".c";
      F.Line = Line;
    }
    return int(Stacks.size()) - 1;
  }

  Leak &leak(const char *Kind, int Opened, std::uint64_t Count = 1) {
    Leak &L = Leaks.emplace_back();
    L.Kind = Kind;
    L.Opened = Opened;
    L.Count = Count;
    return L;
  }

  Misuse &misuse(const char *Rule, int Here) {
    Misuse &M = Misuses.emplace_back();
    M.Rule = Rule;
    M.Kind = "file";
    M.Count = 1;
    step(M, "here", Here);
    return M;
  }

  static void step(Misuse &M, const char *Role, int At) {
    Step &S = M.Steps.emplace_back();
    S.Role = Role;
    S.Stack = At;
  }
};

} // namespace handrail::ledger
