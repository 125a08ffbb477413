//===- IndirectCallsTest.cpp - where calls through pointers go ------------===//

#include "SolveText.h"
#include "lib/Solver/CallGraph.h"
#include "llvm/Support/FormatVariadic.h"
#include <gmock/gmock.h>

using namespace handrail;
using namespace handrail::solver;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

/// The targets of every indirect and virtual call of the program in order, those of
/// one as "f g", with "..." when there may be others, "?" when nothing is known.
struct Targets {
  std::vector<ir::Unit> Units;
  Program P;
  std::vector<std::string> Calls;
  uint64_t TooMany = 0, Forgotten = 0;
  size_t Components = 0, Hidden = 0;

  explicit Targets(llvm::ArrayRef<llvm::StringRef> Texts, unsigned MaxTargets = 4,
                   unsigned MaxComponent = 48) {
    for (llvm::StringRef Text : Texts)
      if (auto U = ir::parseUnit(Text, "t.hir"))
        Units.push_back(std::move(*U));
      else
        ADD_FAILURE() << llvm::toString(U.takeError());
    for (const ir::Unit &U : Units)
      P.Units.push_back(&U);
    ProgramIndex Index(P, testModels());
    IndirectCalls Indirect(Index, MaxTargets);
    CallGraph Graph = buildCallGraph(Index, Indirect, MaxComponent, Forgotten);
    Components = Graph.Components.size();
    Hidden = Graph.Hidden.size();
    TooMany = Indirect.TooMany;
    for (const ir::Unit &U : Units)
      for (const ir::Function &F : U.Functions)
        for (const ir::Block &B : F.Blocks)
          for (const ir::Op &O : B.Ops)
            if (O.has(ir::OF_Indirect) || O.has(ir::OF_Virtual))
              Calls.push_back(text(Index, Indirect.at(O)));
  }
  explicit Targets(llvm::StringRef Text) : Targets(llvm::ArrayRef(Text)) {}

  static std::string text(const ProgramIndex &Index, const CallTargets *At) {
    if (!At)
      return "?";
    std::string Text;
    for (ProgSym S : At->Functions)
      Text += (Text.empty() ? "" : " ") + Index.symbolName(S).str();
    return Text + (At->Open ? " ..." : "");
  }
};

} // namespace

static const char *const Table = R"(
record @ops { put : ptr<fn(i32)>  get : ptr<fn(i32)> }
record @obj { ops : ptr<rec @ops>  cb : ptr<fn(i32)> }
define @f(x : i32) { return }
define @g(x : i32) { return }
define @two(x : i32, y : i32) { return }
global @table : rec @ops internal const { "put" = @f "get" = @g }
)";

TEST(IndirectCalls, AFieldIsOneVariableWhateverTheObject) {
  Targets T((Table + llvm::Twine(R"(
global @other : rec @ops internal const { "put" = @g }
define @call(o : ptr<rec @obj>) {
  %0 = load &o
  %1 = field %0, "ops"
  %2 = load %1
  %3 = field %2, "put"
  %4 = load %3
  call %4(1)
  %5 = field %2, "get"
  %6 = load %5
  call %6(1)
  return
}
)"))
                .str());
  EXPECT_THAT(T.Calls, ElementsAre("f g", "g"));
}

TEST(IndirectCalls, StoresAndInitialisersAreFollowedThroughVariables) {
  Targets T((Table + llvm::Twine(R"(
global @hooks : arr<ptr<fn(i32)>, 2> internal const { [0] = @f [1] = @g }
define @set(o : ptr<rec @obj>, cb : ptr<fn(i32)>) internal {
  %0 = load &o
  %1 = field %0, "cb"
  %2 = load &cb
  store %1, %2
  return
}
define @call(o : ptr<rec @obj>, i : i32) {
  %0 = load &o
  call @set(%0, @f)
  %1 = field %0, "cb"
  %2 = load %1
  call %2(1)
  %3 = load &i
  %4 = index @hooks, %3
  %5 = load %4
  call %5(1)
  return
}
)"))
                .str());
  EXPECT_THAT(T.Calls, ElementsAre("f", "f g"));
}

TEST(IndirectCalls, WhatComesFromElsewhereOpensTheSet) {
  Targets T((Table + llvm::Twine(R"(
define @set(o : ptr<rec @obj>, cb : ptr<fn(i32)>) {
  %0 = load &o
  %1 = field %0, "cb"
  %2 = load &cb
  store %1, %2
  store %1, @f
  return
}
define @call(o : ptr<rec @obj>) {
  %0 = load &o
  %1 = field %0, "cb"
  %2 = load %1
  call %2(1)
  return
}
global @mine : ptr<fn(i32)> internal = @f
global @yours : ptr<fn(i32)> = @f
global @shown : ptr<fn(i32)> internal = @f
define @globals(out : ptr<ptr<ptr<fn(i32)>>>) {
  %0 = load @mine
  call %0(1)
  %1 = load @yours
  call %1(1)
  %2 = load &out
  store %2, @shown
  %3 = load @shown
  call %3(1)
  return
}
)"))
                .str());
  EXPECT_THAT(T.Calls, ElementsAre("f ...", "f", "f ...", "f ..."));
}

TEST(IndirectCalls, OtherUnitsKnowTheRecordsOfHeaders) {
  constexpr llvm::StringLiteral Unit = R"(unit "a.c"
file 0 "a.c"
file 1 "ops.h"
record @ops !1:1:1 { put : ptr<fn(i32)> }
define @f(x : i32) internal { return }
global @table : rec @ops internal const { "put" = @f }
define @call(o : ptr<rec @ops>) {
  %0 = load &o
  %1 = field %0, "put"
  %2 = load %1
  call %2(1)
  return
}
)";
  constexpr llvm::StringLiteral Other = R"(unit "b.c"
file 0 "b.c"
file 1 "ops.h"
record @ops !1:1:1 { put : ptr<fn(i32)> }
define @g(x : i32) internal { return }
global @table2 : rec @ops const { "put" = @g }
)";
  EXPECT_THAT(Targets(Unit).Calls, ElementsAre("f ..."));
  EXPECT_THAT(Targets(llvm::ArrayRef<llvm::StringRef>{Unit, Other}).Calls, ElementsAre("f g"));
}

TEST(IndirectCalls, ArgumentsHaveToFit) {
  Targets T((Table + llvm::Twine(R"(
define @call(o : ptr<rec @obj>) {
  %0 = load &o
  %1 = field %0, "cb"
  store %1, @f
  store %1, @two
  %2 = load %1
  call %2(1)
  return
}
)"))
                .str());
  EXPECT_THAT(T.Calls, ElementsAre("f"));
}

TEST(IndirectCalls, TheNumberOfTargetsIsBounded) {
  std::string Text = (Table + llvm::Twine(R"(
global @all : arr<rec @ops, 2> internal const { [0] "put" = @f  [1] "put" = @g }
define @call(i : i32) {
  %0 = load &i
  %1 = index @all, %0
  %2 = field %1, "put"
  %3 = load %2
  call %3(1)
  return
}
)"))
                         .str();
  EXPECT_THAT(Targets(Text).Calls, ElementsAre("f g"));
  Targets Few(llvm::ArrayRef<llvm::StringRef>{Text}, /*MaxTargets=*/1);
  EXPECT_THAT(Few.Calls, ElementsAre("?"));
  EXPECT_EQ(Few.TooMany, 1u);
}

TEST(IndirectCalls, ADataPointerThatIsCalledIsUnknown) {
  Targets T(R"(
record @obj { any : ptr }
define @call(o : ptr<rec @obj>) {
  %0 = load &o
  %1 = field %0, "any"
  %2 = load %1
  call %2(1)
  return
}
)");
  EXPECT_THAT(T.Calls, ElementsAre("?"));
}

TEST(IndirectCalls, VirtualCallsEndInOverriders) {
  Targets T(R"(
record @b polymorphic {}
declare @b_m : fn(ptr<rec @b>) method virtual pure parent @b
define @c_m(this : ptr<rec @b>) method virtual parent @b overrides @b_m { return }
define @d_m(this : ptr<rec @b>) method virtual parent @b overrides @c_m { return }
define @call(b : ptr<rec @b>) {
  %0 = load &b
  vcall @b_m(%0)
  vcall @d_m(%0)
  return
}
)");
  EXPECT_THAT(T.Calls, ElementsAre("c_m d_m", "d_m"));
}

TEST(IndirectCalls, TheOrderOfSolvingKnowsThem) {
  constexpr llvm::StringLiteral Text = R"(
record @ops { next : ptr<fn()> }
global @table : rec @ops internal const { "next" = @b }
define @a() {
  %0 = field @table, "next"
  %1 = load %0
  call %1()
  return
}
define @b() { call @a() return }
)";
  Targets T{Text};
  EXPECT_EQ(T.Components, 1u);
  EXPECT_THAT(T.Calls, ElementsAre("b"));
  Targets Small(llvm::ArrayRef<llvm::StringRef>{Text}, 4, /*MaxComponent=*/1);
  EXPECT_EQ(Small.Components, 2u);
  EXPECT_EQ(Small.Forgotten, 1u);
  EXPECT_THAT(Small.Calls, ElementsAre("?"));
}

TEST(IndirectCalls, AllCalleesHaveToEndAHandle) {
  auto Text = [](llvm::StringRef Second) {
    return (llvm::Twine(R"(
record @ops { end : ptr<fn(i32)> }
define @shut(fd : i32) internal {
  %0 = load &fd
  %1 = call @close(%0)
  return
}
define @look(fd : i32) internal {
  %0 = load &fd
  %1 = call @read(%0)
  return
}
global @table : arr<rec @ops, 2> internal const { [0] "end" = @shut [1] "end" = @)") +
            Second + R"( }
define @f(i : i32) -> i32 {
  %0 = call @open("p")
  %1 = load &i
  %2 = index @table, %1
  %3 = field %2, "end"
  %4 = load %3
  call %4(%0)
  %5 = call @close(%0)
  return 0
}
)")
        .str();
  };
  EXPECT_THAT(solveText(Text("shut")), ElementsAre("21 double-release  open"));
  EXPECT_THAT(solveText(Text("look")), IsEmpty());
}

// A state per target and result at each of the calls: more than the steps allow.
TEST(IndirectCalls, AFunctionThatTheyMakeTooLongIsStillExplored) {
  std::string Text = R"(
record @ops { next : ptr<fn(i32) -> i32> }
define @sign(x : i32) -> i32 internal {
  %0 = load &x
  %1 = lt %0, 0
  branch %1, negative, other
negative:
  return -1
other:
  %2 = eq %0, 0
  branch %2, zero, positive
zero:
  return 0
positive:
  return 1
}
global @table : rec @ops internal { "next" = @sign }
define @f(x : i32) {
  local fd : i32
  %0 = call @open("p")
  store &fd, %0
)";
  for (unsigned K = 1; K < 60; K += 3)
    Text += llvm::formatv("  %{0} = field @table, \"next\"\n  %{1} = load %{0}\n"
                          "  %{2} = call %{1}(1)\n",
                          K, K + 1, K + 2)
                .str();
  Text += "  return\n}\n";
  SolverOptions Options;
  EXPECT_THAT(solveText(Text, Options), ElementsAre("82 leak fd open"));
  Options.MaxSteps = 100;
  EXPECT_THAT(solveText(Text, Options), ElementsAre("82 leak fd open"));
}

TEST(IndirectCalls, TablesTieFunctionsUpToABound) {
  const char *Text = R"(
record @ops { put : ptr<fn(i32)> }
define @f(x : i32) internal {
  call @h(1)
  return
}
define @g(x : i32) internal {
  return
}
global @table : arr<rec @ops, 2> internal const { [0] "put" = @f [1] "put" = @g }
define @h(x : i32) {
  %0 = index @table, 1
  %1 = field %0, "put"
  %2 = load %1
  call %2(1)
  return
}
)";
  Targets Whole({Text}, 1);
  EXPECT_THAT(Whole.Calls, ElementsAre("?"));
  EXPECT_EQ(Whole.Components, 2u); // f and h
  EXPECT_EQ(Whole.Hidden, 0u);
  Targets Cut({Text}, 1, 1);
  EXPECT_EQ(Cut.Components, 3u);
  EXPECT_EQ(Cut.Hidden, 1u); // f; nothing ties g
}
