// Failures that a test, or HANDRAIL_AMPLIFY, asks for.
#include "handrail/detail/amplify.h"

#include "amplify.h"
#include "handrail/testing.h"
#include "report.h"

#include <cstdlib>
#include <ctime>
#include <mutex>
#include <unistd.h>

namespace handrail {

namespace detail {

constinit std::atomic<bool> amplifying{false};

namespace {

constinit std::atomic<std::uint64_t> acquires{0}, releases{0}, stops{0};
constinit std::atomic<std::uint64_t> failing_acquire{0}, failing_release{0}, seed{0};
constinit std::atomic<double> cancel_chance{0};
constinit std::atomic<bool> fresh{false};

bool is_turn(std::atomic<std::uint64_t> &count, std::uint64_t wanted) noexcept {
  return count.fetch_add(1, std::memory_order_relaxed) + 1 == wanted;
}

/// splitmix64: numbers of one seed in order, whoever asks.
std::uint64_t random_number(std::uint64_t n) noexcept {
  std::uint64_t z = n * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

test::amplification in_force() noexcept {
  return {.fail_acquire = failing_acquire.load(),
          .fail_release = failing_release.load(),
          .cancel = cancel_chance.load(),
          .seed = seed.load(),
          .fresh_ids = fresh.load()};
}

std::string text_of(const test::amplification &a) {
  std::string text;
  const auto add = [&](const char *name, std::string value) {
    text += std::string(text.empty() ? "" : ",") + name + std::move(value);
  };
  if (a.fail_acquire)
    add("acquire=", std::to_string(a.fail_acquire));
  if (a.fail_release)
    add("release=", std::to_string(a.fail_release));
  if (a.cancel > 0) {
    add("cancel=", std::to_string(a.cancel));
    add("seed=", std::to_string(a.seed));
  }
  if (a.fresh_ids)
    add("fresh_ids", "");
  return text;
}

/// "acquire=3,cancel=0.1": what is not known is left out.
test::amplification parse(std::string_view text) {
  test::amplification a;
  while (!text.empty()) {
    const std::string part(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::size_t sign = part.find('=');
    const std::string name = part.substr(0, sign);
    const char *value = sign == std::string::npos ? "1" : part.c_str() + sign + 1;
    if (name == "acquire")
      a.fail_acquire = std::strtoull(value, nullptr, 10);
    else if (name == "release")
      a.fail_release = std::strtoull(value, nullptr, 10);
    else if (name == "cancel")
      a.cancel = std::strtod(value, nullptr);
    else if (name == "seed")
      a.seed = std::strtoull(value, nullptr, 10);
    else if (name == "fresh_ids")
      a.fresh_ids = *value != '0';
  }
  return a;
}

} // namespace

bool turn_of_acquire() noexcept { return is_turn(acquires, failing_acquire.load()); }
bool turn_of_release() noexcept { return is_turn(releases, failing_release.load()); }
bool turn_of_cancel() noexcept {
  const double chance = cancel_chance.load();
  if (chance <= 0)
    return false;
  const std::uint64_t n = random_number(random_number(seed.load()) + stops.fetch_add(1));
  return static_cast<double>(n >> 11) * 0x1p-53 < chance;
}
bool wants_fresh_ids() noexcept {
  return amplifying.load(std::memory_order_relaxed) && fresh.load(std::memory_order_relaxed);
}

void read_amplification() noexcept {
  const char *text = std::getenv("HANDRAIL_AMPLIFY");
  if (!text || !*text)
    return;
  try {
    (void)test::amplify(parse(text));
  } catch (const std::bad_alloc &) {
  }
}

} // namespace detail

test::amplification test::amplify(test::amplification wanted) {
  using namespace detail;
  const amplification before = in_force();
  if (wanted.cancel > 0 && wanted.seed == 0)
    wanted.seed = 1 + (static_cast<std::uint64_t>(std::time(nullptr)) * 1000003 +
                       static_cast<std::uint64_t>(::getpid())) %
                          1000000000;
  failing_acquire = wanted.fail_acquire;
  failing_release = wanted.fail_release;
  cancel_chance = wanted.cancel;
  seed = wanted.seed;
  fresh = wanted.fresh_ids;
  acquires = releases = stops = 0;
  const std::string text = text_of(wanted);
  amplifying = !text.empty();
  if (wanted.cancel > 0) // chance: it has to be possible to do the same again
    (void)write_all(2, "handrail: HANDRAIL_AMPLIFY=" + text + '\n');
  return before;
}

} // namespace handrail
