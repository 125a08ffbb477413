//===- handle_table.h - objects behind ids that cannot go wrong -*- C++ -*-===//
//
// A table owns objects of any type and hands out handles to them. It is for
// handles that leave the program's types: across an FFI, a wire, a script.
//
//   handrail::table files({.name = "files"});
//   auto h = *files.insert(log_file("a.log"));     // typed_handle<log_file>
//   files.with(h, [](log_file &f) { f.write("hello"); });
//   files.close(h);                                // log_file::close() runs here
//   auto twice = files.close(h);                   // stale handle …: log_file,
//   std::cerr << twice.error().message();          // opened at …, closed at …
//
// What get() returns keeps the object, not the entry: a handle may be closed
// while others use the object. The close hook runs once then, and the object is
// destroyed when the last reference has gone.
//
// Not for: what one owner holds and nobody else names (use a member), and what
// is looked up in an inner loop without need (hold a ref<T>, or use peek).
//
// Thread safety: everything but construction and destruction. Look-ups take no
// lock; opening and closing rarely take one, and a short one. Hooks and destructors run without
// any lock and may use the table. Errors: see each function; wrong handles of
// all kinds are errors and never undefined. Complexity: all O(1) but the
// listings; one allocation per object.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_HANDLE_TABLE_H
#define HANDRAIL_HANDLE_TABLE_H

#include "detail/table_core.h"
#include "handle.h"
#include "refcount.h"

namespace handrail {

struct table_options {
  std::string_view name = {};
  id_layout layout = id_layout::native64;
  /// At most this many entries at a time (of counter32: at most so many ids).
  std::uint64_t capacity = ~std::uint64_t(0);
  /// How many free slots wait before the oldest of them is used again. The more,
  /// the longer the story of a closed handle is kept.
  std::uint32_t quarantine = 32;
  /// The first id of counter32.
  std::uint32_t first_id = 1;
};

/// One line of a listing.
struct entry_info {
  handle id;
  const resource_type *type;
  std::string name;   ///< the object's own, if it has one
  std::string opened; ///< where, if that is known
  std::string stack;  ///< opened at level 2: one line per frame
  /// Opened at level 2: how long ago, to some 20 ms.
  std::optional<std::chrono::milliseconds> age;
};

namespace detail {

/// What of a table does not depend on types. Errors name \p want.
class HANDRAIL_API erased_table {
public:
  explicit erased_table(const table_options &options);
  /// Closes what is open: slots in descending order, hooks are told `completed`.
  ~erased_table();
  erased_table(const erased_table &) = delete;
  erased_table &operator=(const erased_table &) = delete;

  /// Before the end: what is open is closed, and nothing more is opened.
  void close_all(const exit_case &how) noexcept;

  /// Takes a reference over when it succeeds. \p again allows an object that is
  /// in a table already.
  result<std::uint64_t> insert(header *h, bool again, std::uint32_t site);
  result<void> close(std::uint64_t id, const resource_type *want, const exit_case &how,
                     std::uint32_t site);
  /// The work completed.
  result<void> close(std::uint64_t id, std::uint32_t site);
  /// The reference becomes the caller's.
  result<header *> take(std::uint64_t id, const resource_type *want, std::uint32_t site);
  /// Only if nothing else refers to the object, which then is the caller's.
  result<header *> take_unique(std::uint64_t id, const resource_type *want, std::uint32_t site);
  /// Gives the old reference to the caller. Errors as lock() of the core.
  result<header *> replace(std::uint64_t id, const resource_type *want, header *h,
                           std::uint32_t site);
  result<std::uint64_t> dup(std::uint64_t id, std::uint32_t site);
  result<std::uint64_t> transfer(std::uint64_t id, erased_table &to, std::uint32_t site);
  result<std::stop_token> stop_token(std::uint64_t id);
  result<int> native_handle(std::uint64_t id);
  std::vector<entry_info> list();
  /// The error, counted in the ledger.
  /// \p closing: for a close, not for a use.
  error explain(std::uint64_t id, const resource_type *want, bool closing = false) noexcept;
  table_core &core() const noexcept { return *core_; }

private:
  result<void> end_close(place at, std::uint64_t id, const exit_case &how);

  table_core *core_;
};

inline header *block_of(const slot *s) noexcept {
  return static_cast<header *>(s->object.load(std::memory_order_relaxed));
}

/// A slot and a block for an object that is to be made, given back unless it is published.
/// Invariant: it has both, or neither and refused() says why.
class new_entry {
public:
  new_entry(table_core &core, const resource_type &type) noexcept : core_(core) {
    errc why = errc::ok;
    at_ = reserve(core, type, why);
    refused_ = why;
  }
  new_entry(const new_entry &) = delete;
  ~new_entry() {
    if (at_) [[unlikely]]
      cancel(core_, at_);
  }
  explicit operator bool() const noexcept { return static_cast<bool>(at_); }
  errc refused() const noexcept { return refused_; }
  header *block() const noexcept { return block_of(at_.s); }
  /// The object is in the block.
  std::uint64_t publish(std::uint32_t site) noexcept {
    return publish(core_, std::exchange(at_, {}), site);
  }

private:
  // Not of this object, which then needs no place in memory.
  HANDRAIL_API static place reserve(table_core &core, const resource_type &type,
                                    errc &why) noexcept;
  static place reserve_slowly(table_core &core, const resource_type &type, errc &why) noexcept;
  static place make_block(table_core &core, const resource_type &type, place at,
                          errc &why) noexcept;
  HANDRAIL_API static void cancel(table_core &core, place at) noexcept;
  HANDRAIL_API static std::uint64_t publish(table_core &core, place at,
                                            std::uint32_t site) noexcept;

  table_core &core_;
  place at_;
  errc refused_;
};

} // namespace detail

/// One use of an object: keeps it alive and where it is, also while its handle
/// is closed. May move into another thread or a coroutine frame.
template <class T> class [[nodiscard]] ref {
public:
  constexpr ref() noexcept = default;
  ref(ref &&other) noexcept
      : object_(std::exchange(other.object_, nullptr)), use_(other.use_), core_(other.core_) {}
  ref &operator=(ref &&other) noexcept {
    ref(std::move(other)).swap(*this);
    return *this;
  }
  ~ref() {
    if (object_)
      core_->end_use(use_);
  }

  T *get() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  T *operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_; }
  /// An owner that does not depend on the entry; null for an empty one.
  arc<T> share() const noexcept {
    if (!object_)
      return nullptr;
    detail::header *h = detail::block_of(use_.slot());
    detail::retain(h);
    return detail::arc_access::adopt<T>(h, object_);
  }
  void swap(ref &other) noexcept {
    std::swap(object_, other.object_);
    std::swap(use_, other.use_);
    std::swap(core_, other.core_);
  }

  /// For the table: takes a use over.
  ref(T *object, detail::slot_use use, detail::table_core *core) noexcept
      : object_(object), use_(use), core_(core) {}

private:
  T *object_ = nullptr;
  detail::slot_use use_;
  detail::table_core *core_ = nullptr;
};

inline namespace HANDRAIL_LEVEL_NAMESPACE {

class table {
public:
  explicit table(const table_options &options = {}) : impl_(options) {}

  /// Errors: ids_exhausted, out_of_memory, sealed (the table is being destroyed); the
  /// value is then still the caller's.
  template <class T>
    requires(!std::is_lvalue_reference_v<T>)
  result<typed_handle<T>> insert(T &&value, location where = location::current()) {
    return emplace_at<T>(where, std::move(value));
  }
  template <class T>
  result<typed_handle<T>> insert(const T &value, location where = location::current()) {
    return emplace_at<T>(where, value);
  }
  /// Shares the object. Errors also: already_registered, since closing both
  /// entries would close the object twice (dup() makes a second handle).
  template <class T>
  result<typed_handle<T>> insert(arc<T> &&object, location where = location::current()) {
    return insert_arc(object, false, where);
  }
  template <class T>
  result<typed_handle<T>> insert(const arc<T> &object, location where = location::current()) {
    arc<T> copy = object;
    return insert_arc(copy, false, where);
  }
  /// Like insert, but the object may be in a table already: its close hook runs
  /// when its last entry is closed.
  template <class T>
  result<typed_handle<T>> insert_again(arc<T> object, location where = location::current()) {
    return insert_arc(object, true, where);
  }
  /// The same for an object whose type is known at run time only.
  result<handle> insert_any(any_arc object, location where = location::current()) {
    detail::header *h = detail::arc_access::block(object);
    if (!h)
      return errc::invalid_argument;
    auto id = impl_.insert(h, false, detail::site_of(where));
    if (id)
      detail::arc_access::detach(object);
    return std::move(id).transform(to_handle);
  }
  /// Makes the object in place; its site in reports is unknown, emplace_at says it.
  template <class T, class... Args> result<typed_handle<T>> emplace(Args &&...args) {
    return emplace_at<T>(std::nullopt, std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  result<typed_handle<T>> emplace_at(std::optional<location> where, Args &&...args) {
    detail::new_entry made(core(), type_of<T>);
    if (!made) [[unlikely]]
      return error{.code = made.refused(), .have = &type_of<T>};
    detail::construct_at<T>(made.block(), std::forward<Args>(args)...);
    return typed_handle<T>{handle{made.publish(where ? detail::site_of(*where) : 0)}};
  }

  /// Errors: invalid_handle, stale_handle, wrong_table, wrong_type,
  /// refcount_overflow (of pins).
  template <class T> [[nodiscard]] result<ref<T>> get(handle h) noexcept {
    const detail::table_core::quick_use use = core().use_quickly(value(h));
    if (use.s && use.s->type.load(std::memory_order_relaxed) == &type_of<T>) [[likely]]
      return ref<T>(static_cast<T *>(detail::block_of(use.s)->object()), detail::slot_use(use.cell),
                    &core());
    return get_slowly<T>(h, use.cell);
  }
  template <class T> [[nodiscard]] result<ref<T>> get(typed_handle<T> h) noexcept {
    return get<T>(h.raw);
  }
  /// Null for whatever get() refuses. Keeps nothing: whoever calls makes sure
  /// that the handle is not closed meanwhile.
  template <class T> [[nodiscard]] T *peek(handle h) noexcept {
    detail::slot *s = core().peek(value(h));
    if (s && s->type.load(std::memory_order_relaxed) == &type_of<T>) [[likely]]
      return static_cast<T *>(detail::block_of(s)->object());
    return nullptr;
  }
  template <class T> [[nodiscard]] T *peek(typed_handle<T> h) noexcept { return peek<T>(h.raw); }
  /// f(T &), whose result must not refer to the object.
  template <class T, class F> auto with(handle h, F &&f) -> result<std::invoke_result_t<F, T &>> {
    auto found = get<T>(h);
    if (!found)
      return found.error();
    if constexpr (std::is_void_v<std::invoke_result_t<F, T &>>) {
      std::invoke(std::forward<F>(f), **found);
      return {};
    } else {
      return std::invoke(std::forward<F>(f), **found);
    }
  }
  template <class T, class F> auto with(typed_handle<T> h, F &&f) {
    return with<T, F>(h.raw, std::forward<F>(f));
  }
  /// The object whatever its type is.
  result<any_arc> get_any(handle h) noexcept {
    if (auto object = look(h))
      return *std::move(object);
    return impl_.explain(value(h), nullptr);
  }
  /// The object as one of the capabilities that its type lists. Errors also:
  /// not_supported.
  template <class Base> result<ref<Base>> query(handle h) noexcept {
    detail::slot *s;
    const detail::slot_use use = core().try_use(value(h), s);
    if (!use)
      return impl_.explain(value(h), nullptr);
    const resource_type &type = *s->type.load(std::memory_order_relaxed);
    void *object = detail::block_of(s)->object();
    for (std::size_t i = 0; i < type.capability_count; ++i)
      if (type.capability_list[i].type == &type_of<Base>)
        return ref<Base>(static_cast<Base *>(type.capability_list[i].cast(object)), use, &core());
    const error e = core().about(errc::not_supported, s, value(h), &type_of<Base>);
    core().end_use(use);
    return e;
  }

  /// The descriptor behind the object, which is open at this moment. Errors also:
  /// not_supported; stale_handle with EBADF when somebody closed the descriptor.
  result<int> native_handle(handle h) { return impl_.native_handle(value(h)); }

  /// Removes the entry without closing the object, which stays alive for those
  /// who use it. Errors as get(); the table is then unchanged.
  template <class T> result<arc<T>> take(handle h, location where = location::current()) {
    auto taken = impl_.take(value(h), &type_of<T>, detail::site_of(where));
    if (!taken)
      return taken.error();
    return adopt<T>(*taken);
  }
  template <class T> result<arc<T>> take(typed_handle<T> h, location where = location::current()) {
    return take<T>(h.raw, where);
  }
  result<any_arc> take_any(handle h, location where = location::current()) {
    return impl_.take(value(h), nullptr, detail::site_of(where))
        .transform(detail::arc_access::adopt_any);
  }
  /// Moves the object out. Errors also: shared, busy.
  template <class T> result<T> take_unique(handle h, location where = location::current()) {
    auto taken = impl_.take_unique(value(h), &type_of<T>, detail::site_of(where));
    if (!taken)
      return taken.error();
    arc<T> object = adopt<T>(*taken);
    return std::move(*object);
  }
  template <class T>
  result<T> take_unique(typed_handle<T> h, location where = location::current()) {
    return take_unique<T>(h.raw, where);
  }
  /// Puts another object of the same type behind the handle and returns the old
  /// one, which is not closed. Errors as get(), and busy while it is in use.
  template <class T>
  result<arc<T>> replace(typed_handle<T> h, T value, location where = location::current()) {
    auto made = detail::make_arc_in<T>(0, std::move(value));
    if (!made)
      return made.error();
    auto old = impl_.replace(h.value(), &type_of<T>, detail::arc_access::block(*made),
                             detail::site_of(where));
    if (!old)
      return old.error();
    detail::arc_access::detach(*made);
    return adopt<T>(*old);
  }
  /// A second handle of the same object. Its close hook runs with the last one.
  result<handle> dup(handle h, location where = location::current()) {
    return impl_.dup(value(h), detail::site_of(where)).transform(to_handle);
  }
  template <class T>
  result<typed_handle<T>> dup(typed_handle<T> h, location where = location::current()) {
    return dup(h.raw, where).transform([](handle d) { return typed_handle<T>{d}; });
  }
  /// Moves the entry; the old handle is stale then. The object is not closed.
  /// When \p to has no id left, nothing has changed.
  result<handle> transfer(handle h, table &to, location where = location::current()) {
    return impl_.transfer(value(h), to.impl_, detail::site_of(where)).transform(to_handle);
  }

  /// Removes the entry and runs the close hook. Errors as get() without a type,
  /// and release_failed (or what the hook returned): the entry is gone then too.
  result<void> close(handle h, const exit_case &how, location where = location::current()) {
    return impl_.close(value(h), nullptr, how, detail::site_of(where));
  }
  /// After work that completed.
  result<void> close(handle h, location where = location::current()) {
    return impl_.close(value(h), detail::site_of(where));
  }

  /// A stop is requested when the handle is closed: ends operations that hold a
  /// reference across a wait. Errors as get().
  result<std::stop_token> stop_token(handle h) { return impl_.stop_token(value(h)); }

  bool contains(handle h) noexcept { return core().peek(value(h)); }
  std::size_t size() const noexcept { return core().size(); }
  bool empty() const noexcept { return size() == 0; }
  std::string_view name() const noexcept { return core().name(); }
  /// Slots whose generations are used up.
  std::size_t retired() const noexcept { return core().retired(); }
  /// f(handle, any_arc) for each entry that is open, in no order. It may use the table.
  template <class F> void for_each_live(F &&f) {
    for (const entry_info &e : snapshot())
      if (auto object = look(e.id))
        f(e.id, *std::move(object));
  }
  /// What is open, in the order of ids.
  std::vector<entry_info> snapshot() { return impl_.list(); }
  /// Ids and the names of objects, or of types where objects have none.
  std::vector<std::pair<handle, std::string>> names() {
    std::vector<std::pair<handle, std::string>> result;
    for (entry_info &e : snapshot())
      result.emplace_back(e.id, e.name.empty() ? std::string(e.type->name) : std::move(e.name));
    return result;
  }

private:
  static constexpr std::uint64_t value(handle h) noexcept { return static_cast<std::uint64_t>(h); }
  static handle to_handle(std::uint64_t id) noexcept { return handle{id}; }
  detail::table_core &core() const noexcept { return impl_.core(); }

  std::optional<any_arc> look(handle h) noexcept {
    detail::slot *s;
    const detail::slot_use use = core().try_use(value(h), s);
    if (!use)
      return std::nullopt;
    detail::header *block = detail::block_of(s);
    detail::retain(block);
    core().end_use(use);
    return detail::arc_access::adopt_any(block);
  }
  /// Apart, so that get() calls nothing before it ends.
  template <class T>
  __attribute__((noinline)) result<ref<T>> get_slowly(handle h,
                                                      detail::use_cell *announced) noexcept {
    detail::slot *s;
    if (const detail::slot_use use = core().go_on(announced, value(h), s)) {
      if (s->type.load(std::memory_order_relaxed) == &type_of<T>) [[likely]]
        return ref<T>(static_cast<T *>(detail::block_of(s)->object()), use, &core());
      core().end_use(use);
    }
    return impl_.explain(value(h), &type_of<T>);
  }
  template <class T> static arc<T> adopt(detail::header *h) noexcept {
    return detail::arc_access::adopt<T>(h, static_cast<T *>(h->object()));
  }
  template <class T>
  result<typed_handle<T>> insert_arc(arc<T> &object, bool again, const location &where) {
    detail::header *h = detail::arc_access::block(object);
    if (!h || h->type != &type_of<T>)
      return error{.code = errc::invalid_argument, .want = &type_of<T>};
    auto id = impl_.insert(h, again, detail::site_of(where));
    if (!id)
      return id.error();
    detail::arc_access::detach(object);
    return typed_handle<T>{handle{*id}};
  }

  detail::erased_table impl_;
};

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#endif
