//===- scope.h - what was acquired is released in reverse -------*- C++ -*-===//
//
//   handrail::with_scope([&](handrail::scope &s) {
//     auto &db = s.install([&] { return connect(url); },
//                          [](connection &c, const handrail::exit_case &) { c.close(); });
//     auto &tx = s.install([&] { return db.begin(); },
//                          [](transaction &t, const handrail::exit_case &how) {
//                            how.is_completed() ? t.commit() : t.rollback();
//                          });
//     tx.execute("insert …");         // an exception here rolls back
//   });                               // first the transaction, then the connection
//
// Every release runs, in reverse order of acquisition, exactly once, and is told
// how the work ended: completed, failed, or cancelled. An acquire that fails was
// not acquired: its release does not run, the earlier ones do.
//
// Cancellation is a std::stop_token. Acquire and release are never interrupted by
// it: a stop that comes during an acquire is noticed after the release is
// registered, and leaves the scope as cancelled_error. An acquire function that
// wants to see the stop takes a std::stop_token.
//
// What comes out of with_scope: the body's failure, before a release's failure,
// before a cancellation. When a release fails and the body did not, that is a
// scope_error; releases that failed beside something worse are kept and can be
// asked for with last_suppressed().
//
// A scope that is not in with_scope ends in its destructor, which takes it for
// completed unless an exception passes; pthread_cancel is none.
//
// Thread safety: installing is safe from several threads; closing happens once,
// and who comes second gets the first one's outcome. A spawned child does not close
// the scope that waits for it. Errors: what acquire and the
// body throw; failure(scope_ended) for an install after the end, which releases
// at once what it had acquired. Complexity: one allocation per install.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SCOPE_H
#define HANDRAIL_SCOPE_H

#include "detail/amplify.h"
#include "detail/shield.h"
#include "exit_case.h"
#include "ledger.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

namespace handrail {

/// How a scope ended. Invariant: `suppressed` is empty without `error`.
struct scope_outcome {
  exit_case how;
  std::exception_ptr error;                   ///< of the first release that failed
  std::vector<std::exception_ptr> suppressed; ///< of the later ones
  bool ok() const noexcept { return !error; }
};

/// Thrown when work went well, or was cancelled, and its releases did not. The primary
/// error is also nested in it, for those who print causes.
class HANDRAIL_API scope_error : public std::exception, public std::nested_exception {
public:
  scope_error(std::exception_ptr primary, std::vector<std::exception_ptr> suppressed);
  const char *what() const noexcept override { return text_.c_str(); }
  std::exception_ptr primary() const noexcept { return primary_; }
  const std::vector<std::exception_ptr> &suppressed() const noexcept { return suppressed_; }

private:
  std::exception_ptr primary_;
  std::vector<std::exception_ptr> suppressed_;
  std::string text_;
};

/// The errors of releases that failed beside the exception or error that the
/// last with_scope of this thread ended with.
HANDRAIL_API const std::vector<std::exception_ptr> &last_suppressed() noexcept;

/// Says how a value that the body returned ended the work. May be specialised.
template <class R> struct exit_traits {
  static exit_case of(const R &) { return completed{}; }
};
template <class T> struct exit_traits<result<T>> {
  static exit_case of(const result<T> &r) {
    if (r)
      return completed{};
    if (r.error().code == errc::cancelled)
      return cancelled{};
    return failed{nullptr, r.error()};
  }
};

namespace detail {

/// Something to release. Owned by the list of its scope.
struct scope_entry {
  virtual ~scope_entry() = default;
  virtual void release(const exit_case &how) = 0;
  scope_entry *next = nullptr;
  std::uint32_t site = 0;
};

HANDRAIL_API void set_last_suppressed(std::vector<std::exception_ptr> errors) noexcept;
/// Keeps a failure beside the first one; when memory runs out it is an event only.
HANDRAIL_API void add_suppressed(std::vector<std::exception_ptr> &all,
                                 std::exception_ptr e) noexcept;
/// Of what acquires in parallel failed with (null where they did not) the index of what
/// the whole fails with, or the number of them.
HANDRAIL_API std::size_t failure_that_counts(std::span<const std::exception_ptr> errors) noexcept;
/// Invariant: entries are released in reverse order of `add`, each once, by the
/// one close() that takes the list.
class HANDRAIL_API scope_core {
public:
  explicit scope_core(std::stop_token stop);
  scope_core(const scope_core &) = delete;
  scope_core &operator=(const scope_core &) = delete;

  /// Throws failure(scope_ended) after the end; the entry is then the caller's.
  void add(std::unique_ptr<scope_entry> &entry);
  bool ended() const noexcept;

  /// Joins what was spawned, releases everything, and says what failed.
  scope_outcome close(exit_case how) noexcept;
  /// Requested by whoever requested the stop that the scope was made with, and
  /// when a spawned child failed.
  std::stop_token stop_token() const noexcept { return own_.get_token(); }
  void request_stop() noexcept { own_.request_stop(); }
  /// Throws cancelled_error if a stop was requested.
  void check() const {
    if (stops_here())
      own_.request_stop();
    if (own_.stop_requested())
      throw cancelled_error();
  }
  /// What a spawned child failed with first, or null. After close().
  std::exception_ptr child_error() const noexcept { return child_error_; }

protected:
  ~scope_core();
  /// Throws failure(scope_ended) after the end, and what starting a thread throws.
  void add_child(const std::function<std::thread()> &start);
  void child_failed(std::exception_ptr e) noexcept;

private:
  struct forward_stop {
    scope_core &scope;
    void operator()() const noexcept { scope.own_.request_stop(); }
  };

  std::atomic<scope_entry *> entries_{nullptr};
  mutable std::stop_source own_;
  std::optional<std::stop_callback<forward_stop>> parent_;
  int exceptions_before_;

  std::mutex mutex_; ///< guards what follows
  std::vector<std::thread> children_;
  std::exception_ptr child_error_;
  bool closing_ = false;
  std::thread::id closer_;
  scope_outcome outcome_;
  std::atomic<bool> closed_{false};
};

template <class F> decltype(auto) acquire_masked(F &acquire, const std::stop_token &seen) {
  if (acquire_fails())
    throw failure(error{.code = errc::acquire_failed});
  if constexpr (std::is_invocable_v<F &, std::stop_token>)
    return acquire(seen);
  else
    return acquire();
}

/// The value of an acquire, which may be in a result.
template <class R> auto unwrap(R &&made) {
  if constexpr (is_result<std::remove_cvref_t<R>>) {
    if (!made)
      throw failure(made.error());
    return *std::forward<R>(made);
  } else {
    return std::forward<R>(made);
  }
}

template <class F, class... Args> void call_release(F &f, const exit_case &how, Args &...args) {
  const auto call = [&]() -> decltype(auto) {
    if constexpr (std::is_invocable_v<F &, Args &..., const exit_case &>)
      return f(args..., how);
    else
      return f(args...);
  };
  if constexpr (std::is_same_v<decltype(call()), result<void>>) {
    if (auto done = call(); !done)
      throw failure(done.error());
  } else {
    call();
  }
}

template <class T, class R> struct value_entry final : scope_entry {
  template <class Make>
  value_entry(Make &&make, R &&r) : release_function(std::move(r)), value(make()) {}
  void release(const exit_case &how) override { call_release(release_function, how, value); }
  [[no_unique_address]] R release_function; // first: nothing may throw after the acquire
  T value;
};

template <class R> struct release_entry final : scope_entry {
  explicit release_entry(R &&r) : release_function(std::move(r)) {}
  void release(const exit_case &how) override { call_release(release_function, how); }
  [[no_unique_address]] R release_function;
};

} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

template <class T> class resource;

class scope : public detail::scope_core {
public:
  explicit scope(std::stop_token stop = {}) : detail::scope_core(std::move(stop)) {}

  /// acquire() or acquire(std::stop_token) makes the value, possibly in a
  /// result; release(value &, const exit_case &) or release(value &) ends it. The
  /// value lives in the scope.
  template <class A, class R>
  auto &install(A acquire, R release, location where = location::current()) {
    using made = decltype(detail::acquire_masked(acquire, std::stop_token()));
    using T = decltype(detail::unwrap(std::declval<made>()));
    static_assert(std::is_object_v<T>, "acquire makes a value");
    if (ended())
      throw failure(error{.code = errc::scope_ended});
    check();
    std::unique_ptr<detail::scope_entry> entry;
    T *value;
    {
      // Not cancelled half-way: the release is registered first.
      detail::cancellation_shield shield;
      [[maybe_unused]] acquire_watch watch(where);
      auto *typed = new detail::value_entry<T, R>(
          [&] { return detail::unwrap(detail::acquire_masked(acquire, stop_token())); },
          std::move(release));
      watch.done();
      entry.reset(typed);
      value = &typed->value;
      entry->site = detail::site_of(where);
    }
    put(entry);
    check();
    return *value;
  }
  /// A value without release but its destructor.
  template <class T> T &own(T value, location where = location::current()) {
    return install([&] { return std::move(value); }, [](T &) {}, where);
  }
  /// A value with a member close().
  template <class T> T &closeable(T value, location where = location::current()) {
    return install([&] { return std::move(value); }, [](T &v) { return v.close(); }, where);
  }
  /// release(const exit_case &) or release().
  template <class R> void on_release(R release, location where = location::current()) {
    std::unique_ptr<detail::scope_entry> entry =
        std::make_unique<detail::release_entry<R>>(std::move(release));
    entry->site = detail::site_of(where);
    put(entry);
  }
  /// Guards that know how the work ended also where exceptions are not seen:
  /// in coroutines, and for errors that are returned.
  template <class F> void on_failure(F f, location where = location::current()) {
    on_release(
        [f = std::move(f)](const exit_case &how) mutable {
          if (!how.is_completed())
            f();
        },
        where);
  }
  template <class F> void on_success(F f, location where = location::current()) {
    on_release(
        [f = std::move(f)](const exit_case &how) mutable {
          if (how.is_completed())
            f();
        },
        where);
  }
  template <class T> T &bind(const resource<T> &r) { return r(*this); }
  /// Acquires in parallel, each on a thread of its own. When one fails, the
  /// others are asked to stop, and what they acquired is released. Released in
  /// reverse order of the arguments, whoever was ready first.
  template <class... T> std::tuple<T &...> par_zip(const resource<T> &...resources);
  /// Runs f(std::stop_token) or f() on a thread that the scope joins before it
  /// releases anything. A child that fails stops the others and fails the scope.
  template <class F> void spawn(F f) {
    auto child = [this, f = std::move(f), test = detail::this_thread.test]() mutable {
      detail::work_for(test);
      try {
        if constexpr (std::is_invocable_v<F &, std::stop_token>)
          f(stop_token());
        else
          f();
      } catch (abi::__forced_unwind &) {
        throw;
      } catch (...) {
        child_failed(std::current_exception());
      }
    };
    add_child([&] { return std::thread(std::move(child)); });
  }

private:
  /// Notices handles that an acquire opened before it failed.
  class acquire_watch {
  public:
#if HANDRAIL
    explicit acquire_watch(const location &where) noexcept
        : where_(where), before_(detail::open_balance()) {}
    ~acquire_watch() {
      if (!done_ && detail::open_balance() > before_)
        detail::note(ledger::event_kind::acquired_then_failed, nullptr, 0, detail::site_of(where_));
    }
    void done() noexcept { done_ = true; }

  private:
    const location &where_;
    std::int64_t before_;
    bool done_ = false;
#else
    explicit acquire_watch(const location &) noexcept {}
    void done() noexcept {}
#endif
  };

  void put(std::unique_ptr<detail::scope_entry> &entry) {
    try {
      add(entry);
    } catch (...) {
      // Ended meanwhile: what was acquired is released at once.
      (void)detail::guarded([&] { entry->release(cancelled{}); });
      throw;
    }
  }
};

/// What a body that ran to its end, or did not, comes to.
template <class R> struct scope_result {
  std::optional<std::conditional_t<std::is_void_v<R>, std::monostate, R>> value;
  exit_case how;
  std::exception_ptr error; ///< by rank: body, release, cancellation; null if none
  std::vector<std::exception_ptr> suppressed;
};

/// Runs f(scope &) and releases, without throwing. Only a forced unwind passes.
template <class F>
auto try_scope(F &&f, std::stop_token stop = {}) -> scope_result<std::invoke_result_t<F, scope &>> {
  using R = std::invoke_result_t<F, scope &>;
  scope_result<R> out;
  scope s(std::move(stop));
  try {
    if constexpr (std::is_void_v<R>) {
      std::invoke(std::forward<F>(f), s);
      out.value.emplace();
    } else {
      out.value.emplace(std::invoke(std::forward<F>(f), s));
      out.how = exit_traits<R>::of(*out.value);
    }
  } catch (abi::__forced_unwind &) {
    (void)s.close(cancelled{});
    throw;
  } catch (...) {
    out.how = exit_case::from_exception(std::current_exception());
    out.error = out.how.exception();
  }
  scope_outcome end = s.close(out.how);
  out.how = end.how;
  const auto demote = [&](std::exception_ptr e) {
    if (e)
      out.suppressed.push_back(std::move(e));
  };
  if (std::exception_ptr child = s.child_error(); child && !out.how.is_cancelled() && out.error)
    demote(child);
  else if (child)
    out.how = exit_case::from_exception(out.error = child);
  if (!end.error)
    return out;
  if (out.how.is_failed()) {
    demote(end.error);
  } else {
    // A failed release is worse than a cancellation.
    demote(std::exchange(out.error, end.error));
  }
  for (std::exception_ptr &e : end.suppressed)
    demote(std::move(e));
  return out;
}

/// Runs f(scope &), releases what it acquired, and returns or throws what comes of
/// it: see the top of this file.
template <class F>
auto with_scope(F &&f, std::stop_token stop = {}) -> std::invoke_result_t<F, scope &> {
  using R = std::invoke_result_t<F, scope &>;
  scope_result<R> out = try_scope(std::forward<F>(f), std::move(stop));
  const bool release_failed = out.error && out.error != out.how.exception();
  if (release_failed)
    throw scope_error(out.error, std::move(out.suppressed));
  detail::set_last_suppressed(std::move(out.suppressed));
  if (out.error)
    std::rethrow_exception(out.error);
  if constexpr (!std::is_void_v<R>)
    return std::move(*out.value);
}

/// One resource around one use.
template <class A, class U, class R> auto bracket_case(A acquire, U use, R release) {
  return with_scope([&](scope &s) -> decltype(auto) {
    return use(s.install(std::move(acquire), std::move(release)));
  });
}
template <class A, class U, class R> auto bracket(A acquire, U use, R release) {
  return bracket_case(std::move(acquire), std::move(use), std::move(release));
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#endif
