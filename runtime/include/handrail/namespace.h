//===- namespace.h - sets of resources that may be shared -------*- C++ -*-===//
//
// A namespace holds one instance of every resource that is defined anywhere in
// the program. Two namespaces may share an instance, or each have its own: what
// a container runtime does with mounts, and a server with configurations.
//
//   // log.h
//   HANDRAIL_RESOURCE(log_settings, log_level, 3);  // default: log_settings{3}
//
//   handrail::ns mine = handrail::ns::create().value();
//   log_level.get(mine).level;                      // always there
//   if (auto change = log_level.get_mut(mine))      // only if nobody shares it
//     change->level = 5;
//   log_level.share_from(mine, other);              // from now on other's
//   handrail::scoped_namespace use(mine);
//   log_level.current()->level;                     // this thread's namespace
//
// Resources are numbered in the order in which their definitions run. One that a
// library brings which is loaded later exists in older namespaces too: it is
// made there when it is first asked for. A library that defines resources must
// stay loaded. Where no namespace was chosen, the process has one.
//
// A coroutine that may continue on another thread passes the namespace along
// instead of asking for the current one.
//
// Thread safety: get, share and current may run at any time beside each other;
// what changes a namespace needs it for itself. Instances are shared safely
// between namespaces of several threads. Errors: out_of_memory; busy while a
// pointer from get_mut is alive. What an initialiser throws is passed on, and
// nothing has changed then. Complexity: get is one load; create is one block
// and one allocation per resource.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_NAMESPACE_H
#define HANDRAIL_NAMESPACE_H

#include "refcount.h"

namespace handrail {

class ns;
template <class T> class resource_def;

namespace detail {

/// Invariant: `index` is fixed once it is registered.
struct resource_def_base {
  const resource_type *type;
  /// A block with one reference and a new object in it; null without memory.
  header *(*make)(const resource_def_base &);
  resource_def_base *next = nullptr;
  std::uint32_t index = 0;
};

HANDRAIL_API void register_resource(resource_def_base &def) noexcept;

struct resource_registration {
  explicit resource_registration(resource_def_base &def) noexcept { register_resource(def); }
};

struct ns_slot {
  header *block = nullptr;
  std::atomic<std::uint32_t> borrows{0}; ///< pointers from get_mut
};

struct ns_block;

struct ns_access {
  HANDRAIL_API static ns_slot &slot(const ns &n, const resource_def_base &def);
  /// The error of a change under a living pointer from get_mut.
  HANDRAIL_API static error borrowed(const resource_type &type) noexcept;
  /// Releases the old instance, unless it is borrowed: then gives \p block back.
  HANDRAIL_API static result<void> set(ns_slot &s, header *block) noexcept;
};

} // namespace detail

/// Invariant: a slot, once made, always has an instance.
class HANDRAIL_API ns {
public:
  /// Every resource at its default. Rolls back in reverse order when one fails.
  static result<ns> create();
  ns(ns &&other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  ns &operator=(ns &&other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  /// Releases the instances in reverse order of registration.
  ~ns();

  /// The thread's, or else the process's.
  static ns &current();
  static ns &process();

private:
  friend class scoped_namespace;
  friend struct detail::ns_access;
  explicit ns(detail::ns_block *block) noexcept : block_(block) {}

  detail::ns_block *block_;
};

/// Makes a namespace the thread's current one for a while.
class HANDRAIL_API scoped_namespace {
public:
  [[nodiscard]] explicit scoped_namespace(ns &n) noexcept;
  ~scoped_namespace();
  scoped_namespace(const scoped_namespace &) = delete;
  scoped_namespace &operator=(const scoped_namespace &) = delete;

private:
  ns *before_;
};

/// A pointer to an unshared instance. While it is alive the instance can be
/// neither shared nor replaced.
template <class T> class [[nodiscard]] mut_ref {
public:
  constexpr mut_ref() noexcept = default;
  mut_ref(mut_ref &&other) noexcept
      : object_(std::exchange(other.object_, nullptr)), slot_(other.slot_) {}
  mut_ref &operator=(mut_ref other) noexcept {
    std::swap(object_, other.object_);
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~mut_ref() {
    if (object_)
      slot_->borrows.fetch_sub(1, std::memory_order_release);
  }
  T *get() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  T *operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_; }

private:
  friend class resource_def<T>;
  mut_ref(T *object, detail::ns_slot *s) noexcept : object_(object), slot_(s) {
    s->borrows.fetch_add(1, std::memory_order_relaxed);
  }
  T *object_ = nullptr;
  detail::ns_slot *slot_ = nullptr;
};

/// The resource in whatever namespace is current when it is looked at.
template <class T> class current_ref {
public:
  explicit constexpr current_ref(const resource_def<T> &def) noexcept : def_(&def) {}
  const T &operator*() const { return def_->get(ns::current()); }
  const T *operator->() const { return &**this; }
  operator const T &() const { return **this; }

private:
  const resource_def<T> *def_;
};

/// Use HANDRAIL_RESOURCE, which registers it too.
template <class T> class resource_def : public detail::resource_def_base {
  static_assert(!std::is_empty_v<T>, "a resource without state has nothing to share");

public:
  constexpr explicit resource_def(T (*init)()) noexcept
      : detail::resource_def_base{nullptr, &make_block}, init_(init) {
    type = &type_of<T>;
  }

  const T &get(const ns &n) const { return *object(detail::ns_access::slot(n, *this)); }
  /// Null if another namespace or owner shares the instance, or while another
  /// pointer from here is alive.
  mut_ref<T> get_mut(ns &n) const {
    detail::ns_slot &s = detail::ns_access::slot(n, *this);
    if (s.borrows.load(std::memory_order_acquire) != 0 || !s.block->alone())
      return {};
    return {object(s), &s};
  }
  /// An owner of the instance, which then is shared.
  result<arc<const T>> share(const ns &n) const {
    detail::ns_slot &s = detail::ns_access::slot(n, *this);
    if (s.borrows.load(std::memory_order_acquire))
      return detail::ns_access::borrowed(*type);
    detail::retain(s.block);
    return detail::arc_access::adopt<const T>(s.block, object(s));
  }
  /// \p to uses the instance of \p from. Nothing happens if it does already.
  result<void> share_from(ns &to, const ns &from) const {
    detail::ns_slot &source = detail::ns_access::slot(from, *this);
    detail::ns_slot &goal = detail::ns_access::slot(to, *this);
    if (source.block == goal.block)
      return {};
    auto shared = share(from); // before the old one is released
    if (!shared)
      return shared.error();
    return put(goal, *shared);
  }
  /// \p n gets an instance of its own at the default.
  result<void> reset(ns &n) const {
    detail::ns_slot &s = detail::ns_access::slot(n, *this);
    detail::header *block = make(*this);
    if (!block)
      return error{.code = errc::out_of_memory, .have = type};
    arc<const T> fresh =
        detail::arc_access::adopt<const T>(block, static_cast<const T *>(block->object()));
    return put(s, fresh);
  }
  current_ref<T> current() const noexcept { return current_ref<T>(*this); }

private:
  static T *object(const detail::ns_slot &s) noexcept {
    return static_cast<T *>(s.block->object());
  }
  static result<void> put(detail::ns_slot &s, arc<const T> &a) noexcept {
    auto done = detail::ns_access::set(s, detail::arc_access::block(a));
    if (done)
      detail::arc_access::detach(a);
    return done;
  }
  static detail::header *make_block(const detail::resource_def_base &def) {
    T (*init)() = static_cast<const resource_def &>(def).init_;
    struct from {
      T (*init)();
      operator T() const { return init(); }
    };
    auto made = detail::make_arc_in<T>(0, from{init});
    return made ? detail::arc_access::detach(*made) : nullptr;
  }

  T (*init_)();
};

/// Defines the resource \p name of type \p type, with what follows as arguments
/// of its default.
#define HANDRAIL_RESOURCE(type_, name, ...)                                                        \
  inline constinit ::handrail::resource_def<type_> name{                                           \
      +[]() -> type_ { return type_{__VA_ARGS__}; }};                                              \
  inline const ::handrail::detail::resource_registration name##_registration { name }

} // namespace handrail

#endif
