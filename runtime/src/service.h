//===- service.h - reports that the environment asks for --------*- C++ -*-===//
//
// Files at exit, on a signal, and regularly; growth and thresholds. All of it on one
// thread, which is only there when something needs it. It has all signals blocked, and
// runs none of the program's code but the callback of a threshold.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_SERVICE_H
#define HANDRAIL_SRC_SERVICE_H

namespace handrail::detail {

/// Once, when the library is loaded: reads the environment.
void start_service() noexcept;
/// Makes the thread look at growth regularly from here on.
void need_growth() noexcept;
/// HANDRAIL_REPORT_FILE.
void write_exit_document() noexcept;

void lock_service() noexcept;
void unlock_service() noexcept;
/// In the child of a fork, where the thread is not.
void restart_service() noexcept;
void lock_growth() noexcept;
void unlock_growth() noexcept;

} // namespace handrail::detail

#endif
