#include "lib/Support/Relocation.h"
#include <gtest/gtest.h>

using namespace handrail;

namespace {

const Relocation A({"/builds/a"}), B({"/home/me/b c"});

TEST(RelocationTest, WhatGoesInComesOutInEveryCheckout) {
  for (const char *Text :
       {"/builds/a/src/x.c", "/builds/a", "f@/builds/a/x.c",
        "(unnamed struct at /builds/a/x.h:3:1)", "\"/builds/a/x\" \"/builds/a\""}) {
    std::string In = A.in(Text);
    EXPECT_EQ(In.find("/builds/a"), std::string::npos) << Text;
    EXPECT_EQ(A.out(In), Text);
  }
  EXPECT_EQ(B.out(A.in("/builds/a/src/x.c")), "/home/me/b c/src/x.c");
  EXPECT_EQ(B.out(A.in("f@/builds/a/x.c")), "f@/home/me/b c/x.c");
}

TEST(RelocationTest, WhatIsNoRootStays) {
  for (const char *Text : {"/builds/ab/x.c", "/x/builds/a/x.c", "x/builds/a", "/builds/a-b",
                           "/builds/a.c", "/builds", "../builds/a/x", ""})
    EXPECT_EQ(A.in(Text), Text);
  EXPECT_EQ(A.pathIn("/builds/ab"), "/builds/ab");
  EXPECT_EQ(Relocation().in("/builds/a"), "/builds/a");
  EXPECT_EQ(Relocation({"/"}).in("/builds/a"), "/builds/a");
}

TEST(RelocationTest, Arguments) {
  for (const char *Argument :
       {"-I/builds/a/include", "-isystem/builds/a", "--sysroot=/builds/a", "/builds/a/x.c",
        "-DDIR=\"/builds/a\"", "-fmacro-prefix-map=/builds/a=/builds/a/x"})
    EXPECT_EQ(A.argumentIn(Argument).find("/builds/a"), std::string::npos) << Argument;
  for (const char *Argument : {"-I/x/builds/a", "-Ix/builds/a", "-I/builds/ab"})
    EXPECT_EQ(A.argumentIn(Argument), Argument);
}

TEST(RelocationTest, TheLongerRootWins) {
  Relocation Here({"/p", "/p/build"}), There({"/q", "/tmp/build"});
  EXPECT_EQ(There.out(Here.in("/p/build/x /p/y")), "/tmp/build/x /q/y");
  EXPECT_EQ(There.out(Here.pathIn("/p/build/x")), "/tmp/build/x");
}

} // namespace
