//===- DeclaredModelsTest.cpp - models from attributes of declarations -----===//
#include "lib/Model/DeclaredModels.h"
#include "lib/Model/Notation.h"
#include "test/unit/Model/ModelTestUtil.h"
#include "llvm/ADT/StringExtras.h"

using namespace handrail::model;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr DeclaredType Int{TypeShape::Integer}, Bool{TypeShape::Bool}, Void{TypeShape::Void};
constexpr DeclaredType Pointer{TypeShape::Pointer, TypeShape::Other};
constexpr DeclaredType Text{TypeShape::Pointer, TypeShape::Integer, true};
constexpr DeclaredType IntOut{TypeShape::Pointer, TypeShape::Integer};

const ModelSet &base() {
  static const Read R = readText(R"({"version": 1, "kinds": [
    {"id": "a.fd", "title": "fd", "representation": "int", "invalid": "negative"},
    {"id": "posix.fd", "title": "descriptor", "representation": "int", "invalid": "negative"},
    {"id": "stdio.file", "title": "stream", "representation": "pointer", "invalid": "null"}], "functions": [
    {"names": ["fclose"], "effects": [{"release": "stdio.file", "at": "arg0"}]}]})");
  EXPECT_THAT(R.Errors, IsEmpty());
  return R.Models;
}

/// The effects of the only function in words.
std::vector<std::string> effects(const Declaration &D) {
  auto Set = withDeclared(base(), D);
  std::vector<std::string> Result;
  if (!Set)
    return Result;
  for (uint32_t Index : Set->find(D.Key))
    for (const Effect &E : Set->Functions[Index].Effects) {
      static const char *const Verbs[] = {"acquire",   "release", "use",      "borrow", "transfer",
                                          "duplicate", "retain",  "unretain", "calls",  "stores"};
      std::string Line = Verbs[static_cast<unsigned>(E.Op)];
      if (E.Kind != NoKind)
        Line += " " + Set->Kinds[E.Kind].Id;
      Line += " " + printPlace(E.At);
      if (E.From)
        Line += " from " + printPlace(*E.From);
      for (const ValueRange &R : E.When.Values)
        Line += " " + (R.Lo == MinValue ? "min" : std::to_string(R.Lo)) + ".." +
                (R.Hi == MaxValue ? "max" : std::to_string(R.Hi));
      Result.push_back(std::move(Line));
    }
  return Result;
}

std::vector<std::string> effects(DeclaredType Result, std::vector<DeclaredType> Parameters,
                                 std::vector<std::string> Attributes, bool Method = false) {
  return effects({"f", "f", Result, std::move(Parameters), Method, Attributes});
}

TEST(DeclaredModels, AnnotationsOfResultAndParameters) {
  EXPECT_THAT(effects(Int, {Text}, {"annotate(\"handrail:acquire:a.fd\")"}),
              ElementsAre("acquire a.fd return"));
  EXPECT_THAT(effects(Int, {Int}, {"param0:annotate(\"handrail:release:a.fd\")"}),
              ElementsAre("release a.fd arg0"));
  EXPECT_THAT(effects(Int, {Int}, {"param0:annotate(\"handrail:transfer:a.fd:zero\")"}),
              ElementsAre("transfer a.fd arg0 0..0"));
  EXPECT_THAT(effects(Int, {Pointer}, {"param0:annotate(\"handrail:calls\")"}),
              ElementsAre("calls arg0"));
}

TEST(DeclaredModels, AnOutParameterIsFilledOnSuccess) {
  std::vector<std::string> Out{"param0:annotate(\"handrail:acquire:a.fd\")"};
  EXPECT_THAT(effects(Int, {IntOut}, Out), ElementsAre("acquire a.fd *arg0 0..0"));
  EXPECT_THAT(effects(Bool, {IntOut}, Out), ElementsAre("acquire a.fd *arg0 min..-1 1..max"));
  EXPECT_THAT(effects(Void, {IntOut}, Out), ElementsAre("acquire a.fd *arg0"));
  EXPECT_THAT(effects(Int, {IntOut}, {"param0:annotate(\"handrail:acquire:a.fd:positive\")"}),
              ElementsAre("acquire a.fd *arg0 1..max"));
}

TEST(DeclaredModels, WhatNoAttributeSpeaksOfMayBeKept) {
  EXPECT_THAT(effects(Int, {Int, Int, Text, Pointer}, {"param0:annotate(\"handrail:use:a.fd\")"}),
              ElementsAre("use a.fd arg0", "stores arg1", "stores arg3"));
  EXPECT_THAT(
      effects(Int, {Int, Pointer}, {"param0:annotate(\"handrail:use:a.fd\")", "param1:noescape"}),
      ElementsAre("use a.fd arg0"));
}

TEST(DeclaredModels, TheObjectOfAMethodIsItsFirstArgument) {
  EXPECT_THAT(
      effects(Void, {Int},
              {"annotate(\"handrail:use:stdio.file\")", "param0:annotate(\"handrail:use:a.fd\")"},
              true),
      ElementsAre("use stdio.file arg0", "use a.fd arg1"));
  EXPECT_THAT(effects(Int, {}, {"annotate(\"handrail:borrow:a.fd\")"}, true),
              ElementsAre("borrow a.fd return from arg0"));
}

TEST(DeclaredModels, ABorrowedResultBelongsToWhatTheCallUses) {
  EXPECT_THAT(effects(Int, {Pointer},
                      {"annotate(\"handrail:borrow:a.fd\")",
                       "param0:annotate(\"handrail:use:stdio.file\")"}),
              ElementsAre("borrow a.fd return from arg0", "use stdio.file arg0"));
}

TEST(DeclaredModels, KindsAreIntroducedAndTheOthersNumberedAgain) {
  std::vector<std::string> Attributes{"annotate(\"handrail:kind:b.port:negative:port\")",
                                      "annotate(\"handrail:acquire:b.port\")"};
  Declaration D{"f", "f", Int, {}, false, Attributes};
  auto Set = withDeclared(base(), D);
  ASSERT_TRUE(Set);
  ASSERT_TRUE(Set->kind("b.port"));
  const ResourceKind &K = Set->Kinds[*Set->kind("b.port")];
  EXPECT_EQ(K.Title, "port");
  EXPECT_THAT(K.Invalid, ElementsAre(ValueRange{MinValue, -1}));
  EXPECT_EQ(Set->Kinds[Set->Functions[Set->find("fclose")[0]].Effects[0].Kind].Id, "stdio.file");
  EXPECT_EQ(Set->KindEnabled.size(), Set->Kinds.size());
}

TEST(DeclaredModels, UnknownWordsSayNothing) {
  EXPECT_THAT(effects(Int, {}, {"annotate(\"handrail:acquire:a.fdd\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {}, {"annotate(\"handrail:aquire:a.fd\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {}, {"annotate(\"handrail:acquire:a.fd:sometimes\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {}, {"annotate(\"somebody else's\")", "warn_unused_result"}), IsEmpty());
  EXPECT_THAT(effects(Int, {}, {"param7:annotate(\"handrail:use:a.fd\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {Int}, {"annotate(\"handrail:release:a.fd\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {Int}, {"annotate(\"gcc:fd_arg:9\")"}), IsEmpty());
  EXPECT_THAT(effects(Int, {}, {"annotate(\"handrail:\")", "annotate(\"", "param", "("}),
              IsEmpty());
}

TEST(DeclaredModels, ClangsHandles) {
  EXPECT_THAT(effects(Int, {}, {"acquire_handle(\"a.fd\")"}), ElementsAre("acquire a.fd return"));
  EXPECT_THAT(effects(Int, {IntOut}, {"param0:acquire_handle(\"My Handle\")"}),
              ElementsAre("acquire handle.my_handle *arg0 0..0"));
  EXPECT_THAT(effects(Void, {Int}, {"param0:release_handle(\"x\")"}),
              ElementsAre("release handle.x arg0"));
}

TEST(DeclaredModels, Ownership) {
  EXPECT_THAT(effects(Pointer, {}, {"ownership_returns(pool)"}),
              ElementsAre("acquire ownership.pool return"));
  EXPECT_THAT(effects(Void, {Int, Pointer}, {"ownership_takes(pool, 1)"}),
              ElementsAre("release ownership.pool arg1", "stores arg0"));
  EXPECT_THAT(effects(Void, {Pointer}, {"ownership_holds(pool, 0)"}),
              ElementsAre("transfer ownership.pool arg0"));
}

TEST(DeclaredModels, GccsDeallocatorsAndDescriptors) {
  EXPECT_THAT(effects(Pointer, {}, {"annotate(\"gcc:malloc:fclose\")"}),
              ElementsAre("acquire stdio.file return"));
  EXPECT_THAT(effects(Int, {Pointer, Int}, {"annotate(\"gcc:fd_arg:2\")"}),
              ElementsAre("use posix.fd arg1", "stores arg0"));

  std::vector<std::string> Attributes{"annotate(\"gcc:malloc:drop:2\")",
                                      "annotate(\"gcc:malloc:end:1\")"};
  const Declaration All[] = {{"make", "make", Pointer, {}, false, Attributes},
                             {"drop", "drop", Void, {Int, Pointer}, false, {}},
                             {"end", "end", Void, {Pointer}, false, {}}};
  auto Set = withDeclared(base(), All);
  ASSERT_TRUE(Set);
  ASSERT_EQ(Set->find("drop").size(), 1u);
  ASSERT_EQ(Set->find("end").size(), 1u);
  const Effect &Drop = Set->Functions[Set->find("drop")[0]].Effects[0];
  const Effect &End = Set->Functions[Set->find("end")[0]].Effects[0];
  EXPECT_EQ(printPlace(Drop.At), "arg1");
  EXPECT_EQ(printPlace(End.At), "arg0");
  EXPECT_EQ(Drop.Kind, End.Kind);
  EXPECT_EQ(Set->Kinds[End.Kind].Id, "dealloc.drop");
}

TEST(DeclaredModels, AModelOfTheNameStandsBeforeAttributes) {
  std::vector<std::string> Attributes{"param0:annotate(\"handrail:use:a.fd\")"};
  EXPECT_FALSE(
      withDeclared(base(), Declaration{"fclose", "fclose", Int, {Int}, false, Attributes}));
}

} // namespace
