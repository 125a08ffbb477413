// fork(), and what runs when the program ends.
#include "handrail/runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#if defined(__linux__)
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

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

#if defined(__linux__)
namespace {

/// From here on, membarrier() is refused, as a sandbox does.
void refuse_barriers() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(steps)), steps};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    std::_Exit(77);
}

} // namespace

TEST(ProcessDeathTest, BarriersThatAreRefusedLaterEndTheProgram) {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0)
    GTEST_SKIP() << "uses are pins here";
  const auto look_from_two_threads = [] {
    table t;
    const auto h = *t.insert(1);
    (void)t.get(h);
    refuse_barriers();
    std::thread([&] { (void)t.get(h); }).join();
    std::_Exit(0);
  };
  EXPECT_EXIT(look_from_two_threads(), ::testing::KilledBySignal(SIGABRT), "membarrier");
}
#endif

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
