// Failures on purpose.
#include "handrail/async_scope.h"
#include "handrail/handle_table.h"
#include "handrail/managed.h"
#include "handrail/testing.h"
#include "handrail/unique.h"

#include <gtest/gtest.h>

#include <set>

using namespace handrail;

namespace {
class amplified {
public:
  explicit amplified(handrail::test::amplification a) : before_(handrail::test::amplify(a)) {}
  ~amplified() { (void)handrail::test::amplify(before_); }

private:
  handrail::test::amplification before_;
};
struct closing {
  int *closed;
  result<void> close() {
    ++*closed;
    return {};
  }
};
} // namespace

TEST(Amplify, TheKthAcquireFails) {
  amplified third({.fail_acquire = 3});
  table t;
  EXPECT_TRUE(t.insert(1));
  EXPECT_TRUE(t.insert(make_arc<int>(2)));
  EXPECT_EQ(t.insert(3).error().code, errc::acquire_failed);
  EXPECT_TRUE(t.insert(4));
  EXPECT_EQ(t.size(), 3u);
}

TEST(Amplify, EachAcquireOfAScopeMayFail) {
  for (std::uint64_t k = 1; k <= 4; ++k) {
    amplified kth({.fail_acquire = k});
    int acquired = 0, released = 0;
    const auto r = try_scope([&](scope &s) {
      for (int i = 0; i < 3; ++i)
        s.install([&] { return ++acquired; }, [&](int &) { ++released; });
    });
    EXPECT_EQ(acquired, k <= 3 ? static_cast<int>(k) - 1 : 3);
    EXPECT_EQ(released, acquired);
    EXPECT_EQ(r.error != nullptr, k <= 3);
  }
}

TEST(Amplify, TheKthReleaseFailsAfterItHasRun) {
  int closed = 0;
  {
    amplified second({.fail_release = 2});
    table t;
    const auto a = *t.insert(closing{&closed}), b = *t.insert(closing{&closed});
    EXPECT_TRUE(t.close(a));
    EXPECT_EQ(t.close(b).error().code, errc::release_failed);
    EXPECT_EQ(closed, 2);
  }
  {
    amplified first({.fail_release = 1});
    unique_fd fd(::dup(1));
    EXPECT_EQ(fd.close().error().os_error, EIO);
  }
  {
    amplified first({.fail_release = 1});
    EXPECT_THROW(with_scope([&](scope &s) { s.on_release([&] { ++closed; }); }), scope_error);
    EXPECT_EQ(closed, 3);
  }
  {
    amplified first({.fail_release = 1});
    int finalized = 0;
    EXPECT_EQ(manage(&finalized, [](int *n) { ++*n; })->close().error().code, errc::release_failed);
    EXPECT_EQ(finalized, 1);
  }
  {
    amplified first({.fail_release = 1});
    EXPECT_THROW(sync_wait(with_async_scope([&](async_scope &s) -> task<> {
                   s.on_release([&]() -> task<> {
                     ++closed;
                     co_return;
                   });
                   co_return;
                 })),
                 scope_error);
    EXPECT_EQ(closed, 4);
  }
}

namespace {
/// Which of a hundred scopes are cancelled, and with how much acquired.
std::string cancellations(std::uint64_t seed) {
  amplified some({.cancel = 0.1, .seed = seed});
  std::string text;
  for (int i = 0; i < 100; ++i) {
    int acquired = 0, released = 0;
    const auto r = try_scope([&](scope &s) {
      for (int k = 0; k < 3; ++k)
        s.install([&] { return ++acquired; }, [&](int &) { ++released; });
    });
    EXPECT_EQ(acquired, released);
    EXPECT_EQ(r.how.is_cancelled(), r.error != nullptr);
    text += static_cast<char>('0' + acquired);
    text += r.how.is_cancelled() ? 'x' : ' ';
  }
  return text;
}
} // namespace

TEST(Amplify, CancellationComesByChanceAndBySeed) {
  ::testing::internal::CaptureStderr();
  const std::string one = cancellations(1);
  EXPECT_EQ(one, cancellations(1));
  EXPECT_NE(one, cancellations(2));
  EXPECT_NE(one.find('x'), std::string::npos);
  EXPECT_NE(one.find("3 "), std::string::npos);
  (void)cancellations(0);
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(printed.find("HANDRAIL_AMPLIFY=cancel=0.100000,seed=1\n"), std::string::npos);
  EXPECT_NE(printed.rfind("seed="), printed.find("seed=2")); // chosen, and told
}

TEST(Amplify, ATaskThatCannotBeCancelledIsNot) {
  ::testing::internal::CaptureStderr();
  amplified always({.cancel = 1, .seed = 1});
  ::testing::internal::GetCapturedStderr();
  const auto stops = []() -> task<> { co_await cancellation_point(); };
  std::stop_source source;
  EXPECT_THROW(sync_wait(stops(), source.get_token()), cancelled_error);
  EXPECT_NO_THROW(sync_wait(uncancellable(stops())));
}

TEST(Amplify, NoSlotIsUsedTwice) {
  const auto count_slots = [] {
    table t({.layout = id_layout::js53});
    std::set<std::uint64_t> slots;
    for (int i = 0; i < 1000; ++i) {
      const auto h = *t.insert(i);
      slots.insert(h.value() & ((1u << 22) - 1));
      (void)t.close(h);
    }
    return slots.size();
  };
  EXPECT_LT(count_slots(), 500u);
  amplified fresh({.fresh_ids = true});
  EXPECT_EQ(count_slots(), 1000u);
}
