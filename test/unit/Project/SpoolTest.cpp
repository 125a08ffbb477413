#include "lib/Project/Spool.h"
#include "llvm/ADT/StringRef.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handrail::project {
namespace {

llvm::ArrayRef<char> bytes(llvm::StringRef Text) { return {Text.data(), Text.size()}; }

std::string read(const Spool &S, uint64_t Offset, uint64_t Size) {
  std::vector<char> Bytes = llvm::cantFail(S.read(Offset, Size));
  return {Bytes.begin(), Bytes.end()};
}

TEST(Spool, AppendsAndReads) {
  Spool S = llvm::cantFail(Spool::create());
  uint64_t First = llvm::cantFail(S.append(bytes("one")));
  uint64_t Second = llvm::cantFail(S.append(bytes("second")));
  EXPECT_EQ(read(S, First, 3), "one");
  EXPECT_EQ(read(S, Second, 6), "second");
  EXPECT_EQ(S.size(), 9u);
}

TEST(Spool, ReadingPastTheEndIsAnError) {
  Spool S = llvm::cantFail(Spool::create());
  llvm::cantFail(S.append(bytes("one")));
  auto Bytes = S.read(1, 3);
  EXPECT_FALSE(Bytes);
  llvm::consumeError(Bytes.takeError());
}

TEST(Spool, IsSharedWithForkedProcesses) {
  Spool S = llvm::cantFail(Spool::create());
  pid_t Child = fork();
  if (Child == 0) {
    auto Offset = S.append(bytes("from the child"));
    _exit(Offset ? 0 : 1);
  }
  int Status = 0;
  waitpid(Child, &Status, 0);
  ASSERT_EQ(Status, 0);
  EXPECT_EQ(read(S, 0, S.size()), "from the child");
}

} // namespace
} // namespace handrail::project
