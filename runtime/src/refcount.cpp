// Blocks of shared objects, and the table behind weak references.
#include "handrail/refcount.h"

#include "handrail/detail/table_core.h"

#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace handrail::detail {

namespace {

/// Freed blocks that level 3 keeps, so that a late release is recognised.
class quarantine {
public:
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

bool over_aligned(const resource_type &type) noexcept {
  return type.align > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

void deallocate(header *h) noexcept {
  const resource_type &type = *h->type;
  std::byte *begin = static_cast<std::byte *>(h->object()) - header::offset(type.align);
  if (over_aligned(type))
    ::operator delete(begin, std::align_val_t(type.align));
  else
    ::operator delete(begin);
}

void drop_weak_target(void *block) noexcept { free_block(static_cast<header *>(block)); }

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
  if (tracking_level.load(std::memory_order_relaxed) > 2) {
    static quarantine *const kept = new quarantine;
    h->count.store(0, std::memory_order_relaxed);
    h = kept->exchange(h);
  }
  if (h)
    deallocate(h);
}

void destroy_block(header *h) noexcept {
  const std::uint64_t weak = h->weak_id.load(std::memory_order_acquire);
  h->type->destroy(*h->type, h->object());
  if (!weak)
    return free_block(h);
  // Whoever is inside lock() right now still reads the count.
  table_core *core = weak_table();
  if (slot *s = core->begin_close(weak, 0))
    core->unpin(s);
}

void over_released(header *h) noexcept {
  h->count.fetch_add(1, std::memory_order_relaxed);
  note(ledger::event_kind::over_release, h->type, 0, h->site.load(std::memory_order_relaxed));
}

void count_overflowed(header *h) noexcept {
  note(ledger::event_kind::refcount_overflow, h->type, 0, h->site.load(std::memory_order_relaxed));
  static const char text[] = "handrail: reference count overflow\n";
  (void)!::write(2, text, sizeof text - 1);
  std::abort();
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
  slot *s = core ? core->reserve(why) : nullptr;
  if (!s)
    return 0;
  const std::uint64_t id = core->publish(s, h, h->type, 0);
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
  while (count > header::live) { // at live alone the last owner is leaving
    if (h->count.compare_exchange_weak(count, count + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      core->unpin(s);
      return h;
    }
  }
  core->unpin(s);
  return nullptr;
}

} // namespace handrail::detail
