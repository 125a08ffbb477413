// Levels, events, owners that are no table entries, and the report.
#include "handrail/ledger.h"

#include "handrail/detail/table_core.h"
#include "handrail/guard.h"
#include "handrail/refcount.h"
#include "locks.h"
#include "stacks.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <unistd.h>

namespace handrail {

namespace detail {

constinit std::atomic<int> tracking_level{1};

namespace {

int setting(const char *name, int otherwise) noexcept {
  const char *text = std::getenv(name);
  return text && *text ? std::atoi(text) : otherwise;
}

constinit std::atomic<std::uint64_t> counts[static_cast<int>(ledger::event_kind::count_)] = {};
constinit std::atomic<ledger::handler> event_handler{nullptr};

constexpr std::size_t history_size = 4096;
struct event_ring {
  std::mutex mutex;
  ledger::event events[history_size];
  std::uint64_t count = 0;
};

constinit event_ring ring; // has no destructor to speak of: events come until the end

/// Owners that are no table entries: the type says what they are.
table_core *owners() noexcept {
  static table_core *const core = table_core::create({.name = ""});
  return core;
}

bool is_misuse(ledger::event_kind kind) noexcept { return kind > ledger::event_kind::released; }

} // namespace

void note(const ledger::event &e) noexcept {
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (is_misuse(e.kind) || level > 2)
    counts[static_cast<int>(e.kind)].fetch_add(1, std::memory_order_relaxed);
  if (level > 2) {
    std::lock_guard lock(ring.mutex);
    ring.events[ring.count++ % history_size] = e;
  }
  if (is_misuse(e.kind))
    if (ledger::handler h = event_handler.load(std::memory_order_acquire))
      h(e);
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

void guard_failed() noexcept {
  note(ledger::event_kind::release_failed, &named_by_traits<guard_name>::value);
  guard_failed_untracked();
}

namespace {
constinit std::mutex names_mutex;
}

void lock_ledger() noexcept {
  names_mutex.lock();
  ring.mutex.lock();
}
void unlock_ledger() noexcept {
  ring.mutex.unlock();
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

using leak_key = std::tuple<std::string_view, std::uint32_t, std::string_view>;
struct leak_group {
  std::size_t count = 0;
  std::string name;
  std::uint32_t touch = 0;
  bool cycle = false;
};
using leak_groups = std::map<leak_key, leak_group>;

void add_leak(void *context, table_core &core, slot *s, std::uint64_t id) {
  leak_groups &groups = *static_cast<leak_groups *>(context);
  const resource_type &type = *s->type.load(std::memory_order_relaxed);
  const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed);
  leak_group &group = groups[{type.name, site, core.name()}];
  void *object = s->object.load(std::memory_order_relaxed);
  if (!object)
    group.cycle |= is_cycle(id);
  if (const std::uint32_t touch = s->sites.closed.load(std::memory_order_relaxed))
    group.touch = touch;
  if (++group.count == 1 && type.describe && object)
    group.name = type.describe(type, static_cast<header *>(object)->object());
}

} // namespace

void write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + '"';
}

namespace {

void exit_report() noexcept {
  if (!setting("HANDRAIL_REPORT", 0) || ledger::level() == 0)
    return;
  std::size_t open = 0;
  try {
    open = ledger::report(2, "at exit");
  } catch (...) { // no memory, or an object that does not want to tell its name
    open = ledger::live_count();
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
  tracking_level.store(std::clamp(setting("HANDRAIL_LEVEL", 1), 0, 3), std::memory_order_relaxed);
  __cxa_atexit([](void *) { exit_report(); }, nullptr, nullptr);
}

} // namespace

} // namespace detail

void set_release_policy(release_policy policy) noexcept {
  detail::guard_policy.store(policy, std::memory_order_relaxed);
}

int ledger::level() noexcept { return detail::tracking_level.load(std::memory_order_relaxed); }

void ledger::set_level(int level) noexcept {
  detail::tracking_level.store(std::clamp(level, 0, 3), std::memory_order_relaxed);
}

std::uint64_t ledger::count(event_kind kind) noexcept {
  return detail::counts[static_cast<int>(kind)].load(std::memory_order_relaxed);
}

std::vector<ledger::event> ledger::history() {
  if (level() < 3)
    return {};
  const detail::event_ring &r = detail::ring;
  std::lock_guard lock(detail::ring.mutex);
  const std::uint64_t first = r.count > detail::history_size ? r.count - detail::history_size : 0;
  std::vector<event> result;
  for (std::uint64_t i = first; i < r.count; ++i)
    result.push_back(r.events[i % detail::history_size]);
  return result;
}

ledger::handler ledger::set_handler(handler h) noexcept {
  return detail::event_handler.exchange(h, std::memory_order_acq_rel);
}

std::size_t ledger::live_count() noexcept {
  std::size_t count = 0;
  detail::table_core::for_each_core(
      [](void *context, detail::table_core &core) {
        *static_cast<std::size_t *>(context) += core.size();
      },
      &count);
  return count;
}

std::vector<ledger::leak> ledger::live() {
  detail::leak_groups groups;
  detail::table_core::for_each_core(
      [](void *context, detail::table_core &core) { core.for_each(detail::add_leak, context); },
      &groups);
  std::vector<leak> leaks;
  for (auto &[key, group] : groups) {
    const auto &[type, site, owner] = key;
    const detail::endings ended = detail::endings_of(site);
    leaks.push_back({std::string(type), site_text(site), std::string(owner), std::move(group.name),
                     site_text(group.touch), detail::stack_text(site), group.count, group.cycle,
                     ended[0], ended[1], ended[2]});
  }
  std::ranges::sort(leaks, [](const leak &a, const leak &b) {
    return std::tuple(-static_cast<long long>(a.count), std::string_view(a.type),
                      std::string_view(a.site), std::string_view(a.owner)) <
           std::tuple(-static_cast<long long>(b.count), std::string_view(b.type),
                      std::string_view(b.site), std::string_view(b.owner));
  });
  return leaks;
}

std::size_t ledger::report(int descriptor, const char *when) {
  std::size_t total = 0;
  std::string text;
  for (const leak &l : live()) {
    total += l.count;
    text += "  " + std::to_string(l.count) + " x " + l.type;
    if (!l.name.empty())
      text += " '" + l.name + "'";
    if (!l.owner.empty())
      text += " in table '" + l.owner + "'";
    if (!l.site.empty())
      text += ", opened at " + l.site;
    if (!l.touch.empty())
      text += ", last seen at " + l.touch;
    if (l.cycle)
      text += ", kept by its own finalizer";
    const char *separator = ", of others ";
    for (const auto &[n, how] :
         {std::pair(l.completed, " completed"), std::pair(l.failed, " failed"),
          std::pair(l.cancelled, " cancelled")})
      if (n)
        text += std::exchange(separator, ", ") + std::to_string(n) + how;
    text += '\n';
    for (std::size_t at = 0, end; (end = l.stack.find('\n', at)) != std::string::npos; at = end + 1)
      text += "      " + l.stack.substr(at, end - at) + '\n';
  }
  if (total == 0)
    return 0;
  text = "handrail: " + std::to_string(total) + (total == 1 ? " handle" : " handles") + " open " +
         when + '\n' + text;
  detail::write_all(descriptor, text);
  return total;
}

std::size_t ledger::report_json(int descriptor) {
  std::size_t total = 0;
  std::string text;
  for (const leak &l : live()) {
    total += l.count;
    text += "{\"count\":" + std::to_string(l.count);
    for (const auto &[key, value] :
         {std::pair("type", &l.type), std::pair("site", &l.site), std::pair("owner", &l.owner),
          std::pair("name", &l.name), std::pair("touch", &l.touch), std::pair("stack", &l.stack)})
      if (!value->empty())
        text += std::string(",\"") + key + "\":" + detail::json_string(*value);
    for (const auto &[key, n] : {std::pair("completed", l.completed), std::pair("failed", l.failed),
                                 std::pair("cancelled", l.cancelled)})
      if (n)
        text += std::string(",\"") + key + "\":" + std::to_string(n);
    text += l.cycle ? ",\"cycle\":true}\n" : "}\n";
  }
  detail::write_all(descriptor, text);
  return total;
}

} // namespace handrail
