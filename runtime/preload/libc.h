//===- libc.h - the C library behind a program's own functions --*- C++ -*-===//
//
// A program may define functions of libc itself: the sanitizers' runtimes do, and theirs
// must not run before they are ready, nor in a thread that they do not know yet. What a
// hook calls on its own account therefore goes to libc; what it calls for the program goes
// to whoever is next (hooks.h). Functions on memory and texts are in plain.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_PRELOAD_LIBC_H
#define HANDRAIL_PRELOAD_LIBC_H

#include <atomic>

namespace handrail::preload {

/// Null when libc has no such function.
void *find_in_libc(const char *name) noexcept;

template <class F> class libc_function {
public:
  explicit constexpr libc_function(const char *name) noexcept : name_(name) {}
  F *operator()() noexcept {
    void *p = found_.load(std::memory_order_relaxed);
    if (!p) [[unlikely]] {
      p = find_in_libc(name_);
      found_.store(p, std::memory_order_relaxed);
    }
    return reinterpret_cast<F *>(p);
  }

private:
  const char *name_;
  std::atomic<void *> found_{nullptr};
};

/// LIBC(clock_gettime)(CLOCK_REALTIME, &t)
#if HANDRAIL_WRAP
#define LIBC(name) ::name
#else
#define LIBC(name)                                                                                 \
  ([]() noexcept {                                                                                 \
    static constinit ::handrail::preload::libc_function<decltype(::name)> function{#name};         \
    return function();                                                                             \
  }())
#endif

} // namespace handrail::preload

#endif
