//===- exit_case.h - how the work ended that a resource was for --*- C++ -*-===//
//
// Every release function is told why it runs: the work completed, it failed
// with this error, or it was cancelled. A transaction commits on the first and
// rolls back on the others:
//
//   scope.install([&] { return db.begin(); },
//                 [](transaction &t, const handrail::exit_case &how) {
//                   how.is_completed() ? t.commit() : t.rollback();
//                 });
//
// Thread safety: values. Errors: none.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_EXIT_CASE_H
#define HANDRAIL_EXIT_CASE_H

#include "error.h"

#include <exception>
#include <utility>
#include <variant>

namespace handrail {

struct completed {};

/// Failed: with an exception, or with an error that was returned.
struct failed {
  std::exception_ptr exception; ///< null when an error was returned
  handrail::error reason;       ///< code ok when an exception was thrown
};

struct cancelled {
  /// The cancelled_error that was seen, or null: a stop request, or a coroutine
  /// that was destroyed while it was suspended.
  std::exception_ptr exception;
};

class exit_case {
public:
  exit_case() noexcept = default;
  exit_case(completed) noexcept {}
  exit_case(failed f) noexcept : case_(std::move(f)) {}
  exit_case(cancelled c) noexcept : case_(std::move(c)) {}

  /// The case of work that was left by \p e: cancelled for a cancelled_error.
  static exit_case from_exception(std::exception_ptr e) noexcept {
    try {
      std::rethrow_exception(e);
    } catch (const cancelled_error &) {
      return cancelled{std::move(e)};
    } catch (...) {
      return failed{std::move(e), {}};
    }
  }

  bool is_completed() const noexcept { return case_.index() == 0; }
  bool is_failed() const noexcept { return case_.index() == 1; }
  bool is_cancelled() const noexcept { return case_.index() == 2; }
  /// 0 completed, 1 failed, 2 cancelled; the numbers of the C interface.
  int kind() const noexcept { return static_cast<int>(case_.index()); }

  const failed *get_failed() const noexcept { return std::get_if<failed>(&case_); }
  /// What the work was left by, or null.
  std::exception_ptr exception() const noexcept {
    if (const auto *f = std::get_if<failed>(&case_))
      return f->exception;
    if (const auto *c = std::get_if<cancelled>(&case_))
      return c->exception;
    return nullptr;
  }

private:
  std::variant<completed, failed, cancelled> case_;
};

} // namespace handrail

#endif
