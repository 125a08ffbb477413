//===- ledger.h - who opened what, and what is still open -------*- C++ -*-===//
//
// Tables, references, guards, scopes and adopted raw handles all write to one
// ledger. It knows what is open and where it was opened, and prints what is
// left when the program ends:
//
//   $ HANDRAIL_REPORT=1 ./server
//   handrail: 2 handles open at exit
//     2 x connection, opened at net.cpp:88 in accept_one
//
// How much is kept is chosen when the program starts (HANDRAIL_LEVEL):
//
//   0  nothing        1  sites: file, line and function of open and close
//   2  and stacks     3  and a history of the last events of each thread
//
// A translation unit compiled with -DHANDRAIL=0 writes nothing at all. What the
// environment says beside the level, docs/runtime.md lists: reports to a file, on a
// signal, or every second; how many stacks are taken.
//
// Thread safety: everything here; handlers and callbacks run without any lock held and
// may call all of it. Errors: none; when memory runs out, sites are lost and not handles.
// Complexity: a site costs one hash look-up.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_LEDGER_H
#define HANDRAIL_LEDGER_H

#include "detail/uses.h"
#include "resource_type.h"

#include <atomic>
#include <bit>
#include <exception>
#include <source_location>
#include <vector>

namespace handrail {

namespace ledger {

enum class event_kind : std::uint8_t {
  opened,
  closed,
  taken,
  retained, ///< of a reference count, at level 3: the id is its address
  released,
  stale_use, ///< a handle was used or closed after its close
  wrong_type,
  over_release, ///< released more often than retained
  refcount_overflow,
  release_failed,       ///< a close hook, finalizer, guard or release failed
  acquired_then_failed, ///< a handle opened inside an acquire that failed
  never_closed,         ///< an owner that must be closed by hand was destroyed open
  already_registered,
  shared_mutation,  ///< a pointer from get_mut was alive across share or reset
  wrong_owner,      ///< a raw handle was closed or taken by who does not own it
  close_unfinished, ///< a close that is awaited was started, and given up before its end
  count_,
};

struct event {
  event_kind kind = event_kind::opened;
  std::uint8_t exit = 0; ///< exit_case::kind() of a close, and of the work whose release failed
  const resource_type *type = nullptr;
  std::uint64_t id = 0;
  std::uint32_t opened = 0; ///< site
  std::uint32_t at = 0;     ///< site
  /// What follows is filled in by the ledger.
  std::uint32_t here = 0;   ///< site of a mistake: the call that was wrong, with its stack
  std::uint32_t thread = 0; ///< the kernel's number of the thread
  std::uint64_t time = 0;   ///< nanoseconds after the library was loaded
  /// What a release failed with, when that says more than its kind; only for the handler.
  const char *text = nullptr;
  bool closing = false; ///< of stale_use: the call was a close
};

/// The level in force; see the top of this file.
HANDRAIL_API int level() noexcept;
/// For tests and for programs with options of their own. Sites of handles that
/// are open already are not filled in afterwards.
HANDRAIL_API void set_level(int level) noexcept;

/// How often events of this kind happened. Opening and closing is counted at
/// level 3 only, mistakes at every level.
HANDRAIL_API std::uint64_t count(event_kind kind) noexcept;
/// The last events of each thread, at least a thousand, oldest first; empty below level 3.
HANDRAIL_API std::vector<event> history();
/// Called for every mistake, on the thread where it happened and without any lock held.
/// Returns the one before.
using handler = void (*)(const event &);
HANDRAIL_API handler set_handler(handler h) noexcept;

/// A mistake, and how often the same was made at the same places.
struct misuse {
  event_kind kind = event_kind::stale_use;
  std::string rule;  ///< "stale-use", "double-close", "release-failed", …
  std::string type;  ///< of the handle; empty when unknown
  std::string text;  ///< what a release failed with
  std::string test;  ///< that the thread worked for (testing.h)
  std::string stack; ///< of the call; one line per frame
  /// Places that explain it: "opened", "closed", "owner", …
  std::vector<std::pair<std::string, std::string>> places;
  std::uint64_t id = 0; ///< of the first
  std::size_t count = 0;
};
/// All mistakes since the start, in the order of their first time.
HANDRAIL_API std::vector<misuse> misuses();

/// One line of a leak report: handles of one type that were opened at one site.
struct leak {
  std::string type;
  std::string site;  ///< empty when unknown
  std::string owner; ///< the table or the kind of owner
  std::string name;  ///< of one of the objects, when it has one
  std::string touch; ///< where one of them was seen last, when somebody says so
  std::string stack; ///< level 2: one line per frame
  std::size_t count = 0;
  std::string test; ///< that opened it (testing.h)
  std::uint32_t test_number = 0;
  std::string closing; ///< where its close was started, when that is known
  bool closes = false; ///< a close was started that has not come to its end
  bool cycle = false;  ///< level 2: a finalizer keeps the managed object it would end
  /// How others that were opened at the site have been closed: says which way out of
  /// the work forgets them. Those that completed are counted at level 2.
  std::size_t completed = 0, failed = 0, cancelled = 0;
};
/// What is open, most frequent first, then by type and site.
HANDRAIL_API std::vector<leak> live();
/// How many handles are open.
HANDRAIL_API std::size_t live_count() noexcept;
/// Prints live() to a file descriptor; prints nothing when nothing is open.
/// Returns the number of handles.
HANDRAIL_API std::size_t report(int descriptor = 2, const char *when = "now");
/// The same as JSON lines, one per leak.
HANDRAIL_API std::size_t report_json(int descriptor);
/// Everything the ledger knows, as one JSON document that `handrail report` reads: what is
/// open, mistakes, growth, the history, and stacks that are not symbolized. In the path, %p
/// becomes the number of the process. The file is replaced at once, when it is complete.
HANDRAIL_API bool write_report(const char *path);
HANDRAIL_API bool write_report(int descriptor);

/// How many handles that were opened at one site are open, over time.
struct growth {
  std::uint32_t number = 0; ///< of the site
  std::string site, stack;
  std::size_t open = 0;         ///< when it was looked at last
  std::uint64_t first_seen = 0; ///< milliseconds after the start
  double per_minute = 0;        ///< by a straight line through the samples
  double fit = 0;               ///< of that line: 1 is exact, 0 explains nothing
  /// Milliseconds after the start, and how many were open; at most 64, evenly spread.
  std::vector<std::pair<std::uint64_t, std::size_t>> samples;
};
/// Counts what is open, once more. HANDRAIL_GROWTH=milliseconds does it regularly.
HANDRAIL_API void sample_growth();
/// What sample_growth() has seen, the fastest growth first.
HANDRAIL_API std::vector<growth> growing();
/// Called with each site that has more than \p count handles open, once until it has fallen
/// below half of that. Looked at by a thread every 100 ms, or as HANDRAIL_GROWTH says, and
/// in sample_growth(): a crowd that is gone by then is not seen. Null ends it. The callback
/// does not throw.
using threshold_callback = void (*)(const growth &);
HANDRAIL_API void set_threshold(std::size_t count, threshold_callback callback);

/// A site as text ("a.cpp:12 in main"), empty for 0.
HANDRAIL_API std::string site_text(std::uint32_t site);

} // namespace ledger

namespace detail {
extern HANDRAIL_API constinit std::atomic<int> tracking_level;

/// Where and how a handle ended, in one word: its site and, above, exit_case::kind()
/// or ended_taken.
inline constexpr int ended_taken = 3;
/// While a handle is open, the word says where it was seen last, or with this in the place
/// of a kind, where its close was started.
inline constexpr int ends_soon = 1;
inline constexpr unsigned ending_shift = 30;
constexpr std::uint32_t ending(std::uint32_t site, int how) noexcept {
  return site | static_cast<std::uint32_t>(how) << ending_shift;
}
constexpr std::uint32_t ending_site(std::uint32_t e) noexcept {
  return e & ((std::uint32_t(1) << ending_shift) - 1);
}
constexpr std::uint8_t ending_kind(std::uint32_t e) noexcept {
  return static_cast<std::uint8_t>(e >> ending_shift);
}

HANDRAIL_API std::uint32_t intern_site(const char *file, const char *function,
                                       std::uint32_t line) noexcept;
/// The same for a thread with a record, which then knows it by \p key.
HANDRAIL_API std::uint32_t intern_known_site(std::uintptr_t key, const char *file,
                                             const char *function, std::uint32_t line) noexcept;
/// At level 2 and 3 each n-th call at a place has its stack taken (HANDRAIL_SAMPLE).
HANDRAIL_API void set_sampling(std::uint32_t n) noexcept;
/// The name is copied; the result lives for ever.
HANDRAIL_API const resource_type &named_type(std::string_view name);
HANDRAIL_API void note(const ledger::event &e) noexcept;
/// The same with the text of the exception or error that made it.
HANDRAIL_API void note_failure(ledger::event e, const std::exception_ptr &why) noexcept;
HANDRAIL_API void note_failure(ledger::event e, const error &why) noexcept;
inline void note(ledger::event_kind kind, const resource_type *type, std::uint64_t id = 0,
                 std::uint32_t opened = 0, std::uint32_t at = 0) noexcept {
  note(ledger::event{kind, 0, type, id, opened, at});
}

/// Says to `handrail run`, when it watches this program, that a descriptor has an owner.
HANDRAIL_API void tell_owner(int fd, bool owned) noexcept;

/// Handles that this thread opened, less those it closed.
HANDRAIL_API std::int64_t open_balance() noexcept;

/// Records of owners that are no table entries: a raw handle in a `unique`, a
/// managed object. The token is 0 when nothing is recorded.
HANDRAIL_API std::uint64_t ledger_open(const resource_type &type, std::uint32_t site) noexcept;
HANDRAIL_API void ledger_close(std::uint64_t token, std::uint32_t site, int how) noexcept;
/// Keeps the place where a recorded owner was seen last.
HANDRAIL_API void ledger_touch(std::uint64_t token, std::uint32_t site) noexcept;
/// From open to closing: a close was started there, and is not done.
HANDRAIL_API void ledger_closing(std::uint64_t token, std::uint32_t site) noexcept;
/// Where a recorded owner was opened, 0 if it is none.
HANDRAIL_API std::uint32_t ledger_site(std::uint64_t token) noexcept;
} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {
#if HANDRAIL
/// Where a call stands; the default argument of functions that open and close.
using location = std::source_location;
#else
struct location {
  static constexpr location current() noexcept { return {}; }
};
#endif

} // namespace HANDRAIL_LEVEL_NAMESPACE

namespace detail {
inline namespace HANDRAIL_LEVEL_NAMESPACE {
/// The number of a place in the source.
inline std::uint32_t site_of([[maybe_unused]] const location &where) noexcept {
#if HANDRAIL
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (level <= 0)
    return 0;
  if constexpr (sizeof(location) == sizeof(std::uintptr_t)) {
    // Where a location is the address of its data, this identifies the call.
    if (const use_record *const mine = this_thread.uses; level == 1 && mine) {
      const auto key = std::bit_cast<std::uintptr_t>(where);
      const use_record::known_site &known = mine->site_at(key);
      if (known.key == key) [[likely]]
        return known.number;
      return intern_known_site(key, where.file_name(), where.function_name(), where.line());
    }
  }
  return intern_site(where.file_name(), where.function_name(), where.line());
#else
  return 0;
#endif
}

/// A record in the ledger that closes itself. Empty with HANDRAIL=0.
class ledger_record {
public:
#if HANDRAIL
  ledger_record() noexcept = default;
  ledger_record(const resource_type &type, const location &where) noexcept {
    if (tracking_level.load(std::memory_order_relaxed) > 0)
      token_ = ledger_open(type, site_of(where));
  }
  ledger_record(const resource_type &type, std::uint32_t site) noexcept {
    if (tracking_level.load(std::memory_order_relaxed) > 0)
      token_ = ledger_open(type, site);
  }
  ledger_record(ledger_record &&other) noexcept : token_(std::exchange(other.token_, 0)) {}
  ledger_record &operator=(ledger_record &&other) noexcept {
    std::swap(token_, other.token_);
    return *this;
  }
  ~ledger_record() { close(); }
  void close(std::uint32_t site = 0, int how = 0) noexcept {
    if (token_)
      ledger_close(std::exchange(token_, 0), site, how);
  }
  void closing(std::uint32_t site) noexcept {
    if (token_)
      ledger_closing(token_, site);
  }
  std::uint32_t site() const noexcept { return token_ ? ledger_site(token_) : 0; }

private:
  std::uint64_t token_ = 0;
#else
  constexpr ledger_record() noexcept = default;
  constexpr ledger_record(const resource_type &, const location &) noexcept {}
  constexpr ledger_record(const resource_type &, std::uint32_t) noexcept {}
  constexpr void close(std::uint32_t = 0, int = 0) noexcept {}
  constexpr void closing(std::uint32_t = 0) noexcept {}
  constexpr std::uint32_t site() const noexcept { return 0; }
#endif
};
} // namespace HANDRAIL_LEVEL_NAMESPACE
} // namespace detail

} // namespace handrail

#endif
