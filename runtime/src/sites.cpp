// Places in the source, each with a number: what level 1 and 2 keep of a call.
#include "locks.h"
#include "stacks.h"

#include "handrail/ledger.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>

namespace handrail {

namespace detail {

namespace {

/// Invariant: immutable but for its counts once it can be found; lives for ever. The
/// keys identify the place and are not read: the library they came from may be gone.
struct site {
  const char *file_key, *function_key;
  std::uint32_t line;
  std::uint32_t number;
  const site *next; ///< in its bucket
  const char *file, *function;
  std::uint16_t frames; ///< their addresses, and then the texts, lie behind it
  bool partial;
  /// How handles that were opened here have been closed.
  mutable std::atomic<std::uint32_t> endings[3] = {};

  void *const *stack() const noexcept { return reinterpret_cast<void *const *>(this + 1); }
};

constexpr std::size_t bucket_count = 1 << 14;
constexpr std::size_t page_size = 1 << 12;
constexpr std::size_t max_pages = 1 << 10;
struct page {
  std::atomic<const site *> sites[page_size] = {};
};
constinit std::atomic<const site *> buckets[bucket_count] = {};
constinit std::atomic<page *> pages[max_pages] = {};
constinit std::uint32_t last_number = 0;
constinit std::mutex write_mutex;

const site *by_number(std::uint32_t number) noexcept {
  if (number / page_size >= max_pages)
    return nullptr;
  const page *p = pages[number / page_size].load(std::memory_order_acquire);
  return p ? p->sites[number % page_size].load(std::memory_order_acquire) : nullptr;
}

struct wanted_site {
  const char *file, *function;
  std::uint32_t line;
  captured_stack stack;

  bool is(const site &s) const noexcept {
    return line == s.line && file == s.file_key && function == s.function_key &&
           stack.size == s.frames &&
           std::memcmp(stack.frames, s.stack(), stack.size * sizeof(void *)) == 0;
  }
  std::size_t bucket() const noexcept {
    std::uint64_t h = reinterpret_cast<std::uintptr_t>(file) * 31 + line;
    for (std::size_t i = 0; i < stack.size; ++i)
      h = (h ^ reinterpret_cast<std::uintptr_t>(stack.frames[i])) * 0x9e3779b97f4a7c15u;
    h *= 0x9e3779b97f4a7c15u;
    return h >> 50;
  }
  const site *find(const site *bucket) const noexcept {
    while (bucket && !is(*bucket))
      bucket = bucket->next;
    return bucket;
  }
  /// A copy that lives for ever, or null.
  site *make() const noexcept {
    const std::size_t file_size = std::strlen(file) + 1, function_size = std::strlen(function) + 1;
    const std::size_t frames_size = stack.size * sizeof(void *);
    void *memory = std::malloc(sizeof(site) + frames_size + file_size + function_size);
    if (!memory)
      return nullptr;
    auto *s = ::new (memory)
        site{file, function, line, 0, nullptr, nullptr, nullptr, stack.size, stack.partial, {}};
    char *behind = reinterpret_cast<char *>(s + 1);
    std::memcpy(behind, stack.frames, frames_size);
    char *text = behind + frames_size;
    s->file = static_cast<char *>(std::memcpy(text, file, file_size));
    s->function = static_cast<char *>(std::memcpy(text + file_size, function, function_size));
    return s;
  }
};
static_assert(sizeof(buckets) / sizeof(buckets[0]) == std::size_t(1) << (64 - 50));

/// With the lock. A number for the site, 0 if there is none left.
std::uint32_t number_site(site *s) noexcept {
  const std::uint32_t number = last_number + 1;
  if (number / page_size >= max_pages)
    return 0;
  std::atomic<page *> &place = pages[number / page_size];
  if (!place.load(std::memory_order_relaxed)) {
    page *made = new (std::nothrow) page;
    if (!made)
      return 0;
    place.store(made, std::memory_order_release);
  }
  s->number = last_number = number;
  place.load(std::memory_order_relaxed)
      ->sites[number % page_size]
      .store(s, std::memory_order_release);
  return number;
}

} // namespace

void lock_sites() noexcept { write_mutex.lock(); }
void unlock_sites() noexcept { write_mutex.unlock(); }

__attribute__((noinline)) std::uint32_t intern_site(const char *file, const char *function,
                                                    std::uint32_t line) noexcept {
  wanted_site wanted;
  wanted.file = file;
  wanted.function = function;
  wanted.line = line;
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (level > 1)
    capture_stack(wanted.stack, level > 2);
  std::atomic<const site *> &bucket = buckets[wanted.bucket()];
  if (const site *s = wanted.find(bucket.load(std::memory_order_acquire))) [[likely]]
    return s->number;
  std::lock_guard lock(write_mutex);
  const site *first = bucket.load(std::memory_order_relaxed);
  if (const site *s = wanted.find(first))
    return s->number;
  site *made = wanted.make();
  if (!made)
    return 0;
  made->next = first;
  if (!number_site(made)) {
    std::free(made);
    return 0;
  }
  bucket.store(made, std::memory_order_release);
  return made->number;
}

void count_ending(std::uint32_t opened, int how) noexcept {
  if (const site *s = by_number(opened))
    s->endings[how].fetch_add(1, std::memory_order_relaxed);
}

endings endings_of(std::uint32_t opened) noexcept {
  endings n{};
  if (const site *s = by_number(opened))
    for (std::size_t i = 0; i < n.size(); ++i)
      n[i] = s->endings[i].load(std::memory_order_relaxed);
  return n;
}

std::string stack_text(std::uint32_t number) {
  const site *s = by_number(number);
  std::string text;
  for (std::size_t i = 0; s && i < s->frames; ++i) {
    // One byte back: a return address may belong to the next function.
    Dl_info info{};
    char line[64];
    const auto pc = reinterpret_cast<std::uintptr_t>(s->stack()[i]);
    const bool known = dladdr(reinterpret_cast<void *>(pc - 1), &info) && info.dli_fname;
    const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    std::snprintf(line, sizeof line, "+%#llx", static_cast<unsigned long long>(pc - base));
    text += known ? info.dli_fname : "?";
    text += line;
    if (known && info.dli_sname)
      text += std::string(" ") + info.dli_sname;
    text += '\n';
  }
  if (s && s->frames && s->partial)
    text += "(partial: no frame pointers beyond this)\n";
  return text;
}

} // namespace detail

std::string ledger::site_text(std::uint32_t number) {
  const detail::site *s = detail::by_number(number);
  if (!s || !*s->file)
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
