//===- system.h - system calls that no hook sees ----------------*- C++ -*-===//
#ifndef HANDRAIL_PRELOAD_SYSTEM_H
#define HANDRAIL_PRELOAD_SYSTEM_H

#include "libc.h"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace handrail::preload::sys {

inline int open(const char *path, int flags, int mode = 0) noexcept {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode));
}
inline void close(int fd) noexcept { ::syscall(SYS_close, fd); }
inline long read(int fd, void *to, std::size_t n) noexcept {
  return ::syscall(SYS_read, fd, to, n);
}
inline long write(int fd, const void *from, std::size_t n) noexcept {
  return ::syscall(SYS_write, fd, from, n);
}
inline int truncate(int fd, std::size_t size) noexcept {
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
inline long pwrite(int fd, const void *from, std::size_t n, std::size_t at) noexcept {
  return ::syscall(SYS_pwrite64, fd, from, n, at);
}
inline void *map(void *where, std::size_t size, int flags, int fd) noexcept {
  const long p = ::syscall(SYS_mmap, where, size, PROT_READ | PROT_WRITE, flags, fd, 0L);
  return p == -1 ? nullptr : reinterpret_cast<void *>(p);
}
inline int descriptor_flags(int fd) noexcept {
  return static_cast<int>(::syscall(SYS_fcntl, fd, F_GETFD));
}
inline int process() noexcept { return static_cast<int>(::syscall(SYS_getpid)); }
inline int parent() noexcept { return static_cast<int>(::syscall(SYS_getppid)); }
inline std::uint32_t thread() noexcept { return static_cast<std::uint32_t>(::syscall(SYS_gettid)); }
inline std::uint64_t nanoseconds(clockid_t clock) noexcept {
  timespec t{};
  LIBC(clock_gettime)(clock, &t); // through the vDSO
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(t.tv_nsec);
}

} // namespace handrail::preload::sys

#endif
