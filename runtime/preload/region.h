//===- region.h - what a traced process keeps about its handles -*- C++ -*-===//
//
// One file that a process has mapped and writes to while it runs: every table,
// stack and misuse is in it, so that whoever reads the file knows all that the
// process knew, also when it was killed. Nothing is ever moved or rewritten as a
// whole; a reader copies what it wants and tolerates a record that was being
// written.
//
// The file is sparse: sections begin at fixed places and are used from their start.
// Numbers are in the byte order of the machine. A stack is named by its place in the
// depot, a module by its index, a name by its place in the names; 0 is none.
//
// Plain data: written by the preload library (C++ without a library), read by the
// handrail tool.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_PRELOAD_REGION_H
#define HANDRAIL_PRELOAD_REGION_H

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace handrail::region {

inline constexpr char magic[8] = {'H', 'R', 'L', 'E', 'D', 'G', 'E', 'R'};
/// Goes up with every change of what follows.
inline constexpr std::uint32_t version = 3;

/// What a handle is. The order is part of the format; see kind_names.
enum class kind : std::uint8_t {
  none,
  // descriptors
  file,
  directory_fd,
  pipe,
  socket,
  epoll,
  eventfd,
  timerfd,
  signalfd,
  inotify,
  memfd,
  pidfd,
  userfaultfd,
  fanotify,
  perf,
  shm,
  mqueue,
  pty,
  other_fd,
  // what an address stands for
  stdio,
  directory,
  process,
  mapping,
  library,
  thread,
  mutex,
  condition,
  rwlock,
  barrier,
  tls_key,
  semaphore,
  named_semaphore,
  regex,
  addrinfo,
  iconv,
  spawn_attributes,
  spawn_actions,
  locale,
  glob,
  count_
};
inline constexpr const char *kind_names[] = {
    "none",          "file",     "dir-fd",    "pipe",
    "socket",        "epoll",    "eventfd",   "timerfd",
    "signalfd",      "inotify",  "memfd",     "pidfd",
    "userfaultfd",   "fanotify", "perf",      "shm",
    "mqueue",        "pty",      "other-fd",  "stdio",
    "dir",           "process",  "mapping",   "library",
    "thread",        "mutex",    "cond",      "rwlock",
    "barrier",       "tls-key",  "semaphore", "named-semaphore",
    "regex",         "addrinfo", "iconv",     "spawn-attr",
    "spawn-actions", "locale",   "glob"};
static_assert(sizeof kind_names / sizeof *kind_names == static_cast<std::size_t>(kind::count_));
constexpr bool is_descriptor(kind k) noexcept { return k >= kind::file && k <= kind::other_fd; }

/// What was done wrong. The order is part of the format.
enum class rule : std::uint8_t {
  none,
  double_close,
  use_after_close,
  wrong_owner,
  mismatched_close,
  leak_on_exec,
  count_
};
inline constexpr const char *rule_names[] = {"none",        "double-close",     "use-after-close",
                                             "wrong-owner", "mismatched-close", "leak-on-exec"};
static_assert(sizeof rule_names / sizeof *rule_names == static_cast<std::size_t>(rule::count_));

enum class state : std::uint32_t { running, exited, aborted, execed };

/// Bits of record::word. Its upper half is the generation: how often the number or
/// address has been opened.
enum : std::uint64_t {
  is_open = 1,
  is_inherited = 2, ///< opened before the process or its fork began
  is_untraced = 4,  ///< found open; nobody saw who did it
  is_closing = 8,   ///< the call that closes it has not returned
  has_tag = 16,     ///< record::owner is a tag of the program's, not an address
  kind_shift = 8,   ///< eight bits
  generation_shift = 32,
};

/// The tag of descriptors that the runtime's unique_fd owns.
inline constexpr std::uint64_t runtime_tag = 1;

/// One handle: a descriptor at its number, another by its address. When it is closed
/// the record stays, until the number or the place is used again.
struct record {
  std::atomic<std::uint64_t> word;
  std::atomic<std::uint64_t> key; ///< objects: the address. Descriptors: who owns it, 0 for nobody
  std::atomic<std::uint64_t> extra; ///< mappings: the size; stdio and dir: its descriptor + 1;
                                    ///< libraries: how often it was opened
  std::uint32_t opened, closed;     ///< stacks
  std::uint32_t opened_by;          ///< thread
  std::uint32_t closed_by;          ///< thread; while it is open, the name of the test
  std::uint32_t opened_at;          ///< ms after the start
  std::uint32_t name;
};
static_assert(sizeof(record) == 48);

constexpr kind kind_of(std::uint64_t word) noexcept {
  return static_cast<kind>(word >> kind_shift & 0xff);
}
constexpr std::uint32_t generation_of(std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(word >> generation_shift);
}

/// The last lives that ended, of descriptors: who had a number before.
struct death {
  std::uint32_t value, generation;
  std::uint32_t opened, closed; ///< stacks
  std::uint32_t thread, at;
};
static_assert(sizeof(death) == 24);

/// A wrong call. Equal ones (rule, kind and stacks) are counted.
struct misuse {
  std::atomic<std::uint64_t> key; ///< 0: free
  std::atomic<std::uint32_t> count;
  std::uint8_t rule, kind, ready; ///< ready: 1 when all is written, 2 when taken back
  std::uint8_t owner;             ///< kind of the object that owned it
  std::uint64_t value;
  std::uint32_t here, opened, closed, previous_opened, previous_closed, owner_opened;
  std::uint32_t thread, opened_by, closed_by;
  std::uint32_t at, name, test;
  char call[24]; ///< the function's name
};
static_assert(sizeof(misuse) == 96);

/// One event of the history (level 3); 24 bytes.
struct event {
  std::atomic<std::uint32_t> sequence; ///< of its ring, from 1; 0 while it is written
  std::uint8_t what, kind;             ///< what: 1 opened, 2 closed, 3 misused
  std::uint16_t thread_low;
  std::uint32_t at, stack;
  std::uint64_t value;
};
static_assert(sizeof(event) == 24);

struct ring {
  std::atomic<std::uint32_t> owner; ///< thread, 0 when free
  std::atomic<std::uint32_t> next;
  static constexpr std::size_t size = 1024;
  event events[size];
};

struct module {
  std::uint64_t begin, end; ///< addresses; begin - bias is the file's first address
  std::uint64_t bias;
  std::uint32_t name;
  std::uint8_t build_id_size, loaded, reserved[2];
  std::uint8_t build_id[24];
};
static_assert(sizeof(module) == 56);

/// The name of an open descriptor as the kernel told it at the last look.
struct pointee {
  std::uint32_t descriptor, name;
};

/// Sizes and places of the sections: the same in every file of a version.
inline constexpr std::size_t descriptor_count = std::size_t(1) << 20;
/// Objects live in sets of eight. A set that is full sends its next object to the
/// table of the next level.
inline constexpr std::size_t set_size = 8;
inline constexpr std::size_t object_levels[] = {std::size_t(1) << 10, std::size_t(1) << 14,
                                                std::size_t(1) << 20};
inline constexpr std::size_t depot_words = std::size_t(1) << 23;
inline constexpr std::size_t depot_buckets = std::size_t(1) << 14;
inline constexpr std::size_t name_bytes = std::size_t(1) << 20; ///< of opened paths, used round
inline constexpr std::size_t kept_bytes = std::size_t(1) << 20; ///< of modules and of what is open
inline constexpr std::size_t misuse_count = 2048;
inline constexpr std::size_t death_count = 4096;
inline constexpr std::size_t ring_count = 256;
inline constexpr std::size_t module_count = 1024;
inline constexpr std::size_t pointee_count = 8192;

constexpr std::size_t whole_pages(std::size_t n) noexcept { return (n + 4095) / 4096 * 4096; }

struct header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t level;
  std::uint64_t size; ///< of the file
  std::uint32_t pid, parent;
  std::atomic<std::uint32_t> state;       ///< region::state
  std::int32_t status;                    ///< exit code, when it is known
  std::int64_t started, ended;            ///< ms since 1970
  std::uint64_t started_ns;               ///< of the monotonic clock
  std::atomic<std::uint32_t> descriptors; ///< one more than the highest that was used
  std::atomic<std::uint32_t> depot_used;  ///< words
  std::atomic<std::uint32_t> names_used;  ///< bytes, ever
  std::atomic<std::uint32_t> kept_used;   ///< bytes
  std::atomic<std::uint32_t> deaths;      ///< ever
  std::atomic<std::uint32_t> modules;
  std::atomic<std::uint32_t> pointees;
  std::atomic<std::uint32_t> lost;   ///< records, stacks and misuses that found no room
  std::atomic<std::uint32_t> levels; ///< of objects that are in use, one bit each
  std::uint32_t forked;              ///< made by a fork of its parent, without an exec
  std::uint32_t command_size;
  char command[2048];              ///< arguments, each with a zero behind it
  std::atomic<std::uint32_t> told; ///< a misuse was written down
};

inline constexpr std::size_t header_at = 0;
inline constexpr std::size_t modules_at = whole_pages(sizeof(header));
inline constexpr std::size_t misuses_at = modules_at + whole_pages(module_count * sizeof(module));
inline constexpr std::size_t deaths_at = misuses_at + whole_pages(misuse_count * sizeof(misuse));
inline constexpr std::size_t pointees_at = deaths_at + whole_pages(death_count * sizeof(death));
inline constexpr std::size_t names_at = pointees_at + whole_pages(pointee_count * sizeof(pointee));
inline constexpr std::size_t kept_at = names_at + name_bytes;
inline constexpr std::size_t buckets_at = kept_at + kept_bytes;
inline constexpr std::size_t depot_at = buckets_at + depot_buckets * sizeof(std::uint32_t);
inline constexpr std::size_t descriptors_at = depot_at + depot_words * sizeof(std::uint64_t);
inline constexpr std::size_t objects_at = descriptors_at + descriptor_count * sizeof(record);
inline constexpr std::size_t object_count = object_levels[0] + object_levels[1] + object_levels[2];
inline constexpr std::size_t rings_at = objects_at + object_count * sizeof(record);
inline constexpr std::size_t file_size = rings_at + whole_pages(ring_count * sizeof(ring));

/// A stack in the depot: one word, a word with a bit for each kind of handles that was opened
/// there, the addresses it is found by, and those of the whole stack when they are others.
/// Stacks of a bucket are chained.
enum : std::uint64_t {
  stack_key_mask = 0xff,   ///< how many addresses it is found by
  stack_full_shift = 8,    ///< how many the whole stack has; 0: it is the key
  stack_partial = 1 << 16, ///< it ends before the thread's first function
  stack_lossy = 1 << 17,   ///< frame pointers skip callers here: no stack, only a mark
  stack_hash_shift = 18,   ///< fourteen bits
  stack_next_shift = 32,   ///< the next of its bucket
};
inline constexpr std::size_t stack_head = 2; ///< words in front of the addresses
static_assert(static_cast<std::size_t>(kind::count_) <= 64);
inline constexpr std::size_t max_frames = 32;

/// A name: a word that tells whose it is (so that one that was overwritten is known),
/// its length, and the bytes.
struct name_head {
  std::uint32_t self; ///< its own number
  std::uint32_t size;
};
/// Numbers of names: kept ones have the top bit.
inline constexpr std::uint32_t kept_name = 1u << 31;

} // namespace handrail::region

#endif
