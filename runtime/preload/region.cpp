// The region: a sparse file that is mapped, or memory when there is no place for a file.
#include "core.h"
#include "start.h"
#include "system.h"

#include <cstring>
#include <sys/resource.h>

namespace handrail::preload {

constinit std::atomic<char *> base{nullptr};

namespace {

/// Parts of the region that have memory behind them, a bit each.
constexpr std::size_t part = std::size_t(1) << 16;
constexpr std::size_t part_count = region::file_size / part + 1;
constinit std::atomic<std::uint64_t> parts[(part_count + 63) / 64] = {};
/// Not in a file: a forked child has a copy of its own anyway.
constinit bool in_memory = false;

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

bool make_usable(std::size_t index) noexcept {
  char *const from = base.load(std::memory_order_relaxed) + index * part;
  const std::size_t at = index * part;
  const std::size_t size = at + part > region::file_size ? region::file_size - at : part;
  const int saved = errno; // an original may be called after this
  const bool failed = ::syscall(SYS_madvise, from, size, MADV_POPULATE_WRITE) != 0;
  // An older kernel does not know the call: a full disk is then not foreseen.
  const bool full = failed && errno != EINVAL;
  errno = saved;
  if (full)
    return false;
  parts[index / 64].fetch_or(std::uint64_t(1) << index % 64, std::memory_order_relaxed);
  return true;
}

char *number_text(char *out, unsigned long n) noexcept {
  char digits[24];
  int count = 0;
  do
    digits[count++] = static_cast<char>('0' + n % 10);
  while (n /= 10);
  while (count)
    *out++ = digits[--count];
  *out = 0;
  return out;
}

constinit char file_path[4096] = "";

/// An empty file of its own for this process, or -1.
int make_file() noexcept {
  if (!options.directory || !*options.directory)
    return -1;
  const std::size_t length = std::strlen(options.directory);
  char *const path = file_path;
  if (length > sizeof file_path - 64)
    return -1;
  std::memcpy(path, options.directory, length);
  path[length] = '/';
  char *end = number_text(path + length + 1, static_cast<unsigned long>(sys::process()));
  *end++ = '.';
  for (unsigned long attempt = 0; attempt < 10000; ++attempt) {
    char *suffix = number_text(end, attempt);
    std::memcpy(suffix, ".ledger", sizeof ".ledger");
    const int fd = sys::open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 && errno == EEXIST)
      continue; // the number was used before: an exec
    if (fd >= 0 && sys::truncate(fd, region::file_size) != 0) {
      ::syscall(SYS_unlinkat, AT_FDCWD, path, 0);
      sys::close(fd);
      return -1;
    }
    return fd;
  }
  return -1;
}

void fill_header(bool forked) noexcept {
  region::header &h = header();
  std::memcpy(h.magic, region::magic, sizeof h.magic);
  h.version = region::version;
  h.size = region::file_size;
  h.level = static_cast<std::uint32_t>(options.level);
  h.pid = static_cast<std::uint32_t>(sys::process());
  h.parent = static_cast<std::uint32_t>(sys::parent());
  h.state.store(static_cast<std::uint32_t>(region::state::running), std::memory_order_relaxed);
  h.status = -1;
  h.forked = forked;
  h.started = static_cast<std::int64_t>(sys::nanoseconds(CLOCK_REALTIME) / 1'000'000);
  h.started_ns = sys::nanoseconds(CLOCK_MONOTONIC_COARSE);
}

} // namespace

bool usable(std::size_t at, std::size_t size) noexcept {
  for (std::size_t i = at / part; i <= (at + size - 1) / part; ++i)
    if (!(parts[i / 64].load(std::memory_order_relaxed) >> i % 64 & 1)) [[unlikely]]
      if (!make_usable(i)) {
        count_lost();
        return false;
      }
  return true;
}

void count_lost() noexcept { header().lost.fetch_add(1, std::memory_order_relaxed); }

std::uint32_t now() noexcept {
  return static_cast<std::uint32_t>(
      (sys::nanoseconds(CLOCK_MONOTONIC_COARSE) - header().started_ns) / 1'000'000);
}

bool make_region() noexcept {
  // Of a process whose addresses are counted, the program gets them.
  rlimit limit{};
  if (::syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, &limit) == 0 &&
      limit.rlim_cur / 8 < region::file_size)
    return false;
  const int fd = make_file();
  void *p = fd < 0 ? nullptr : sys::map(nullptr, region::file_size, MAP_SHARED | MAP_NORESERVE, fd);
  if (fd >= 0)
    sys::close(fd);
  in_memory = !p;
  if (in_memory)
    p = sys::map(nullptr, region::file_size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (!p)
    return false;
  base.store(static_cast<char *>(p), std::memory_order_relaxed);
  if (!make_usable(0)) {
    base.store(nullptr, std::memory_order_relaxed);
    ::syscall(SYS_munmap, p, region::file_size);
    return false;
  }
  fill_header(false);
  return true;
}

namespace {

/// Copies a part of the region into the file of a forked child.
void copy_part(int fd, std::size_t at, std::size_t size) noexcept {
  const char *from = base.load(std::memory_order_relaxed) + at;
  while (size) {
    const long n = sys::pwrite(fd, from, size, at);
    if (n <= 0)
      return;
    from += n;
    at += static_cast<std::size_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

/// The parent goes on writing meanwhile. So what refers to something is copied before it,
/// and the header, which says how much is used, comes last.
void copy_used(int fd) noexcept {
  const region::header &h = header();
  copy_part(fd, region::descriptors_at,
            h.descriptors.load(std::memory_order_relaxed) * sizeof(record));
  std::size_t at = region::objects_at;
  for (int level = 0; level < 3; ++level) {
    const std::size_t size = region::object_levels[level] * sizeof(record);
    if (h.levels.load(std::memory_order_relaxed) >> level & 1)
      copy_part(fd, at, size);
    at += size;
  }
  copy_part(fd, region::buckets_at, region::depot_buckets * sizeof(std::uint32_t));
  copy_part(fd, region::depot_at, h.depot_used.load(std::memory_order_relaxed) * 8ul);
  const std::size_t names = h.names_used.load(std::memory_order_relaxed);
  copy_part(fd, region::names_at, names > region::name_bytes ? region::name_bytes : names);
  copy_part(fd, region::kept_at, h.kept_used.load(std::memory_order_relaxed));
  copy_part(fd, 0, region::misuses_at);
}

/// Puts a file of the child's own where the parent's is mapped.
bool move_to_own_file() noexcept {
  const int fd = make_file();
  if (fd < 0)
    return false;
  copy_used(fd);
  const void *p = sys::map(base.load(std::memory_order_relaxed), region::file_size,
                           MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd);
  sys::close(fd);
  for (auto &word : parts)
    word.store(0, std::memory_order_relaxed);
  return p && make_usable(0);
}

} // namespace

void adopt_region() noexcept {
  if (!in_memory && !move_to_own_file()) {
    give_up(); // the child is not traced, and its parent's region is left alone
    return;
  }
  region::header &h = header();
  fill_header(true);
  h.pointees.store(0, std::memory_order_relaxed);
  h.deaths.store(0, std::memory_order_relaxed);
  h.lost.store(0, std::memory_order_relaxed);
  h.told.store(0, std::memory_order_relaxed);
}

void remove_file() noexcept {
  if (!in_memory)
    ::syscall(SYS_unlinkat, AT_FDCWD, file_path, 0);
}

std::uint32_t remember(const char *text) noexcept {
  if (!text)
    return 0;
  std::size_t size = std::strlen(text);
  if (size > 1000) { // the end of a path says more
    text += size - 1000;
    size = 1000;
  }
  const auto whole = static_cast<std::uint32_t>((sizeof(region::name_head) + size + 8) / 8 * 8);
  std::atomic<std::uint32_t> &used = header().names_used;
  std::uint32_t at = used.load(std::memory_order_relaxed), from;
  do {
    from = at;
    if (from % region::name_bytes + whole > region::name_bytes)
      from += static_cast<std::uint32_t>(region::name_bytes - from % region::name_bytes);
    from &= region::kept_name - 1;
    if (!from)
      from = 8;
  } while (!used.compare_exchange_weak(at, (from + whole) & (region::kept_name - 1),
                                       std::memory_order_relaxed));
  const std::size_t place = region::names_at + from % region::name_bytes;
  if (!usable(place, whole))
    return 0;
  char *p = section<char>(place);
  const region::name_head head{from, static_cast<std::uint32_t>(size)};
  std::memcpy(p, &head, sizeof head);
  std::memcpy(p + sizeof head, text, size);
  p[sizeof head + size] = 0;
  return from;
}

std::uint32_t keep(const char *text, std::size_t size) noexcept {
  const auto whole = static_cast<std::uint32_t>((sizeof(region::name_head) + size + 8) / 8 * 8);
  std::uint32_t at = header().kept_used.load(std::memory_order_relaxed);
  do {
    if (at + whole > region::kept_bytes)
      return 0;
  } while (!header().kept_used.compare_exchange_weak(at, at + whole, std::memory_order_relaxed));
  if (!usable(region::kept_at + at, whole))
    return 0;
  char *p = section<char>(region::kept_at + at);
  const region::name_head head{at | region::kept_name, static_cast<std::uint32_t>(size)};
  std::memcpy(p, &head, sizeof head);
  std::memcpy(p + sizeof head, text, size);
  p[sizeof head + size] = 0;
  return head.self;
}

} // namespace handrail::preload
