#include "ModelTestUtil.h"
#include "lib/Model/Notation.h"

using namespace handrail::model;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST(ModelReader, ReadsAKind) {
  Read R = readText(R"({"version": 1, "kinds": [
    {"id": "db.stmt", "title": "statement", "representation": "pointer", "invalid": "null",
     "releasedBy": ["stmt_done"], "leakAtExit": true, "refcounted": true, "asyncRelease": true,
     "releaseInvalidOk": true, "comment": "x"},
    {"id": "db.conn", "title": "connection", "family": "database", "representation": "int",
     "invalid": [["min", -1], 99], "immortal": [0, [3, 5], "SYS"], "onByDefault": false,
     "reportLeak": false, "useInvalidOk": true, "releaseChecksState": false, "memory": true,
     "releaseBefore": ["db.stmt"]}],
    "constants": {"SYS": 6}})");
  EXPECT_THAT(R.Errors, IsEmpty());
  const ResourceKind &Stmt = R.kind("db.stmt");
  EXPECT_EQ(Stmt.Title, "statement");
  EXPECT_EQ(Stmt.Family, "db");
  EXPECT_EQ(Stmt.Repr, Representation::Pointer);
  EXPECT_THAT(Stmt.Invalid, ElementsAre(ValueRange{0, 0}));
  EXPECT_TRUE(Stmt.OnByDefault && Stmt.ReportLeak && Stmt.LeakAtExit && Stmt.Refcounted &&
              Stmt.AsyncRelease && Stmt.ReleaseInvalidOk && Stmt.ReleaseChecksState);
  EXPECT_FALSE(Stmt.UseInvalidOk || Stmt.Memory);
  EXPECT_THAT(Stmt.ReleasedBy, ElementsAre("stmt_done"));
  const ResourceKind &Conn = R.kind("db.conn");
  EXPECT_EQ(Conn.Family, "database");
  EXPECT_EQ(Conn.Repr, Representation::Int);
  EXPECT_THAT(Conn.Invalid, ElementsAre(ValueRange{MinValue, -1}, ValueRange{99, 99}));
  EXPECT_THAT(Conn.Immortal, ElementsAre(ValueRange{0, 0}, ValueRange{3, 6}));
  EXPECT_FALSE(Conn.OnByDefault || Conn.ReportLeak || Conn.ReleaseChecksState);
  EXPECT_TRUE(Conn.UseInvalidOk && Conn.Memory);
  EXPECT_THAT(Conn.ReleaseBefore, ElementsAre("db.stmt"));
  EXPECT_LT(*R.Models.kind("db.conn"), *R.Models.kind("db.stmt"));
}

TEST(ModelReader, ReadsEveryEffect) {
  Read R = readFunction(R"("names": ["f"], "effects": [
    {"acquire": "a.fd", "at": "arg0[0]", "when": "zero"},
    {"release": "a.fd", "at": "arg1"},
    {"use": "a.fd", "at": "arg2"},
    {"borrow": "a.fd", "at": "return", "from": "arg3"},
    {"transfer": "a.fd", "at": "arg4", "to": "return", "when": "valid"},
    {"transfer": "a.fd", "at": "arg4"},
    {"duplicate": "a.fd", "at": "return", "from": "arg5", "when": ["DUP", [-3, -1]]},
    {"retain": "a.fd", "at": "return"},
    {"unretain": "a.fd", "at": "arg6"},
    {"calls": "arg7", "data": "arg8"},
    {"stores": "arg7", "data": "arg8", "finalizes": "arg9", "when": "invalid"},
    {"sends": "arg9", "when": "positive"},
    {"same": "return", "as": "arg10", "when": 4},
    {"copies": "arg11", "to": "arg12"},
    {"zeroes": "return"}])");
  EXPECT_THAT(R.Errors, IsEmpty());
  const std::vector<Effect> &E = R.function("f").Effects;
  ASSERT_EQ(E.size(), 15u);
  const EffectKind Ops[] = {EffectKind::Acquire,   EffectKind::Release,  EffectKind::Use,
                            EffectKind::Borrow,    EffectKind::Transfer, EffectKind::Transfer,
                            EffectKind::Duplicate, EffectKind::Retain,   EffectKind::Unretain,
                            EffectKind::Calls,     EffectKind::Stores,   EffectKind::Sends,
                            EffectKind::Same,      EffectKind::Copy,     EffectKind::Zero};
  for (size_t I = 0; I < E.size(); ++I) {
    EXPECT_EQ(E[I].Op, Ops[I]) << I;
    EXPECT_EQ(E[I].Kind, I < 9 ? *R.Models.kind("a.fd") : NoKind) << I;
  }
  EXPECT_EQ(printPlace(E[0].At), "arg0[0]");
  EXPECT_THAT(E[0].When.Values, ElementsAre(ValueRange{0, 0}));
  EXPECT_TRUE(E[1].When.always());
  EXPECT_EQ(printPlace(*E[3].From), "arg3");
  EXPECT_EQ(printPlace(*E[4].To), "return");
  EXPECT_THAT(E[4].When.Values, ElementsAre(ValueRange{0, MaxValue}));
  EXPECT_FALSE(E[5].To);
  EXPECT_THAT(E[6].When.Values, ElementsAre(ValueRange{-3, -1}, ValueRange{7, 7}));
  EXPECT_EQ(printPlace(E[9].At), "arg7");
  EXPECT_EQ(printPlace(*E[9].Data), "arg8");
  EXPECT_EQ(printPlace(*E[10].Finalizes), "arg9");
  EXPECT_THAT(E[10].When.Values, ElementsAre(ValueRange{MinValue, -1}));
  EXPECT_EQ(printPlace(E[11].At), "arg9");
  EXPECT_THAT(E[11].When.Values, ElementsAre(ValueRange{1, MaxValue}));
  EXPECT_EQ(printPlace(*E[12].From), "arg10");
  EXPECT_THAT(E[12].When.Values, ElementsAre(ValueRange{4, 4}));
  EXPECT_EQ(printPlace(*E[13].From), "arg11");
  EXPECT_EQ(printPlace(E[13].At), "arg12");
  EXPECT_EQ(printPlace(E[14].At), "return");
}

TEST(ModelReader, ReadsWhatIsKnownOfAFunction) {
  Read R = readFunction(R"("names": ["f", "ns::g"], "returns": [-1, [1, "max"]], "mayThrow": true,
    "pure": true, "minArgs": 2, "argumentIs": {"10": "DUP", "1": ["zero", 1]})");
  EXPECT_THAT(R.Errors, IsEmpty());
  const FunctionModel &F = R.function("ns::g");
  EXPECT_EQ(F.Name, "ns::g");
  EXPECT_THAT(F.Returns, ElementsAre(ValueRange{-1, -1}, ValueRange{1, MaxValue}));
  EXPECT_TRUE(F.MayThrow && F.Pure && F.BeforeBody);
  EXPECT_FALSE(F.NoReturn || F.ExitsProcess);
  EXPECT_EQ(F.MinArgs, 2u);
  ASSERT_EQ(F.ArgumentIs.size(), 2u);
  EXPECT_EQ(F.ArgumentIs[0].first, 1u);
  EXPECT_THAT(F.ArgumentIs[0].second, ElementsAre(ValueRange{0, 1}));
  EXPECT_EQ(F.ArgumentIs[1].first, 10u);
  EXPECT_EQ(F.Source, "m.json:3");
}

TEST(ModelReader, ExitingMeansNotReturning) {
  Read R = readFunction(R"("names": ["die"], "exits": true)");
  EXPECT_TRUE(R.function("die").ExitsProcess && R.function("die").NoReturn);
  R = readFunction(R"("names": ["jump"], "noreturn": true)");
  EXPECT_TRUE(R.function("jump").NoReturn && !R.function("jump").ExitsProcess);
}

TEST(ModelReader, ReleaseMayHandOutTheSameArgumentAgain) {
  // What realloc and getline do: the old handle goes, a new one is there.
  Read R = readFunction(R"("names": ["f"], "effects": [
    {"release": "a.fd", "at": "arg0[0]"}, {"acquire": "a.fd", "at": "arg0[0]"}])");
  EXPECT_THAT(R.Errors, IsEmpty());
}

TEST(ModelReader, ConditionalModelsComeFirst) {
  Read R = readText(R"({"version": 1, "functions": [
    {"names": ["f"]},
    {"names": ["f"], "minArgs": 3},
    {"names": ["f"], "argumentIs": {"0": 1}},
    {"names": ["f"], "argumentIs": {"0": 2}},
    {"names": ["f"], "argumentIs": {"0": 1, "1": 0}}]})");
  EXPECT_THAT(R.Errors, IsEmpty());
  std::vector<std::string> Order;
  for (uint32_t Index : R.Models.find("f"))
    Order.push_back(R.Models.Functions[Index].Source);
  EXPECT_THAT(Order, ElementsAre("m.json:6", "m.json:4", "m.json:5", "m.json:3", "m.json:2"));
}

const ModelSource Shipped{"<builtin>/x.json", R"({"version": 1, "kinds": [
  {"id": "x.fd", "title": "shipped", "representation": "int", "invalid": "negative"}],
  "functions": [{"names": ["x_open", "x_dup"], "effects": [{"acquire": "x.fd", "at": "return"}]},
                {"names": ["x_ctl"], "argumentIs": {"0": 1}, "pure": true},
                {"names": ["x_ctl"], "pure": true}],
  "cLibraryHeaders": ["x.h"]})",
                          true};

TEST(Precedence, LaterSourcesReplaceFunctionsByName) {
  Read R = readAll(
      {Shipped, {"m.json", R"({"version": 1, "functions": [{"names": ["x_dup"]}]})", false}});
  EXPECT_THAT(R.Errors, IsEmpty());
  EXPECT_EQ(R.function("x_open").Source, "<builtin>/x.json:3");
  EXPECT_FALSE(R.function("x_open").BeforeBody);
  EXPECT_EQ(R.function("x_dup").Source, "m.json:1");
  EXPECT_TRUE(R.function("x_dup").BeforeBody);
  EXPECT_THAT(R.function("x_dup").Effects, IsEmpty());
  EXPECT_EQ(R.Models.find("x_dup").size(), 1u);
}

TEST(Precedence, OnlyTheSameArgumentsAreReplaced) {
  Read R = readAll({Shipped,
                    {"m.json", R"({"version": 1, "functions": [
    {"names": ["x_ctl"], "argumentIs": {"0": [1]}}]})",
                     false}});
  EXPECT_THAT(R.Errors, IsEmpty());
  ASSERT_EQ(R.Models.find("x_ctl").size(), 2u);
  EXPECT_EQ(R.function("x_ctl").Source, "m.json:2");
  EXPECT_EQ(R.Models.Functions[R.Models.find("x_ctl")[1]].Source, "<builtin>/x.json:5");
}

TEST(Precedence, LaterSourcesReplaceKinds) {
  Read R = readAll({Shipped,
                    {"m.json", R"({"version": 1, "kinds": [
    {"id": "x.fd", "title": "mine", "representation": "int", "invalid": 0}]})",
                     false}});
  EXPECT_THAT(R.Errors, IsEmpty());
  EXPECT_EQ(R.Models.Kinds.size(), 1u);
  EXPECT_EQ(R.kind("x.fd").Title, "mine");
  EXPECT_EQ(R.function("x_open").Effects[0].Kind, 0u);
}

TEST(Precedence, FunctionsMaySpeakOfKindsOfLaterSources) {
  Read R = readAll({{"a.json", R"({"version": 1, "functions": [
    {"names": ["f"], "effects": [{"use": "z.late", "at": "arg0"}]}]})",
                     false},
                    {"b.json", R"({"version": 1, "kinds": [
    {"id": "z.late", "title": "late", "representation": "int"}]})",
                     false}});
  EXPECT_THAT(R.Errors, IsEmpty());
}

TEST(Precedence, OneBadFileLeavesTheOthers) {
  Read R = readAll({{"a.json", "{", false},
                    Shipped,
                    {"c.json", R"({"version": 1, "functions": [
    {"names": ["good"]}, {"names": ["bad"], "effects": [{"use": "no.kind", "at": "arg0"}]}]})",
                     false}});
  EXPECT_EQ(R.Errors.size(), 2u);
  EXPECT_EQ(R.function("x_open").Effects.size(), 1u);
  EXPECT_EQ(R.function("good").Source, "c.json:2");
}

TEST(Switches, InOrderByFamilyAndKind) {
  const ModelSource Kinds{"m.json", R"({"version": 1, "kinds": [
    {"id": "heap.memory", "title": "m", "representation": "pointer", "onByDefault": false},
    {"id": "heap.page", "title": "p", "representation": "pointer", "onByDefault": false},
    {"id": "x.fd", "title": "fd", "representation": "int"}]})",
                          false};
  Read Default = readAll({Kinds});
  EXPECT_TRUE(Default.enabled("x.fd"));
  EXPECT_FALSE(Default.enabled("heap.memory"));
  Read R = readAll({Kinds}, {{"+heap", "-heap.page", "-x"}});
  EXPECT_THAT(R.Errors, IsEmpty());
  EXPECT_TRUE(R.enabled("heap.memory"));
  EXPECT_FALSE(R.enabled("heap.page") || R.enabled("x.fd"));
  EXPECT_TRUE(readAll({Kinds}, {{"-x.fd", "+x.fd"}}).enabled("x.fd"));
}

TEST(Switches, Errors) {
  const ModelSource Kinds{"m.json", R"({"version": 1, "kinds": [
    {"id": "heap.memory", "title": "m", "representation": "pointer"}]})",
                          false};
  EXPECT_THAT(readAll({Kinds}, {{"+haep", "heap"}}).Errors,
              ElementsAre("--models: error: unknown family or kind 'haep'; did you mean 'heap'? "
                          "allowed: 'heap' or 'heap.memory'",
                          "--models: error: 'heap' must start with '+' or '-', as in '+heap'"));
}

TEST(ModelSet, CLibraryHeadersAreWholeComponents) {
  Read R = readText(R"({"version": 1, "cLibraryHeaders": ["stdio.h", "sys/socket.h", "stdio.h"]})");
  EXPECT_EQ(R.Models.CLibraryHeaders.size(), 2u);
  for (llvm::StringRef Yes :
       {"stdio.h", "/usr/include/stdio.h", "/usr/include/x86_64-linux-gnu/bits/stdio.h",
        "sys/socket.h", "/usr/include/sys/socket.h"})
    EXPECT_TRUE(R.Models.isCLibraryHeader(Yes)) << Yes.str();
  for (llvm::StringRef No : {"", "/", "mystdio.h", "src/mystdio.h", "socket.h", "/a/mysys/socket.h",
                             "stdio.h/", "/usr/include/stdio.hpp"})
    EXPECT_FALSE(R.Models.isCLibraryHeader(No)) << No.str();
}

TEST(ModelSet, UnknownNamesAreEmpty) {
  ModelSet Empty;
  EXPECT_TRUE(Empty.find("open").empty());
  EXPECT_FALSE(Empty.kind("posix.fd"));
  EXPECT_FALSE(Empty.isCLibraryHeader("stdio.h"));
}

} // namespace
