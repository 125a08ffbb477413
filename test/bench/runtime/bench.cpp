// What look-ups, counts and guards cost, beside what people write without them:
//
//   cmake --preset release -DHANDRAIL_TESTS=ON
//   cmake --build build/release --target RuntimeBench && build/release/bin/RuntimeBench
//
// The last lines are the targets: ours and the peer in the same run, their ratio, and
// whether it is met. Times are the least of the repetitions: of the processor for one
// thread, of the clock for two. Handles are looked up and closed in random order; the
// payload is 56 bytes. "oldest" closes in the order of opening instead, which is the best
// case of a hash map: numbers that follow each other do not collide, and lie side by side.
// "ST" runs before any thread was started, all else after one was, so that the standard
// library counts atomically.
#include "handrail/guard.h"
#include "handrail/handle_table.h"

#include <benchmark/benchmark.h>
#if __has_include(<boost/smart_ptr/intrusive_ref_counter.hpp>)
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#define HAS_BOOST 1
#endif

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>

namespace {

struct base {
  virtual ~base() = default;
};
struct payload {
  long words[7] = {1, 2, 3, 4, 5, 6, 7};
};
struct derived : base {
  payload data;
};

/// The peer: what one writes by hand.
class map_table {
public:
  std::uint32_t insert() {
    auto made = std::make_shared<derived>();
    std::lock_guard lock(mutex_);
    map_.emplace(++next_, std::move(made));
    return next_;
  }
  std::shared_ptr<base> get(std::uint32_t id) {
    std::lock_guard lock(mutex_);
    auto it = map_.find(id);
    return it == map_.end() ? nullptr : it->second;
  }
  bool close(std::uint32_t id) {
    std::shared_ptr<base> gone;
    std::lock_guard lock(mutex_);
    auto it = map_.find(id);
    if (it == map_.end())
      return false;
    gone = std::move(it->second);
    map_.erase(it);
    return true;
  }

private:
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<base>> map_;
  std::uint32_t next_ = 0;
};

template <class Handle, class Insert> std::vector<Handle> fill(std::size_t n, Insert insert) {
  std::vector<Handle> handles;
  for (std::size_t i = 0; i < n; ++i)
    handles.push_back(insert());
  std::shuffle(handles.begin(), handles.end(), std::mt19937(1));
  return handles;
}
auto fill(handrail::table &t, std::size_t n) {
  return fill<handrail::typed_handle<payload>>(n, [&] { return *t.insert(payload{}); });
}
auto fill(map_table &t, std::size_t n) {
  return fill<std::uint32_t>(n, [&] { return t.insert(); });
}

constexpr std::size_t live = 1000;

/// Goes round; costs less than a division.
class turn {
public:
  explicit turn(std::size_t first = 0) : next_(first) {}
  std::size_t operator()() {
    const std::size_t now = next_;
    next_ = now + 1 == live ? 0 : now + 1;
    return now;
  }

private:
  std::size_t next_;
};

/// Any one, by a linear congruential generator: costs less than the other ones.
class die {
public:
  std::size_t operator()() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 32) * live >> 32;
  }

private:
  std::uint64_t state_ = 1;
};

// Shared by the threads of a run.
handrail::table shared_table;
map_table shared_map;

void get(benchmark::State &state) {
  static const auto handles = fill(shared_table, live);
  // Threads begin at different places, and do not follow each other.
  turn next(static_cast<std::size_t>(state.thread_index()) * (live / 2 + 17));
  for (auto _ : state) {
    auto r = shared_table.get(handles[next()]);
    benchmark::DoNotOptimize((*r)->words[0]);
  }
}
void get_map_mutex(benchmark::State &state) {
  static const auto handles = fill(shared_map, live);
  turn next(static_cast<std::size_t>(state.thread_index()) * (live / 2 + 17));
  for (auto _ : state) {
    auto p = shared_map.get(handles[next()]);
    benchmark::DoNotOptimize(static_cast<derived &>(*p).data.words[0]);
  }
}

void peek(benchmark::State &state) {
  handrail::table t;
  const auto handles = fill(t, live);
  turn next;
  for (auto _ : state) {
    const payload *p = t.peek(handles[next()]);
    if (!p) // or the compiler need not look
      return state.SkipWithError("a handle is not there");
    benchmark::DoNotOptimize(p->words[0]);
  }
}
void vector_index(benchmark::State &state) {
  std::vector<std::unique_ptr<payload>> v;
  for (std::size_t i = 0; i < live; ++i)
    v.push_back(std::make_unique<payload>());
  std::vector<std::uint32_t> order(live);
  for (std::uint32_t i = 0; i < live; ++i)
    order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  turn next;
  for (auto _ : state)
    benchmark::DoNotOptimize(v[order[next()]]->words[0]);
}

auto open_one(handrail::table &t) { return *t.insert(payload{}); }
auto open_one(map_table &t) { return t.insert(); }

/// Of the processor.
double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Closes all handles, then opens as many; one of the two is timed, and the median counts:
/// stopping the benchmark's own clock would cost as much as a hundred operations. Closed is
/// in random order, each time another one, or the oldest first.
template <class Table, bool Open, bool Random = true> void open_close(benchmark::State &state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Table t;
  auto handles = fill(t, count);
  std::mt19937 random(2);
  double begin, between, end;
  const auto round = [&] {
    if (Random) // else they are in the order in which they were opened
      std::shuffle(handles.begin(), handles.end(), random);
    begin = thread_seconds();
    for (auto &h : handles)
      (void)t.close(h);
    between = thread_seconds();
    for (auto &h : handles)
      h = open_one(t);
    end = thread_seconds();
  };
  for (int i = 0; i < 4; ++i) // until the memory is not in order of opening either
    round();
  std::vector<double> times;
  for (auto _ : state) {
    round();
    const double spent = Open ? end - between : between - begin;
    state.SetIterationTime(spent);
    times.push_back(spent);
  }
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  state.counters["median"] = times[times.size() / 2] * 1e9 / static_cast<double>(count);
}

/// A close, an insert and four look-ups. What is closed is a random one, or the oldest.
template <class Turn, class Table> void run_cycle(benchmark::State &state, Table &t) {
  auto handles = fill(t, live);
  Turn to_close;
  die to_find;
  for (auto _ : state) {
    auto &h = handles[to_close()];
    benchmark::DoNotOptimize(t.close(h));
    h = open_one(t);
    for (std::size_t k = 0; k < 4; ++k)
      benchmark::DoNotOptimize(t.get(handles[to_find()]));
  }
}
template <class Turn> void cycle(benchmark::State &state) {
  handrail::ledger::set_level(static_cast<int>(state.range(0)));
  handrail::table t;
  run_cycle<Turn>(state, t);
  handrail::ledger::set_level(1);
}
template <class Turn> void cycle_map_mutex(benchmark::State &state) {
  map_table t;
  run_cycle<Turn>(state, t);
}

void stale(benchmark::State &state) {
  handrail::table t;
  auto handles = fill(t, live);
  for (std::size_t i = 0; i < live * static_cast<std::size_t>(state.range(0)); ++i)
    (void)t.close(open_one(t));
  for (auto h : handles)
    (void)t.close(h);
  turn next;
  for (auto _ : state)
    benchmark::DoNotOptimize(t.contains(handles[next()]));
}

void stale_map_mutex(benchmark::State &state) {
  map_table t;
  auto handles = fill(t, live);
  for (auto h : handles)
    t.close(h);
  turn next;
  for (auto _ : state)
    benchmark::DoNotOptimize(t.get(handles[next()]));
}

template <class P> void copy_and_drop(benchmark::State &state, const P &a) {
  for (auto _ : state) {
    P copy = a;
    benchmark::DoNotOptimize(copy.get());
  }
}
void arc_copy(benchmark::State &state) { copy_and_drop(state, handrail::make_arc<payload>()); }
void shared_ptr_copy(benchmark::State &state) { copy_and_drop(state, std::make_shared<payload>()); }
void make_arc(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(handrail::make_arc<payload>().get());
}
void make_shared(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(std::make_shared<payload>().get());
}
#ifdef HAS_BOOST
struct counted_payload : payload, boost::intrusive_ref_counter<counted_payload> {};
void intrusive_copy(benchmark::State &state) {
  copy_and_drop(state, boost::intrusive_ptr<counted_payload>(new counted_payload));
}
void make_intrusive(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(boost::intrusive_ptr<counted_payload>(new counted_payload).get());
}
#endif

void guard(benchmark::State &state) {
  int n = 0;
  for (auto _ : state) {
    handrail::guard g([&]() noexcept { benchmark::DoNotOptimize(++n); });
    benchmark::ClobberMemory();
  }
}
void guard_by_hand(benchmark::State &state) {
  int n = 0;
  struct guard {
    int &n;
    ~guard() { benchmark::DoNotOptimize(++n); }
  };
  for (auto _ : state) {
    guard g{n};
    benchmark::ClobberMemory();
  }
}
void guard_disarmed(benchmark::State &state) {
  int n = 0;
  for (auto _ : state) {
    handrail::guard g([&]() noexcept { benchmark::DoNotOptimize(++n); });
    benchmark::ClobberMemory();
    (void)g.disarm();
  }
}
void nothing(benchmark::State &state) {
  for (auto _ : state)
    benchmark::ClobberMemory();
}

/// Keeps the least time of each benchmark, in nanoseconds for one item.
class collector : public benchmark::ConsoleReporter {
public:
  collector() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run> &runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run &r : runs) {
      if (r.run_type != Run::RT_Iteration || r.error_occurred)
        continue;
      double t = r.threads > 1 ? r.GetAdjustedRealTime() : r.GetAdjustedCPUTime();
      if (auto own = r.counters.find("median"); own != r.counters.end())
        t = own->second;
      std::string name = r.run_name.function_name;
      for (const std::string &part : {r.run_name.args, r.run_name.threads})
        if (!part.empty())
          name += "/" + part;
      auto [it, fresh] = least.emplace(name, t);
      it->second = std::min(it->second, t);
    }
  }
  std::map<std::string, double> least;
};

struct target {
  const char *id, *what, *ours, *peer;
  double limit;
  bool is_ratio = true; ///< else the difference, or without a peer the time, in ns
};
constexpr target targets[] = {
    {"T1", "get / map+mutex, 1 thread", "get/threads:1", "get_map_mutex/threads:1", 0.55},
    {"T1", "get / map+mutex, 2 threads", "get/threads:2", "get_map_mutex/threads:2", 0.25},
    {"T2", "peek / vector index", "peek", "vector_index", 2.5},
    {"T3", "insert / map+mutex, 1k", "insert/1000", "insert_map_mutex/1000", 0.60},
    {"T3", "insert / map+mutex, 100k", "insert/100000", "insert_map_mutex/100000", 0.70},
    {"T3", "close / map+mutex, 1k", "close/1000", "close_map_mutex/1000", 0.55},
    {"T3", "close / map+mutex, 100k", "close/100000", "close_map_mutex/100000", 0.55},
    {"T3", "cycle / map+mutex", "cycle/1", "cycle_map_mutex", 0.50},
    {"T3", "insert after close of oldest, 1k", "insert_oldest/1000", "insert_oldest_map_mutex/1000",
     0},
    {"T3", "insert after close of oldest, 100k", "insert_oldest/100000",
     "insert_oldest_map_mutex/100000", 0},
    {"T3", "close of oldest, 1k", "close_oldest/1000", "close_oldest_map_mutex/1000", 0},
    {"T3", "close of oldest, 100k", "close_oldest/100000", "close_oldest_map_mutex/100000", 0},
    {"T3", "cycle with close of oldest", "cycle_oldest/1", "cycle_oldest_map_mutex", 0},
    {"T4", "stale handle, ns", "stale/0", nullptr, 2, false},
    {"T4", "stale handle / map+mutex", "stale/0", "stale_map_mutex", 0},
    {"T4", "stale among many dead / among few", "stale/100", "stale/0", 1.1},
    {"T5", "arc copy / shared_ptr", "arc_copy", "shared_ptr_copy", 0.80},
    {"T5", "arc copy / shared_ptr, ST", "ST_arc_copy", "ST_shared_ptr_copy", 1.3},
    {"T5", "arc copy / intrusive_ptr", "arc_copy", "intrusive_copy", 0},
    {"T6", "make_arc / make_shared", "make_arc", "make_shared", 1.15},
    {"T6", "make_arc / intrusive_ptr", "make_arc", "make_intrusive", 0},
    {"T7", "guard / by hand", "guard", "guard_by_hand", 1.1},
    {"T7", "guard disarmed / nothing", "guard_disarmed", "nothing", 1.1},
    {"T11", "cycle level 1 / level 0", "cycle/1", "cycle/0", 1.15},
    {"T11", "cycle level 2 - level 0, ns", "cycle/2", "cycle/0", 90, false},
};

void print_targets(const std::map<std::string, double> &least) {
  std::printf("\n%-4s %-34s %9s %9s %8s %8s\n", "", "", "ours", "peer", "result", "target");
  for (const target &t : targets) {
    auto ours = least.find(t.ours), peer = least.find(t.peer ? t.peer : "");
    if (ours == least.end() || (t.peer && peer == least.end()))
      continue;
    const double other = t.peer ? peer->second : 0;
    const double result = t.is_ratio ? ours->second / other : ours->second - other;
    std::printf("%-4s %-34s %9.2f %9.2f %8.2f ", t.id, t.what, ours->second, other, result);
    if (t.limit != 0)
      std::printf("%8.2f %s\n", t.limit, result <= t.limit ? "met" : "MISSED");
    else
      std::printf("%8s\n", "-");
  }
}

/// Repeated, since the least time counts.
template <class... Args> benchmark::internal::Benchmark *add(const char *name, Args... args) {
  return benchmark::RegisterBenchmark(name, args...)
      ->Repetitions(12)
      ->ReportAggregatesOnly(false)
      ->MinTime(0.05);
}

} // namespace

int main(int argc, char **argv) {
  // Ours and the peer's in turns: the machine's clock is not the same all the time.
  std::vector<char *> arguments(argv, argv + argc);
  char in_turns[] = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, in_turns);
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  collector results;
  add("ST_arc_copy", arc_copy);
  add("ST_shared_ptr_copy", shared_ptr_copy);
  benchmark::RunSpecifiedBenchmarks(&results);
  benchmark::ClearRegisteredBenchmarks();

  std::thread([] {}).join(); // from here on counting is atomic
  add("get", get)->Threads(1)->Threads(2);
  add("get_map_mutex", get_map_mutex)->Threads(1)->Threads(2);
  add("peek", peek);
  add("vector_index", vector_index);
  for (long n : {1000, 100000}) {
    add("insert", open_close<handrail::table, true>)->Arg(n)->UseManualTime();
    add("insert_map_mutex", open_close<map_table, true>)->Arg(n)->UseManualTime();
    add("close", open_close<handrail::table, false>)->Arg(n)->UseManualTime();
    add("close_map_mutex", open_close<map_table, false>)->Arg(n)->UseManualTime();
    add("insert_oldest", open_close<handrail::table, true, false>)->Arg(n)->UseManualTime();
    add("insert_oldest_map_mutex", open_close<map_table, true, false>)->Arg(n)->UseManualTime();
    add("close_oldest", open_close<handrail::table, false, false>)->Arg(n)->UseManualTime();
    add("close_oldest_map_mutex", open_close<map_table, false, false>)->Arg(n)->UseManualTime();
  }
  add("cycle", cycle<die>)->Arg(0)->Arg(1)->Arg(2);
  add("cycle_map_mutex", cycle_map_mutex<die>);
  add("cycle_oldest", cycle<turn>)->Arg(1);
  add("cycle_oldest_map_mutex", cycle_map_mutex<turn>);
  add("stale", stale)->Arg(0)->Arg(100);
  add("stale_map_mutex", stale_map_mutex);
  add("arc_copy", arc_copy);
  add("shared_ptr_copy", shared_ptr_copy);
  add("make_arc", make_arc);
  add("make_shared", make_shared);
#ifdef HAS_BOOST
  add("intrusive_copy", intrusive_copy);
  add("make_intrusive", make_intrusive);
#endif
  add("guard", guard);
  add("guard_by_hand", guard_by_hand);
  add("guard_disarmed", guard_disarmed);
  add("nothing", nothing);
  benchmark::RunSpecifiedBenchmarks(&results);
  print_targets(results.least);
  return 0;
}
