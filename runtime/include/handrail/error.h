//===- error.h - what went wrong, with the story of the handle --*- C++ -*-===//
//
// Every operation of the runtime that can fail returns a result<T> (result.h)
// whose error is one of these. It names the resource and, where the ledger was
// on, where the handle was opened and where it was closed:
//
//   auto file = files.get<log_file>(h);
//   if (!file)
//     std::cerr << file.error().message();
//   // stale handle 0x0100000300000000: log_file, opened at main.cpp:12 in start,
//   // closed at main.cpp:40 in rotate
//
// Thread safety: values. Errors: none; message() allocates. An error is a small
// trivially copyable value, so that it costs nothing to return one.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_ERROR_H
#define HANDRAIL_ERROR_H

#include "config.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace handrail {

struct resource_type;

/// What can go wrong. The numbers are part of the C interface (as negative
/// values) and never change.
enum class errc : int {
  ok = 0,
  invalid_handle = 1,      ///< never handed out by this table: 0, or not one of its ids
  stale_handle = 2,        ///< was open once and was closed or taken since
  wrong_type = 3,          ///< open, but not of the type that was asked for
  wrong_table = 4,         ///< belongs to another table
  busy = 5,                ///< somebody is using the object right now
  shared = 6,              ///< other references exist, so it cannot be changed or moved out
  over_release = 7,        ///< released more often than retained
  refcount_overflow = 8,   ///< more references than the count can hold
  ids_exhausted = 9,       ///< every id of the table has been used up
  already_registered = 10, ///< the same object has an owner already
  scope_ended = 11,        ///< the scope has released what it held and takes no more
  sealed = 12,             ///< came after the set was fixed
  acquire_failed = 13,     ///< an acquire function failed
  release_failed = 14,     ///< a close hook, finalizer or release function failed
  cancelled = 15,          ///< a stop was requested
  out_of_memory = 16,
  not_supported = 17, ///< the object has no such capability
  invalid_argument = 18,
  wrong_owner = 19, ///< a raw handle that has another owner
};

/// Invariant: `opened` and `closed` are sites of the ledger or 0 for unknown;
/// `want` and `have` live as long as the program.
struct error {
  errc code = errc::ok;
  int os_error = 0;                    ///< errno of the failed call, or 0
  std::uint64_t id = 0;                ///< the handle in question, or 0
  const resource_type *want = nullptr; ///< the type that was asked for
  const resource_type *have = nullptr; ///< the type that is or was there
  std::uint32_t opened = 0;
  std::uint32_t closed = 0;
  std::uint8_t ended = 0; ///< how it was closed: exit_case::kind(), or 3 when it was taken

  /// One line: the code, the resource and both sites as far as they are known.
  HANDRAIL_API std::string message() const;
  /// For interfaces that speak std::error_code; its category is handrail's.
  HANDRAIL_API std::error_code as_error_code() const noexcept;

  friend bool operator==(const error &a, errc b) noexcept { return a.code == b; }
};
static_assert(std::is_trivially_copyable_v<error> && sizeof(error) <= 48);

/// The name of a code as it appears in messages ("stale handle").
HANDRAIL_API const char *to_string(errc code) noexcept;
HANDRAIL_API const std::error_category &error_category() noexcept;
HANDRAIL_API std::error_code make_error_code(errc code) noexcept;

/// Thrown where a result's value is asked for and there is none, and where a
/// scope passes on the failure of an acquire that returned an error.
class HANDRAIL_API failure : public std::runtime_error {
public:
  explicit failure(const handrail::error &e) : std::runtime_error(e.message()), error_(e) {}
  const handrail::error &error() const noexcept { return error_; }

private:
  handrail::error error_;
};

/// Thrown by whatever notices that a stop was requested. Scopes that are left
/// by it end as cancelled, not as failed.
class HANDRAIL_API cancelled_error : public std::exception {
public:
  const char *what() const noexcept override { return "cancelled"; }
};

} // namespace handrail

template <> struct std::is_error_code_enum<handrail::errc> : std::true_type {};

#endif
