// The table of misuses, and what they are called.
#include "misuse.h"

#include "sites.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace handrail::detail {

namespace {

constexpr std::size_t table_size = 512, max_probes = 32, text_size = 120;

/// Invariant: once `state` is `ready`, only the count changes.
struct entry {
  enum : std::uint32_t { empty, filling, ready };
  std::atomic<std::uint32_t> state{empty};
  std::atomic<std::uint64_t> count{0};
  ledger::event first;
  char text[text_size] = {};
};
constinit entry entries[table_size];
constinit std::atomic<std::uint64_t> lost{0};

bool same(const ledger::event &a, const ledger::event &b) noexcept {
  return a.kind == b.kind && a.closing == b.closing && a.exit == b.exit && a.type == b.type &&
         a.opened == b.opened && a.at == b.at && a.here == b.here;
}

std::size_t hash_of(const ledger::event &e) noexcept {
  std::uint64_t h = reinterpret_cast<std::uintptr_t>(e.type);
  for (const std::uint64_t part :
       {std::uint64_t(e.kind), std::uint64_t(e.opened), std::uint64_t(e.at), std::uint64_t(e.here)})
    h = (h ^ part) * 0x9e3779b97f4a7c15u;
  return h >> 40;
}

} // namespace

void keep_misuse(const ledger::event &e) noexcept {
  const std::size_t hash = hash_of(e);
  for (std::size_t i = 0; i < max_probes; ++i) {
    entry &place = entries[(hash + i) % table_size];
    std::uint32_t state = place.state.load(std::memory_order_acquire);
    if (state == entry::empty &&
        place.state.compare_exchange_strong(state, entry::filling, std::memory_order_acquire)) {
      place.first = e;
      place.first.text = nullptr;
      if (e.text)
        std::snprintf(place.text, text_size, "%s", e.text);
      place.count.store(1, std::memory_order_relaxed);
      place.state.store(entry::ready, std::memory_order_release);
      return;
    }
    // One that is just being filled may be the same, and is then there twice: they are
    // put together when they are listed.
    if (state == entry::ready && same(place.first, e)) {
      place.count.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  lost.fetch_add(1, std::memory_order_relaxed);
}

std::vector<kept_misuse> kept_misuses() {
  std::vector<kept_misuse> all;
  for (const entry &e : entries) {
    if (e.state.load(std::memory_order_acquire) != entry::ready)
      continue;
    const std::uint64_t count = e.count.load(std::memory_order_relaxed);
    auto known = std::ranges::find_if(
        all, [&](const kept_misuse &other) { return same(other.first, e.first); });
    if (known == all.end()) {
      all.push_back({e.first, count, e.text});
    } else {
      known->count += count;
      known->first.time = std::min(known->first.time, e.first.time);
    }
  }
  std::ranges::sort(all, [](const kept_misuse &a, const kept_misuse &b) {
    return std::tie(a.first.time, a.first.here) < std::tie(b.first.time, b.first.here);
  });
  return all;
}

std::uint64_t lost_misuses() noexcept { return lost.load(std::memory_order_relaxed); }

const char *rule_of(const ledger::event &e) noexcept {
  using kind = ledger::event_kind;
  switch (e.kind) {
  case kind::stale_use:
    return e.closing ? "double-close" : "stale-use";
  case kind::wrong_type:
    return "wrong-type";
  case kind::over_release:
    return "over-release";
  case kind::refcount_overflow:
    return "refcount-overflow";
  case kind::release_failed:
    return "release-failed";
  case kind::acquired_then_failed:
    return "acquired-then-failed";
  case kind::never_closed:
    return "never-closed";
  case kind::already_registered:
    return "already-registered";
  case kind::shared_mutation:
    return "shared-mutation";
  case kind::wrong_owner:
    return "wrong-owner";
  case kind::close_unfinished:
    return "close-unfinished";
  case kind::opened:
  case kind::closed:
  case kind::taken:
  case kind::retained:
  case kind::released:
  case kind::count_:
    break;
  }
  return "";
}

std::vector<misuse_step> steps_of(const ledger::event &e) {
  using kind = ledger::event_kind;
  const char *opened = "opened", *at = "closed";
  switch (e.kind) {
  case kind::already_registered:
    opened = "owner", at = "opened";
    break;
  case kind::acquired_then_failed:
    at = "acquired";
    break;
  case kind::close_unfinished:
    at = "close started";
    break;
  default:
    break;
  }
  std::vector<misuse_step> steps;
  for (const misuse_step s :
       {misuse_step{"here", e.here}, misuse_step{at, e.at}, misuse_step{opened, e.opened}})
    if (s.site)
      steps.push_back(s);
  return steps;
}

namespace {

void add_stack(std::string &text, std::uint32_t site) {
  const std::string stack = stack_text(site);
  for (std::size_t at = 0, end; (end = stack.find('\n', at)) != std::string::npos; at = end + 1)
    text += "      " + stack.substr(at, end - at) + '\n';
}

} // namespace

std::string misuse_text() {
  std::string text;
  std::uint64_t total = lost_misuses();
  for (const kept_misuse &m : kept_misuses()) {
    total += m.count;
    text += "  " + std::to_string(m.count) + " x " + rule_of(m.first);
    if (m.first.type)
      text += " of " + std::string(m.first.type->name);
    for (const misuse_step &s : steps_of(m.first))
      if (const std::string where = ledger::site_text(s.site); !where.empty())
        text += std::string(", ") + s.role + " at " + where;
    if (!m.text.empty())
      text += ": " + m.text;
    text += '\n';
    add_stack(text, m.first.here);
  }
  if (total == 0)
    return {};
  if (const std::uint64_t n = lost_misuses())
    text += "  and " + std::to_string(n) + " more, for which there was no room\n";
  return "handrail: " + std::to_string(total) + (total == 1 ? " misuse\n" : " misuses\n") + text;
}

} // namespace handrail::detail
