// Namespaces: the list of resources, and a block of instances for each set.
#include "handrail/namespace.h"

#include <map>
#include <memory>
#include <mutex>
#include <new>

namespace handrail {

namespace detail {

namespace {
constinit std::mutex list_mutex;
constinit resource_def_base *first = nullptr;
constinit resource_def_base **last = &first;
constinit std::uint32_t registered = 0;
} // namespace

void register_resource(resource_def_base &def) noexcept {
  std::lock_guard lock(list_mutex);
  if (def.next || last == &def.next)
    return; // it is there already
  def.index = registered++;
  *last = &def;
  last = &def.next;
}

/// Invariant: the first `made` slots have instances. `late` has those of
/// definitions that came after the namespace.
struct ns_block {
  explicit ns_block(std::uint32_t size) : slots(new ns_slot[size]), size(size) {}
  ~ns_block() {
    for (std::uint32_t i = 0; i < made; ++i)
      if (slots[i].borrows.load(std::memory_order_acquire))
        (void)ns_access::borrowed(*slots[i].block->type);
    for (auto it = late.rbegin(); it != late.rend(); ++it)
      if (it->second.block)
        release(it->second.block);
    while (made)
      release(slots[--made].block);
  }
  ns_block(const ns_block &) = delete;

  std::unique_ptr<ns_slot[]> slots;
  std::uint32_t size;
  std::uint32_t made = 0;
  std::mutex late_mutex;
  std::map<std::uint32_t, ns_slot> late;
};

ns_slot &ns_access::slot(const ns &n, const resource_def_base &def) {
  ns_block &block = *n.block_;
  if (def.index < block.size) [[likely]]
    return block.slots[def.index];
  // An initialiser may look at other resources of the namespace: no lock.
  {
    std::lock_guard lock(block.late_mutex);
    auto it = block.late.find(def.index);
    if (it != block.late.end())
      return it->second;
  }
  header *made = def.make(def);
  if (!made)
    throw std::bad_alloc();
  struct undo {
    header *made;
    ~undo() {
      if (made)
        release(made); // outside of the lock
    }
  } rest{made};
  std::lock_guard lock(block.late_mutex);
  ns_slot &s = block.late[def.index];
  if (!s.block)
    s.block = std::exchange(rest.made, nullptr);
  return s;
}

error ns_access::borrowed(const resource_type &type) noexcept {
  note(ledger::event_kind::shared_mutation, &type);
  return {.code = errc::busy, .have = &type};
}

result<void> ns_access::set(ns_slot &s, header *block) noexcept {
  if (s.borrows.load(std::memory_order_acquire))
    return borrowed(*s.block->type);
  release(std::exchange(s.block, block));
  return {};
}

} // namespace detail

result<ns> ns::create() {
  std::uint32_t size;
  detail::resource_def_base *def;
  {
    std::lock_guard lock(detail::list_mutex);
    size = detail::registered;
    def = detail::first;
  }
  try {
    auto block = std::make_unique<detail::ns_block>(size);
    for (; block->made < size; def = def->next) {
      detail::header *made = def->make(*def);
      if (!made)
        return error{.code = errc::out_of_memory, .have = def->type};
      block->slots[block->made++].block = made;
    }
    return ns(block.release());
  } catch (const std::bad_alloc &) {
    return errc::out_of_memory;
  }
}

ns::~ns() { delete block_; }

ns &ns::process() {
  // Never destroyed: destructors of other statics may still look at it.
  static ns *const instance = new ns(create().value());
  return *instance;
}

namespace {
thread_local ns *thread_namespace = nullptr;
}

ns &ns::current() { return thread_namespace ? *thread_namespace : process(); }

scoped_namespace::scoped_namespace(ns &n) noexcept : before_(std::exchange(thread_namespace, &n)) {}

scoped_namespace::~scoped_namespace() { thread_namespace = before_; }

} // namespace handrail
