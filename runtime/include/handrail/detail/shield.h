//===- shield.h - releases run to their end ---------------------*- C++ -*-===//
//
// pthread_cancel unwinds a thread from inside the call it waits in. A forced
// unwind that passes a destructor can neither be swallowed nor thrown again, so
// releases run with cancellation off, and it is delivered afterwards.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_SHIELD_H
#define HANDRAIL_DETAIL_SHIELD_H

#include <cxxabi.h>
#include <exception>
#include <pthread.h>
#include <utility>

namespace handrail::detail {

class cancellation_shield {
public:
  cancellation_shield() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~cancellation_shield() {
    int ignored;
    pthread_setcancelstate(before_, &ignored);
  }
  cancellation_shield(const cancellation_shield &) = delete;

private:
  int before_ = 0;
};

/// Runs \p f with cancellation off; what it threw, or null.
template <class F> std::exception_ptr guarded(F &&f) noexcept {
  cancellation_shield shield;
  try {
    std::forward<F>(f)();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

} // namespace handrail::detail

#endif
