#include "lib/Link/Link.h"
#include "lib/IR/Parser.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace handrail;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

ir::Unit unit(llvm::StringRef Text) {
  auto U = ir::parseUnit(Text, "t.hir");
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return {};
  }
  return std::move(*U);
}

link::LinkedProgram linked(std::initializer_list<llvm::StringRef> Texts) {
  link::Linker L;
  for (llvm::StringRef Text : Texts)
    L.add(unit(Text));
  return L.finish();
}

/// The names of the functions with bodies, unit by unit.
std::vector<std::string> bodies(const link::LinkedProgram &P) {
  std::vector<std::string> Names;
  for (const auto &U : P.Units)
    for (const ir::Function &F : U->Functions)
      Names.push_back(U->MainFile + ":" + U->name(U->Symbols[F.Sym]).str());
  return Names;
}

const ir::Symbol &symbol(const ir::Unit &U, llvm::StringRef Name) {
  for (const ir::Symbol &S : U.Symbols)
    if (U.name(S) == Name)
      return S;
  ADD_FAILURE() << Name.str();
  return U.Symbols[0];
}

} // namespace

TEST(Link, OneOfEachInlineFunctionStays) {
  auto P = linked({R"(
unit "a.c"
file 0 "a.c"
file 1 "x.h"
declare @twice : fn() -> (void) inline
define @twice() !1:1:1-2 {
bb0:
  return
}
)",
                   R"(
unit "b.c"
file 0 "b.c"
file 1 "x.h"
declare @twice : fn() -> (void) inline
define @twice() !1:1:1-2 {
bb0:
  return
}
)"});
  EXPECT_THAT(bodies(P), ElementsAre("a.c:twice"));
  EXPECT_EQ(P.Merged, 1u);
  EXPECT_THAT(P.Notes, IsEmpty());
}

TEST(Link, AStaticFunctionOfAHeaderIsOneUnlessAMacroMadeItAnother) {
  llvm::StringRef Header = R"(
declare @helper : fn() -> (void) internal
define @helper() !1:1:1-2 {
bb0:
  return
}
)",
                  Other = R"(
declare @helper : fn() -> (void) internal
declare @f : fn() -> (void)
define @helper() !1:1:1-2 {
bb0:
  call @f()
  return
}
)";
  auto P = linked({("unit \"a.c\"\nfile 0 \"a.c\"\nfile 1 \"x.h\"" + Header).str(),
                   ("unit \"b.c\"\nfile 0 \"b.c\"\nfile 1 \"x.h\"" + Other).str(),
                   ("unit \"c.c\"\nfile 0 \"c.c\"\nfile 1 \"x.h\"" + Header).str()});
  EXPECT_THAT(bodies(P), ElementsAre("a.c:helper", "b.c:helper"));
  EXPECT_EQ(symbol(*P.Units[0], "helper").Usr, symbol(*P.Units[2], "helper").Usr);
  EXPECT_EQ(symbol(*P.Units[1], "helper").Link, ir::Linkage::Internal);
}

TEST(Link, StaticFunctionsOfSourceFilesStayApart) {
  llvm::StringRef Body = R"(
declare @helper : fn() -> (void) internal
define @helper() !0:1:1-2 {
bb0:
  return
}
)";
  auto P = linked({("unit \"a.c\"\nfile 0 \"a.c\"" + Body).str(),
                   ("unit \"b.c\"\nfile 0 \"b.c\"" + Body).str()});
  EXPECT_THAT(bodies(P), ElementsAre("a.c:helper", "b.c:helper"));
}

TEST(Link, TwoProgramsInOneDatabase) {
  llvm::StringRef Body = R"(
define @main() -> i32 !0:1:1-2 {
bb0:
  return 0
}
)";
  auto P = linked({("unit \"a.c\"\nfile 0 \"a.c\"" + Body).str(),
                   ("unit \"b.c\"\nfile 0 \"b.c\"" + Body).str(),
                   ("unit \"a.c\"\nfile 0 \"a.c\"" + Body).str(),
                   ("unit \"c.c\"\nfile 0 \"c.c\"" + Body).str()});
  // The same source twice is one; different definitions are each their unit's own.
  EXPECT_THAT(bodies(P), ElementsAre("a.c:main", "b.c:main", "c.c:main"));
  EXPECT_EQ(symbol(*P.Units[0], "main").Link, ir::Linkage::Internal);
  EXPECT_EQ(symbol(*P.Units[3], "main").Link, ir::Linkage::Internal);
  EXPECT_THAT(P.Notes, ElementsAre("main is defined at a.c:1:1 and at b.c:1:1: to other units it "
                                   "has no body"));
}

TEST(Link, AStrongDefinitionReplacesAWeakOne) {
  llvm::StringRef Weak = R"(
unit "a.c"
file 0 "a.c"
declare @hook : fn() -> (void) weak
define @hook() !0:1:1-2 {
bb0:
  return
}
)",
                  Strong = R"(
unit "b.c"
file 0 "b.c"
define @hook() !0:5:1-2 {
bb0:
  return
}
)";
  EXPECT_THAT(bodies(linked({Weak, Strong})), ElementsAre("b.c:hook"));
  EXPECT_THAT(bodies(linked({Strong, Weak})), ElementsAre("b.c:hook"));
}
