//===- result.h - a value or an error ----------------------------*- C++ -*-===//
//
// The part of C++23's std::expected that the runtime needs, for C++20:
//
//   handrail::result<int> port = parse(text);
//   if (!port)
//     return port.error();
//   connect(*port);
//
// It is its own class in every language mode, so that a program may link files
// compiled as C++20 and as C++23. `return e;` with an error e makes a failed
// result. value() throws handrail::failure when there is none; operator* must
// not be used then (checked by an assertion).
//
// Thread safety: as the value's. Complexity: no allocation.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_RESULT_H
#define HANDRAIL_RESULT_H

#include "error.h"

#include <cassert>
#include <functional>
#include <optional>
#include <utility>

namespace handrail {

/// Invariant: holds a value or an error, never both. An error never has the
/// code ok.
template <class T> class [[nodiscard]] result {
  static_assert(std::is_object_v<T>, "results hold objects; use a pointer for references");

public:
  using value_type = T;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, result> &&
             !std::is_same_v<std::remove_cvref_t<U>, handrail::error> &&
             !std::is_same_v<std::remove_cvref_t<U>, errc>)
  result(U &&value) : value_(std::in_place, std::forward<U>(value)) {}
  result(const handrail::error &e) : error_(e) { assert(e.code != errc::ok); }
  result(errc code) : result(handrail::error{.code = code}) {}

  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  T &operator*() & noexcept { return assert(value_), *value_; }
  const T &operator*() const & noexcept { return assert(value_), *value_; }
  T &&operator*() && noexcept { return assert(value_), std::move(*value_); }
  T *operator->() noexcept { return assert(value_), &*value_; }
  const T *operator->() const noexcept { return assert(value_), &*value_; }

  T &value() & { return check(), *value_; }
  const T &value() const & { return check(), *value_; }
  T &&value() && { return check(), std::move(*value_); }
  template <class U> T value_or(U &&other) && {
    return value_ ? std::move(*value_) : static_cast<T>(std::forward<U>(other));
  }
  template <class U> T value_or(U &&other) const & {
    return value_ ? *value_ : static_cast<T>(std::forward<U>(other));
  }

  const handrail::error &error() const noexcept { return assert(!value_), error_; }

  /// f(value), which returns a result itself, or this error.
  template <class F> auto and_then(F &&f) && -> std::invoke_result_t<F, T &&> {
    if (value_)
      return std::invoke(std::forward<F>(f), std::move(*value_));
    return error_;
  }
  /// A result with f(value), or this error.
  template <class F> auto transform(F &&f) && -> result<std::invoke_result_t<F, T &&>> {
    if (value_)
      return std::invoke(std::forward<F>(f), std::move(*value_));
    return error_;
  }
  /// This value, or what f(error) gives.
  template <class F> result or_else(F &&f) && {
    if (value_)
      return std::move(*this);
    return std::invoke(std::forward<F>(f), error_);
  }

private:
  void check() const {
    if (!value_)
      throw failure(error_);
  }

  std::optional<T> value_;
  handrail::error error_;
};

template <> class [[nodiscard]] result<void> {
public:
  using value_type = void;

  result() noexcept = default;
  result(const handrail::error &e) noexcept : error_(e) {}
  result(errc code) noexcept : error_{.code = code} {}

  bool has_value() const noexcept { return error_.code == errc::ok; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (!has_value())
      throw failure(error_);
  }
  const handrail::error &error() const noexcept { return assert(!has_value()), error_; }

  template <class F> auto and_then(F &&f) const -> std::invoke_result_t<F> {
    if (has_value())
      return std::invoke(std::forward<F>(f));
    return error_;
  }
  template <class F> result or_else(F &&f) const {
    return has_value() ? *this : std::invoke(std::forward<F>(f), error_);
  }

private:
  handrail::error error_;
};

template <class T> inline constexpr bool is_result = false;
template <class T> inline constexpr bool is_result<result<T>> = true;

} // namespace handrail

#endif
