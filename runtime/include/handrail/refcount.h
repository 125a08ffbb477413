//===- refcount.h - arc<T>: shared objects in one allocation ----*- C++ -*-===//
//
// arc<T> is a shared owner: one allocation for count and object, atomic, copied
// by counting up.
//
//   handrail::arc<image> a = handrail::make_arc<image>(640, 480);
//   handrail::arc<image> b = a;          // two owners of one image
//   b.get_mut();                         // null: others could see the change
//   a = nullptr;
//   if (image *mine = b.get_mut())       // the only owner may change it
//     mine->clear();
//
// A weak<T> does not keep the object; lock() gives an owner while there is one.
// It is a handle with a generation, so that it costs the object nothing when it
// is not used. An arc<Derived> converts to arc<Base>.
//
// Thread safety: counting and weak::lock are safe from any thread; one arc or
// weak object is not to be changed by two threads at once, like an int.
// Errors: more references than the count can hold abort the program, after a
// report; one release too many is reported, and ignored as far as the memory
// still tells (always at level 3, which keeps freed blocks for a while).
// Complexity: O(1), one allocation per object; the first weak takes a lock.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_REFCOUNT_H
#define HANDRAIL_REFCOUNT_H

#include "ledger.h"

#include <new>

#if defined(__GLIBC__) && __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define HANDRAIL_SINGLE_THREADED __libc_single_threaded
#else
#define HANDRAIL_SINGLE_THREADED false
#endif

namespace handrail {

template <class T> class arc;
template <class T> class weak;
class any_arc;

namespace detail {

/// Stands immediately before the object. Invariant: `count` has the bit `live`
/// from construction until the last release, and below it the references.
struct header {
  static constexpr std::uint64_t live = std::uint64_t(1) << 63;
  static constexpr std::uint64_t max_count = std::uint64_t(1) << 61;

  const resource_type *type;
  std::atomic<std::uint64_t> count{live | 1};
  std::atomic<std::uint64_t> weak_id{0}; ///< of the process-wide table of weak references
  std::atomic<std::uint32_t> entries{0}; ///< table entries that hold this object
  std::atomic<std::uint32_t> site{0};    ///< where the first of them was made

  void *object() noexcept { return this + 1; }
  static std::size_t offset(std::size_t align) noexcept {
    return align > sizeof(header) ? align : sizeof(header);
  }
};
static_assert(sizeof(header) == 32 && sizeof(header) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);

/// Null when memory runs out or the size overflows. The object is not made yet.
HANDRAIL_API header *allocate_block(const resource_type &type, std::size_t tail = 0) noexcept;
/// For a block whose object was not made, or is gone.
HANDRAIL_API void free_block(header *h) noexcept;
/// After the last release.
HANDRAIL_API void destroy_block(header *h) noexcept;
HANDRAIL_API void over_released(header *h) noexcept;
[[noreturn]] HANDRAIL_API void count_overflowed(header *h) noexcept;
/// The weak reference of a living object; 0 when memory runs out.
HANDRAIL_API std::uint64_t weak_of(header *h) noexcept;
/// A new reference, or null when the object is gone.
HANDRAIL_API header *lock_weak(std::uint64_t id) noexcept;

inline void retain(header *h) noexcept {
  std::uint64_t old;
  if (HANDRAIL_SINGLE_THREADED) {
    old = h->count.load(std::memory_order_relaxed);
    h->count.store(old + 1, std::memory_order_relaxed);
  } else {
    old = h->count.fetch_add(1, std::memory_order_relaxed);
  }
  if (old - header::live - 1 >= header::max_count) [[unlikely]]
    count_overflowed(h);
}

inline void release(header *h) noexcept {
  std::uint64_t old;
  if (HANDRAIL_SINGLE_THREADED) {
    old = h->count.load(std::memory_order_relaxed);
    h->count.store(old - 1, std::memory_order_relaxed);
  } else {
    old = h->count.fetch_sub(1, std::memory_order_release);
  }
  if (old - header::live <= 1) [[unlikely]] { // the last one, or one too many
    if (old == (header::live | 1)) {
      (void)h->count.load(std::memory_order_acquire); // pairs with the others' releases
      h->count.store(0, std::memory_order_relaxed);
      destroy_block(h);
    } else {
      over_released(h);
    }
  } else if (!(old & header::live)) [[unlikely]] {
    over_released(h);
  }
}

struct arc_access {
  template <class T> static header *block(const arc<T> &a) noexcept { return a.header_; }
  template <class T> static arc<T> adopt(header *h, T *object) noexcept {
    return arc<T>(h, object);
  }
  static inline any_arc adopt_any(header *h) noexcept;
  template <class T> static header *detach(arc<T> &a) noexcept {
    a.object_ = nullptr;
    return std::exchange(a.header_, nullptr);
  }
};
} // namespace detail

/// Invariant: both pointers are null, or the header counts this reference and
/// the object lies in its block.
template <class T> class arc {
public:
  using element_type = T;

  constexpr arc() noexcept = default;
  constexpr arc(std::nullptr_t) noexcept {}
  arc(const arc &other) noexcept : header_(other.header_), object_(other.object_) { retain(); }
  arc(arc &&other) noexcept
      : header_(std::exchange(other.header_, nullptr)),
        object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U *, T *>
  arc(const arc<U> &other) noexcept : header_(other.header_), object_(other.object_) {
    retain();
  }
  template <class U>
    requires std::is_convertible_v<U *, T *>
  arc(arc<U> &&other) noexcept
      : header_(std::exchange(other.header_, nullptr)),
        object_(std::exchange(other.object_, nullptr)) {}
  arc &operator=(arc other) noexcept {
    swap(other);
    return *this;
  }
  ~arc() {
    if (header_)
      detail::release(header_);
  }

  T *get() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  T *operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_; }
  void reset() noexcept { *this = nullptr; }
  void swap(arc &other) noexcept {
    std::swap(header_, other.header_);
    std::swap(object_, other.object_);
  }

  /// The object if this is its only owner, else null. An object that a weak
  /// reference was made to is never unshared: its lock() could come at any time.
  T *get_mut() noexcept {
    return header_ &&
                   header_->count.load(std::memory_order_acquire) == (detail::header::live | 1) &&
                   header_->weak_id.load(std::memory_order_relaxed) == 0
               ? object_
               : nullptr;
  }
  /// Owners at this moment; only a hint when other threads have some.
  std::uint64_t use_count() const noexcept {
    return header_ ? header_->count.load(std::memory_order_relaxed) & ~detail::header::live : 0;
  }

  /// For interfaces that count by hand: into_raw() gives the reference away,
  /// from_raw() takes it back; retain_raw and release_raw count in between.
  T *into_raw() && noexcept
    requires(!std::is_polymorphic_v<T> || std::is_final_v<T>)
  {
    header_ = nullptr;
    return std::exchange(object_, nullptr);
  }
  static arc from_raw(T *object) noexcept { return arc(header_of(object), object); }
  static void retain_raw(T *object) noexcept { detail::retain(header_of(object)); }
  static void release_raw(T *object) noexcept { detail::release(header_of(object)); }

  friend bool operator==(const arc &a, const arc &b) noexcept { return a.object_ == b.object_; }
  friend bool operator==(const arc &a, std::nullptr_t) noexcept { return !a.object_; }

private:
  template <class U> friend class arc;
  friend struct detail::arc_access;

  arc(detail::header *h, T *object) noexcept : header_(h), object_(object) {}
  static detail::header *header_of(T *object) noexcept {
    using plain = std::remove_cv_t<T>;
    return reinterpret_cast<detail::header *>(const_cast<plain *>(object)) - 1;
  }
  void retain() const noexcept {
    if (header_)
      detail::retain(header_);
  }

  detail::header *header_ = nullptr;
  T *object_ = nullptr;
};

namespace detail {
template <class T, class... Args> result<arc<T>> make_arc_in(std::size_t tail, Args &&...args) {
  header *h = allocate_block(type_of<T>, tail);
  if (!h)
    return errc::out_of_memory;
  struct undo {
    header *h;
    ~undo() {
      if (h)
        free_block(h);
    }
  } guard{h};
  T *object = ::new (h->object()) T(std::forward<Args>(args)...);
  guard.h = nullptr;
  return arc_access::adopt<T>(h, object);
}
} // namespace detail

/// A new object with one owner. Throws std::bad_alloc, and what T's constructor
/// throws.
template <class T, class... Args> arc<T> make_arc(Args &&...args) {
  auto made = detail::make_arc_in<T>(0, std::forward<Args>(args)...);
  if (!made)
    throw std::bad_alloc();
  return *std::move(made);
}

/// The same with \p tail bytes behind the object, in the same allocation. The
/// error is out_of_memory, also for sizes that overflow.
template <class T, class... Args>
result<arc<T>> make_arc_with_tail(std::size_t tail, Args &&...args) {
  return detail::make_arc_in<T>(tail, std::forward<Args>(args)...);
}
template <class T> std::byte *tail_of(const arc<T> &a) noexcept {
  return reinterpret_cast<std::byte *>(a.get() + 1);
}

/// An owner of an object whose type is known at run time only.
class any_arc {
public:
  any_arc() noexcept = default;
  template <class T> any_arc(const arc<T> &object) noexcept : any_arc(arc<T>(object), 0) {}
  any_arc(const any_arc &other) noexcept : header_(other.header_) {
    if (header_)
      detail::retain(header_);
  }
  any_arc(any_arc &&other) noexcept : header_(std::exchange(other.header_, nullptr)) {}
  any_arc &operator=(any_arc other) noexcept {
    std::swap(header_, other.header_);
    return *this;
  }
  ~any_arc() {
    if (header_)
      detail::release(header_);
  }

  /// Null for an empty one.
  const resource_type *type() const noexcept { return header_ ? header_->type : nullptr; }
  /// The object if it is a T (not a base class of it), else null.
  template <class T> arc<T> as() const noexcept {
    if (type() != &type_of<T>)
      return nullptr;
    detail::retain(header_);
    return detail::arc_access::adopt<T>(header_, static_cast<T *>(header_->object()));
  }

private:
  friend struct detail::arc_access;
  explicit any_arc(detail::header *h) noexcept : header_(h) {}
  template <class T>
  any_arc(arc<T> object, int) noexcept : header_(detail::arc_access::detach(object)) {}

  detail::header *header_ = nullptr;
};

inline any_arc detail::arc_access::adopt_any(header *h) noexcept { return any_arc(h); }

/// A reference that does not keep the object. Invariant: the id is 0 or was
/// handed out for an object that was a T.
template <class T> class weak {
public:
  constexpr weak() noexcept = default;
  /// Throws std::bad_alloc.
  weak(const arc<T> &strong) : object_(strong.get()) {
    if (!object_)
      return;
    id_ = detail::weak_of(detail::arc_access::block(strong));
    if (!id_)
      throw std::bad_alloc();
  }

  /// An owner, or null when the last one has gone.
  arc<T> lock() const noexcept {
    detail::header *h = detail::lock_weak(id_);
    return h ? detail::arc_access::adopt<T>(h, object_) : arc<T>();
  }
  bool expired() const noexcept { return !lock(); }

private:
  std::uint64_t id_ = 0;
  T *object_ = nullptr; ///< only read while an owner is held
};

} // namespace handrail

#endif
