#include "handrail/testing/gtest.h"
#include "common.h"
#include "handrail/task.h"

TEST(Leaks, Clean) { is_clean(); }
TEST(Leaks, AHandle) { leaks_a_handle(); }
TEST(Leaks, ADescriptor) { leaks_a_descriptor(); }
TEST(Leaks, MadeOnce) { makes_something_once(); }
TEST(Leaks, ADescriptorMadeOnce) { makes_a_descriptor_once(); }
TEST(Leaks, SaidToBeMadeOnce) { says_that_it_is_made_once(); }
TEST(Leaks, InThreads) { leaks_in_threads(); }
TEST(Leaks, ClosedSoon) { is_closed_soon(); }
TEST(Leaks, FailedAnyway) {
  leaks_a_handle();
  FAIL() << "for its own reason";
}

/// The fixture's end is part of the test.
class Fixture : public ::testing::Test {
protected:
  ~Fixture() override { (void)connections().close(h); }
  handrail::handle h = open_connection("fixture");
};
TEST_F(Fixture, Clean) {}

namespace {
handrail::task<> open_on(handrail::executor_ref pool) {
  co_await handrail::on(pool);
  leaks_a_handle();
}
} // namespace
/// Tasks work for the test that started them, wherever they run.
TEST(Leaks, InATask) {
  handrail::thread_pool pool(1);
  handrail::sync_wait(open_on(pool));
}
TEST(Leaks, CleanAgain) { is_clean(); }

/// One test at a time, and a thread of an earlier one that goes on.
namespace {
std::atomic<bool> go{false}, done{false};
}
TEST(Late, Starts) {
  handrail::test::thread([] {
    go.wait(false);
    (void)open_connection("late");
    done = true;
    done.notify_all();
  }).detach();
}
TEST(Late, IsNotBlamed) {
  go = true;
  go.notify_all();
  done.wait(false);
}
