// fork(), and what runs when the program ends.
#include "handrail/runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace handrail;

#if !defined(__SANITIZE_THREAD__) && !(defined(__has_feature) && __has_feature(thread_sanitizer))
TEST(Process, AForkedChildOfBusyThreadsCanUseTheRuntime) {
  table t({.name = "forked"});
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  handrail::on_exit join([&] {
    stop = true;
    for (std::thread &t : threads)
      t.join();
  });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!stop) {
        auto h = *t.insert(std::string("x"));
        (void)t.get(h);
        (void)t.close(h);
        (void)ledger::live_count();
      }
    });
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20); // a lock that stays locked ends the child, and fails the test
      auto h = *t.insert(std::string("child"));
      bool ok = t.get(h).has_value() && t.close(h).has_value();
      table own;
      ok = ok && own.insert(1).has_value();
      std::thread([&] { ok = ok && t.insert(2).has_value(); }).join();
      (void)ledger::live();
      _exit(ok ? 0 : 1);
    }
    ASSERT_GT(child, 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}
#endif

namespace {

/// Uses everything in its destructor, after the thread's own variables are gone.
struct last_user {
  ~last_user() {
    auto h = *late.insert(1);
    bool ok = late.get(h).has_value() && late.close(h).has_value();
    scope_result<void> r = try_scope([](scope &s) { s.on_release([] { throw 1; }); });
    ok = ok && r.error;
    try {
      with_scope([](scope &s) {
        s.on_release([] { throw 1; });
        s.on_release([] { throw 2; });
        throw 'x';
      });
    } catch (char) {
      (void)last_suppressed().size();
    }
    ok = ok && sync_wait([]() -> task<int> { co_return 5; }()) == 5;
    if (!ok)
      _exit(9);
  }
  table late;
};

} // namespace

TEST(ProcessDeathTest, StaticDestructorsMayUseTheRuntime) {
  EXPECT_EXIT(
      {
        static last_user user; // destroyed after the variables of the main thread
        (void)user.late.get(*user.late.insert(1));
        try {
          with_scope([](scope &s) {
            s.on_release([] { throw 1; });
            throw 'x';
          });
        } catch (char) {
        }
        std::exit(3);
      },
      ::testing::ExitedWithCode(3), "");
}
