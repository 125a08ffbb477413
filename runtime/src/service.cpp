// The thread behind reports on a signal, snapshots, and growth.
#include "service.h"

#include "clock.h"
#include "report.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace handrail::detail {

namespace {

/// Milliseconds; 0: not at all.
struct timer {
  std::atomic<std::uint64_t> period{0};
  std::uint64_t due = 0; ///< of the thread alone

  bool rings(std::uint64_t now) noexcept {
    const std::uint64_t every = period.load(std::memory_order_relaxed);
    if (every == 0 || now < due)
      return false;
    due = now + every;
    return true;
  }
};

/// Never destroyed. The paths are set once, before anything else runs.
struct service {
  std::mutex mutex;   ///< guards starting
  std::mutex writing; ///< one file at a time
  bool running = false;
  bool ended = false; ///< the last document has been written; under `writing`
  int process = 0;    ///< that read the environment
  std::string report_path, snapshot_path;
  int signal = 0;
  timer growth, snapshot;
};
service &all() noexcept {
  static service *const s = new service;
  return *s;
}

/// Wakes the thread; -1 where there is none. Read by a signal handler.
constinit std::atomic<int> wake_up{-1};
constinit int wait_on = -1;

constexpr std::uint64_t usual_period = 100;
enum : char { look_again = 'l', report_now = 'r' };

void wake(char why) noexcept {
  if (const int fd = wake_up.load(std::memory_order_relaxed); fd >= 0)
    (void)!::write(fd, &why, 1);
}

void on_signal(int) {
  const int before = errno;
  wake(report_now);
  errno = before;
}

/// A file without %p in its name belongs to the process that began, not to its children.
bool is_ours(const std::string &path) noexcept {
  return !path.empty() && (path.find("%p") != std::string::npos || all().process == ::getpid());
}

/// An object that does not want to tell its name, or no memory to write it down.
std::string document_without_throwing(names n, moment when) {
  try {
    return document(n, when);
  } catch (...) {
    return n == names::ask ? document(names::leave_out, when) : std::string();
  }
}

void write_document(const std::string &path, names n, moment when = moment::any) noexcept {
  if (!is_ours(path))
    return;
  try {
    const std::string text = document_without_throwing(n, when);
    std::lock_guard lock(all().writing);
    all().ended |= when == moment::exit;
    if (!text.empty() && (when == moment::exit || !all().ended))
      (void)write_file(path_for_this_process(path), text);
  } catch (const std::bad_alloc &) {
  }
}

void report_on_signal() noexcept {
  if (!all().report_path.empty())
    return write_document(all().report_path, names::leave_out);
  try {
    const auto groups = open_groups(names::leave_out);
    (void)write_all(2, groups.empty() ? "handrail: no handles open\n" : open_text(groups, "now"));
  } catch (const std::bad_alloc &) {
  }
}

void look_at_growth() noexcept {
  try {
    ledger::sample_growth();
  } catch (const std::bad_alloc &) {
  }
}

void *serve(void *) {
  service &s = all();
  for (const int fd = wait_on;;) {
    const std::uint64_t now = coarse_ms();
    const bool writes = s.snapshot.rings(now);
    if (s.growth.rings(now) || writes)
      look_at_growth();
    if (writes)
      write_document(s.snapshot_path, names::leave_out);
    std::uint64_t wait = ~std::uint64_t(0);
    for (const timer *t : {&s.growth, &s.snapshot})
      if (t->period.load(std::memory_order_relaxed))
        wait = std::min(wait, std::max(t->due, now + 1) - now);
    pollfd event{fd, POLLIN, 0};
    const int timeout =
        wait == ~std::uint64_t(0) ? -1 : static_cast<int>(std::min(wait, std::uint64_t(60000)));
    if (::poll(&event, 1, timeout) <= 0)
      continue;
    char why[16];
    const ssize_t n = ::read(fd, why, sizeof why);
    if (n > 0 && std::memchr(why, report_now, static_cast<std::size_t>(n)))
      report_on_signal();
  }
}

/// With the mutex. Without a thread to be had there are no reports in between.
void run() noexcept {
  int ends[2];
  if (all().running || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  wait_on = ends[0];
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread;
  all().running = pthread_create(&thread, nullptr, serve, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!all().running) {
    ::close(ends[0]);
    ::close(ends[1]);
    return;
  }
  pthread_detach(thread);
  wake_up.store(ends[1], std::memory_order_relaxed);
}

/// "USR1", "SIGUSR1", "RTMIN+2", "10"; 0 for anything else.
int signal_number(std::string_view name) noexcept {
  if (name.starts_with("SIG"))
    name.remove_prefix(3);
  if (name.starts_with("RTMIN"))
    return SIGRTMIN + (name.size() > 6 ? std::atoi(name.data() + 6) : 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
  for (int n = 1; n < SIGRTMIN; ++n)
    if (const char *known = sigabbrev_np(n); known && name == known)
      return n;
#endif
  const int n = std::atoi(name.data());
  return n > 0 && n <= SIGRTMAX ? n : 0;
}

std::string_view text_of(const char *variable) noexcept {
  const char *text = std::getenv(variable);
  return text ? text : "";
}

void read_environment() {
  service &s = all();
  s.process = ::getpid();
  s.report_path = text_of("HANDRAIL_REPORT_FILE");
  s.growth.period = static_cast<std::uint64_t>(std::max(0, setting("HANDRAIL_GROWTH", 0)));
  if (const std::string_view snapshot = text_of("HANDRAIL_SNAPSHOT"); !snapshot.empty()) {
    const std::size_t comma = snapshot.rfind(',');
    const int period = comma == std::string_view::npos ? 0 : std::atoi(snapshot.data() + comma + 1);
    s.snapshot_path = snapshot.substr(0, comma);
    s.snapshot.period = period > 0 ? static_cast<std::uint64_t>(period) : 1000;
  }
  if (const std::string_view name = text_of("HANDRAIL_REPORT_SIGNAL"); !name.empty()) {
    s.signal = signal_number(name);
    constexpr std::string_view unknown = "handrail: HANDRAIL_REPORT_SIGNAL names no signal\n";
    if (s.signal == 0)
      (void)write_all(2, unknown);
  }
}

bool has_work() noexcept { return all().signal || all().growth.period || all().snapshot.period; }

} // namespace

void start_service() noexcept {
  service &s = all();
  try {
    read_environment();
  } catch (const std::bad_alloc &) {
    return;
  }
  if (!has_work())
    return;
  // Already before the program begins: it may be killed at any time.
  write_document(s.snapshot_path, names::leave_out);
  std::lock_guard lock(s.mutex);
  run();
  if (s.signal) {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(s.signal, &action, nullptr);
  }
}

void need_growth() noexcept {
  service &s = all();
  std::lock_guard lock(s.mutex);
  std::uint64_t none = 0;
  s.growth.period.compare_exchange_strong(none, usual_period);
  run();
  wake(look_again);
}

void write_exit_document() noexcept {
  for (const std::string *path : {&all().snapshot_path, &all().report_path})
    write_document(*path, names::ask, moment::exit);
}

void lock_service() noexcept {
  all().mutex.lock();
  all().writing.lock();
}
void unlock_service() noexcept {
  all().writing.unlock();
  all().mutex.unlock();
}

void restart_service() noexcept {
  service &s = all();
  if (!s.running)
    return;
  // The pipe is the parent's: what is written there wakes it.
  ::close(wake_up.exchange(-1, std::memory_order_relaxed));
  ::close(wait_on);
  s.running = false;
  if (!is_ours(s.snapshot_path))
    s.snapshot.period = 0;
  s.growth.due = s.snapshot.due = 0;
  if (has_work())
    run();
}

} // namespace handrail::detail
