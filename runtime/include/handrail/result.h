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
#include <memory>
#include <optional>
#include <utility>

namespace handrail {

/// Invariant: holds a value or an error, never both. An error never has the
/// code ok.
template <class T> class [[nodiscard]] result {
  static_assert(std::is_object_v<T>, "results hold objects; use a pointer for references");
  static constexpr bool nothrow_move = std::is_nothrow_move_constructible_v<T>;

public:
  using value_type = T;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, result> &&
             !std::is_same_v<std::remove_cvref_t<U>, handrail::error> &&
             !std::is_same_v<std::remove_cvref_t<U>, errc>)
  result(U &&value) : value_(std::forward<U>(value)), has_(true) {}
  result(const handrail::error &e) noexcept : error_(e), has_(false) { assert(e.code != errc::ok); }
  result(errc code) noexcept : result(handrail::error{.code = code}) {}

  result(const result &other)
    requires std::is_copy_constructible_v<T>
      : error_(), has_(false) {
    take(other);
  }
  result(result &&other) noexcept(nothrow_move)
    requires std::is_move_constructible_v<T>
      : error_(), has_(false) {
    take(std::move(other));
  }
  /// What was there is gone first; when the copy throws, an error is left.
  result &operator=(const result &other)
    requires std::is_copy_constructible_v<T>
  {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  result &operator=(result &&other) noexcept(nothrow_move)
    requires std::is_move_constructible_v<T>
  {
    if (this != &other) {
      drop();
      take(std::move(other));
    }
    return *this;
  }
  ~result() {
    if (has_)
      std::destroy_at(&value_);
  }

  bool has_value() const noexcept { return has_; }
  explicit operator bool() const noexcept { return has_; }

  T &operator*() & noexcept { return assert(has_), value_; }
  const T &operator*() const & noexcept { return assert(has_), value_; }
  T &&operator*() && noexcept { return assert(has_), std::move(value_); }
  T *operator->() noexcept { return assert(has_), &value_; }
  const T *operator->() const noexcept { return assert(has_), &value_; }

  T &value() & { return check(), value_; }
  const T &value() const & { return check(), value_; }
  T &&value() && { return check(), std::move(value_); }
  template <class U> T value_or(U &&other) && {
    return has_ ? std::move(value_) : static_cast<T>(std::forward<U>(other));
  }
  template <class U> T value_or(U &&other) const & {
    return has_ ? value_ : static_cast<T>(std::forward<U>(other));
  }

  const handrail::error &error() const noexcept { return assert(!has_), error_; }

  /// f(value), which returns a result itself, or this error.
  template <class F> auto and_then(F &&f) && -> std::invoke_result_t<F, T &&> {
    if (has_)
      return std::invoke(std::forward<F>(f), std::move(value_));
    return error_;
  }
  /// A result with f(value), or this error.
  template <class F> auto transform(F &&f) && -> result<std::invoke_result_t<F, T &&>> {
    if (has_)
      return std::invoke(std::forward<F>(f), std::move(value_));
    return error_;
  }
  /// This value, or what f(error) gives.
  template <class F> result or_else(F &&f) && {
    if (has_)
      return std::move(*this);
    return std::invoke(std::forward<F>(f), error_);
  }

private:
  void check() const {
    if (!has_)
      throw failure(error_);
  }
  /// Only of a result that holds an error.
  template <class Other> void take(Other &&other) {
    if (!other.has_) {
      error_ = other.error_;
      return;
    }
    ::new (static_cast<void *>(&value_)) T(std::forward<Other>(other).value_);
    has_ = true;
  }
  void drop() noexcept {
    if (!has_)
      return;
    std::destroy_at(&value_);
    has_ = false;
    ::new (static_cast<void *>(&error_)) handrail::error{.code = errc::invalid_argument};
  }

  union {
    T value_;
    handrail::error error_;
  };
  bool has_;
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
