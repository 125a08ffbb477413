// Descriptors: one record for each number.
#include "core.h"
#include "system.h"

#include <fcntl.h>

namespace handrail::preload {

namespace {

constexpr std::uint64_t generation = std::uint64_t(1) << region::generation_shift;
constexpr std::uint64_t generations = ~(generation - 1);

constexpr std::uint64_t next_life(std::uint64_t before, kind k) noexcept {
  return ((before & generations) + generation) | region::is_open |
         static_cast<std::uint64_t>(k) << region::kind_shift;
}

void raise_highest(int fd) noexcept {
  std::atomic<std::uint32_t> &highest = header().descriptors;
  const auto wanted = static_cast<std::uint32_t>(fd) + 1;
  std::uint32_t n = highest.load(std::memory_order_relaxed);
  while (n < wanted && !highest.compare_exchange_weak(n, wanted, std::memory_order_relaxed))
    ;
}

/// The end of a life, before the record says so.
void write_end(hook &here, record &r) noexcept {
  r.closed = here.stack();
  r.closed_by = thread_id();
}

wrong story(rule what, int fd, const record &r, std::uint64_t word) noexcept {
  wrong w;
  w.what = what;
  w.handle = region::kind_of(word);
  w.value = static_cast<std::uint64_t>(fd);
  w.opened = r.opened;
  w.closed = word & region::is_open ? 0 : r.closed;
  w.opened_by = r.opened_by;
  w.closed_by = word & region::is_open ? 0 : r.closed_by;
  w.name = r.name;
  return w;
}

// Closing all the numbers there are, in a loop, is no misuse, whatever it meets. It is
// known by its second call at the earliest, and for sure only when it meets a number
// that nobody opened: what was told until then is taken back.

constexpr std::uint32_t long_sweep = 16;

/// Whether the call goes on with a sweep that is known for one.
bool sweeps(hook &here, int fd) noexcept {
  const bool goes_on =
      self.sweep_at == here.pc() && (fd == self.sweep_last + 1 || fd == self.sweep_last - 1);
  if (!goes_on) {
    self.sweep_at = here.pc();
    self.sweep_blind = false;
    self.sweep_count = 0;
    for (std::uint32_t &said : self.sweep_said)
      said = 0;
  }
  self.sweep_last = fd;
  ++self.sweep_count;
  return self.sweep_count > 1 && (self.sweep_blind || self.sweep_count >= long_sweep);
}

void take_back_sweep() noexcept {
  for (std::uint32_t &said : self.sweep_said)
    if (said) {
      take_back(said);
      said = 0;
    }
}

void tell(hook &here, const wrong &w) noexcept {
  const std::uint32_t number = misused(here, w);
  for (std::uint32_t &said : self.sweep_said)
    if (!said) {
      said = number;
      return;
    }
}

} // namespace

record *descriptor(int fd) noexcept {
  const auto n = static_cast<std::size_t>(fd);
  if (fd < 0 || n >= region::descriptor_count)
    return nullptr;
  const std::size_t at = region::descriptors_at + n * sizeof(record);
  return usable(at, sizeof(record)) ? section<record>(at) : nullptr;
}

void opened(hook &here, int fd, kind k, const char *name) noexcept {
  record *r = descriptor(fd);
  if (!r)
    return;
  raise_highest(fd);
  const std::uint64_t before = r->word.load(std::memory_order_relaxed);
  r->opened = here.opener(k);
  r->closed = 0;
  r->opened_by = thread_id();
  r->closed_by = self.test;
  r->opened_at = now();
  r->name = remember(name);
  r->key.store(0, std::memory_order_relaxed);
  r->extra.store(0, std::memory_order_relaxed);
  r->word.store(next_life(before, k), std::memory_order_release);
  if (options.level > 2)
    happened(here, 1, k, static_cast<std::uint64_t>(fd));
}

closing::closing(hook &here, int fd) noexcept : here_(here), fd_(fd) {
  const bool sweeping = sweeps(here, fd);
  if (sweeping)
    take_back_sweep();
  record *r = descriptor(fd);
  if (!r)
    return;
  before_ = r->word.load(std::memory_order_acquire);
  if (!(before_ & region::is_open))
    return;
  if (const std::uint64_t owner = r->key.load(std::memory_order_relaxed);
      owner && !sweeping && !(before_ & region::is_inherited)) {
    wrong w = story(rule::wrong_owner, fd, *r, before_);
    if (!(before_ & region::has_tag)) {
      w.owner = static_cast<kind>(r->extra.load(std::memory_order_relaxed));
      if (const record *o = find(w.owner, reinterpret_cast<const void *>(owner)))
        w.owner_opened = o->opened;
    }
    tell(here, w);
  }
  write_end(here, *r);
  buried(static_cast<std::uint32_t>(fd), *r);
  // Marked before the number is free. The generation stays, so that a failure can tell
  // whether somebody else has it by then.
  r->word.compare_exchange_strong(before_,
                                  (before_ & ~std::uint64_t(region::is_open)) | region::is_closing,
                                  std::memory_order_acq_rel);
}

void closing::done(bool failed) noexcept {
  record *r = descriptor(fd_);
  if (!r)
    return;
  const bool was_open = before_ & region::is_open;
  const std::uint64_t marked = (before_ & ~std::uint64_t(region::is_open)) | region::is_closing;
  if (failed && here_.error() == EBADF) {
    if (was_open) { // closed by something that nobody saw
      std::uint64_t expected = marked;
      r->word.compare_exchange_strong(expected, marked & ~std::uint64_t(region::is_closing),
                                      std::memory_order_relaxed);
      return;
    }
    if (!(before_ & generations) || before_ & region::is_untraced) {
      self.sweep_blind = true;
      if (self.sweep_count > 1)
        take_back_sweep();
      return;
    }
    if (!(self.sweep_count > 1 && (self.sweep_blind || self.sweep_count >= long_sweep)))
      tell(here_, story(rule::double_close, fd_, *r, before_));
    return;
  }
  // Whatever else went wrong, the number is free: Linux closes it first of all.
  if (options.level > 2)
    happened(here_, 2, region::kind_of(before_), static_cast<std::uint64_t>(fd_));
  std::uint64_t expected = marked;
  if (was_open) // unless it has a new life
    r->word.compare_exchange_strong(expected, marked & ~std::uint64_t(region::is_closing),
                                    std::memory_order_release);
}

void closed(hook &here, int fd) noexcept {
  record *r = descriptor(fd);
  if (!r)
    return;
  std::uint64_t before = r->word.load(std::memory_order_acquire);
  if (!(before & region::is_open))
    return;
  write_end(here, *r);
  buried(static_cast<std::uint32_t>(fd), *r);
  if (r->word.compare_exchange_strong(before, before & ~std::uint64_t(region::is_open),
                                      std::memory_order_acq_rel) &&
      options.level > 2)
    happened(here, 2, region::kind_of(before), static_cast<std::uint64_t>(fd));
}

void closed_range(hook &here, unsigned first, unsigned last) noexcept {
  const std::uint32_t end = header().descriptors.load(std::memory_order_relaxed);
  for (std::uint32_t fd = first; fd <= last && fd < end; ++fd)
    closed(here, static_cast<int>(fd));
}

void refused(hook &here, int fd) noexcept {
  record *r = descriptor(fd);
  if (!r)
    return;
  const std::uint64_t word = r->word.load(std::memory_order_acquire);
  if (!(word & generations) || word & (region::is_open | region::is_closing))
    return;
  misused(here, story(rule::use_after_close, fd, *r, word));
}

void owned(int fd, kind by, std::uintptr_t owner) noexcept {
  record *r = descriptor(fd);
  if (!r)
    return;
  r->key.store(owner, std::memory_order_relaxed);
  r->extra.store(static_cast<std::uint64_t>(by), std::memory_order_relaxed);
  if (by == kind::none)
    r->word.fetch_or(region::has_tag, std::memory_order_relaxed);
  else
    r->word.fetch_and(~std::uint64_t(region::has_tag), std::memory_order_relaxed);
}

void disowned(int fd) noexcept {
  if (record *r = descriptor(fd)) {
    r->key.store(0, std::memory_order_relaxed);
    r->extra.store(0, std::memory_order_relaxed);
    r->word.fetch_and(~std::uint64_t(region::has_tag), std::memory_order_relaxed);
  }
}

int renumbered(hook &here, int fd) noexcept {
  static constinit std::atomic<int> next{64};
  // Programs count on getting 0, 1 and 2 after closing them.
  if (!options.fresh_numbers || fd <= 2)
    return fd;
  const int flags = sys::descriptor_flags(fd);
  const long fresh =
      ::syscall(SYS_fcntl, fd, flags & FD_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, next.load());
  if (fresh < 0) { // all used: from the beginning
    next.store(64);
    return fd;
  }
  next.store(static_cast<int>(fresh) + 1);
  sys::close(fd);
  here.set_error(0);
  return static_cast<int>(fresh);
}

} // namespace handrail::preload
