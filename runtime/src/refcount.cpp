// Blocks of shared objects, and the table behind weak references.
#include "handrail/refcount.h"

#include "handrail/detail/table_core.h"
#include "sites.h"

#include <cstdlib>
#include <cstring>
#include <unistd.h>

#if !defined(__SANITIZE_ADDRESS__)
extern "C" {
// There if the program was built with one of these sanitizers, and the runtime was not.
__attribute__((weak)) void __asan_init();
__attribute__((weak)) void __hwasan_init();
}
#endif

namespace handrail::detail {

namespace {

/// Freed blocks that level 3 keeps, so that a late release is recognised.
class quarantine {
public:
  constexpr quarantine() noexcept = default;
  /// Takes the block in; gives the one that has to go, or null.
  header *exchange(header *h) noexcept {
    std::lock_guard lock(mutex_);
    header *old = std::exchange(blocks_[turn_], h);
    turn_ = (turn_ + 1) % std::size(blocks_);
    return old;
  }

private:
  std::mutex mutex_;
  header *blocks_[1024] = {};
  std::size_t turn_ = 0;
};
constinit quarantine kept_blocks;

bool over_aligned(const resource_type &type) noexcept {
  return type.align > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

void deallocate(header *h) noexcept {
  if (h->entries.load(std::memory_order_relaxed) & header::foreign) [[unlikely]]
    return (reinterpret_cast<foreign_memory *>(h) - 1)->free(h);
  const resource_type &type = *h->type;
  std::byte *begin = static_cast<std::byte *>(h->object()) - header::offset(type.align);
  if (over_aligned(type))
    ::operator delete(begin, std::align_val_t(type.align));
  else
    ::operator delete(begin);
}

void *drop_weak_target(void *block) noexcept {
  free_block(static_cast<header *>(block));
  return nullptr;
}

/// Never destroyed: objects may outlive every static destructor.
table_core *weak_table() noexcept {
  static table_core *const core =
      table_core::create({.name = "weak references", .reported = false, .drop = drop_weak_target});
  return core;
}

} // namespace

header *allocate_block(const resource_type &type, std::size_t tail) noexcept {
  const std::size_t offset = header::offset(type.align);
  std::size_t size;
  if (__builtin_add_overflow(offset, type.size, &size) ||
      __builtin_add_overflow(size, tail, &size) || size > PTRDIFF_MAX)
    return nullptr;
  void *begin = over_aligned(type)
                    ? ::operator new(size, std::align_val_t(type.align), std::nothrow)
                    : ::operator new(size, std::nothrow);
  if (!begin)
    return nullptr;
  return ::new (static_cast<std::byte *>(begin) + offset - sizeof(header)) header{.type = &type};
}

void free_block(header *h) noexcept {
  if (tracking_level.load(std::memory_order_relaxed) > 2) [[unlikely]]
    if (!(h->entries.load(std::memory_order_relaxed) & header::foreign)) {
      h->count.store(0, std::memory_order_relaxed);
      if (!(h = kept_blocks.exchange(h)))
        return;
    }
  deallocate(h);
}

namespace {

/// Whoever looks for errors in the use of memory wants to see it freed.
bool memory_is_watched() noexcept {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#else
  const char *preloaded = std::getenv("LD_PRELOAD");
  return &__asan_init || &__hwasan_init || (preloaded && std::strstr(preloaded, "vgpreload"));
#endif
}
__attribute__((constructor(101))) void start() noexcept {
  keeps_blocks.store(!memory_is_watched(), std::memory_order_relaxed);
}

} // namespace

constinit std::atomic<bool> keeps_blocks{false};

void discard_kept(void *kept) noexcept { ::operator delete(kept); }

void *release_and_keep(header *h) noexcept {
  const resource_type &type = *h->type;
  if (!h->alone() || type.size > max_kept || over_aligned(type) ||
      (h->entries.load(std::memory_order_relaxed) & header::foreign) ||
      tracking_level.load(std::memory_order_relaxed) > 1 ||
      !keeps_blocks.load(std::memory_order_relaxed)) [[unlikely]] {
    release(h);
    return nullptr;
  }
  destroy_and_keep(h);
  return h;
}

void destroy_block(header *h) noexcept {
  const std::uint64_t weak = h->weak_id.load(std::memory_order_acquire);
  h->type->destroy(*h->type, h->object());
  if (!weak) [[likely]]
    return free_block(h);
  // Whoever is inside lock() right now still reads the count.
  table_core *core = weak_table();
  if (slot *s = core->begin_close(weak, 0))
    core->unpin(s);
}

namespace {

constexpr std::uint64_t references(std::uint64_t count) {
  return count & ~(header::live | header::traced);
}

void write_line(std::string_view text) noexcept {
  (void)!::write(2, text.data(), text.size());
  (void)!::write(2, "\n", 1);
}

/// What the history still has of the block, the last event first.
void print_history(const header *h) noexcept {
  try {
    int left = 8;
    const std::vector<ledger::event> events = ledger::history();
    for (auto e = events.rbegin(); e != events.rend() && left; ++e) {
      if (e->id != reinterpret_cast<std::uintptr_t>(h))
        continue;
      --left;
      std::string text = e->kind == ledger::event_kind::retained ? "  retained" : "  released";
      write_line(text + " at " + first_line(stack_text(e->at)));
    }
  } catch (...) {
    write_line("  (no memory for the history)");
  }
}

[[noreturn]] void count_failed(header *h, const char *what) noexcept {
  note(ledger::event_kind::refcount_overflow, h->type, reinterpret_cast<std::uintptr_t>(h),
       h->site.load(std::memory_order_relaxed));
  write_line(what);
  print_history(h);
  std::abort();
}

void trace(ledger::event_kind kind, header *h) noexcept {
  if (tracking_level.load(std::memory_order_relaxed) > 2)
    note(kind, h->type, reinterpret_cast<std::uintptr_t>(h),
         h->site.load(std::memory_order_relaxed), intern_site("", "", 0));
}

} // namespace

void retain_rarely(header *h, std::uint64_t old) noexcept {
  if (!(old & header::live) || references(old) == 0)
    count_failed(h, "handrail: a reference to an object that is gone");
  trace(ledger::event_kind::retained, h);
  if (references(old) > header::max_count)
    count_failed(h, "handrail: reference count overflow");
}

void release_rarely(header *h, std::uint64_t old) noexcept {
  if (!(old & header::live) || references(old) == 0) {
    h->count.fetch_add(1, std::memory_order_relaxed);
    note(ledger::event{ledger::event_kind::over_release, 0, h->type,
                       reinterpret_cast<std::uintptr_t>(h), h->site.load(std::memory_order_relaxed),
                       intern_site("", "", 0)});
    return;
  }
  trace(ledger::event_kind::released, h);
  if (references(old) != 1)
    return;
  (void)h->count.load(std::memory_order_acquire); // pairs with the others' releases
  h->count.store(0, std::memory_order_relaxed);
  destroy_block(h);
}

std::uint64_t weak_of(header *h) noexcept {
  if (const std::uint64_t id = h->weak_id.load(std::memory_order_acquire))
    return id;
  static std::mutex *const first_weak = new std::mutex;
  table_core *core = weak_table();
  std::lock_guard lock(*first_weak);
  if (const std::uint64_t id = h->weak_id.load(std::memory_order_relaxed))
    return id;
  errc why;
  const place at = core ? core->reserve(why) : place();
  if (!at)
    return 0;
  const std::uint64_t id = core->publish(at, h, h->type, 0);
  h->weak_id.store(id, std::memory_order_release);
  return id;
}

header *lock_weak(std::uint64_t id) noexcept {
  if (!id)
    return nullptr;
  table_core *core = weak_table();
  slot *s = core->try_pin(id);
  if (!s)
    return nullptr;
  header *h = static_cast<header *>(s->object.load(std::memory_order_relaxed));
  std::uint64_t count = h->count.load(std::memory_order_relaxed);
  while ((count & header::live) && references(count)) { // else the last owner is leaving
    if (h->count.compare_exchange_weak(count, count + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      core->unpin(s);
      return h;
    }
  }
  core->unpin(s);
  return nullptr;
}

bool weak_alive(std::uint64_t id) noexcept {
  slot *s = id ? weak_table()->try_pin(id) : nullptr;
  if (!s)
    return false;
  const auto *h = static_cast<const header *>(s->object.load(std::memory_order_relaxed));
  const std::uint64_t count = h->count.load(std::memory_order_relaxed);
  weak_table()->unpin(s);
  return (count & header::live) && references(count);
}

} // namespace handrail::detail
