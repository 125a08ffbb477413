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
// report with the places of the last retains (at level 3, which keeps a history);
// one release too many is reported, and ignored as far as the memory still tells
// (always at level 3, which keeps freed blocks for a while).
// Complexity: O(1), one allocation per object; the first weak takes a lock.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_REFCOUNT_H
#define HANDRAIL_REFCOUNT_H

#include "ledger.h"

#include <algorithm>
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
/// from construction until the last release, and below it the references. The bit
/// `traced` marks blocks made at level 3, whose counting leaves a history.
struct header {
  static constexpr std::uint64_t live = std::uint64_t(1) << 63;
  static constexpr std::uint64_t traced = std::uint64_t(1) << 62;
  static constexpr std::uint64_t max_count = std::uint64_t(1) << 61;
  static constexpr std::uint32_t foreign = std::uint32_t(1) << 31; ///< in `entries`

  const resource_type *type;
  std::atomic<std::uint64_t> count{live | 1};
  std::atomic<std::uint64_t> weak_id{0}; ///< of the process-wide table of weak references
  /// Table entries that hold this object; `foreign` if its memory has an allocator.
  std::atomic<std::uint32_t> entries{0};
  std::atomic<std::uint32_t> site{0}; ///< where the first of them was made

  void *object() noexcept { return this + 1; }
  static std::size_t offset(std::size_t align) noexcept {
    return align > sizeof(header) ? align : sizeof(header);
  }
  /// Of a block that is kept for the next object (the count is 0): the bytes for it.
  std::size_t room() const noexcept { return weak_id.load(std::memory_order_relaxed); }
  void set_room(std::size_t size) noexcept { weak_id.store(size, std::memory_order_relaxed); }
  bool has_room(const resource_type &type) const noexcept;
  /// One reference, and none can come of a weak one.
  bool alone() const noexcept {
    return (count.load(std::memory_order_acquire) & ~traced) == (live | 1) &&
           weak_id.load(std::memory_order_relaxed) == 0;
  }
  /// The same, and one entry; the memory has no allocator.
  bool only_in_table() const noexcept {
    return alone() && entries.load(std::memory_order_relaxed) == 1;
  }
  /// False if it has an entry already, unless \p again allows that. \p alone: no
  /// other thread can reach the object now.
  bool add_entry(bool alone, bool again) noexcept {
    std::uint32_t n = entries.load(std::memory_order_relaxed);
    do
      if ((n & ~foreign) && !again)
        return false;
      else if (alone)
        return entries.store(n + 1, std::memory_order_relaxed), true;
    while (!entries.compare_exchange_weak(n, n + 1, std::memory_order_relaxed));
    return true;
  }
  /// Whether that was the last one.
  bool drop_entry(bool alone) noexcept {
    if (!alone)
      return (entries.fetch_sub(1, std::memory_order_acq_rel) & ~foreign) == 1;
    const std::uint32_t n = entries.load(std::memory_order_relaxed);
    entries.store(n - 1, std::memory_order_relaxed);
    return (n & ~foreign) == 1;
  }
};
static_assert(sizeof(header) == 32 && sizeof(header) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);

inline bool header::has_room(const resource_type &type) const noexcept {
  return type.size <= room() && type.align <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

/// Null when memory runs out or the size overflows. The object is not made yet.
HANDRAIL_API header *allocate_block(const resource_type &type, std::size_t tail = 0) noexcept;
/// What frees a block that came from an allocator; stands before its header.
struct alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) foreign_memory {
  void (*free)(header *) noexcept;
};
/// For a block whose object was not made, or is gone.
HANDRAIL_API void free_block(header *h) noexcept;
/// Gives a reference up. If it was the only one, the block may be left, for block_from()
/// or discard_kept(); else null.
void *release_and_keep(header *h) noexcept;
void discard_kept(void *kept) noexcept;
/// Whether blocks are kept at all.
extern constinit std::atomic<bool> keeps_blocks;
/// The end of an object without references, of which the block is left.
inline void destroy_and_keep(header *h) noexcept {
  h->count.store(0, std::memory_order_relaxed);
  h->type->destroy(*h->type, h->object());
  h->set_room(h->type->size);
}
/// A block for an object, made of what was kept (or null), or new; null without memory.
inline header *block_from(void *kept, const resource_type &type) noexcept {
  if (auto *h = static_cast<header *>(kept)) [[likely]] {
    if (h->has_room(type)) [[likely]]
      return ::new (kept) header{.type = &type};
    discard_kept(kept);
  }
  return allocate_block(type);
}
/// After the last release.
HANDRAIL_API void destroy_block(header *h) noexcept;
/// What is not the usual case: \p old is the count before.
HANDRAIL_API void retain_rarely(header *h, std::uint64_t old) noexcept;
HANDRAIL_API void release_rarely(header *h, std::uint64_t old) noexcept;
/// The weak reference of a living object; 0 when memory runs out.
HANDRAIL_API std::uint64_t weak_of(header *h) noexcept;
/// A new reference, or null when the object is gone.
HANDRAIL_API header *lock_weak(std::uint64_t id) noexcept;
HANDRAIL_API bool weak_alive(std::uint64_t id) noexcept;

inline void retain(header *h) noexcept {
  std::uint64_t old;
  if (HANDRAIL_SINGLE_THREADED) {
    old = h->count.load(std::memory_order_relaxed);
    h->count.store(old + 1, std::memory_order_relaxed);
  } else {
    old = h->count.fetch_add(1, std::memory_order_relaxed);
  }
  // Overflow, a block that is gone, or one that is traced.
  if (old - header::live - 1 >= header::max_count) [[unlikely]]
    retain_rarely(h, old);
}

inline void release(header *h) noexcept {
  std::uint64_t old = h->count.load(std::memory_order_acquire);
  // The only reference: nobody else can count.
  if (old == (header::live | 1) && h->weak_id.load(std::memory_order_relaxed) == 0) {
    h->count.store(0, std::memory_order_relaxed);
    return destroy_block(h);
  }
  if (HANDRAIL_SINGLE_THREADED)
    h->count.store(old - 1, std::memory_order_relaxed);
  else
    old = h->count.fetch_sub(1, std::memory_order_release);
  // The last one after all, one too many, or a traced one.
  if (old - header::live - 2 >= header::max_count) [[unlikely]]
    release_rarely(h, old);
}

struct arc_access {
  template <class T> static header *block(const arc<T> &a) noexcept { return a.header_; }
  template <class T> static arc<T> adopt(header *h, T *object) noexcept {
    return arc<T>(h, object);
  }
  static inline any_arc adopt_any(header *h) noexcept;
  static inline header *block(const any_arc &a) noexcept;
  static inline header *detach(any_arc &a) noexcept;
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
  T *get_mut() noexcept { return header_ && header_->alone() ? object_ : nullptr; }
  /// Owners at this moment; only a hint when other threads have some.
  std::uint64_t use_count() const noexcept {
    constexpr std::uint64_t flags = detail::header::live | detail::header::traced;
    return header_ ? header_->count.load(std::memory_order_relaxed) & ~flags : 0;
  }

  /// For interfaces that count by hand: into_raw() gives the reference away,
  /// from_raw() takes it back; retain_raw and release_raw count in between. Null, and
  /// nothing is given away, if the object is a base that does not stand first.
  T *into_raw() && noexcept
    requires(!std::is_polymorphic_v<T> || std::is_final_v<T>)
  {
    if (!header_ || header_->object() != static_cast<const volatile void *>(object_))
      return nullptr;
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
inline namespace HANDRAIL_LEVEL_NAMESPACE {
template <class T, class... Args> T *construct_at(header *h, Args &&...args) {
#if HANDRAIL
  if (tracking_level.load(std::memory_order_relaxed) > 2) [[unlikely]]
    h->count.store(header::live | header::traced | 1, std::memory_order_relaxed);
#endif
  return ::new (h->object()) T(std::forward<Args>(args)...);
}
/// Block and object are there, or neither.
template <class T, class... Args> T *construct_in(header *h, Args &&...args) {
  struct undo {
    header *h;
    ~undo() {
      if (h)
        free_block(h);
    }
  } guard{h};
  T *object = construct_at<T>(h, std::forward<Args>(args)...);
  guard.h = nullptr;
  return object;
}
template <class T> header *new_block() noexcept {
  if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    return allocate_block(type_of<T>);
  } else {
    try {
      return ::new (::operator new(sizeof(header) + sizeof(T))) header{.type = &type_of<T>};
    } catch (const std::bad_alloc &) {
      return nullptr;
    }
  }
}
template <class T, class... Args> result<arc<T>> make_arc_in(std::size_t tail, Args &&...args) {
  header *h = tail ? allocate_block(type_of<T>, tail) : new_block<T>();
  if (!h) [[unlikely]]
    return errc::out_of_memory;
  return arc_access::adopt<T>(h, construct_in<T>(h, std::forward<Args>(args)...));
}

/// Where things lie in memory from an allocator: a copy of it first, then what
/// frees the block, the header and the object. `unit` has the object's alignment.
template <class T, class Alloc> struct foreign_layout {
  static constexpr std::size_t align =
      std::max({alignof(T), alignof(Alloc), alignof(foreign_memory)});
  static constexpr std::size_t before = sizeof(Alloc) + sizeof(foreign_memory) + sizeof(header);
  static constexpr std::size_t offset = (before + align - 1) / align * align;
  static constexpr std::size_t units = (offset + sizeof(T) + align - 1) / align;
  struct alignas(align) unit {
    std::byte bytes[align];
  };
  using traits = typename std::allocator_traits<Alloc>::template rebind_traits<unit>;
  using allocator = typename traits::allocator_type;

  static void free(header *h) noexcept {
    auto *begin = reinterpret_cast<unit *>(static_cast<std::byte *>(h->object()) - offset);
    Alloc *kept = std::launder(reinterpret_cast<Alloc *>(begin));
    allocator a(std::move(*kept));
    std::destroy_at(kept);
    traits::deallocate(a, begin, units);
  }
};
} // namespace HANDRAIL_LEVEL_NAMESPACE
} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {
/// A new object with one owner. Throws std::bad_alloc, and what T's constructor
/// throws.
template <class T, class... Args> arc<T> make_arc(Args &&...args) {
  detail::header *h = detail::new_block<T>();
  if (!h) [[unlikely]]
    throw std::bad_alloc();
  return detail::arc_access::adopt<T>(h, detail::construct_in<T>(h, std::forward<Args>(args)...));
}

/// The same in memory of an allocator, of which the block keeps a copy. Throws what
/// it throws.
template <class T, class Alloc, class... Args>
arc<T> allocate_arc(const Alloc &from, Args &&...args) {
  using layout = detail::foreign_layout<T, Alloc>;
  typename layout::allocator a(from);
  auto *begin = layout::traits::allocate(a, layout::units);
  ::new (static_cast<void *>(begin)) Alloc(from); // does not throw, as every allocator's copy
  auto *object = reinterpret_cast<std::byte *>(begin) + layout::offset;
  ::new (object - sizeof(detail::header) - sizeof(detail::foreign_memory))
      detail::foreign_memory{&layout::free};
  auto *h = ::new (object - sizeof(detail::header)) detail::header{.type = &type_of<T>};
  h->entries.store(detail::header::foreign, std::memory_order_relaxed);
  return detail::arc_access::adopt<T>(h, detail::construct_in<T>(h, std::forward<Args>(args)...));
}

/// The same with \p tail bytes behind the object, in the same allocation. The
/// error is out_of_memory, also for sizes that overflow.
template <class T, class... Args>
result<arc<T>> make_arc_with_tail(std::size_t tail, Args &&...args) {
  return detail::make_arc_in<T>(tail, std::forward<Args>(args)...);
}
} // namespace HANDRAIL_LEVEL_NAMESPACE
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
inline detail::header *detail::arc_access::block(const any_arc &a) noexcept { return a.header_; }
inline detail::header *detail::arc_access::detach(any_arc &a) noexcept {
  return std::exchange(a.header_, nullptr);
}

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
  bool expired() const noexcept { return !detail::weak_alive(id_); }

private:
  std::uint64_t id_ = 0;
  T *object_ = nullptr; ///< only read while an owner is held
};

} // namespace handrail

#endif
