#include "lib/Support/ObjectStore.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include "llvm/Support/FileSystem.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>

using namespace handrail;

namespace {

class ObjectStoreTest : public testing::Test {
protected:
  std::unique_ptr<ObjectStore> store(uint64_t Limit = ObjectStore::DefaultLimit) {
    return llvm::cantFail(ObjectStore::create(Directory.path("store"), Limit));
  }
  std::string pathOf(const std::string &Key, const char *Sort) {
    return Directory.path("store/v1/objects/" + Key.substr(0, 2) + "/" + Key.substr(2) + "." +
                          Sort);
  }
  /// As if it had been used so many days ago.
  void age(const std::string &Path, int Days) {
    const timespec Time = {time(nullptr) - Days * 86400, 0};
    const timespec Times[] = {Time, Time};
    ASSERT_EQ(utimensat(AT_FDCWD, Path.c_str(), Times, 0), 0);
  }
  static std::string key(int N) { return digestOf(std::to_string(N)); }

  TemporaryDirectory Directory;
};

TEST_F(ObjectStoreTest, WhatIsPutIsGot) {
  auto Store = store();
  EXPECT_FALSE(Store->get(ObjectSort::Unit, key(1)));
  EXPECT_TRUE(Store->put(ObjectSort::Unit, key(1), "one"));
  EXPECT_TRUE(Store->put(ObjectSort::Result, key(1), ""));
  EXPECT_EQ(Store->get(ObjectSort::Unit, key(1)), "one");
  EXPECT_EQ(store()->get(ObjectSort::Result, key(1)), "");
  EXPECT_TRUE(Store->put(ObjectSort::Unit, key(1), "other"));
  EXPECT_EQ(Store->get(ObjectSort::Unit, key(1)), "other");
  EXPECT_TRUE(Store->has(ObjectSort::Unit, key(1)));
  EXPECT_FALSE(Store->has(ObjectSort::Program, key(1)));
  EXPECT_EQ(Store->trouble(), "");
}

TEST_F(ObjectStoreTest, ADamagedObjectIsNoneAndGoes) {
  auto Store = store();
  Store->put(ObjectSort::Unit, key(1), std::string(1000, 'x'));
  const std::string Path = pathOf(key(1), "unit"), Whole = *readWholeFile(Path);
  for (std::string Damaged : {Whole.substr(0, 500), Whole.substr(0, 10), std::string(),
                              "y" + Whole.substr(1), Whole + "x"}) {
    llvm::cantFail(writeAtomically(Path, Damaged));
    EXPECT_FALSE(Store->get(ObjectSort::Unit, key(1)));
    EXPECT_FALSE(llvm::sys::fs::exists(Path));
  }
}

TEST_F(ObjectStoreTest, TheLeastRecentlyUsedGoFirst) {
  auto Store = store();
  for (int N = 0; N != 10; ++N) {
    Store->put(ObjectSort::Unit, key(N), std::string(9000, 'x')); // three blocks
    age(pathOf(key(N), "unit"), N + 1);
  }
  EXPECT_EQ(Store->get(ObjectSort::Unit, key(9))->size(), 9000u); // was the oldest
  auto Removed = Store->trim(5 * 3 * 4096);
  ASSERT_TRUE(Removed);
  EXPECT_EQ(Removed->Objects, 5u);
  EXPECT_EQ(Removed->Bytes, 5u * 3 * 4096);
  for (int N : {0, 1, 2, 3, 9})
    EXPECT_TRUE(Store->has(ObjectSort::Unit, key(N))) << N;
  // Only what is old, however little that is. What has() found counts as used now.
  EXPECT_EQ(Store->trim(UINT64_MAX, time(nullptr) - 86400)->Objects, 0u);
  age(pathOf(key(3), "unit"), 7);
  EXPECT_EQ(Store->trim(UINT64_MAX, time(nullptr) - 86400)->Objects, 1u);
  EXPECT_FALSE(Store->has(ObjectSort::Unit, key(3)));
}

TEST_F(ObjectStoreTest, NeverMuchMoreThanTheLimit) {
  const uint64_t Limit = 100 * 4096;
  auto One = store(Limit), Other = store(Limit);
  for (int N = 0; N != 500; ++N) {
    (N % 2 ? One : Other)->put(ObjectSort::Unit, key(N), std::string(4000, 'x'));
    EXPECT_LE(One->usage().All.Bytes, Limit + 4096);
  }
  EXPECT_GE(One->usage().All.Bytes, Limit * 8 / 10);
  EXPECT_TRUE(One->has(ObjectSort::Unit, key(499)));
}

TEST_F(ObjectStoreTest, WhatAKilledProcessLeftIsRemovedAndCounted) {
  store(); // makes it
  // One that is being written is locked.
  std::string Written = Directory.write("store/v1/tmp/written", "x");
  std::string Left = Directory.write("store/v1/tmp/left", "x");
  int File = open(Written.c_str(), O_RDONLY);
  ASSERT_EQ(flock(File, LOCK_EX), 0);
  auto Store = store();
  EXPECT_TRUE(llvm::sys::fs::exists(Written));
  EXPECT_FALSE(llvm::sys::fs::exists(Left));
  close(File);
  // Killed before it could evict: the next one does.
  auto Small = store(50 * 4096);
  for (int N = 0; N != 60; ++N)
    Store->put(ObjectSort::Unit, key(N), "x");
  EXPECT_EQ(Store->usage().All.Objects, 60u);
  Small->put(ObjectSort::Unit, key(60), "x");
  EXPECT_LE(Store->usage().All.Objects, 50u);
}

TEST_F(ObjectStoreTest, WithoutPermissionItOnlyReads) {
  store()->put(ObjectSort::Unit, key(1), "one");
  // Also root cannot make a file below a file.
  llvm::sys::fs::remove_directories(Directory.path("store/v1/tmp"));
  Directory.write("store/v1/tmp", "");
  auto Store = store();
  EXPECT_EQ(Store->get(ObjectSort::Unit, key(1)), "one");
  EXPECT_FALSE(Store->put(ObjectSort::Unit, key(2), "two"));
  EXPECT_NE(Store->trouble(), "");
  EXPECT_FALSE(Store->has(ObjectSort::Unit, key(2)));
}

TEST_F(ObjectStoreTest, ManyThreadsWriteReadAndEvict) {
  const uint64_t Limit = 200 * 4096;
  auto Work = [&](int Seed) {
    auto Store = store(Limit);
    for (int N = 0; N != 400; ++N) {
      const int K = (N * 7 + Seed * 13) % 300;
      const std::string Bytes(size_t(K) * 10, char('a' + K % 26));
      if (auto Got = Store->get(ObjectSort::Unit, key(K)))
        EXPECT_EQ(*Got, Bytes);
      else
        EXPECT_TRUE(Store->put(ObjectSort::Unit, key(K), Bytes)) << Store->trouble();
    }
  };
  {
    std::vector<std::jthread> Threads;
    for (int I = 0; I != 4; ++I)
      Threads.emplace_back(Work, I);
  }
  // What was written while another one evicted is found by the next one that writes.
  store(Limit)->put(ObjectSort::Unit, key(1000), "x");
  EXPECT_LE(store()->usage().All.Bytes, Limit + 4 * 4096);
}

} // namespace
