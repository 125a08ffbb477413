//===- report.h - what is open, gathered ------------------------*- C++ -*-===//
#ifndef HANDRAIL_SRC_REPORT_H
#define HANDRAIL_SRC_REPORT_H

#include "handrail/ledger.h"

#include <chrono>
#include <map>
#include <optional>

namespace handrail::detail {

/// Whether objects are asked for their names. Only on a thread that may run the program's
/// code: not on one of our own, beside those that change the objects.
enum class names { leave_out, ask };

/// Open handles of one type, site and owner.
struct open_group {
  std::string type, owner, name;
  std::uint32_t site = 0;
  std::uint32_t touch = 0, closing = 0; ///< sites
  bool closes = false, cycle = false;
  std::size_t count = 0;
  std::vector<std::uint64_t> ids; ///< the first few
  std::optional<std::chrono::milliseconds> oldest, newest;
};
/// Most frequent first, then by type, site and owner.
std::vector<open_group> open_groups(names n);

/// The text of ledger::report().
std::string open_text(const std::vector<open_group> &groups, const char *when);
std::size_t count_of(const std::vector<open_group> &groups) noexcept;

/// What sample_growth() has seen of each site.
using series_map = std::map<std::uint32_t, std::vector<std::pair<std::uint64_t, std::size_t>>>;
series_map growth_samples();

/// The JSON document of ledger::write_report().
enum class moment { any, exit };
std::string document(names n, moment when = moment::any);
/// The path with %p replaced.
std::string path_for_this_process(std::string_view path);
/// To a file beside it first, which then takes its place.
bool write_file(const std::string &path, std::string_view text) noexcept;

bool write_all(int descriptor, std::string_view text) noexcept;
std::string json_string(std::string_view text);

/// Whether the ledger's record is of a managed object that its finalizer keeps.
bool is_cycle(std::uint64_t token) noexcept;

/// A setting of the environment as a number.
int setting(const char *name, int otherwise) noexcept;

} // namespace handrail::detail

#endif
