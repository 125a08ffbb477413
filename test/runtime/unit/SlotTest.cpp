// A model check of the slot's word: all interleavings of several threads whose
// steps are the memory accesses of table_core. Announcements of uses, and their ends,
// are plain stores, so each thread has a store buffer that empties at any time;
// exchanging and comparing need it empty, and the barrier empties all of them.
#include "handrail/detail/slot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace handrail::detail;

namespace {

/// `hush` makes the table quiet, at any time or never. `moved` is a get whose use ends
/// on another thread: its end is an exchange. `reopen` puts a second object into the slot
/// once it is free, and closes that; `get_second` looks for it.
enum class job : std::uint8_t { get, moved, pin, close, take, replace, hush, reopen, get_second };
enum step : std::uint8_t {
  first,
  look_at_bias, // of a get
  announce_bias,
  announce_barrier,
  announce_cell,
  look_at_word,
  use,
  leave,
  look_again,
  forget,
  in_hook, // of a close
  pinned,
  last_pin, // of whoever has the last pin of a closed slot
  last_barrier,
  last_claim,
  last_unpin,
  try_claim,
  try_barrier,
  claim,
  lock_barrier, // of a replace
  give_up,
  locked,
  done,
};
enum cell : std::uint8_t { empty, announced, left };
constexpr std::uint8_t nobody = 100, changing = 101, everybody = 102, quiet = 103;

constexpr slot_word::word first_stamp = 5, second_stamp = 7;

struct thread {
  job what;
  slot_word::word stamp = what == job::get_second ? second_stamp : first_stamp; ///< of its handle
  step at = first;
  cell mine = empty;       ///< what others see
  std::string buffer = {}; ///< stores to it that they do not see yet
  slot_word::word seen = 0;
  bool changes = false;  ///< is the one that is in share()
  bool seen_all = false; ///< has run a barrier since it began to look

  bool uses() const { return what == job::get || what == job::moved || what == job::get_second; }
  /// Need not come to its turn.
  bool may_wait() const { return at == first && what >= job::hush; }
  std::size_t object() const { return stamp == second_stamp; }
  cell own() const { return buffer.empty() ? mine : static_cast<cell>(buffer.back()); }
  void store(cell c) { buffer += static_cast<char>(c); }
};

struct world {
  slot_word::word word;
  std::uint8_t bias = nobody;
  std::uint8_t hooks[2] = {}, taken[2] = {}, destroyed[2] = {}; ///< of each object
  std::vector<thread> threads;

  std::string key() const {
    std::string k(reinterpret_cast<const char *>(&word), sizeof word);
    k += static_cast<char>(bias);
    for (const auto &counts : {hooks, taken, destroyed})
      k += {static_cast<char>(counts[0]), static_cast<char>(counts[1])};
    for (const thread &t : threads) {
      k += static_cast<char>(t.stamp);
      k += static_cast<char>(t.at);
      k += static_cast<char>(t.mine);
      k += t.buffer + ';';
      k.append(reinterpret_cast<const char *>(&t.seen), sizeof t.seen);
      k += static_cast<char>(t.changes + 2 * t.seen_all);
    }
    return k;
  }
  void barrier() {
    for (thread &t : threads) {
      t.mine = t.own();
      t.buffer.clear();
    }
  }
};

class stepper {
public:
  stepper(world &w, std::size_t i) : w(w), t(w.threads[i]), me(static_cast<std::uint8_t>(i)) {}

  /// Takes the thread's next step; false if it has to wait, or is done.
  bool advance() {
    switch (t.at) {
    case first:
      return begin();
    case look_at_bias:
      return go(w.bias == me || w.bias == quiet ? look_at_word : announce_bias);
    case announce_bias:
      if (w.bias == everybody || w.bias == quiet)
        return go(announce_cell);
      if (w.bias == nobody)
        return exchange((w.bias = me, announce_cell));
      return begin_share(announce_barrier);
    case announce_barrier:
      share(announce_cell);
      return decide(announce_cell);
    case announce_cell:
      if (!t.buffer.empty())
        return false;
      t.mine = announced;
      return go(look_at_word);
    case look_at_word:
      return go(opens() && !(w.word & slot_word::exclusive) ? use : leave);
    case use:
      EXPECT_EQ(w.destroyed[t.object()], 0) << "used after it was destroyed";
      return go(leave);
    case leave:
      if (t.what != job::moved) {
        t.store(left);
        return go(look_again);
      }
      if (!t.buffer.empty())
        return false;
      t.mine = left;
      return go(look_again);
    case look_again:
      return go(slot_word::live(w.word) ? forget : try_claim);
    case forget:
      t.store(empty);
      return go(done);
    case in_hook:
      EXPECT_EQ(w.destroyed[t.object()], 0);
      ++w.hooks[t.object()];
      return go(last_pin);
    case pinned:
      return with_pin();
    case last_pin: // unpin and unpin_last
      if (!t.buffer.empty())
        return false;
      if (slot_word::live(w.word) || slot_word::pins(w.word) > 1) {
        w.word -= slot_word::pin;
        return go(done);
      }
      return look_for_uses(last_barrier, last_claim, last_unpin);
    case last_barrier:
      return share(last_pin);
    case last_claim:
      return exchange(w.word == t.seen ? drain() : last_pin);
    case last_unpin:
      return exchange((w.word -= slot_word::pin, try_claim));
    case try_claim:
      if (!slot_word::can_claim(w.word))
        return go(t.uses() ? forget : done);
      return look_for_uses(try_barrier, claim, t.uses() ? forget : done);
    case try_barrier:
      return share(try_claim);
    case claim:
      return exchange(w.word == t.seen ? drain() : try_claim);
    case lock_barrier:
      return share(pinned);
    case give_up:
      return exchange((w.word &= ~slot_word::exclusive, done));
    case locked:
      for (const thread &other : w.threads)
        EXPECT_NE(other.at, use) << "swapped under a user";
      return exchange((w.word &= ~slot_word::exclusive, done));
    case done:
      return false;
    }
    return false;
  }

private:
  bool opens() const { return slot_word::opens(w.word, t.stamp); }
  bool go(step next) {
    t.at = next;
    return true;
  }
  /// A step that changes the word or the bias: the caller has checked the buffer.
  bool exchange(step next) { return go(next); }
  /// With the table's mutex, for which others wait.
  bool begin_share(step barrier) {
    if (w.bias == changing || !t.buffer.empty())
      return false;
    w.bias = changing;
    t.changes = true;
    return go(barrier);
  }
  /// A barrier, and the end of share() if this is in it.
  bool share(step next) {
    w.barrier();
    if (std::exchange(t.changes, false))
      w.bias = everybody;
    t.seen_all = true;
    return go(next);
  }
  step drain() {
    ++w.destroyed[slot_word::stamp(w.word) == second_stamp + 1];
    w.word = slot_word::freed(w.word);
    return t.uses() ? forget : done;
  }
  bool decide(step next) {
    t.seen_all = false;
    return go(next);
  }
  bool look_for_uses(step barrier, step unused, step used) {
    t.seen = w.word;
    if (w.bias == nobody)
      return decide(unused);
    if (w.bias == me)
      return decide(t.own() == announced ? used : unused);
    if (w.bias != everybody && !t.seen_all)
      return begin_share(barrier);
    if (t.own() == announced)
      return decide(used);
    if (!std::ranges::any_of(w.threads, [](auto &x) { return x.mine == announced; }))
      return decide(unused);
    return t.seen_all ? decide(used) : go(barrier);
  }
  bool begin() {
    if (t.what == job::hush) {
      if (w.bias != everybody)
        return false;
      w.bias = quiet;
      return go(done);
    }
    if (t.what == job::reopen) {
      if (w.word != slot_word::word(first_stamp + 1) << 32 || !w.destroyed[0])
        return false;
      w.word = slot_word::opened(w.word);
      t.what = job::close;
      t.stamp = second_stamp;
      return true;
    }
    if (t.what == job::get_second && slot_word::stamp(w.word) < second_stamp)
      return false; // there is no such handle
    if (t.uses()) {
      t.store(announced);
      return go(look_at_bias);
    }
    if (!opens())
      return go(done);
    if (t.what == job::replace) {
      if (slot_word::pins(w.word) || (w.word & slot_word::exclusive))
        return go(done);
      w.word |= slot_word::exclusive;
      return go(pinned);
    }
    if (!slot_word::can_pin(w.word))
      return false; // waits for the exclusive one
    if (t.what == job::close) {
      w.word = slot_word::closed(w.word, true);
      return go(in_hook);
    }
    w.word += slot_word::pin;
    return go(pinned);
  }
  bool with_pin() {
    if (t.what == job::replace) // has locked
      return look_for_uses(lock_barrier, locked, give_up);
    EXPECT_EQ(w.destroyed[t.object()], 0) << "destroyed under a pin";
    if (t.what == job::take && opens()) { // close_pinned
      w.word = slot_word::closed(w.word, false);
      ++w.taken[t.object()];
    }
    return go(last_pin);
  }

  world &w;
  thread &t;
  std::uint8_t me;
};

void check_end(const world &w) {
  const bool second = slot_word::stamp(w.word) >= second_stamp;
  for (std::size_t object : {0, 1}) {
    const bool closes = w.hooks[object] + w.taken[object] == 1;
    EXPECT_EQ(w.destroyed[object], closes) << "lost, or destroyed while it is open";
    if (object == second)
      EXPECT_EQ(slot_word::live(w.word), !closes);
  }
  EXPECT_EQ(slot_word::pins(w.word), 0u);
  EXPECT_EQ(w.word & slot_word::exclusive, 0u);
}

std::size_t explore(const std::vector<job> &jobs) {
  world start{.word = first_stamp << 32, .threads = {}};
  for (job j : jobs)
    start.threads.push_back({j});
  std::set<std::string> seen;
  std::vector<world> todo{start};
  while (!todo.empty() && !::testing::Test::HasFailure()) {
    const world w = std::move(todo.back());
    todo.pop_back();
    if (!seen.insert(w.key()).second)
      continue;
    bool moved = false;
    for (std::size_t i = 0; i < w.threads.size(); ++i) {
      world next = w;
      if (stepper(next, i).advance()) {
        moved = true;
        todo.push_back(std::move(next));
      }
      if (!w.threads[i].buffer.empty()) { // the oldest store becomes visible
        moved = true;
        thread &t = todo.emplace_back(w).threads[i];
        t.mine = static_cast<cell>(t.buffer.front());
        t.buffer.erase(0, 1);
      }
    }
    for (std::size_t object : {0, 1}) {
      EXPECT_LE(w.hooks[object] + w.taken[object], 1);
      EXPECT_LE(w.destroyed[object], 1);
    }
    if (moved)
      continue;
    EXPECT_TRUE(std::ranges::all_of(w.threads, [](auto &t) {
      return t.at == done || t.may_wait();
    })) << "deadlock";
    check_end(w);
  }
  return seen.size();
}

constexpr job all_jobs[] = {job::get, job::moved, job::pin, job::close, job::take, job::replace};

} // namespace

TEST(Slot, EveryInterleavingOfThreeThreadsKeepsItsPromises) {
  std::size_t states = 0;
  for (job a : all_jobs)
    for (job b : all_jobs)
      for (job c : all_jobs)
        states += explore({a, b, c}) + explore({a, b, c, job::hush});
  EXPECT_GT(states, 10000u);
}

TEST(Slot, EveryInterleavingOfUsersAndClosersKeepsItsPromises) {
  EXPECT_GT(explore({job::get, job::get, job::close, job::close}), 1000u);
  EXPECT_GT(explore({job::get, job::get, job::close, job::take}), 1000u);
  EXPECT_GT(explore({job::get, job::pin, job::close, job::replace}), 1000u);
  EXPECT_GT(explore({job::get, job::moved, job::close, job::close, job::hush}), 1000u);
  EXPECT_GT(explore({job::get, job::get, job::close, job::take, job::hush}), 1000u);
}

// The slot is used again while somebody still has it announced, or leaves it.
TEST(Slot, EveryInterleavingWithAReusedSlotKeepsItsPromises) {
  for (job user : {job::get, job::moved, job::pin, job::replace, job::get_second})
    for (job closer : {job::close, job::take}) {
      EXPECT_GT(explore({user, closer, job::reopen}), 20u);
      EXPECT_GT(explore({user, closer, job::reopen, job::get_second}), 100u);
      EXPECT_GT(explore({user, closer, job::reopen, job::hush}), 20u);
    }
  EXPECT_GT(explore({job::get, job::get, job::close, job::reopen}), 1000u);
  EXPECT_GT(explore({job::get, job::get_second, job::close, job::reopen, job::hush}), 1000u);
}

TEST(Slot, PinsDoNotOverflowIntoTheFlags) {
  EXPECT_FALSE(slot_word::can_pin(first_stamp << 32 | slot_word::pins_mask));
  EXPECT_TRUE(slot_word::can_pin(first_stamp << 32 | (slot_word::pins_mask - 1)));
}

TEST(Slot, ADeadStampOpensNothing) {
  EXPECT_FALSE(slot_word::opens(slot_word::word(4) << 32, 4));
  EXPECT_FALSE(slot_word::opens(0, 0));
}
