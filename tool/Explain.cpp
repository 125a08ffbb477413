//===- Explain.cpp - handrail explain ----------------------------*- C++ -*-===//
#include "checks/Registry.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

static ExitStatus listAll() {
  for (const CheckInfo &Info : checkInfos())
    llvm::outs() << llvm::left_justify(Info.Id, 22) << Info.Summary
                 << (Info.OnByDefault ? "" : " (off by default)") << '\n';
  llvm::outs() << "\nhandrail explain ID prints the page of one of them.\n";
  return Clean;
}

ExitStatus run(const ExplainCommand &Command) {
  if (Command.Id.empty())
    return listAll();
  llvm::StringRef Id = Command.Id;
  Id.consume_front("handrail-");
  llvm::StringRef Page = checkPage(Id);
  if (!Page.empty()) {
    llvm::outs() << Page;
    return Clean;
  }
  llvm::StringRef Nearest;
  unsigned Distance = 4;
  for (const CheckInfo &Info : checkInfos())
    if (unsigned D = Id.edit_distance(Info.Id); D < Distance)
      Distance = D, Nearest = Info.Id;
  printFailure(
      "no check is called '" + Id + "'" +
      (Nearest.empty() ? "; handrail explain lists them" : "; did you mean '" + Nearest + "'?"));
  return Failure;
}

} // namespace handrail::tool
