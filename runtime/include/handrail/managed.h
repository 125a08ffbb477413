//===- managed.h - a raw resource with a finalizer --------------*- C++ -*-===//
//
// manage() takes a raw resource and the function that ends it. From then on only
// the managed<T> is used; its copies share the resource, from any thread.
//
//   auto db = handrail::manage(sqlite_open("a.db"), [](sqlite *s) { sqlite_close(s); });
//   db->with([](sqlite *s) { query(s); });
//   db->close();                 // finalizes now, or when the last with() ends
//   if (auto raw = db->take())   // or instead: not managed any more
//     sqlite_close(*raw);
//
// The finalizer runs at most once: of racing close, take and last drop exactly
// one wins. It must not hold a copy of the managed<T> that it ends, which would
// keep it for ever; such a cycle shows up in the leak report, and by name at
// level 2.
//
// Thread safety: the operations of managed<T>; the resource itself is as safe as
// it was (see synchronized<T>). Do not wait for a close inside with().
// Errors: stale_handle after close or take, with both sites; busy for take while
// somebody is inside with(); already_registered when the same underlying
// resource has an owner; release_failed when the finalizer throws, which never
// leaves a destructor. Complexity: with() is two atomic operations; manage() is
// one allocation and a look-up of the resource's identity.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_MANAGED_H
#define HANDRAIL_MANAGED_H

#include "detail/shield.h"
#include "executor.h"
#include "refcount.h"

#include <mutex>
#include <optional>
#include <stop_token>

namespace handrail {

/// A descriptor as a resource of its own type; plain numbers are not managed.
struct fd {
  int number = -1;
  friend bool operator==(fd, fd) = default;
};

/// What makes two values the same underlying resource. Invariant: all zero is
/// "has no identity".
struct identity {
  const void *kind = nullptr;
  std::uint64_t a = 0, b = 0, c = 0;
  friend auto operator<=>(const identity &, const identity &) = default;
};

namespace detail {
HANDRAIL_API identity identity_of_fd(int number) noexcept;
}

/// To be specialised for other raw resources.
template <class T> struct identity_traits {
  static identity of(const T &) noexcept { return {}; }
};
template <class T> struct identity_traits<T *> {
  static identity of(T *const &p) noexcept {
    static constexpr char pointers = 0;
    return {p ? &pointers : nullptr, reinterpret_cast<std::uintptr_t>(p), 0, 0};
  }
};
template <> struct identity_traits<fd> {
  static identity of(const fd &f) noexcept { return detail::identity_of_fd(f.number); }
};

/// What the last drop does.
enum class on_drop : std::uint8_t {
  run_here,    ///< finalize on the thread that drops
  post,        ///< on the executor of the options; without one, in collect()
  report_only, ///< write never_closed to the ledger and let go of the resource
};

struct manage_options {
  handrail::on_drop on_drop = handrail::on_drop::run_here;
  executor_ref executor = {};
  /// collect(true) may finalize it while it is not in use: a cache.
  bool evictable = false;
};

enum class managed_state : std::uint8_t { open, closing, finalized, taken };

namespace detail {

/// State and pins in one word. Invariant: exactly one operation moves the state
/// out of open; the finalizer runs by the one that takes the last pin of a
/// closing word.
class HANDRAIL_API managed_core {
public:
  virtual ~managed_core() = default;

  bool pin() noexcept;
  /// The finalizer's error, if this was the last pin of a closing resource.
  result<void> unpin() noexcept;
  result<void> close(std::uint32_t site) noexcept;
  /// Waits until it is finalized, or the stop is requested.
  result<void> wait(std::stop_token stop) noexcept;
  /// ok, busy, or stale_handle. The value is then the caller's.
  errc begin_take(std::uint32_t site) noexcept;
  managed_state state() const noexcept;
  error stale() const noexcept;
  error about(errc code) const noexcept;
  error finalizer_failed(const std::exception_ptr &why) const noexcept; ///< an event, too

  /// Copies of managed<T>. The last drop acts by the policy.
  void add_owner() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void drop_owner(header *self) noexcept;
  void run_deferred() noexcept;
  /// close(), but only if nobody uses it.
  bool evict() noexcept;

  /// Registers the identity. Errors: already_registered with \p first set,
  /// out_of_memory.
  errc claim(const identity &id, std::uint32_t &first) noexcept;
  void enlist(header *self);

  /// At level 2 and above the copies of managed<T> are known by their place, so that
  /// a finalizer that keeps one of its own is found.
  void copy_at(const void *place) noexcept;
  void copy_gone(const void *place) noexcept;
  /// Whether the finalizer holds the address of, or just before, one of its copies.
  bool keeps_itself() const noexcept;

  manage_options options;
  const resource_type *type = nullptr;
  std::uint32_t opened = 0;
  header *next_deferred = nullptr;

protected:
  virtual result<void> finalize() noexcept = 0;
  virtual void forget() noexcept = 0;
  virtual std::pair<const void *, std::size_t> finalizer_bytes() const noexcept = 0;
  void let_go() noexcept; ///< of identity and ledger record

private:
  static constexpr std::uint64_t one_pin = 1;
  static constexpr std::uint64_t pins_mask = 0xffffffff;
  static constexpr unsigned state_shift = 32;
  static managed_state state_of(std::uint64_t w) noexcept {
    return static_cast<managed_state>(w >> state_shift);
  }

  std::atomic<std::uint64_t> word_{0};
  std::atomic<std::uint32_t> owners_{1};
  std::atomic<std::uint32_t> closed_{0};
  identity identity_;
  std::uint64_t token_ = 0;
  bool places_known_ = false;
  friend void open_record(managed_core &c) noexcept;
};

HANDRAIL_API void open_record(managed_core &core) noexcept;
HANDRAIL_API bool identity_claimed(const identity &id) noexcept;

template <class T> class managed_value : public managed_core {
public:
  explicit managed_value(T &&v) : value(std::move(v)) {}
  std::optional<T> value;

protected:
  void forget() noexcept override { value.reset(); }
};

template <class T, class F> class managed_object final : public managed_value<T> {
public:
  managed_object(T &&v, F &&f) : managed_value<T>(std::move(v)), finalizer_(std::move(f)) {}

private:
  result<void> finalize() noexcept override {
    std::exception_ptr thrown = guarded([&] { finalizer_(*this->value); });
    this->value.reset();
    if (!thrown)
      return {};
    return this->finalizer_failed(thrown);
  }
  std::pair<const void *, std::size_t> finalizer_bytes() const noexcept override {
    return {&finalizer_, std::is_empty_v<F> ? 0 : sizeof(F)};
  }
  [[no_unique_address]] F finalizer_;
};

} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// Invariant: shares a core that knows how many copies there are, or is empty
/// after a move.
template <class T> class managed {
public:
  managed(const managed &other) noexcept : core_(other.core_) {
    if (!core_)
      return;
    core_->add_owner();
    core_->copy_at(this);
  }
  managed(managed &&other) noexcept : core_(std::move(other.core_)) {
    if (!core_)
      return;
    core_->copy_gone(&other);
    core_->copy_at(this);
  }
  managed &operator=(managed other) noexcept {
    for (managed *m : {this, &other})
      if (m->core_)
        m->core_->copy_gone(m);
    core_.swap(other.core_);
    for (managed *m : {this, &other})
      if (m->core_)
        m->core_->copy_at(m);
    return *this;
  }
  ~managed() {
    if (!core_)
      return;
    core_->copy_gone(this);
    core_->drop_owner(detail::arc_access::block(core_));
  }

  /// f(T &), unless it is closed or taken. The result must not refer to the
  /// resource. Errors, as of all that follow: invalid_handle after a move.
  template <class F> auto with(F &&f) const -> result<std::invoke_result_t<F, T &>> {
    if (!core_)
      return errc::invalid_handle;
    if (!core_->pin())
      return core_->stale();
    struct unpin {
      detail::managed_core &core;
      ~unpin() { (void)core.unpin(); }
    } pinned{*core_};
    if constexpr (std::is_void_v<std::invoke_result_t<F, T &>>) {
      std::invoke(std::forward<F>(f), *core_->value);
      return {};
    } else {
      return std::invoke(std::forward<F>(f), *core_->value);
    }
  }
  /// No more use from now on; finalizes when nobody is inside with().
  result<void> close(location where = location::current()) const {
    if (!core_)
      return errc::invalid_handle;
    return core_->close(detail::site_of(where));
  }
  /// The same, and waits for the finalizer. Errors also: cancelled.
  result<void> close_wait(std::stop_token stop = {}, location where = location::current()) const {
    if (!core_)
      return errc::invalid_handle;
    if (auto closed = core_->close(detail::site_of(where)); !closed)
      return closed;
    return core_->wait(std::move(stop));
  }
  /// The raw resource, which nobody finalizes any more.
  result<T> take(location where = location::current()) const {
    static_assert(std::is_nothrow_move_constructible_v<T>, "or it could be lost on the way");
    if (!core_)
      return errc::invalid_handle;
    switch (core_->begin_take(detail::site_of(where))) {
    case errc::ok: {
      T raw = std::move(*core_->value);
      core_->value.reset();
      return raw;
    }
    case errc::busy:
      return core_->about(errc::busy);
    default:
      return core_->stale();
    }
  }
  managed_state state() const noexcept { return core_ ? core_->state() : managed_state::taken; }
  bool has_been_finalized() const noexcept { return state() == managed_state::finalized; }

  explicit managed(arc<detail::managed_value<T>> core) noexcept : core_(std::move(core)) {
    core_->copy_at(this);
  }

private:
  arc<detail::managed_value<T>> core_;
};

/// Errors: already_registered, with the site of the first owner; out_of_memory.
/// Nothing is finalized then. \p finalizer is called with a T &.
template <class T, class F>
result<managed<T>> manage(T raw, F finalizer, const manage_options &options = {},
                          location where = location::current()) {
  static_assert(!std::is_arithmetic_v<T>, "numbers are not resources; wrap them (handrail::fd)");
  static_assert(std::is_invocable_v<F &, T &>, "a finalizer takes the resource");
  const identity id = identity_traits<T>::of(raw);
  auto made =
      detail::make_arc_in<detail::managed_object<T, F>>(0, std::move(raw), std::move(finalizer));
  if (!made)
    return error{.code = errc::out_of_memory, .have = &type_of<T>};
  arc<detail::managed_value<T>> core = *std::move(made);
  core->type = &type_of<T>;
  core->options = options;
  core->opened = detail::site_of(where);
  if (options.evictable)
    core->enlist(detail::arc_access::block(core));
  std::uint32_t first = 0;
  if (const errc code = core->claim(id, first); code != errc::ok)
    return error{.code = code, .have = &type_of<T>, .opened = first};
#if HANDRAIL
  detail::open_record(*core);
#endif
  return managed<T>(std::move(core));
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

/// Whether a raw resource has a managed owner, and so is not to be used.
template <class T> bool is_managed(const T &raw) noexcept {
  return detail::identity_claimed(identity_traits<T>::of(raw));
}

/// Runs the finalizers that wait for it, and with \p evict closes evictable
/// resources that nobody uses. How many ran. Only a hint: others may still come.
HANDRAIL_API std::size_t collect(bool evict = false);

/// An object and the mutex that guards it.
template <class T> class synchronized {
public:
  template <class... Args>
  explicit synchronized(Args &&...args) : value_(std::forward<Args>(args)...) {}
  template <class F> decltype(auto) with(F &&f) {
    std::lock_guard lock(mutex_);
    return std::invoke(std::forward<F>(f), value_);
  }

private:
  std::mutex mutex_;
  T value_;
};

} // namespace handrail

#endif
