//===- core.h - what every hook needs ---------------------------*- C++ -*-===//
//
// A hook is a function that stands before one of libc: it calls the original and
// writes down what happened. Rules for all of them:
//
//  - they may run at any time: before any constructor, in signal handlers, in a child
//    of vfork, inside dlopen, in several threads;
//  - hence no memory is allocated, no lock is taken, nothing of the C++ library is
//    linked, and tables are changed by single atomic operations;
//  - nothing that the program can see changes: results, errno, what is written where.
//
// All that is kept lies in the region (region.h), which outlives the process.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_PRELOAD_CORE_H
#define HANDRAIL_PRELOAD_CORE_H

#include "region.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace handrail::preload {

using region::kind;
using region::record;
using region::rule;

// Settings, read once from the environment (settings.cpp).

struct settings {
  int level = 2;
  std::uint32_t depth = 24;   ///< frames kept of a stack
  bool follow = true;         ///< children are traced too
  bool fresh_numbers = false; ///< misuse amplifier: numbers of descriptors are not used again
  std::uint32_t fail_acquire = 0, fail_release = 0; ///< the k-th one fails
  const char *directory = nullptr;                  ///< of the regions
  const char *library_path = nullptr;               ///< what the loader read when it began
};
extern constinit settings options;

// The region (region.cpp).

/// Its first byte, null before the start and after a failure.
extern constinit std::atomic<char *> base;
/// The base, after starting when that has not happened yet; null when it cannot.
char *started() noexcept;
inline region::header &header() noexcept {
  return *reinterpret_cast<region::header *>(base.load(std::memory_order_relaxed));
}
template <class T> T *section(std::size_t at) noexcept {
  return reinterpret_cast<T *>(base.load(std::memory_order_relaxed) + at);
}
/// Makes sure that memory stands behind a part of the region, once for each part. A full
/// disk would otherwise end the program at the first write.
bool usable(std::size_t at, std::size_t size) noexcept;
void count_lost() noexcept;
/// Milliseconds since the start, to some milliseconds.
std::uint32_t now() noexcept;
/// A copy of a text in the part that is used round, or in the one that is kept.
std::uint32_t remember(const char *text) noexcept;
std::uint32_t keep(const char *text, std::size_t size) noexcept;

// Threads (stack.cpp).

/// What a thread knows of itself. Static storage of the initial kind: no call, no
/// allocation at the first use.
struct thread_state {
  std::uint32_t id = 0;
  std::uintptr_t stack_low = 0, stack_high = 0; ///< 0 when unknown
  std::int32_t vfork_parent = 0; ///< process that called vfork here and may not have returned
  std::uint32_t test = 0;        ///< name of the test that runs here
  std::uint32_t ring = 0;        ///< its ring, from 1

  /// A run of close calls from one place over adjacent numbers: closing all there are.
  const void *sweep_at = nullptr;
  int sweep_last = 0;
  bool sweep_blind = false; ///< it met a number that nobody had opened
  std::uint32_t sweep_count = 0;
  std::uint32_t sweep_said[8] = {}; ///< misuses that were told before it was known for a sweep
};
extern thread_local constinit thread_state self __attribute__((tls_model("initial-exec")));
std::uint32_t thread_id() noexcept;
/// Notes the bounds of the stack of the calling thread, which begins.
void begin_thread(std::size_t stack_size) noexcept;
/// As it is when a thread begins for which nobody said it. At most what glibc takes, so
/// that no stack beside it is taken for a part of it.
std::size_t default_stack_size() noexcept;
void begin_main_thread() noexcept;

// One call of a hooked function.

/// The library itself, whose own calls are no business of the program's.
struct code_range {
  const void *begin = nullptr, *end = nullptr;
};
extern constinit code_range own_code;

class hook {
public:
  hook(void *pc, void *frame, const char *call) noexcept;
  hook(const hook &) = delete;
  hook &operator=(const hook &) = delete;
  ~hook() {
    if (active_)
      errno = errno_;
  }
  /// Whether the call is to be written down. Not in a child of vfork, and not for what
  /// this library calls itself.
  explicit operator bool() const noexcept { return active_; }
  /// After the original: its errno is the one that the caller will see.
  void returned() noexcept { errno_ = errno; }
  int error() const noexcept { return errno_; }
  void set_error(int e) noexcept { errno_ = e; }
  /// The stack of the call, kept in the depot.
  std::uint32_t stack() noexcept {
    if (!stack_)
      stack_ = capture();
    return stack_;
  }
  /// The same of a call that opened a handle, which is noted with the stack.
  std::uint32_t opener(kind k) noexcept;
  const char *call() const noexcept { return call_; }
  const void *pc() const noexcept { return pc_; }

private:
  std::uint32_t capture() noexcept;

  void *pc_, *frame_;
  const char *call_;
  std::uint32_t stack_ = 0;
  int errno_ = 0;
  bool active_ = false;
};
#define HERE(name)                                                                                 \
  ::handrail::preload::hook here(__builtin_return_address(0), __builtin_frame_address(0), #name)

// Descriptors (descriptors.cpp).

/// A descriptor that the call made. The name is copied, and may be null.
void opened(hook &here, int fd, kind k, const char *name = nullptr) noexcept;
/// Ends the life of a descriptor: marks it before the original is called, because the
/// number may be somebody else's when that returns.
class closing {
public:
  closing(hook &here, int fd) noexcept;
  /// \p failed: the original returned an error, which is hook::error().
  void done(bool failed) noexcept;

private:
  hook &here_;
  int fd_;
  std::uint64_t before_ = 0; ///< the record's word; 0 when there was none
};
/// Closed by something that cannot fail, like fclose or dup2 onto it.
void closed(hook &here, int fd) noexcept;
/// All numbers of a range are closed.
void closed_range(hook &here, unsigned first, unsigned last) noexcept;
/// The call found that the number is no open descriptor.
void refused(hook &here, int fd) noexcept;
/// Who closes this descriptor: an object (its kind and address), or, with kind::none, a
/// tag of the program's.
void owned(int fd, kind by, std::uintptr_t owner) noexcept;
void disowned(int fd) noexcept;
record *descriptor(int fd) noexcept; ///< null when there is no room
/// How the misuse amplifier changes a new number.
int renumbered(hook &here, int fd) noexcept;

// Objects (objects.cpp).

void opened(hook &here, kind k, const void *object, std::uint64_t extra = 0,
            const char *name = nullptr) noexcept;
/// Ends an object. Tells a double close, and one that another function would have to do.
/// False when that is so.
bool closed(hook &here, kind k, const void *object) noexcept;
/// The same without judging.
void forget(hook &here, kind k, const void *object) noexcept;
/// Reopens what was closed by a call that failed.
void reopened(kind k, const void *object) noexcept;
/// The object's record: of one that is open, or the last one that was. Null if unknown.
record *find(kind k, const void *object) noexcept;
void mapped(hook &here, const void *address, std::size_t size) noexcept;
void unmapped(hook &here, const void *address, std::size_t size) noexcept;

// Misuses (misuse.cpp).

struct wrong {
  rule what = rule::none;
  kind handle = kind::none, owner = kind::none;
  std::uint64_t value = 0;
  std::uint32_t opened = 0, closed = 0, owner_opened = 0;
  std::uint32_t opened_by = 0, closed_by = 0, name = 0;
};
/// The number of the misuse, 0 when there was no room.
std::uint32_t misused(hook &here, const wrong &w) noexcept;
void take_back(std::uint32_t misuse) noexcept;
/// Those of one rule that this call told.
void take_back(hook &here, rule what) noexcept;
/// Who had the number before this life of it; the end of that life is remembered here.
void buried(std::uint32_t fd, const record &r) noexcept;
const region::death *previous_life(std::uint32_t fd, std::uint32_t generation) noexcept;
/// Level 3.
void happened(hook &here, std::uint8_t what, kind k, std::uint64_t value) noexcept;

// The process (process.cpp).

/// Compares the tables with what the kernel says, and asks it for names.
void reconcile() noexcept;
void note_modules() noexcept;
/// The process ends here, with this library still able to look.
void ended(region::state how, int status) noexcept;
bool is_vfork_child() noexcept;
/// Begins anew in a child of fork.
void in_child() noexcept;
void before_exec(hook &here) noexcept;
void failed_exec(hook &here) noexcept;

} // namespace handrail::preload

#endif
