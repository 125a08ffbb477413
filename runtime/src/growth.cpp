// How many handles of each site are open, over time.
//
// Nothing is counted where handles are opened and closed: a sample walks all slots,
// which takes a millisecond or two per million, and reads from each where it was opened.
#include "clock.h"
#include "report.h"
#include "service.h"
#include "sites.h"
#include "table_parts.h"

#include <algorithm>

namespace handrail {

namespace detail {

struct site_counts {
  std::unordered_map<std::uint32_t, std::size_t> open;

  static void add(void *context, table_core &core) {
    auto &counts = *static_cast<site_counts *>(context);
    // No pins: slots stay as long as their table, and a slot that is just being closed
    // or opened may count or not.
    for (std::uint64_t i = 0, end = core.slot_count(); i < end; ++i) {
      const slot *s = core.find(i);
      if (!slot_word::live(s->word.load(std::memory_order_acquire)))
        continue;
      if (const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed))
        ++counts.open[site];
    }
  }
};

namespace {

/// Invariant: at most max_samples, `step` milliseconds apart or more; when there is no
/// room for one more, every other goes and the step doubles.
struct series {
  static constexpr std::size_t max_samples = 64;
  std::vector<std::pair<std::uint64_t, std::size_t>> samples;
  std::uint64_t step = 1;
  std::size_t open = 0;
  bool above = false; ///< the threshold's callback has been called

  void add(std::uint64_t now, std::size_t count) {
    open = count;
    // The last one is always that of now.
    if (samples.size() > 1 && now < samples[samples.size() - 2].first + step)
      samples.pop_back();
    samples.emplace_back(now, count);
    if (samples.size() <= max_samples)
      return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < samples.size(); i += 2)
      samples[kept++] = samples[i];
    samples.resize(kept);
    step = (samples.back().first - samples.front().first) / kept;
  }
};

/// Never destroyed.
struct growth_world {
  std::mutex mutex; ///< guards what follows
  std::map<std::uint32_t, series> sites;
  std::size_t limit = 0;
  ledger::threshold_callback callback = nullptr;
};
growth_world &world() noexcept {
  static growth_world *const w = new growth_world;
  return *w;
}

/// Least squares.
void fit_line(ledger::growth &g) noexcept {
  const auto n = static_cast<double>(g.samples.size());
  double mean_x = 0, mean_y = 0;
  for (const auto &[x, y] : g.samples) {
    mean_x += static_cast<double>(x) / n;
    mean_y += static_cast<double>(y) / n;
  }
  double xx = 0, xy = 0, yy = 0;
  for (const auto &[x, y] : g.samples) {
    const double dx = static_cast<double>(x) - mean_x, dy = static_cast<double>(y) - mean_y;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (xx <= 0)
    return;
  g.per_minute = xy / xx * 60000;
  g.fit = yy > 0 ? xy * xy / (xx * yy) : 0;
}

/// \p number's series, without texts.
ledger::growth growth_of(std::uint32_t number, const series &s) {
  ledger::growth g;
  g.number = number;
  g.open = s.open;
  g.first_seen = look_at(number).first_seen;
  g.samples = s.samples;
  fit_line(g);
  return g;
}

void add_texts(ledger::growth &g) {
  g.site = ledger::site_text(g.number);
  g.stack = stack_text(g.number);
}

} // namespace

series_map growth_samples() {
  std::lock_guard lock(world().mutex);
  series_map all;
  for (const auto &[site, s] : world().sites)
    all.emplace(site, s.samples);
  return all;
}

void lock_growth() noexcept { world().mutex.lock(); }
void unlock_growth() noexcept { world().mutex.unlock(); }

} // namespace detail

void ledger::sample_growth() {
  using namespace detail;
  site_counts counts;
  table_core::for_each_core(site_counts::add, &counts);
  std::vector<growth> passed;
  threshold_callback callback;
  {
    std::lock_guard lock(world().mutex);
    const std::uint64_t now = coarse_ms();
    for (const auto &[site, n] : counts.open)
      world().sites.try_emplace(site);
    callback = world().callback;
    for (auto &[site, s] : world().sites) {
      const auto found = counts.open.find(site);
      s.add(now, found == counts.open.end() ? 0 : found->second);
      if (s.open > world().limit && callback && !s.above) {
        s.above = true;
        passed.push_back(growth_of(site, s));
      } else if (s.open < (world().limit + 1) / 2) {
        s.above = false;
      }
    }
  }
  for (growth &g : passed) { // the program's code: without the lock
    add_texts(g);
    callback(g);
  }
}

std::vector<ledger::growth> ledger::growing() {
  using namespace detail;
  std::vector<growth> all;
  {
    std::lock_guard lock(world().mutex);
    for (const auto &[site, s] : world().sites)
      all.push_back(growth_of(site, s));
  }
  for (growth &g : all)
    add_texts(g);
  std::ranges::sort(all, [](const growth &a, const growth &b) {
    return std::tie(b.per_minute, a.number) < std::tie(a.per_minute, b.number);
  });
  return all;
}

void ledger::set_threshold(std::size_t count, threshold_callback callback) {
  using namespace detail;
  {
    std::lock_guard lock(world().mutex);
    world().limit = count;
    world().callback = callback;
    for (auto &[site, s] : world().sites)
      s.above = false;
  }
  if (callback)
    need_growth();
}

} // namespace handrail
