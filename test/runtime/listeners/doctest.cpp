#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "handrail/testing/doctest.h"

#include "common.h"

TEST_CASE("Leaks.Clean") { is_clean(); }
TEST_CASE("Leaks.AHandle") { leaks_a_handle(); }
TEST_CASE("Leaks.ADescriptor") { leaks_a_descriptor(); }
TEST_CASE("Leaks.MadeOnce") { makes_something_once(); }
TEST_CASE("Leaks.ADescriptorMadeOnce") { makes_a_descriptor_once(); }
TEST_CASE("Leaks.SaidToBeMadeOnce") { says_that_it_is_made_once(); }
TEST_CASE("Leaks.InThreads") { leaks_in_threads(); }
TEST_CASE("Leaks.ClosedSoon") { is_closed_soon(); }
TEST_CASE("Leaks.FailedAnyway") {
  leaks_a_handle();
  CHECK_MESSAGE(false, "for its own reason");
}
TEST_CASE("Leaks.InASection") {
  SUBCASE("clean") { is_clean(); }
  SUBCASE("leaks") { leaks_a_handle(); }
}
TEST_CASE("Leaks.CleanSections") {
  const auto h = open_connection("outside");
  SUBCASE("one") { is_clean(); }
  SUBCASE("other") { CHECK(1 == 1); }
  CHECK(connections().close(h));
}
TEST_CASE("Leaks.CleanAgain") { is_clean(); }
