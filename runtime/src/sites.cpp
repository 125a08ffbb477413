// Places in the source, each with a number: what level 1 and 2 keep of a call.
#include "sites.h"

#include "clock.h"
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

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

/// Invariant: immutable; lives for ever. The keys identify the place and are not read:
/// the library they came from may be gone.
struct place_text {
  const char *file_key, *function_key;
  std::uint32_t line;
  const place_text *next; ///< in its bucket
  const char *file, *function;
};

/// Invariant: immutable; lives for ever. The frames lie behind it.
struct kept_stack {
  std::uint64_t hash;
  const kept_stack *next; ///< in its bucket
  std::uint16_t frames;
  bool partial;

  void *const *begin() const noexcept { return reinterpret_cast<void *const *>(this + 1); }
  bool is(const captured_stack &s) const noexcept {
    return frames == s.size && std::memcmp(begin(), s.frames, s.size * sizeof(void *)) == 0;
  }
};

/// Invariant: immutable but for its counts once it can be found; lives for ever.
struct site {
  std::uint64_t hash;
  const place_text *place;
  const kept_stack *stack; ///< null: none was taken
  const site *next;        ///< in its bucket
  std::uint32_t number, test, first_seen;
  /// How handles that were opened here have been closed.
  mutable std::atomic<std::uint32_t> endings[3];
  mutable std::atomic<std::uint32_t> calls; ///< for sampling, of a site without a stack
};

constexpr unsigned bucket_bits = 14;
constexpr std::size_t bucket_count = std::size_t(1) << bucket_bits;
constexpr std::size_t page_size = 1 << 12;
constexpr std::size_t max_pages = 1 << 10;
struct page {
  std::atomic<const site *> sites[page_size] = {};
};
constinit std::atomic<const site *> buckets[bucket_count] = {};
constinit std::atomic<page *> pages[max_pages] = {};
constinit std::mutex write_mutex; ///< guards what follows
constinit std::uint32_t last_number = 0;
constinit const place_text *places[1 << 10] = {};
constinit const kept_stack *stacks[bucket_count] = {};

constinit std::atomic<std::uint32_t> sampling{1};

const site *by_number(std::uint32_t number) noexcept {
  if (number / page_size >= max_pages)
    return nullptr;
  const page *p = pages[number / page_size].load(std::memory_order_acquire);
  return p ? p->sites[number % page_size].load(std::memory_order_acquire) : nullptr;
}

struct wanted_site {
  const char *file, *function;
  std::uint32_t line, test;
  captured_stack stack;
  std::uint64_t place_hash = 0, stack_hash = 0, hash = 0;

  wanted_site(const char *f, const char *fn, std::uint32_t l) noexcept
      : file(f), function(fn), line(l), test(this_thread.test) {
    place_hash = mix(reinterpret_cast<std::uintptr_t>(file), line);
    set_hash();
  }
  __attribute__((always_inline)) void take_stack(bool unwind) noexcept {
    capture_stack(stack, unwind);
    stack_hash = stack.hash ^ stack.hash >> 32;
    set_hash();
  }
  void set_hash() noexcept { hash = mix(place_hash + stack_hash, test); }
  std::atomic<const site *> &bucket() const noexcept { return buckets[hash >> (64 - bucket_bits)]; }

  bool is(const site &s) const noexcept {
    return hash == s.hash && line == s.place->line && file == s.place->file_key &&
           function == s.place->function_key && test == s.test &&
           (s.stack ? s.stack->is(stack) : stack.size == 0);
  }
  const site *find(const site *first) const noexcept {
    while (first && !is(*first))
      first = first->next;
    return first;
  }
  __attribute__((always_inline)) const site *find() const noexcept {
    return find(bucket().load(std::memory_order_acquire));
  }
};

/// With the lock. What lives for ever, or null.
const place_text *keep_place(const wanted_site &w) noexcept {
  const place_text *&bucket = places[w.place_hash % std::size(places)];
  for (const place_text *p = bucket; p; p = p->next)
    if (p->line == w.line && p->file_key == w.file && p->function_key == w.function)
      return p;
  const std::size_t file_size = std::strlen(w.file) + 1;
  const std::size_t function_size = std::strlen(w.function) + 1;
  void *memory = std::malloc(sizeof(place_text) + file_size + function_size);
  if (!memory)
    return nullptr;
  char *text = static_cast<char *>(memory) + sizeof(place_text);
  std::memcpy(text, w.file, file_size);
  std::memcpy(text + file_size, w.function, function_size);
  return bucket =
             ::new (memory) place_text{w.file, w.function, w.line, bucket, text, text + file_size};
}

const kept_stack *keep_stack(const wanted_site &w) noexcept {
  const kept_stack *&bucket = stacks[mix(w.stack_hash, 0) >> (64 - bucket_bits)];
  for (const kept_stack *s = bucket; s; s = s->next)
    if (s->hash == w.stack_hash && s->is(w.stack))
      return s;
  const std::size_t frames_size = w.stack.size * sizeof(void *);
  void *memory = std::malloc(sizeof(kept_stack) + frames_size);
  if (!memory)
    return nullptr;
  std::memcpy(static_cast<char *>(memory) + sizeof(kept_stack), w.stack.frames, frames_size);
  return bucket = ::new (memory) kept_stack{w.stack_hash, bucket, w.stack.size, w.stack.partial};
}

/// A number for the site, 0 if there is none left.
std::uint32_t number_site(site *s) noexcept {
  const std::uint32_t number = last_number + 1;
  if (number / page_size >= max_pages)
    return 0;
  std::atomic<page *> &place = pages[number / page_size];
  if (!place.load(std::memory_order_relaxed)) {
    void *made = std::malloc(sizeof(page));
    if (!made)
      return 0;
    place.store(::new (made) page, std::memory_order_release);
  }
  s->number = last_number = number;
  place.load(std::memory_order_relaxed)
      ->sites[number % page_size]
      .store(s, std::memory_order_release);
  return number;
}

const site *keep_site(const wanted_site &w) noexcept {
  std::lock_guard lock(write_mutex);
  std::atomic<const site *> &bucket = w.bucket();
  const site *first = bucket.load(std::memory_order_relaxed);
  if (const site *s = w.find(first))
    return s;
  const place_text *place = keep_place(w);
  const kept_stack *stack = place && w.stack.size ? keep_stack(w) : nullptr;
  void *memory = place && (stack || !w.stack.size) ? std::malloc(sizeof(site)) : nullptr;
  if (!memory)
    return nullptr;
  auto *made = ::new (memory)
      site{w.hash, place, stack, first, 0, w.test, static_cast<std::uint32_t>(coarse_ms()), {}, {}};
  if (!number_site(made)) {
    std::free(made);
    return nullptr;
  }
  bucket.store(made, std::memory_order_release);
  return made;
}

const site *find_or_keep(const wanted_site &w) noexcept {
  if (const site *s = w.find()) [[likely]]
    return s;
  return keep_site(w);
}

std::uint32_t number_of(const site *s) noexcept { return s ? s->number : 0; }

} // namespace

void lock_sites() noexcept { write_mutex.lock(); }
void unlock_sites() noexcept { write_mutex.unlock(); }

void set_sampling(std::uint32_t n) noexcept { sampling.store(n, std::memory_order_relaxed); }

__attribute__((noinline)) std::uint32_t intern_site(const char *file, const char *function,
                                                    std::uint32_t line) noexcept {
  wanted_site wanted(file, function, line);
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (level > 1) {
    const std::uint32_t every = sampling.load(std::memory_order_relaxed);
    if (every > 1) [[unlikely]] {
      // Not a count of the thread: whoever opens and closes in turn would have the
      // stacks of one of the two only.
      const site *bare = find_or_keep(wanted);
      if (!bare)
        return 0;
      const std::uint32_t call = bare->calls.load(std::memory_order_relaxed);
      bare->calls.store(call + 1, std::memory_order_relaxed); // roughly is enough
      if (call % every)
        return bare->number;
    }
    wanted.take_stack(level > 2);
  }
  return number_of(find_or_keep(wanted));
}

std::uint32_t site_here() noexcept {
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (level < 1)
    return 0;
  wanted_site wanted("", "", 0);
  wanted.take_stack(level > 2);
  return number_of(find_or_keep(wanted));
}

std::uint32_t site_without_place() noexcept {
  const int level = tracking_level.load(std::memory_order_relaxed);
  return level > 1 || (level > 0 && this_thread.test) ? intern_site("", "", 0) : 0;
}

site_view look_at(std::uint32_t number) noexcept {
  const site *s = by_number(number);
  if (!s)
    return {};
  site_view view{{}, false, s->test, s->first_seen};
  if (s->stack) {
    view.frames = {s->stack->begin(), s->stack->frames};
    view.partial = s->stack->partial;
  }
  return view;
}

std::uint32_t intern_known_site(std::uintptr_t key, const char *file, const char *function,
                                std::uint32_t line) noexcept {
  const std::uint32_t number = intern_site(file, function, line);
  if (number)
    this_thread.uses->site_at(key) = {key, number};
  return number;
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
  const site_view s = look_at(number);
  std::string text;
  for (void *const frame : s.frames) {
    // One byte back: a return address may belong to the next function.
    Dl_info info{};
    char line[64];
    const auto pc = reinterpret_cast<std::uintptr_t>(frame);
    const bool known = dladdr(reinterpret_cast<void *>(pc - 1), &info) && info.dli_fname;
    const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    std::snprintf(line, sizeof line, "+%#llx", static_cast<unsigned long long>(pc - base));
    text += known ? info.dli_fname : "?";
    text += line;
    if (known && info.dli_sname)
      text += std::string(" ") + info.dli_sname;
    text += '\n';
  }
  if (s.partial && !s.frames.empty())
    text += "(partial: no frame pointers beyond this)\n";
  return text;
}

} // namespace detail

namespace {

/// Compilers write the whole signature: "int ns::f(char) [with T = int]".
std::string function_name(std::string signature) {
  for (const std::string_view unnamed : {"(anonymous namespace)::", "(anonymous class)::"})
    for (std::size_t at; (at = signature.find(unnamed)) != std::string::npos;)
      signature.erase(at, unnamed.size());
  std::string_view name = signature;
  name = name.substr(0, name.find(" [with"));
  name = name.substr(0, name.find('('));
  const std::size_t space = name.rfind(' ');
  return std::string(space == std::string_view::npos ? name : name.substr(space + 1));
}

} // namespace

std::string ledger::site_text(std::uint32_t number) {
  const detail::site *s = detail::by_number(number);
  if (!s || !*s->place->file)
    return {};
  std::string text = s->place->file;
  if (s->place->line) // else it is a hint
    text.append(":").append(std::to_string(s->place->line));
  if (const std::string function = function_name(s->place->function); !function.empty())
    text.append(" in ").append(function);
  return text;
}

} // namespace handrail
