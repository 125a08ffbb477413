//===- Commands.h - one function per subcommand ------------------*- C++ -*-===//
#pragma once

#include "tool/ExitStatus.h"
#include "tool/Options.h"

namespace handrail::tool {

ExitStatus run(const CheckCommand &Command);
ExitStatus run(const CaptureCommand &Command);
ExitStatus run(const AnalyzeCommand &Command);
ExitStatus run(const BaselineCommand &Command);
ExitStatus run(const BaselineShowCommand &Command);
ExitStatus run(const CacheStatsCommand &Command);
ExitStatus run(const CacheCleanCommand &Command);
ExitStatus run(const ExplainCommand &Command);
ExitStatus run(const IrDumpCommand &Command);
ExitStatus run(const IrSolveCommand &Command);
ExitStatus run(const ModelsListCommand &Command);
ExitStatus run(const ModelsShowCommand &Command);
ExitStatus run(const ModelsCheckCommand &Command);
ExitStatus run(const ModelsSchemaCommand &Command);
ExitStatus run(const ModelsImportCommand &Command);
ExitStatus run(const InferCommand &Command);
ExitStatus run(const ReportSchemaCommand &Command);
ExitStatus run(const ReportCommand &Command);
ExitStatus run(const RunCommand &Command);
ExitStatus run(const InitCommand &Command);
ExitStatus run(const DocumentsCommand &Command);

} // namespace handrail::tool
