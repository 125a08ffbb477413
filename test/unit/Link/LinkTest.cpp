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

TEST(Link, AFileThatIsBuiltTwiceHasWhatItsMacrosMadeDifferentTwice) {
  llvm::StringRef Same = R"(
unit "a.c"
declare @whole : fn() -> (void)
declare @own : fn() -> (void) internal
declare @part : fn() -> (void)
declare @own_part : fn() -> (void) internal
define @whole() !0:1:1-2 {
bb0:
  return
}
define @own() !0:2:1-2 {
bb0:
  return
}
)";
  auto Variant = [&](llvm::StringRef Body) {
    return (Same + "define @part() !0:3:1-2 {\nbb0:\n" + Body +
            "}\ndefine @own_part() !0:4:1-2 {\nbb0:\n" + Body + "}\n")
        .str();
  };
  std::string First = Variant("  return\n"), Second = Variant("  unreachable\n");
  auto P = linked({First, Second});
  EXPECT_THAT(bodies(P), ElementsAre("a.c:whole", "a.c:own", "a.c:part", "a.c:own_part", "a.c:part",
                                     "a.c:own_part"));
  EXPECT_EQ(P.Merged, 2u);
  EXPECT_THAT(P.Notes, IsEmpty());
  ASSERT_THAT(P.Units, SizeIs(2));
  // To other files the first one is what the name means.
  EXPECT_EQ(symbol(*P.Units[0], "part").Link, ir::Linkage::External);
  EXPECT_NE(symbol(*P.Units[0], "own_part").Usr, symbol(*P.Units[1], "own_part").Usr);
  EXPECT_NE(symbol(*P.Units[0], "part").Usr, symbol(*P.Units[1], "part").Usr);
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
  llvm::StringRef User = R"(
define @user() !0:1:1-2 {
bb0:
  call @helper()
  return
}
)";
  auto P = linked({("unit \"a.c\"\nfile 0 \"a.c\"\nfile 1 \"x.h\"" + Header).str(),
                   ("unit \"b.c\"\nfile 0 \"b.c\"\nfile 1 \"x.h\"" + Other).str(),
                   ("unit \"c.c\"\nfile 0 \"c.c\"\nfile 1 \"x.h\"" + Header + User).str()});
  EXPECT_THAT(bodies(P), ElementsAre("a.c:helper", "b.c:helper", "c.c:user"));
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
  llvm::StringRef User = R"(
define @again() !0:5:1-2 {
bb0:
  call @main()
  return
}
)";
  auto P = linked(
      {("unit \"a.c\"\nfile 0 \"a.c\"" + Body).str(), ("unit \"b.c\"\nfile 0 \"b.c\"" + Body).str(),
       ("unit \"a.c\"\nfile 0 \"a.c\"" + Body).str(), ("unit \"c.c\"\nfile 0 \"c.c\"" + Body).str(),
       ("unit \"d.c\"\nfile 0 \"d.c\"" + User).str()});
  // The same source twice is one; different definitions are each their unit's own.
  EXPECT_THAT(bodies(P), ElementsAre("a.c:main", "b.c:main", "c.c:main", "d.c:again"));
  EXPECT_EQ(symbol(*P.Units[0], "main").Link, ir::Linkage::Internal);
  EXPECT_EQ(symbol(*P.Units[3], "main").Link, ir::Linkage::Internal);
  EXPECT_EQ(symbol(*P.Units[4], "main").Link, ir::Linkage::External);
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

TEST(Link, OfInlineFunctionsTheOneThatDoesMostStays) {
  // What a destructor is in a unit to which a member's class is incomplete, and in one
  // that knows it.
  llvm::StringRef Less = R"(
unit "less.cpp" cxx
file 0 "less.cpp"
file 1 "x.h"
declare @destroy : fn(ptr) -> (void) inline
define @destroy(p : ptr) !1:1:1-2 {
bb0:
  %0 = load &p
  delete %0
  return
}
)",
                  More = R"(
unit "more.cpp" cxx
file 0 "more.cpp"
file 1 "x.h"
declare @destroy : fn(ptr) -> (void) inline
declare @close : fn(ptr) -> (void)
define @destroy(p : ptr) !1:1:1-2 {
bb0:
  %0 = load &p
  call @close(%0)
  delete %0
  return
}
)",
                  Strong = R"(
unit "strong.cpp" cxx
file 0 "strong.cpp"
declare @destroy : fn(ptr) -> (void)
define @destroy(p : ptr) !0:1:1-2 {
bb0:
  return
}
)";
  EXPECT_THAT(bodies(linked({Less, More})), ElementsAre("more.cpp:destroy"));
  EXPECT_THAT(bodies(linked({More, Less})), ElementsAre("more.cpp:destroy"));
  EXPECT_THAT(bodies(linked({Less, Strong, More})), ElementsAre("strong.cpp:destroy"));
  EXPECT_THAT(bodies(linked({Strong, More, Less})), ElementsAre("strong.cpp:destroy"));
  EXPECT_THAT(linked({Less, Strong}).Notes, IsEmpty());
  for (const auto &U : linked({Less, More}).Units)
    EXPECT_EQ(ir::verify(*U), std::nullopt);
}

TEST(Link, OfInlineFunctionsThatDoAsMuchTheSameOneStaysInAnyOrder) {
  auto Text = [](llvm::StringRef File, int Value) {
    return ("unit \"" + File + "\"\nfile 0 \"" + File + R"("
file 1 "x.h"
declare @limit : fn() -> (i32) inline
define @limit() -> i32 !1:1:1-2 {
bb0:
  %0 = add 1, )" +
            llvm::Twine(Value) + R"( : i32
  return %0
}
)")
        .str();
  };
  std::string A = Text("a.c", 16), B = Text("b.c", 32);
  EXPECT_EQ(bodies(linked({A, B})), bodies(linked({B, A})));
}

TEST(Link, WhatOnlyDroppedBodiesNamedGoesWithThem) {
  llvm::StringRef Header = R"(
record @node { next : ptr<rec @node> }
record @unused { next : ptr<rec @node> }
global @count : i32
declare @visit : fn(ptr<rec @node>) -> (void)
declare @walk : fn(ptr<rec @node>) -> (void) inline
declare @never : fn(ptr<rec @unused>) -> (void)
define @walk(n : ptr<rec @node>) !1:1:1-2 {
bb0:
  %0 = load &n
  call @visit(%0)
  return
}
)";
  auto P = linked({("unit \"a.c\"\nfile 0 \"a.c\"\nfile 1 \"x.h\"" + Header).str(),
                   ("unit \"b.c\"\nfile 0 \"b.c\"\nfile 1 \"x.h\"" + Header).str()});
  auto Names = [](const ir::Unit &U) {
    std::vector<std::string> Result;
    for (const ir::Symbol &S : U.Symbols)
      Result.push_back(U.name(S).str());
    for (const ir::Record &R : U.Records)
      Result.push_back(R.Usr);
    return Result;
  };
  EXPECT_THAT(Names(*P.Units[0]), ElementsAre("count", "visit", "walk", "node"));
  EXPECT_THAT(Names(*P.Units[1]), ElementsAre("count")); // a variable may tell others its value
  for (const auto &U : P.Units)
    EXPECT_EQ(ir::verify(*U), std::nullopt);
}

TEST(Link, WhatTablesNameStays) {
  auto P = linked({R"(
unit "a.c"
file 0 "a.c"
declare @unused : fn() -> (void)
declare @first : fn() -> (void)
declare @second : fn() -> (void)
record @ops { one : ptr<fn()>  two : ptr<fn()> }
global @table : rec @ops const { "one" = @second "two" = @first }
)"});
  ASSERT_THAT(P.Units, SizeIs(1));
  const ir::Unit &U = *P.Units[0];
  std::vector<std::string> Names, Values;
  for (const ir::Symbol &S : U.Symbols)
    Names.push_back(U.name(S).str());
  for (const ir::InitialValue &V : symbol(U, "table").Values)
    Values.push_back(U.name(U.symbol(V.Value.Index)).str());
  EXPECT_THAT(Names, testing::UnorderedElementsAre("first", "second", "table"));
  EXPECT_THAT(Values, ElementsAre("second", "first"));
}
