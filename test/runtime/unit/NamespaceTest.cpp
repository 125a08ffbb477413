// The rows A1 to A8: namespaces of resources.
#include "handrail/namespace.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

using namespace handrail;

namespace {

thread_local std::vector<int> destroyed; // threads of a test do not mix
int fail_at = 0;

template <int Id> struct part {
  explicit part(int v) : value(v) {
    if (fail_at == Id)
      throw std::runtime_error("no");
  }
  part(part &&) = delete;
  ~part() { destroyed.push_back(Id); }
  int value;
};

struct settings {
  int level = 0;
};

HANDRAIL_RESOURCE(part<1>, res_one, 10);
HANDRAIL_RESOURCE(part<2>, res_two, 20);
HANDRAIL_RESOURCE(part<3>, res_three, 30);
HANDRAIL_RESOURCE(settings, res_settings, 7);

ns make() { return std::move(ns::create()).value(); }

} // namespace

TEST(Namespace, A1_DescriptorsAreCollected) {
  EXPECT_NE(res_one.index, res_two.index);
  EXPECT_EQ(res_one.type, &type_of<part<1>>);
}

TEST(Namespace, A1_LateDefinitionsExistInOlderNamespaces) {
  ns older = make();
  static resource_def<settings> late([] { return settings{99}; });
  detail::register_resource(late);
  EXPECT_EQ(late.get(older).level, 99);
  EXPECT_EQ(&late.get(older), &late.get(older));
  ns newer = make();
  EXPECT_EQ(late.get(newer).level, 99);
  late.get_mut(newer)->level = 1;
  EXPECT_TRUE(late.share_from(older, newer));
  EXPECT_EQ(late.get(older).level, 1);
}

TEST(Namespace, A2_DefaultsAndRollBack) {
  {
    ns n = make();
    EXPECT_EQ(res_one.get(n).value, 10);
    EXPECT_EQ(res_settings.get(n).level, 7);
  }
  destroyed.clear();
  fail_at = 3;
  EXPECT_THROW((void)ns::create(), std::runtime_error);
  fail_at = 0;
  EXPECT_EQ(destroyed, (std::vector<int>{2, 1}));
}

TEST(Namespace, A3_GetAlwaysSucceeds) {
  ns a = make(), b = make();
  EXPECT_TRUE(res_one.share_from(a, b));
  EXPECT_EQ(&res_one.get(a), &res_one.get(b));
  EXPECT_NE(&res_two.get(a), &res_two.get(b));
  // Whatever others do to theirs.
  const auto *shared = &res_one.get(a);
  EXPECT_TRUE(res_one.reset(b));
  EXPECT_EQ(&res_one.get(a), shared);
  EXPECT_NE(&res_one.get(b), shared);
  {
    ns gone = make();
    EXPECT_TRUE(res_two.share_from(a, gone));
    EXPECT_EQ(&res_two.get(a), &res_two.get(gone));
  }
  EXPECT_TRUE(res_two.get_mut(a)) << "its own again";
  EXPECT_NE(&res_two.get(a), &res_two.get(b));
}

TEST(Namespace, A4_GetMutOnlyIfNobodyShares) {
  ns a = make(), b = make();
  res_settings.get_mut(a)->level = 1;
  EXPECT_EQ(res_settings.get(a).level, 1);
  EXPECT_EQ(res_settings.get(b).level, 7);
  EXPECT_TRUE(res_settings.share_from(b, a));
  EXPECT_FALSE(res_settings.get_mut(a));
  EXPECT_FALSE(res_settings.get_mut(b));
  EXPECT_TRUE(res_settings.reset(b));
  EXPECT_TRUE(res_settings.get_mut(a));
  arc<const settings> owner = *res_settings.share(a);
  EXPECT_FALSE(res_settings.get_mut(a));
}

TEST(Namespace, A4_APointerAliveAcrossShareIsRefused) {
  ns a = make(), b = make();
  const auto before = ledger::count(ledger::event_kind::shared_mutation);
  {
    auto mine = res_settings.get_mut(a);
    EXPECT_FALSE(res_settings.get_mut(a));
    EXPECT_EQ(res_settings.share_from(b, a).error().code, errc::busy);
    EXPECT_EQ(res_settings.share_from(a, b).error().code, errc::busy);
    EXPECT_EQ(res_settings.reset(a).error().code, errc::busy);
    EXPECT_EQ(res_settings.share(a).error().code, errc::busy);
    mine->level = 3;
  }
  EXPECT_EQ(ledger::count(ledger::event_kind::shared_mutation), before + 4);
  EXPECT_TRUE(res_settings.share_from(b, a));
  EXPECT_EQ(res_settings.get(b).level, 3);
}

TEST(Namespace, A5_CurrentFollowsTheThread) {
  auto current = res_settings.current();
  EXPECT_EQ(current->level, 7); // the process has one
  ns mine = make();
  res_settings.get_mut(mine)->level = 5;
  {
    scoped_namespace use(mine);
    EXPECT_EQ(current->level, 5);
    ns inner = make();
    {
      scoped_namespace nested(inner);
      EXPECT_EQ(current->level, 7);
    }
    EXPECT_EQ(current->level, 5);
    std::thread([&] { EXPECT_EQ(current->level, 7); }).join();
  }
  EXPECT_EQ(current->level, 7);
}

TEST(Namespace, A6_SharingReleasesTheOldInstance) {
  ns a = make(), b = make();
  destroyed.clear();
  EXPECT_TRUE(res_one.share_from(a, a)); // nothing
  EXPECT_TRUE(destroyed.empty());
  EXPECT_TRUE(res_one.share_from(a, b));
  EXPECT_EQ(destroyed, std::vector<int>{1});
  EXPECT_TRUE(res_one.share_from(a, b)); // already
  EXPECT_TRUE(res_one.share_from(b, a));
  EXPECT_EQ(destroyed, std::vector<int>{1});
}

TEST(Namespace, A7_ResetLeavesTheOthersAlone) {
  ns a = make(), b = make();
  EXPECT_TRUE(res_one.share_from(a, b));
  const part<1> *shared = &res_one.get(b);
  destroyed.clear();
  EXPECT_TRUE(res_one.reset(a));
  EXPECT_TRUE(destroyed.empty());
  EXPECT_EQ(&res_one.get(b), shared);
  EXPECT_NE(&res_one.get(a), shared);
  const part<1> *before = &res_one.get(a);
  fail_at = 1;
  EXPECT_THROW((void)res_one.reset(a), std::runtime_error);
  fail_at = 0;
  EXPECT_EQ(&res_one.get(a), before);
  EXPECT_TRUE(destroyed.empty());
}

TEST(Namespace, A8_DestroyedInReverseOrder) {
  {
    ns n = make();
    destroyed.clear();
  }
  EXPECT_EQ(destroyed, (std::vector<int>{3, 2, 1}));
}

TEST(Namespace, A6_ThreadsShareInstances) {
  ns base = make();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&base] {
      for (int i = 0; i < 500; ++i) {
        ns mine = make();
        ASSERT_TRUE(res_settings.share_from(mine, base));
        ASSERT_EQ(res_settings.get(mine).level, 7);
        ASSERT_TRUE(res_settings.reset(mine));
        res_settings.get_mut(mine)->level = i;
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_TRUE(res_settings.get_mut(base));
}
