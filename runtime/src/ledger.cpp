// Levels, events, owners that are no table entries, and what happens at exit.
#include "handrail/ledger.h"

#include "amplify.h"
#include "clock.h"
#include "handrail/detail/table_core.h"
#include "handrail/guard.h"
#include "history.h"
#include "locks.h"
#include "misuse.h"
#include "report.h"
#include "service.h"
#include "sites.h"
#include "stacks.h"
#include "tests.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unistd.h>

namespace handrail {

namespace detail {

constinit std::atomic<int> tracking_level{1};

int setting(const char *name, int otherwise) noexcept {
  const char *text = std::getenv(name);
  return text && *text ? std::atoi(text) : otherwise;
}

namespace {

constinit std::atomic<std::uint64_t> counts[static_cast<int>(ledger::event_kind::count_)] = {};
constinit std::atomic<ledger::handler> event_handler{nullptr};

/// Owners that are no table entries: the type says what they are.
table_core *owners() noexcept {
  static table_core *const core = table_core::create({.name = ""});
  return core;
}

/// Nothing of the ledger is locked while the handler runs.
void note_misuse(const ledger::event &what) noexcept {
  counts[static_cast<int>(what.kind)].fetch_add(1, std::memory_order_relaxed);
  ledger::event e = what;
  if (tracking_level.load(std::memory_order_relaxed) > 0) {
    e.thread = this_thread_number();
    e.time = coarse_ms() * 1000000;
    if (!e.here)
      e.here = site_here();
    keep_misuse(e);
  }
  if (ledger::handler h = event_handler.load(std::memory_order_acquire))
    h(e);
}

} // namespace

void note(const ledger::event &e) noexcept {
  if (tracking_level.load(std::memory_order_relaxed) > 2)
    write_history(e);
  if (is_misuse(e.kind))
    note_misuse(e);
}

void note_failure(ledger::event e, const std::exception_ptr &why) noexcept {
  try {
    std::rethrow_exception(why);
  } catch (const std::exception &known) {
    e.text = known.what();
    note(e);
  } catch (...) {
    note(e);
  }
}

void note_failure(ledger::event e, const error &why) noexcept {
  std::string text;
  try {
    text = why.message();
  } catch (const std::bad_alloc &) {
  }
  e.text = text.empty() ? nullptr : text.c_str();
  note(e);
}

void note_ending(const resource_type *type, std::uint64_t id, std::uint32_t opened,
                 std::uint32_t end) noexcept {
  const std::uint8_t how = ending_kind(end);
  const bool taken = how == ended_taken;
  if (!taken)
    count_ending(opened, how);
  if (tracking_level.load(std::memory_order_relaxed) > 2)
    note(ledger::event{taken ? ledger::event_kind::taken : ledger::event_kind::closed, how, type,
                       id, opened, ending_site(end)});
}

std::uint64_t ledger_open(const resource_type &type, std::uint32_t site) noexcept {
  table_core *core = owners();
  errc why;
  const place at = core ? core->reserve(why) : place();
  return at ? core->publish(at, nullptr, &type, site) : 0;
}

void ledger_close(std::uint64_t token, std::uint32_t site, int how) noexcept {
  if (slot *s = owners()->begin_close(token, ending(site, how)))
    owners()->unpin(s);
}

void ledger_touch(std::uint64_t token, std::uint32_t site) noexcept {
  if (slot *s = owners()->try_pin(token)) {
    s->sites.closed.store(site, std::memory_order_relaxed); // not closed yet
    owners()->unpin(s);
  }
}

void ledger_closing(std::uint64_t token, std::uint32_t site) noexcept {
  if (slot *s = owners()->try_pin(token)) {
    s->sites.closed.store(ending(site, ends_soon), std::memory_order_relaxed);
    owners()->unpin(s);
  }
}

std::uint32_t ledger_site(std::uint64_t token) noexcept {
  slot *s = owners()->try_pin(token);
  if (!s)
    return 0;
  const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed);
  owners()->unpin(s);
  return site;
}

namespace {
constinit std::atomic<release_policy> guard_policy{release_policy::swallow};
struct guard_name {
  static constexpr std::string_view name = "guard";
};
} // namespace

void guard_failed_untracked() noexcept {
  if (guard_policy.load(std::memory_order_relaxed) == release_policy::terminate)
    std::terminate();
}

/// Inside of the handler that caught what the guard's function threw.
void guard_failed() noexcept {
  ledger::event e;
  e.kind = ledger::event_kind::release_failed;
  e.type = &named_by_traits<guard_name>::value;
  note_failure(e, std::current_exception());
  guard_failed_untracked();
}

namespace {
constinit std::mutex names_mutex;
}

void lock_ledger() noexcept {
  names_mutex.lock();
  lock_tests();
  lock_history();
}
void unlock_ledger() noexcept {
  unlock_history();
  unlock_tests();
  names_mutex.unlock();
}

const resource_type &named_type(std::string_view name) {
  static auto *const types = new std::map<std::string, resource_type, std::less<>>;
  std::lock_guard lock(names_mutex);
  auto it = types->find(name);
  if (it == types->end()) {
    it = types->emplace(std::string(name), resource_type{}).first;
    it->second = {it->first, 0,       1,       [](const resource_type &, void *) noexcept {},
                  nullptr,   nullptr, nullptr, 0,
                  nullptr};
  }
  return it->second;
}

namespace {

void exit_report() noexcept {
  if (ledger::level() == 0)
    return;
  write_exit_document();
  if (!setting("HANDRAIL_REPORT", 0))
    return;
  std::size_t open = 0;
  try {
    open = ledger::report(2, "at exit");
  } catch (...) { // no memory, or an object that does not want to tell its name
    open = ledger::live_count();
  }
  try {
    (void)write_all(2, misuse_text());
  } catch (const std::bad_alloc &) {
  }
  const int code = setting("HANDRAIL_EXITCODE", 0);
  if (open && code) {
    std::fflush(nullptr); // what exit() would still have done
    ::_exit(code);
  }
}

extern "C" int __cxa_atexit(void (*)(void *), void *, void *) noexcept;

/// Registered without a library of its own, the handler runs after the static
/// destructors of all libraries, and after those of the program when it is
/// registered before them: hence the early priority.
__attribute__((constructor(101))) void start() noexcept {
  (void)started();
  ledger::set_level(setting("HANDRAIL_LEVEL", 1));
  set_sampling(static_cast<std::uint32_t>(std::max(1, setting("HANDRAIL_SAMPLE", 1))));
  __cxa_atexit([](void *) { exit_report(); }, nullptr, nullptr);
  if (ledger::level() > 0)
    start_service();
  read_amplification();
}

} // namespace

const clock_start &started() noexcept {
  static const clock_start start{ticks(), read_ns(CLOCK_MONOTONIC),
                                 static_cast<std::int64_t>(read_ns(CLOCK_REALTIME) / 1000000)};
  return start;
}

} // namespace detail

void set_release_policy(release_policy policy) noexcept {
  detail::guard_policy.store(policy, std::memory_order_relaxed);
}

int ledger::level() noexcept { return detail::tracking_level.load(std::memory_order_relaxed); }

void ledger::set_level(int level) noexcept {
  detail::tracking_level.store(std::clamp(level, 0, 3), std::memory_order_relaxed);
}

std::uint64_t ledger::count(event_kind kind) noexcept {
  return detail::is_misuse(kind)
             ? detail::counts[static_cast<int>(kind)].load(std::memory_order_relaxed)
             : detail::history_count(kind);
}

std::vector<ledger::event> ledger::history() {
  return level() < 3 ? std::vector<event>() : detail::read_history();
}

ledger::handler ledger::set_handler(handler h) noexcept {
  return detail::event_handler.exchange(h, std::memory_order_acq_rel);
}

std::vector<ledger::misuse> ledger::misuses() {
  std::vector<misuse> all;
  for (detail::kept_misuse &m : detail::kept_misuses()) {
    misuse made;
    made.kind = m.first.kind;
    made.rule = detail::rule_of(m.first);
    if (m.first.type)
      made.type = m.first.type->name;
    made.text = std::move(m.text);
    made.test = detail::test_name(detail::look_at(m.first.here).test);
    made.stack = detail::stack_text(m.first.here);
    for (const detail::misuse_step &s : detail::steps_of(m.first))
      if (std::string where = site_text(s.site); !where.empty())
        made.places.emplace_back(s.role, std::move(where));
    made.id = m.first.id;
    made.count = m.count;
    all.push_back(std::move(made));
  }
  return all;
}

} // namespace handrail
