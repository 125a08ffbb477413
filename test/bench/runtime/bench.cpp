// What look-ups, counts and guards cost, beside what people write without them:
//
//   cmake --build build/release --target RuntimeBench && build/release/bin/RuntimeBench
//
// A second thread exists from the start, so that shared_ptr counts atomically ("MT").
// Handles are looked up in random order; the payload is 56 bytes.
#include "handrail/guard.h"
#include "handrail/handle_table.h"

#include <benchmark/benchmark.h>

#include <algorithm>
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

// Shared by the threads of a run.
handrail::table shared_table;
map_table shared_map;

void T1_get(benchmark::State &state) {
  static const auto handles = fill(shared_table, live);
  std::size_t i = static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    auto r = shared_table.get(handles[i++ % live]);
    benchmark::DoNotOptimize((*r)->words[0]);
  }
}
void T1_get_map_mutex(benchmark::State &state) {
  static const auto handles = fill(shared_map, live);
  std::size_t i = static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    auto p = shared_map.get(handles[i++ % live]);
    benchmark::DoNotOptimize(static_cast<derived &>(*p).data.words[0]);
  }
}
BENCHMARK(T1_get)->Threads(1)->Threads(2);
BENCHMARK(T1_get_map_mutex)->Threads(1)->Threads(2);

void T2_peek(benchmark::State &state) {
  handrail::table t;
  const auto handles = fill(t, live);
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(t.peek(handles[i++ % live])->words[0]);
}
void T2_vector_index(benchmark::State &state) {
  std::vector<std::unique_ptr<payload>> v;
  for (std::size_t i = 0; i < live; ++i)
    v.push_back(std::make_unique<payload>());
  std::vector<std::uint32_t> order(live);
  for (std::uint32_t i = 0; i < live; ++i)
    order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(v[order[i++ % live]]->words[0]);
}
BENCHMARK(T2_peek);
BENCHMARK(T2_vector_index);

template <class Table> void cycle(benchmark::State &state, Table &t) {
  auto handles = fill(t, live);
  std::size_t i = 0;
  for (auto _ : state) {
    auto &h = handles[i++ % live];
    benchmark::DoNotOptimize(t.close(h));
    if constexpr (std::is_same_v<Table, map_table>)
      h = t.insert();
    else
      h = *t.insert(payload{});
    for (std::size_t k = 0; k < 4; ++k)
      benchmark::DoNotOptimize(t.get(handles[(i + k * 37) % live]));
  }
}
void T3_cycle_T11(benchmark::State &state) {
  handrail::ledger::set_level(static_cast<int>(state.range(0)));
  handrail::table t;
  cycle(state, t);
  handrail::ledger::set_level(1);
}
void T3_cycle_map_mutex(benchmark::State &state) {
  map_table t;
  cycle(state, t);
}
BENCHMARK(T3_cycle_T11)->ArgName("level")->Arg(0)->Arg(1)->Arg(2);
BENCHMARK(T3_cycle_map_mutex);

void T4_stale(benchmark::State &state) {
  handrail::table t;
  auto handles = fill(t, live);
  for (auto h : handles)
    (void)t.close(h);
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(t.contains(handles[i++ % live]));
}
BENCHMARK(T4_stale);

void T5_arc_copy(benchmark::State &state) {
  auto a = handrail::make_arc<payload>();
  for (auto _ : state) {
    handrail::arc<payload> copy = a;
    benchmark::DoNotOptimize(copy.get());
  }
}
void T5_shared_ptr_copy(benchmark::State &state) {
  auto a = std::make_shared<payload>();
  for (auto _ : state) {
    std::shared_ptr<payload> copy = a;
    benchmark::DoNotOptimize(copy.get());
  }
}
void T6_make_arc(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(handrail::make_arc<payload>().get());
}
void T6_make_shared(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(std::make_shared<payload>().get());
}
BENCHMARK(T5_arc_copy);
BENCHMARK(T5_shared_ptr_copy);
BENCHMARK(T6_make_arc);
BENCHMARK(T6_make_shared);

void T7_guard(benchmark::State &state) {
  int n = 0;
  for (auto _ : state) {
    handrail::guard g([&]() noexcept { benchmark::DoNotOptimize(++n); });
    benchmark::ClobberMemory();
  }
}
void T7_by_hand(benchmark::State &state) {
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
BENCHMARK(T7_guard);
BENCHMARK(T7_by_hand);

} // namespace

int main(int argc, char **argv) {
  std::thread([] {}).join(); // from here on libstdc++ counts atomically
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
