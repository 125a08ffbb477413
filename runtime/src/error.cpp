// The words of errors.
#include "handrail/error.h"

#include "handrail/ledger.h"

#include <cstdio>
#include <cstring>

namespace handrail {

const char *to_string(errc code) noexcept {
  switch (code) {
  case errc::ok:
    return "no error";
  case errc::invalid_handle:
    return "invalid handle";
  case errc::stale_handle:
    return "stale handle";
  case errc::wrong_type:
    return "wrong type";
  case errc::wrong_table:
    return "handle of another table";
  case errc::busy:
    return "busy";
  case errc::shared:
    return "shared";
  case errc::over_release:
    return "released too often";
  case errc::refcount_overflow:
    return "too many references";
  case errc::ids_exhausted:
    return "ids exhausted";
  case errc::already_registered:
    return "already registered";
  case errc::scope_ended:
    return "scope has ended";
  case errc::sealed:
    return "sealed";
  case errc::acquire_failed:
    return "acquire failed";
  case errc::release_failed:
    return "release failed";
  case errc::cancelled:
    return "cancelled";
  case errc::out_of_memory:
    return "out of memory";
  case errc::not_supported:
    return "not supported";
  case errc::invalid_argument:
    return "invalid argument";
  case errc::wrong_owner:
    return "has another owner";
  }
  return "unknown error";
}

std::string error::message() const {
  std::string text = to_string(code);
  if (id) {
    char number[24];
    std::snprintf(number, sizeof number, " %#llx", static_cast<unsigned long long>(id));
    text += number;
  }
  const char *separator = ": ";
  auto add = [&](std::string_view part) {
    text += std::exchange(separator, ", ");
    text += part;
  };
  if (code == errc::wrong_type && want && have)
    add(std::string(have->name) + " instead of " + std::string(want->name));
  else if (have || want)
    add((have ? have : want)->name);
  if (opened)
    add("opened at " + ledger::site_text(opened));
  if (closed) {
    constexpr const char *how[] = {"", " after a failure", " after a cancellation", ""};
    add((ended == detail::ended_taken ? "taken at " : "closed at ") + ledger::site_text(closed) +
        how[ended & 3]);
  }
  if (os_error)
    add(std::system_category().message(os_error));
  return text;
}

namespace {
class category final : public std::error_category {
public:
  constexpr category() noexcept = default;
  const char *name() const noexcept override { return "handrail"; }
  std::string message(int code) const override { return to_string(static_cast<errc>(code)); }
};
} // namespace

const std::error_category &error_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

std::error_code error::as_error_code() const noexcept { return make_error_code(code); }

} // namespace handrail
