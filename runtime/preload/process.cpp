// The life of a process: start, fork, exec, end, and what the kernel knows better.
#include "core.h"
#include "start.h"
#include "system.h"

#include <arpa/inet.h>
#include <cstring>
#include <link.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

extern "C" int __cxa_atexit(void (*)(void *), void *, void *) noexcept;

namespace handrail::preload {

constinit code_range own_code;

namespace {

enum start_state : int { not_begun, beginning, done, given_up };
constinit std::atomic<int> state{not_begun};
constinit std::atomic<bool> over{false};

// Descriptors as the kernel has them.

struct linux_dirent64 {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[1]; ///< as long as it is
};

/// Calls f for every open descriptor of this process. Without /proc, or with no number
/// left to open it, those that were ever used are asked for one by one. Signal handlers
/// end processes, on small stacks.
template <class F> void for_each_open(F f) noexcept {
  const int list = sys::open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
  if (list < 0) {
    const std::uint32_t end = header().descriptors.load(std::memory_order_relaxed);
    for (std::uint32_t fd = 0; fd < end; ++fd)
      if (sys::descriptor_flags(static_cast<int>(fd)) >= 0)
        f(static_cast<int>(fd));
    return;
  }
  alignas(8) char buffer[1024];
  for (long n; (n = ::syscall(SYS_getdents64, list, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < n;) {
      const auto *entry = reinterpret_cast<const linux_dirent64 *>(buffer + at);
      at += entry->size;
      if (entry->name[0] < '0' || entry->name[0] > '9')
        continue;
      int fd = 0;
      for (const char *digit = entry->name; *digit; ++digit)
        fd = fd * 10 + (*digit - '0');
      if (fd != list)
        f(fd);
    }
  sys::close(list);
}

kind kind_by_name(const char *link) noexcept {
  const auto begins = [link](const char *with) {
    return std::strncmp(link, with, std::strlen(with)) == 0;
  };
  if (begins("socket:"))
    return kind::socket;
  if (begins("pipe:"))
    return kind::pipe;
  if (begins("anon_inode:[eventpoll]"))
    return kind::epoll;
  if (begins("anon_inode:[eventfd]"))
    return kind::eventfd;
  if (begins("anon_inode:[timerfd]"))
    return kind::timerfd;
  if (begins("anon_inode:[signalfd]"))
    return kind::signalfd;
  if (begins("anon_inode:inotify"))
    return kind::inotify;
  if (begins("anon_inode:[pidfd]"))
    return kind::pidfd;
  if (begins("/memfd:"))
    return kind::memfd;
  return begins("/") ? kind::file : kind::other_fd;
}

void link_of(int fd, char *out, std::size_t size) noexcept {
  char path[32] = "/proc/self/fd/";
  char *end = path + std::strlen(path);
  char digits[12];
  int count = 0;
  for (int n = fd; n || !count; n /= 10)
    digits[count++] = static_cast<char>('0' + n % 10);
  while (count)
    *end++ = digits[--count];
  *end = 0;
  const long n = ::syscall(SYS_readlinkat, AT_FDCWD, path, out, size - 1);
  out[n > 0 ? n : 0] = 0;
}

/// A text being written.
struct text {
  char *at, *end;
  void add(const char *s) noexcept {
    while (*s && at < end - 1)
      *at++ = *s++;
    *at = 0;
  }
  void add(unsigned n) noexcept {
    char digits[12];
    int count = 0;
    do
      digits[count++] = static_cast<char>('0' + n % 10);
    while (n /= 10);
    char one[2] = {};
    while (count) {
      one[0] = digits[--count];
      add(one);
    }
  }
  void add(const sockaddr_storage &a, socklen_t size) noexcept {
    char address[INET6_ADDRSTRLEN] = "";
    if (a.ss_family == AF_INET) {
      const auto &in = reinterpret_cast<const sockaddr_in &>(a);
      add(::inet_ntop(AF_INET, &in.sin_addr, address, sizeof address));
      add(":");
      add(ntohs(in.sin_port));
    } else if (a.ss_family == AF_INET6) {
      const auto &in = reinterpret_cast<const sockaddr_in6 &>(a);
      add("[");
      add(::inet_ntop(AF_INET6, &in.sin6_addr, address, sizeof address));
      add("]:");
      add(ntohs(in.sin6_port));
    } else if (a.ss_family == AF_UNIX) {
      const auto &un = reinterpret_cast<const sockaddr_un &>(a);
      const std::size_t header = offsetof(sockaddr_un, sun_path);
      if (size <= header)
        add("unnamed");
      else if (!un.sun_path[0])
        add("@"), add(un.sun_path + 1);
      else
        add(un.sun_path);
    }
  }
};

/// "tcp 127.0.0.1:80 -> 127.0.0.1:4711", for a socket whose link tells a number only.
void describe_socket(int fd, char *out, std::size_t size) noexcept {
  sockaddr_storage a{};
  socklen_t length = sizeof a;
  if (::syscall(SYS_getsockname, fd, &a, &length) != 0)
    return;
  int type = 0;
  socklen_t type_size = sizeof type;
  ::syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &type_size);
  if (a.ss_family != AF_INET && a.ss_family != AF_INET6 && a.ss_family != AF_UNIX)
    return;
  text t{out, out + size};
  t.add(a.ss_family == AF_UNIX ? "unix " : type == SOCK_DGRAM ? "udp " : "tcp ");
  t.add(a, length);
  length = sizeof a;
  if (::syscall(SYS_getpeername, fd, &a, &length) == 0) {
    t.add(" -> ");
    t.add(a, length);
  }
}

/// What the kernel has open at the start belongs to whoever started the process.
void note_inherited() noexcept {
  for_each_open([](int fd) {
    record *r = descriptor(fd);
    if (!r)
      return;
    char link[256];
    link_of(fd, link, sizeof link);
    std::uint64_t word = r->word.load(std::memory_order_relaxed);
    if (!(word >> region::generation_shift)) {
      r->name = remember(link);
      word = std::uint64_t(1) << region::generation_shift |
             static_cast<std::uint64_t>(kind_by_name(link)) << region::kind_shift;
    }
    r->word.store(word | region::is_open | region::is_inherited, std::memory_order_relaxed);
    auto &highest = header().descriptors;
    if (highest.load() < static_cast<std::uint32_t>(fd) + 1)
      highest.store(static_cast<std::uint32_t>(fd) + 1);
  });
}

void note_command() noexcept {
  const int fd = sys::open("/proc/self/cmdline", O_RDONLY);
  if (fd < 0)
    return;
  region::header &h = header();
  std::size_t size = 0;
  for (long n; size < sizeof h.command &&
               (n = sys::read(fd, h.command + size, sizeof h.command - size)) > 0;)
    size += static_cast<std::size_t>(n);
  h.command_size = static_cast<std::uint32_t>(size);
  sys::close(fd);
}

// fork: the child gets a region of its own.

/// Everything that is open was opened by the parent. What the region says of it may be
/// younger than the fork, because the parent went on while this child took its copy: the
/// kernel is asked.
void inherit() noexcept {
  const std::uint32_t highest = header().descriptors.load(std::memory_order_relaxed);
  for (std::uint32_t fd = 0; fd < highest; ++fd)
    if (record *r = descriptor(static_cast<int>(fd)))
      r->word.fetch_and(~std::uint64_t(region::is_open | region::is_closing),
                        std::memory_order_relaxed);
  note_inherited();
  std::size_t at = region::objects_at;
  for (std::size_t level = 0; level < 3; ++level) {
    const bool used = header().levels.load(std::memory_order_relaxed) >> level & 1;
    for (std::size_t i = 0; used && i < region::object_levels[level]; ++i) {
      record &r = *section<record>(at + i * sizeof(record));
      if (r.word.load(std::memory_order_relaxed) & region::is_open)
        r.word.fetch_or(region::is_inherited, std::memory_order_relaxed);
    }
    at += region::object_levels[level] * sizeof(record);
  }
}

} // namespace

void in_child() noexcept {
  if (!base.load(std::memory_order_relaxed))
    return;
  const int saved = errno;
  self.id = 0;
  self.ring = 0;
  self.vfork_parent = 0;
  over.store(false, std::memory_order_relaxed);
  if (options.follow)
    adopt_region();
  else
    give_up();
  if (base.load(std::memory_order_relaxed)) {
    inherit();
    note_command();
  }
  errno = saved;
}

namespace {

extern "C" int at_quick_exit(void (*)()) noexcept;

#if HANDRAIL_WRAP
bool is_preloaded() noexcept {
  return ::dl_iterate_phdr(
      [](dl_phdr_info *info, std::size_t, void *) {
        return int(info->dlpi_name && std::strstr(info->dlpi_name, "libhandrail_preload.so"));
      },
      nullptr);
}
#endif

bool begin() noexcept {
  read_settings();
#if HANDRAIL_WRAP
  if (is_preloaded())
    return false; // that one sees all that this one would
#endif
  if (options.level <= 0 || !make_region())
    return false;
  begin_main_thread();
  note_command();
  note_inherited();
  note_modules();
  // Without a library of its own it runs last, after every destructor of a library.
  LIBC(__cxa_atexit)([](void *) { ended(region::state::exited, -1); }, nullptr, nullptr);
  at_quick_exit([] { ended(region::state::exited, -1); });
  pthread_atfork(nullptr, nullptr, in_child);
  return true;
}

#if !HANDRAIL_WRAP
__attribute__((constructor)) void start() noexcept { started(); }
#endif

} // namespace

void give_up() noexcept {
  base.store(nullptr, std::memory_order_relaxed);
  state.store(given_up, std::memory_order_relaxed);
}

namespace {

void begin_once() noexcept {
  int expected = not_begun;
  if (!state.compare_exchange_strong(expected, beginning, std::memory_order_acq_rel))
    return; // given up, or this is a call of the start itself
  const int saved = errno;
  state.store(begin() ? done : given_up, std::memory_order_release);
  errno = saved;
}

} // namespace

char *started() noexcept {
#if !HANDRAIL_WRAP // there, a sanitizer's own start may come by here too early
  if (state.load(std::memory_order_acquire) == not_begun) [[unlikely]]
    begin_once();
#endif
  return state.load(std::memory_order_acquire) == done ? base.load(std::memory_order_relaxed)
                                                       : nullptr;
}

#if HANDRAIL_WRAP
/// Before every constructor, so that the report comes after every destructor.
extern "C" void handrail_wrap_start(int, char **, char **) { begin_once(); }
extern "C" __attribute__((section(".preinit_array"), used)) void (*const handrail_wrap_start_entry)(
    int, char **, char **) = handrail_wrap_start;
#endif

bool is_vfork_child() noexcept {
  if (sys::process() != self.vfork_parent)
    return true;
  self.vfork_parent = 0;
  return false;
}

// Modules.

namespace {

/// Null is the name of the program itself.
bool known_module(std::uint64_t begin, std::uint64_t bias, const char *name) noexcept {
  const auto *modules = section<region::module>(region::modules_at);
  const std::uint32_t count = header().modules.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count && i < region::module_count; ++i) {
    const region::module &m = modules[i];
    if (m.begin != begin || m.bias != bias || !m.name)
      continue;
    const char *known =
        section<char>(region::kept_at + (m.name & ~region::kept_name) + sizeof(region::name_head));
    if (!name || std::strcmp(known, name) == 0)
      return true;
  }
  return false;
}

void find_build_id(const dl_phdr_info &info, region::module &m) noexcept {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr) &p = info.dlpi_phdr[i];
    if (p.p_type != PT_NOTE)
      continue;
    const char *at = reinterpret_cast<const char *>(info.dlpi_addr + p.p_vaddr);
    const char *const end = at + p.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto &note = *reinterpret_cast<const ElfW(Nhdr) *>(at);
      const char *name = at + sizeof note;
      const char *bytes = name + (note.n_namesz + 3) / 4 * 4;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(name, "GNU", 4) == 0 && note.n_descsz <= sizeof m.build_id) {
        std::memcpy(m.build_id, bytes, note.n_descsz);
        m.build_id_size = static_cast<std::uint8_t>(note.n_descsz);
        return;
      }
      at = bytes + (note.n_descsz + 3) / 4 * 4;
    }
  }
}

int note_module(dl_phdr_info *info, std::size_t, void *) noexcept {
  std::uint64_t begin = ~std::uint64_t(0), end = 0;
  [[maybe_unused]] bool is_this = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &p = info->dlpi_phdr[i];
    if (p.p_type != PT_LOAD)
      continue;
    const std::uint64_t from = info->dlpi_addr + p.p_vaddr, to = from + p.p_memsz;
    begin = from < begin ? from : begin;
    end = to > end ? to : end;
    const auto code = reinterpret_cast<std::uintptr_t>(&note_module);
    is_this |= p.p_flags & PF_X && code >= from && code < to;
  }
  if (begin >= end)
    return 0;
#if !HANDRAIL_WRAP
  if (is_this)
    own_code = {reinterpret_cast<const void *>(begin), reinterpret_cast<const void *>(end)};
#endif
  char program[1024];
  const char *name = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : nullptr;
  if (known_module(begin, info->dlpi_addr, name))
    return 0;
  if (!name) {
    const long n =
        ::syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    name = program;
  }
  const std::uint32_t at = header().modules.fetch_add(1, std::memory_order_acq_rel);
  if (at >= region::module_count ||
      !usable(region::modules_at + at * sizeof(region::module), sizeof(region::module))) {
    count_lost();
    return 0;
  }
  region::module &m = section<region::module>(region::modules_at)[at];
  m.begin = begin;
  m.end = end;
  m.bias = info->dlpi_addr;
  find_build_id(*info, m);
  m.loaded = 1;
  m.name = keep(name, std::strlen(name));
  return 0;
}

} // namespace

void note_modules() noexcept { LIBC(dl_iterate_phdr)(note_module, nullptr); }

// The end.

void reconcile() noexcept {
  static constinit std::atomic<bool> busy{false};
  if (busy.exchange(true, std::memory_order_acquire))
    return; // another thread is at it
  region::header &h = header();
  h.pointees.store(0, std::memory_order_release);
  std::uint32_t count = 0;
  static constinit std::atomic<std::uint64_t> seen[region::descriptor_count / 64] = {};
  for (auto &word : seen)
    if (word.load(std::memory_order_relaxed))
      word.store(0, std::memory_order_relaxed);
  for_each_open([&](int fd) {
    record *r = descriptor(fd);
    if (!r)
      return;
    seen[fd / 64].fetch_or(std::uint64_t(1) << fd % 64, std::memory_order_relaxed);
    char link[512];
    link_of(fd, link, sizeof link);
    const kind k = kind_by_name(link);
    if (k == kind::socket)
      describe_socket(fd, link, sizeof link);
    std::uint64_t word = r->word.load(std::memory_order_acquire);
    if (!(word & (region::is_open | region::is_closing))) {
      r->opened = r->closed = r->opened_by = r->closed_by = r->name = 0;
      r->word.compare_exchange_strong(
          word, ((word >> region::generation_shift) + 1) << region::generation_shift |
                    region::is_open | region::is_untraced |
                    static_cast<std::uint64_t>(k) << region::kind_shift);
    }
    if (h.descriptors.load(std::memory_order_relaxed) < static_cast<std::uint32_t>(fd) + 1)
      h.descriptors.store(static_cast<std::uint32_t>(fd) + 1, std::memory_order_relaxed);
    if (count < region::pointee_count &&
        usable(region::pointees_at + count * sizeof(region::pointee), sizeof(region::pointee))) {
      section<region::pointee>(region::pointees_at)[count] = {static_cast<std::uint32_t>(fd),
                                                              keep(link, std::strlen(link))};
      h.pointees.store(++count, std::memory_order_release);
    }
  });
  // Closed by something that nobody saw.
  const std::uint32_t end = h.descriptors.load(std::memory_order_relaxed);
  for (std::uint32_t fd = 0; fd < end; ++fd)
    if (!(seen[fd / 64].load(std::memory_order_relaxed) >> fd % 64 & 1))
      if (record *r = descriptor(static_cast<int>(fd)))
        r->word.fetch_and(~std::uint64_t(region::is_open), std::memory_order_relaxed);
  busy.store(false, std::memory_order_release);
}

namespace {

/// Whether anything is open that this process opened, or was misused.
bool has_something_to_tell() noexcept {
  const region::header &h = header();
  if (h.told.load(std::memory_order_relaxed) || h.lost.load(std::memory_order_relaxed))
    return true;
  const auto is_own = [](const record *r) {
    const std::uint64_t word = r ? r->word.load(std::memory_order_relaxed) : 0;
    return word & region::is_open && !(word & region::is_inherited);
  };
  const std::uint32_t end = h.descriptors.load(std::memory_order_relaxed);
  for (std::uint32_t fd = 3; fd < end; ++fd)
    if (is_own(descriptor(static_cast<int>(fd))))
      return true;
  std::size_t at = region::objects_at;
  for (std::size_t level = 0; level < 3; ++level) {
    const bool used = h.levels.load(std::memory_order_relaxed) >> level & 1;
    for (std::size_t i = 0; used && i < region::object_levels[level]; ++i)
      if (is_own(section<record>(at + i * sizeof(record))))
        return true;
    at += region::object_levels[level] * sizeof(record);
  }
  return false;
}

} // namespace

void ended(region::state how, int status) noexcept {
  if (!base.load(std::memory_order_relaxed) || (self.vfork_parent && is_vfork_child()))
    return;
  if (over.exchange(true, std::memory_order_acq_rel))
    return;
  const int saved = errno;
  note_modules();
  reconcile();
  region::header &h = header();
  h.status = status;
  h.ended = static_cast<std::int64_t>(sys::nanoseconds(CLOCK_REALTIME) / 1'000'000);
  h.state.store(static_cast<std::uint32_t>(how), std::memory_order_release);
  // A server may fork a hundred thousand children, of a megabyte each.
  if (h.forked && how == region::state::exited && options.level < 3 && !has_something_to_tell())
    remove_file();
  if (!options.directory && how == region::state::exited)
    print_summary();
  errno = saved;
}

// exec: the process goes on as another program, and this one cannot look any more.

void before_exec(hook &here) noexcept {
  region::header &h = header();
  const std::uint32_t end = h.descriptors.load(std::memory_order_relaxed);
  for (std::uint32_t fd = 3; fd < end; ++fd) {
    record *r = descriptor(static_cast<int>(fd));
    const std::uint64_t word = r ? r->word.load(std::memory_order_acquire) : 0;
    if (!(word & region::is_open) || word & region::is_untraced || !r->opened)
      continue;
    const int flags = sys::descriptor_flags(static_cast<int>(fd));
    if (flags < 0 || flags & FD_CLOEXEC)
      continue;
    wrong w;
    w.what = rule::leak_on_exec;
    w.handle = region::kind_of(word);
    w.value = fd;
    w.opened = r->opened;
    w.opened_by = r->opened_by;
    w.name = r->name;
    misused(here, w);
  }
  // What this program had open is the next one's, or is closed.
  if (static_cast<std::uint32_t>(sys::process()) == h.pid) {
    h.ended = static_cast<std::int64_t>(sys::nanoseconds(CLOCK_REALTIME) / 1'000'000);
    h.state.store(static_cast<std::uint32_t>(region::state::execed), std::memory_order_release);
  }
}

void failed_exec(hook &here) noexcept {
  take_back(here, rule::leak_on_exec);
  if (static_cast<std::uint32_t>(sys::process()) == header().pid)
    header().state.store(static_cast<std::uint32_t>(region::state::running),
                         std::memory_order_release);
}

} // namespace handrail::preload
