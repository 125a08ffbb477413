// Lists of what is open, as values, text and JSON lines.
#include "report.h"

#include "handrail/detail/table_core.h"
#include "handrail/refcount.h"
#include "misuse.h"
#include "sites.h"
#include "tests.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <tuple>
#include <unistd.h>

namespace handrail {

namespace detail {

namespace {

constexpr std::size_t max_ids = 8;

/// Of one table: as long as it is gathered, the strings live.
using gathered = std::map<std::pair<std::string_view, std::uint32_t>, open_group>;
struct gathering {
  gathered &groups;
  names n;
};

void add_open(void *context, table_core &core, slot *s, std::uint64_t id) {
  gathering &all = *static_cast<gathering *>(context);
  const resource_type &type = *s->type.load(std::memory_order_relaxed);
  const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed);
  open_group &group = all.groups[{type.name, site}];
  void *object = s->object.load(std::memory_order_relaxed);
  if (!object)
    group.cycle |= is_cycle(id);
  if (const std::uint32_t seen = s->sites.closed.load(std::memory_order_relaxed)) {
    const bool closes = ending_kind(seen) == ends_soon;
    (closes ? group.closing : group.touch) = ending_site(seen);
    group.closes |= closes;
  }
  if (const auto age = core.age_of(s)) {
    group.oldest = std::max(group.oldest.value_or(*age), *age);
    group.newest = std::min(group.newest.value_or(*age), *age);
  }
  if (group.ids.size() < max_ids)
    group.ids.push_back(id);
  if (++group.count == 1 && all.n == names::ask && type.describe && object)
    group.name = type.describe(type, static_cast<header *>(object)->object());
}

void merge(open_group &into, open_group &&from) {
  into.count += from.count;
  into.cycle |= from.cycle;
  into.closes |= from.closes;
  if (from.touch)
    into.touch = from.touch;
  if (from.closing)
    into.closing = from.closing;
  if (into.name.empty())
    into.name = std::move(from.name);
  for (const std::uint64_t id : from.ids)
    if (into.ids.size() < max_ids)
      into.ids.push_back(id);
  if (from.oldest) {
    into.oldest = std::max(into.oldest.value_or(*from.oldest), *from.oldest);
    into.newest = std::min(into.newest.value_or(*from.newest), *from.newest);
  }
}

} // namespace

std::vector<open_group> open_groups(names n) {
  using key = std::tuple<std::string, std::string, std::uint32_t>;
  struct all_groups {
    std::map<key, open_group> by_key;
    names n;
  } all{{}, n};
  table_core::for_each_core(
      [](void *context, table_core &core) {
        all_groups &a = *static_cast<all_groups *>(context);
        gathered groups;
        gathering g{groups, a.n};
        core.for_each(add_open, &g);
        for (auto &[k, group] : groups) {
          group.type = k.first;
          group.site = k.second;
          group.owner = core.name();
          auto [it, fresh] = a.by_key.try_emplace({group.owner, group.type, group.site});
          if (fresh)
            it->second = std::move(group);
          else
            merge(it->second, std::move(group));
        }
      },
      &all);
  std::vector<std::pair<std::string, open_group>> sorted;
  for (auto &[k, group] : all.by_key)
    sorted.emplace_back(ledger::site_text(group.site), std::move(group));
  std::ranges::sort(sorted, [](const auto &a, const auto &b) {
    return std::tie(b.second.count, a.second.type, a.first, a.second.owner, a.second.site) <
           std::tie(a.second.count, b.second.type, b.first, b.second.owner, b.second.site);
  });
  std::vector<open_group> groups;
  for (auto &[text, group] : sorted)
    groups.push_back(std::move(group));
  return groups;
}

std::size_t count_of(const std::vector<open_group> &groups) noexcept {
  std::size_t total = 0;
  for (const open_group &g : groups)
    total += g.count;
  return total;
}

namespace {

ledger::leak leak_of(open_group &&g) {
  const endings ended = endings_of(g.site);
  return {.type = std::move(g.type),
          .site = ledger::site_text(g.site),
          .owner = std::move(g.owner),
          .name = std::move(g.name),
          .touch = ledger::site_text(g.touch),
          .stack = stack_text(g.site),
          .count = g.count,
          .test = test_name(look_at(g.site).test),
          .test_number = look_at(g.site).test,
          .closing = ledger::site_text(g.closing),
          .closes = g.closes,
          .cycle = g.cycle,
          .completed = ended[0],
          .failed = ended[1],
          .cancelled = ended[2]};
}

void add_line(std::string &text, const ledger::leak &l) {
  text += "  " + std::to_string(l.count) + " x " + l.type;
  if (!l.name.empty())
    text += " '" + l.name + "'";
  if (!l.owner.empty())
    text += " in table '" + l.owner + "'";
  if (!l.site.empty())
    text += ", opened at " + l.site;
  if (!l.test.empty())
    text += " by test " + l.test;
  if (!l.touch.empty())
    text += ", last seen at " + l.touch;
  if (l.closes)
    text += ", close started" + (l.closing.empty() ? "" : " at " + l.closing) + ", never completed";
  if (l.cycle)
    text += ", kept by its own finalizer";
  const char *separator = ", of others ";
  for (const auto &[n, how] : {std::pair(l.completed, " completed"), std::pair(l.failed, " failed"),
                               std::pair(l.cancelled, " cancelled")})
    if (n)
      text += std::exchange(separator, ", ") + std::to_string(n) + how;
  text += '\n';
  for (std::size_t at = 0, end; (end = l.stack.find('\n', at)) != std::string::npos; at = end + 1)
    text += "      " + l.stack.substr(at, end - at) + '\n';
}

std::string text_of(const std::vector<ledger::leak> &leaks, const char *when) {
  std::size_t total = 0;
  std::string text;
  for (const ledger::leak &l : leaks) {
    total += l.count;
    add_line(text, l);
  }
  if (total == 0)
    return {};
  return "handrail: " + std::to_string(total) + (total == 1 ? " handle" : " handles") + " open " +
         when + '\n' + text;
}

std::vector<ledger::leak> leaks_of(std::vector<open_group> groups) {
  std::vector<ledger::leak> leaks;
  for (open_group &g : groups)
    leaks.push_back(leak_of(std::move(g)));
  return leaks;
}

} // namespace

std::string open_text(const std::vector<open_group> &groups, const char *when) {
  return text_of(leaks_of(groups), when);
}

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

namespace {

/// How many bytes the character at the front has, 0 if they are none in UTF-8.
std::size_t character_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80                    ? 1
                           : first >= 0xc2 && first < 0xe0 ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size > text.size())
    return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool none = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
  return overlong || none ? 0 : size;
}

} // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const char c = text.front();
    if (size == 0) {
      out += "\\ufffd"; // readers refuse the whole document otherwise
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      if (c == '"' || c == '\\')
        out += '\\';
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out + '"';
}

} // namespace detail

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
  return detail::leaks_of(detail::open_groups(detail::names::ask));
}

std::size_t ledger::report(int descriptor, const char *when) {
  const auto groups = detail::open_groups(detail::names::ask);
  if (!groups.empty())
    (void)detail::write_all(descriptor, detail::open_text(groups, when));
  return detail::count_of(groups);
}

std::size_t ledger::report_json(int descriptor) {
  std::size_t total = 0;
  std::string text;
  for (const leak &l : live()) {
    total += l.count;
    text += "{\"count\":" + std::to_string(l.count);
    for (const auto &[key, value] :
         {std::pair("type", &l.type), std::pair("site", &l.site), std::pair("owner", &l.owner),
          std::pair("name", &l.name), std::pair("touch", &l.touch), std::pair("test", &l.test),
          std::pair("closing", &l.closing), std::pair("stack", &l.stack)})
      if (!value->empty())
        text += std::string(",\"") + key + "\":" + detail::json_string(*value);
    for (const auto &[key, n] : {std::pair("completed", l.completed), std::pair("failed", l.failed),
                                 std::pair("cancelled", l.cancelled)})
      if (n)
        text += std::string(",\"") + key + "\":" + std::to_string(n);
    text += l.cycle ? ",\"cycle\":true}\n" : "}\n";
  }
  (void)detail::write_all(descriptor, text);
  return total;
}

} // namespace handrail
