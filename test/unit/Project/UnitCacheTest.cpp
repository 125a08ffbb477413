#include "lib/Project/UnitCache.h"
#include "lib/IR/Unit.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include <gtest/gtest.h>

using namespace handrail;
using namespace handrail::project;

namespace {

/// Two checkouts and the cache they share.
class UnitCacheTest : public testing::Test {
protected:
  UnitCacheTest() : Store(llvm::cantFail(ObjectStore::create(Directory.path("cache"), 1u << 30))) {}

  /// One run: finds, or makes and says so.
  bool reuses(const std::string &Checkout, const std::string &Tool = "tool") {
    Relocation Names({Directory.path(Checkout)});
    FileIndex Files;
    UnitCache Cache(*Store, Names, Tool, Files);
    if (auto Known = Cache.find(job(Checkout))) {
      Unit = Known->Unit;
      Errors = Known->Errors;
      return true;
    }
    NewCapture New = Cache.make(job(Checkout));
    Unit = New.Unit;
    Errors = New.Errors;
    EXPECT_TRUE(New.Unit.empty() || New.Stored);
    return false;
  }
  capture::CompileJob job(const std::string &Checkout) {
    std::string Root = Directory.path(Checkout);
    return {Root, Root + "/x.c", {"clang", "-I" + Root + "/include", Root + "/x.c"}};
  }
  void write(const std::string &Source, const std::string &Header = "int f(void);\n") {
    for (const char *Checkout : {"a", "other/b"}) {
      Directory.write(std::string(Checkout) + "/x.c", Source);
      Directory.write(std::string(Checkout) + "/include/x.h", Header);
    }
  }

  TemporaryDirectory Directory;
  std::unique_ptr<ObjectStore> Store;
  std::string Unit;
  std::vector<capture::CaptureError> Errors;
};

TEST_F(UnitCacheTest, AnotherCheckoutHits) {
  write("#include \"x.h\"\nint g(void) { return f(); }\nconst char *s = __FILE__;\n");
  EXPECT_FALSE(reuses("a"));
  EXPECT_TRUE(reuses("a"));
  EXPECT_TRUE(reuses("other/b"));
  EXPECT_FALSE(reuses("a", "another tool"));
}

TEST_F(UnitCacheTest, ItsOwnContentCounts) {
  write("#include \"x.h\"\nint g(void) { return f(); }\n");
  EXPECT_FALSE(reuses("a"));
  Directory.write("other/b/include/x.h", "int f(void);\nint h(void);\n");
  EXPECT_FALSE(reuses("other/b"));
  EXPECT_TRUE(reuses("a"));
  EXPECT_TRUE(reuses("other/b"));
}

TEST_F(UnitCacheTest, BranchesThatTakeTurnsBothHit) {
  write("#include \"x.h\"\nint g(void) { return f(); }\n");
  EXPECT_FALSE(reuses("a"));
  std::string Before = Unit;
  write("#include \"x.h\"\nint g(void) { return f() + 1; }\n");
  EXPECT_FALSE(reuses("a"));
  EXPECT_NE(Unit, Before);
  write("#include \"x.h\"\nint g(void) { return f(); }\n");
  EXPECT_TRUE(reuses("a"));
  EXPECT_EQ(Unit, Before);
}

TEST_F(UnitCacheTest, AFileThatSaysWhereTheCheckoutLiesIsNotShared) {
  const std::string Source = "const char *s = \"" + Directory.path("a") + "/data\";\n";
  write(Source);
  EXPECT_FALSE(reuses("a"));
  EXPECT_TRUE(reuses("a"));
  EXPECT_FALSE(reuses("other/b")); // where it is a text like others
}

TEST_F(UnitCacheTest, AFileBesideTheCheckoutIsNotShared) {
  write("#include \"../beside.h\"\nint g(void) { return b(); }\n");
  Directory.write("beside.h", "int b(void);\n");
  Directory.write("other/beside.h", "int b(void);\n");
  EXPECT_FALSE(reuses("a"));
  EXPECT_TRUE(reuses("a"));
  EXPECT_FALSE(reuses("other/b"));
}

TEST_F(UnitCacheTest, ErrorsAreOfTheCheckout) {
  write("int f(void) { return 1 }\n");
  EXPECT_FALSE(reuses("a"));
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_EQ(Errors[0].File, Directory.path("a/x.c"));
  EXPECT_TRUE(reuses("other/b"));
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_EQ(Errors[0].File, Directory.path("other/b/x.c"));
}

TEST_F(UnitCacheTest, AUnitThatIsGoneIsCapturedAgain) {
  write("#include \"x.h\"\nint g(void) { return f(); }\n");
  reuses("a");
  Relocation Names({Directory.path("a")});
  FileIndex Files;
  UnitCache Cache(*Store, Names, "tool", Files);
  ir::Unit Before = Cache.read(Unit, job("a"));
  EXPECT_EQ(Before.Functions.size(), 1u);
  Store->remove(ObjectSort::Unit, Unit);
  EXPECT_TRUE(Cache.read(Unit, job("a")) == Before);
  EXPECT_FALSE(reuses("a"));
}

} // namespace
