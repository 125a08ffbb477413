// A model check of the slot's word: all interleavings of several threads whose
// steps are the atomic operations of table_core.
#include "handrail/detail/slot.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <tuple>
#include <vector>

using namespace handrail::detail;

namespace {

enum class job { get, close, take, replace };

/// One thread of the model. `step` is the next atomic operation of its job.
struct thread {
  job what;
  int step = 0;
  bool pinned = false;
  auto key() const { return std::tuple(what, step, pinned); }
};

/// The slot and what happened to its object; each thread runs one job once with
/// the same handle, and then is done (step 9).
struct world {
  slot_word::word word = 0;
  int hooks = 0, taken = 0, destroyed = 0, freed = 0;
  bool swapped = false;
  std::vector<thread> threads;

  auto key() const {
    std::vector<std::tuple<job, int, bool>> t;
    for (const thread &x : threads)
      t.push_back(x.key());
    return std::tuple(word, hooks, taken, destroyed, freed, swapped, t);
  }
};

constexpr slot_word::word handle_stamp = 5;

/// table_core::unpin and drain.
void unpin(world &w, thread &t) {
  ASSERT_TRUE(t.pinned);
  t.pinned = false;
  w.word -= slot_word::pin;
  t.step = slot_word::drained(w.word) ? 7 : 9;
}

/// Runs the next step of thread \p i; false if it has none.
bool advance(world &w, std::size_t i) {
  thread &t = w.threads[i];
  const bool opens = slot_word::opens(w.word, handle_stamp);
  switch (t.step) {
  case 9:
    return false;
  case 7: // drain: this thread owns the slot
    EXPECT_EQ(slot_word::pins(w.word), 0u);
    ++w.destroyed;
    t.step = 8;
    return true;
  case 8:
    ++w.freed;
    w.word = slot_word::freed(w.word);
    t.step = 9;
    return true;
  default:
    break;
  }
  switch (t.what) {
  case job::get:
  case job::take:
    if (t.step == 0) { // try_pin
      if (!opens)
        t.step = 9;
      else if (slot_word::can_pin(w.word))
        w.word += slot_word::pin, t.pinned = true, t.step = 1;
      else
        return false; // waits for the exclusive one
      return true;
    }
    EXPECT_EQ(w.destroyed, 0) << "used after it was destroyed";
    if (t.step == 1 && t.what == job::take && opens) { // close_pinned
      w.word = slot_word::closed(w.word, false);
      ++w.taken;
    }
    unpin(w, t);
    return true;
  case job::close:
    if (t.step == 0) { // begin_close
      if (!opens)
        t.step = 9;
      else if (slot_word::can_pin(w.word))
        w.word = slot_word::closed(w.word, true), t.pinned = true, t.step = 1;
      else
        return false;
      return true;
    }
    if (t.step == 1) {
      EXPECT_EQ(w.destroyed, 0);
      ++w.hooks;
      t.step = 2;
      return true;
    }
    unpin(w, t);
    return true;
  case job::replace:
    if (t.step == 0) { // lock
      if (!opens || slot_word::pins(w.word) || (w.word & slot_word::exclusive))
        t.step = 9;
      else
        w.word |= slot_word::exclusive, t.step = 1;
      return true;
    }
    EXPECT_EQ(slot_word::pins(w.word), 0u) << "swapped under a user";
    w.swapped = true;
    w.word &= ~slot_word::exclusive; // unlock
    t.step = 9;
    return true;
  }
  return false;
}

std::size_t explore(std::vector<job> jobs) {
  world start;
  start.word = handle_stamp << 32;
  for (job j : jobs)
    start.threads.push_back({j});
  std::set<decltype(start.key())> seen;
  std::vector<world> left{start};
  while (!left.empty()) {
    const world w = std::move(left.back());
    left.pop_back();
    if (!seen.insert(w.key()).second)
      continue;
    bool moved = false, done = true;
    for (std::size_t i = 0; i < w.threads.size(); ++i) {
      world next = w;
      done = done && w.threads[i].step == 9;
      if (advance(next, i)) {
        moved = true;
        left.push_back(std::move(next));
      }
    }
    EXPECT_TRUE(moved || done) << "deadlock";
    EXPECT_LE(w.hooks + w.taken, 1);
    EXPECT_LE(w.destroyed, 1);
    EXPECT_LE(w.freed, 1);
    if (done) {
      const bool closes = w.hooks + w.taken == 1;
      EXPECT_EQ(w.destroyed, closes);
      EXPECT_EQ(w.freed, closes);
      EXPECT_EQ(slot_word::pins(w.word), 0u);
      EXPECT_EQ(w.word & slot_word::exclusive, 0u);
      EXPECT_EQ(slot_word::live(w.word), !closes);
    }
    if (::testing::Test::HasFailure())
      break;
  }
  return seen.size();
}

} // namespace

TEST(Slot, EveryInterleavingKeepsItsPromises) {
  const job all[] = {job::get, job::close, job::take, job::replace};
  std::size_t states = 0;
  for (job a : all)
    for (job b : all)
      for (job c : all)
        for (job d : all)
          states += explore({a, b, c, d});
  EXPECT_GT(states, 10000u);
}

TEST(Slot, PinsDoNotOverflowIntoTheFlags) {
  EXPECT_FALSE(slot_word::can_pin(handle_stamp << 32 | slot_word::pins_mask));
  EXPECT_TRUE(slot_word::can_pin(handle_stamp << 32 | (slot_word::pins_mask - 1)));
}

TEST(Slot, ADeadStampOpensNothing) {
  EXPECT_FALSE(slot_word::opens(slot_word::word(4) << 32, 4));
  EXPECT_FALSE(slot_word::opens(0, 0));
}
