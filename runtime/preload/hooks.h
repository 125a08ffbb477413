//===- hooks.h - how a function is put before another -----------*- C++ -*-===//
//
//   HOOKED(int, close, int fd) {
//     HERE(close);
//     …
//     return REAL(close)(fd);
//   }
//
// defines close() for everything that is linked dynamically, or, in the library for
// static programs (-Wl,--wrap=close), __wrap_close. The function has a name of its own
// in C++, so that what <unistd.h> says of close() is not in the way.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_PRELOAD_HOOKS_H
#define HANDRAIL_PRELOAD_HOOKS_H

#include "core.h"

#if HANDRAIL_WRAP
#define HOOKED(result, name, ...)                                                                  \
  extern "C" result real_##name(__VA_ARGS__) asm("__real_" #name);                                 \
  extern "C" result hook_##name(__VA_ARGS__) asm("__wrap_" #name);                                 \
  extern "C" __attribute__((noinline)) result hook_##name(__VA_ARGS__)
#define REAL(name) real_##name
#else
#include <dlfcn.h>
namespace handrail::preload {
/// The next definition of a function behind this library's.
template <class F> class original {
public:
  explicit constexpr original(const char *name) noexcept : name_(name) {}
  F *operator()() noexcept {
    void *p = found_.load(std::memory_order_relaxed);
    if (!p) [[unlikely]] {
      p = dlsym(RTLD_NEXT, name_);
      found_.store(p, std::memory_order_relaxed);
    }
    return reinterpret_cast<F *>(p);
  }

private:
  const char *name_;
  std::atomic<void *> found_{nullptr};
};
} // namespace handrail::preload
#define HOOKED(result, name, ...)                                                                  \
  [[maybe_unused]] static constinit ::handrail::preload::original<result(__VA_ARGS__)>             \
      real_##name{#name};                                                                          \
  extern "C" __attribute__((visibility("default"))) result hook_##name(__VA_ARGS__) asm(#name);    \
  extern "C" __attribute__((noinline)) result hook_##name(__VA_ARGS__)
#define REAL(name) real_##name()
#endif

#endif
