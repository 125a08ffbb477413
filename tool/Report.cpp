//===- Report.cpp - handrail report ------------------------------*- C++ -*-===//
#include "lib/Report/Json.h"
#include "tool/Commands.h"

namespace handrail::tool {

ExitStatus run(const ReportSchemaCommand &) {
  llvm::outs() << report::jsonSchema();
  return Clean;
}

} // namespace handrail::tool
