// Places in the source, each with a number: what level 1 and 2 keep of a call.
#include "stacks.h"

#include "handrail/ledger.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>

namespace handrail {

namespace detail {

namespace {

/// Invariant: immutable once it can be found.
struct site {
  const char *file;
  const char *function;
  std::uint32_t line;
  std::uint32_t number;
  const site *next; ///< in its bucket
  std::uint16_t frames;
  void *stack[max_frames];
};

constexpr std::size_t bucket_count = 1 << 13;
constexpr std::size_t max_sites = 1 << 16;
constinit std::atomic<const site *> buckets[bucket_count] = {};
constinit std::atomic<const site *> by_number[max_sites] = {};
constinit std::uint32_t last_number = 0;
constinit std::mutex write_mutex;

bool same(const site &a, const site &b) noexcept {
  return a.line == b.line && a.file == b.file && a.function == b.function && a.frames == b.frames &&
         std::memcmp(a.stack, b.stack, a.frames * sizeof(void *)) == 0;
}

std::size_t hash(const site &s) noexcept {
  std::uint64_t h = reinterpret_cast<std::uintptr_t>(s.file) * 31 + s.line;
  for (std::size_t i = 0; i < s.frames; ++i)
    h = h * 0x9e3779b97f4a7c15u + reinterpret_cast<std::uintptr_t>(s.stack[i]);
  h *= 0x9e3779b97f4a7c15u;
  return h >> 51;
}

const site *find(const site *bucket, const site &wanted) noexcept {
  while (bucket && !same(*bucket, wanted))
    bucket = bucket->next;
  return bucket;
}

} // namespace

std::uint32_t intern_site(const char *file, const char *function, std::uint32_t line) noexcept {
  site wanted{file, function, line, 0, nullptr, 0, {}};
  if (tracking_level.load(std::memory_order_relaxed) > 1)
    wanted.frames = static_cast<std::uint16_t>(capture_stack(wanted.stack, max_frames));
  std::atomic<const site *> &bucket = buckets[hash(wanted)];
  if (const site *s = find(bucket.load(std::memory_order_acquire), wanted))
    return s->number;
  std::lock_guard lock(write_mutex);
  wanted.next = bucket.load(std::memory_order_relaxed);
  if (const site *s = find(wanted.next, wanted))
    return s->number;
  site *made = last_number + 1 < max_sites ? new (std::nothrow) site(wanted) : nullptr;
  if (!made)
    return 0;
  made->number = ++last_number;
  by_number[made->number].store(made, std::memory_order_release);
  bucket.store(made, std::memory_order_release);
  return made->number;
}

std::string stack_text(std::uint32_t number) {
  const site *s = number < max_sites ? by_number[number].load(std::memory_order_acquire) : nullptr;
  std::string text;
  for (std::size_t i = 0; s && i < s->frames; ++i) {
    // One byte back: a return address may belong to the next function.
    Dl_info info{};
    char line[64];
    const auto pc = reinterpret_cast<std::uintptr_t>(s->stack[i]);
    const bool known = dladdr(reinterpret_cast<void *>(pc - 1), &info) && info.dli_fname;
    const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    std::snprintf(line, sizeof line, "+%#llx", static_cast<unsigned long long>(pc - base));
    text += known ? info.dli_fname : "?";
    text += line;
    if (known && info.dli_sname)
      text += std::string(" ") + info.dli_sname;
    text += '\n';
  }
  return text;
}

} // namespace detail

std::string ledger::site_text(std::uint32_t number) {
  const detail::site *s = number < detail::max_sites
                              ? detail::by_number[number].load(std::memory_order_acquire)
                              : nullptr;
  if (!s)
    return {};
  // Compilers write the whole signature: "int ns::f(char) [with T = int]".
  std::string_view function = s->function;
  function = function.substr(0, function.find(" [with"));
  const std::size_t open = function.find('(');
  function = function.substr(0, open);
  const std::size_t space = function.rfind(' ');
  if (space != std::string_view::npos)
    function.remove_prefix(space + 1);
  std::string text = std::string(s->file) + ":" + std::to_string(s->line);
  if (!function.empty())
    text += " in " + std::string(function);
  return text;
}

} // namespace handrail
