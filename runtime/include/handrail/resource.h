//===- resource.h - acquire and release as a value --------------*- C++ -*-===//
//
// A resource<T> is the description of something to acquire. Nothing happens until
// it is used, and each use acquires anew.
//
//   auto database = handrail::make_resource([=] { return connect(url); },
//                                           [](connection &c) { c.close(); });
//   auto session = database.then([](connection &c) {
//     return handrail::make_resource([&c] { return c.login(); },
//                                    [](login &l) { l.logout(); });
//   });
//   int rows = session.use([](login &l) { return l.count(); });
//
// Inside a scope, s.bind(session) gives the value, which the scope then ends;
// s.par_zip(a, b) acquires several at a time.
//
// allocate() is for frames that cannot be a scope: it gives the value together
// with its release, which somebody must call; the ledger has it as open until
// then, and reports it when nobody does.
//
// Thread safety: a resource may be used from several threads at once if its
// functions may. Errors: as scope.h. Complexity: copies share the description.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_RESOURCE_H
#define HANDRAIL_RESOURCE_H

#include "scope.h"

#include <functional>
#include <tuple>

namespace handrail {

namespace detail {
struct allocation_name {
  static constexpr std::string_view name = "allocated resource";
};
/// Runs the jobs in parallel, the first on this thread. The index of the failure
/// that counts, or the number of jobs.
HANDRAIL_API std::size_t run_parallel(const std::vector<std::function<void()>> &jobs,
                                      const std::function<void()> &stop_all,
                                      std::vector<std::exception_ptr> &errors);
} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// A value and the duty to release it. Not released when it is destroyed means
/// never_closed in the ledger, and then it is released as cancelled.
template <class T> class [[nodiscard]] allocated {
public:
  allocated(std::unique_ptr<scope> s, T &value, location where)
      : scope_(std::move(s)), value_(&value),
        record_(handrail::detail::named_by_traits<handrail::detail::allocation_name>::value,
                where) {}
  allocated(allocated &&) noexcept = default;
  allocated &operator=(allocated &&) = delete;
  ~allocated() {
    if (!scope_)
      return;
#if HANDRAIL
    handrail::detail::note(
        ledger::event_kind::never_closed,
        &handrail::detail::named_by_traits<handrail::detail::allocation_name>::value, 0,
        record_.site());
#endif
    record_.close(0, exit_case(cancelled{}).kind());
    (void)scope_->close(cancelled{});
  }
  T &operator*() const noexcept { return *value_; }
  T *operator->() const noexcept { return value_; }
  scope_outcome release(exit_case how = completed{}) {
    if (!scope_)
      return {};
    record_.close(0, how.kind());
    return std::exchange(scope_, nullptr)->close(std::move(how));
  }

private:
  std::unique_ptr<scope> scope_;
  T *value_;
  [[no_unique_address]] handrail::detail::ledger_record record_;
};

/// Invariant: the function acquires into the scope it is given, and what it
/// returns lives there.
template <class T> class resource {
public:
  using value_type = T;

  template <class F>
    requires(std::is_invocable_r_v<T &, F &, scope &> &&
             !std::is_same_v<std::remove_cvref_t<F>, resource>)
  resource(F f) : acquire_(std::make_shared<std::function<T &(scope &)>>(std::move(f))) {}

  T &operator()(scope &s) const { return (*acquire_)(s); }

  /// f(T &) makes a value of its own, which ends before this one.
  template <class F> auto map(F f) const -> resource<std::invoke_result_t<F, T &>> {
    using U = std::invoke_result_t<F, T &>;
    return resource<U>(
        [self = *this, f](scope &s) -> U & { return s.own(std::invoke(f, self(s))); });
  }
  /// f(T &) gives a resource that is acquired after this one.
  template <class F> auto then(F f) const -> std::invoke_result_t<F, T &> {
    using U = typename std::invoke_result_t<F, T &>::value_type;
    return resource<U>([self = *this, f](scope &s) -> U & {
      auto next = std::invoke(f, self(s));
      return next(s);
    });
  }
  /// Both, one after the other; the value is a pair of references.
  template <class U> resource<std::pair<T &, U &>> zip(const resource<U> &other) const {
    return resource<std::pair<T &, U &>>([self = *this, other](scope &s) -> std::pair<T &, U &> & {
      T &first = self(s);
      U &second = other(s);
      return s.own(std::pair<T &, U &>(first, second));
    });
  }
  /// f(T &) between acquire and release, in a scope of its own.
  template <class F> auto use(F &&f, std::stop_token stop = {}) const {
    return with_scope(
        [&](scope &s) -> decltype(auto) { return std::invoke(std::forward<F>(f), (*this)(s)); },
        std::move(stop));
  }
  allocated<T> allocate(location where = location::current()) const {
    auto s = std::make_unique<scope>();
    try {
      T &value = (*this)(*s);
      return allocated<T>(std::move(s), value, where);
    } catch (abi::__forced_unwind &) {
      throw;
    } catch (...) {
      (void)s->close(exit_case::from_exception(std::current_exception()));
      throw;
    }
  }

private:
  std::shared_ptr<std::function<T &(scope &)>> acquire_;
};

/// The pair of functions that scope::install takes, as a value. They are copied
/// for each use.
template <class A, class R>
auto make_resource(A acquire, R release, location where = location::current()) {
  using made = decltype(detail::acquire_masked(acquire, std::stop_token()));
  using T = decltype(detail::unwrap(std::declval<made>()));
  return resource<T>([=](scope &s) -> T & { return s.install(A(acquire), R(release), where); });
}

template <class... T> std::tuple<T &...> scope::par_zip(const resource<T> &...resources) {
  constexpr std::size_t n = sizeof...(T);
  std::vector<std::shared_ptr<scope>> branches;
  for (std::size_t i = 0; i < n; ++i)
    branches.push_back(std::make_shared<scope>(stop_token()));
  std::tuple<T *...> values{};
  std::vector<std::function<void()>> jobs;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (jobs.push_back([&, branch = branches[I]] { std::get<I>(values) = &resources(*branch); }), ...);
  }(std::make_index_sequence<n>());
  const auto stop_all = [&] {
    for (const auto &branch : branches)
      branch->request_stop();
  };
  std::vector<std::exception_ptr> errors(n);
  std::size_t installed = 0;
  try {
    if (const std::size_t first = detail::run_parallel(jobs, stop_all, errors); first != n)
      std::rethrow_exception(errors[first]);
    for (; installed < n; ++installed)
      on_release([branch = branches[installed]](const exit_case &how) {
        if (scope_outcome end = branch->close(how); !end.ok()) {
          if (end.suppressed.empty())
            std::rethrow_exception(end.error);
          throw scope_error(end.error, std::move(end.suppressed));
        }
      });
  } catch (...) {
    // What this scope did not take over ends here, the last argument first.
    for (std::size_t i = n; i-- > installed;)
      (void)branches[i]->close(errors[i] ? exit_case::from_exception(errors[i])
                                         : exit_case(cancelled{}));
    throw;
  }
  return std::apply([](auto *...v) { return std::tuple<T &...>(*v...); }, values);
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#endif
