#include "lib/Model/Json.h"
#include "gmock/gmock.h"

using namespace handrail::model;
using testing::ElementsAre;

namespace {

std::vector<std::string> errorsOf(std::string Text) {
  JsonDocument Doc({"m.json", std::move(Text), false});
  std::vector<std::string> Result;
  for (const ModelError &E : Doc.takeErrors())
    Result.push_back(E.str());
  return Result;
}

/// Pointer, then offset, of every value, in order of the text.
std::vector<std::string> positionsOf(std::string Text) {
  JsonDocument Doc({"m.json", std::move(Text), false});
  std::vector<std::string> Result;
  std::vector<JsonId> Todo{0};
  while (!Todo.empty()) {
    JsonId Id = Todo.back();
    Todo.pop_back();
    Result.push_back(Doc.pointer(Id) + "@" + std::to_string(Doc[Id].Offset));
    std::vector<JsonId> Children = Doc.children(Id);
    Todo.insert(Todo.end(), Children.rbegin(), Children.rend());
  }
  return Result;
}

TEST(Json, KnowsWhereEveryValueStands) {
  EXPECT_THAT(positionsOf("7"), ElementsAre("@0"));
  EXPECT_THAT(positionsOf(" [ 1,[],\n{ } , -2.5e3]"),
              ElementsAre("@1", "/0@3", "/1@5", "/2@9", "/3@15"));
  EXPECT_THAT(positionsOf(R"({"a":{"b":[true , null]},"c" : "x"})"),
              ElementsAre("@0", "/a@5", "/a/b@10", "/a/b/0@11", "/a/b/1@18", "/c@31"));
}

TEST(Json, StringsWithEscapesDoNotShiftPositions) {
  EXPECT_THAT(positionsOf(R"(["a\"]","\\", "\u00e9é{", 1])"),
              ElementsAre("@0", "/0@1", "/1@8", "/2@14", "/3@27"));
}

TEST(Json, PointersEscapeTildeAndSlash) {
  EXPECT_THAT(positionsOf(R"({"a/b~c":0})"), ElementsAre("@0", "/a~1b~0c@9"));
}

TEST(Json, SyntaxErrorsHaveAPlace) {
  EXPECT_THAT(errorsOf("{\"version\": 1,\n  \"kinds\": [}\n"),
              ElementsAre("m.json:2:13: error: syntax error while parsing value - unexpected '}'; "
                          "expected '[', '{', or a literal"));
  EXPECT_THAT(errorsOf("{} x"), ElementsAre(testing::HasSubstr("m.json:1:4: error: syntax error")));
  EXPECT_THAT(errorsOf("{\"a\": "), ElementsAre(testing::HasSubstr("unexpected end of input")));
}

TEST(Json, RepeatedKeysAreAllReported) {
  EXPECT_THAT(errorsOf("{\"a\": 1, \"a\": {\"b\": 0}, \"c\": 2,\n\"a\": 3}"),
              ElementsAre("m.json:1:10: error: key 'a' appears twice in the same object [at /a]",
                          "m.json:2:1: error: key 'a' appears twice in the same object [at /a]"));
}

TEST(Json, HostileTextIsRefusedWithAReason) {
  using namespace std::string_literals;
  EXPECT_THAT(errorsOf("{}\0{}"s),
              ElementsAre("m.json:1:3: error: NUL byte; a model is JSON text"));
  EXPECT_THAT(errorsOf("\xEF\xBB\xBF{}"), ElementsAre("m.json:1:1: error: file starts with a byte "
                                                      "order mark; save it as UTF-8 without one"));
  EXPECT_THAT(errorsOf("\xFF\xFE{\0}\0"s),
              ElementsAre("m.json:1:1: error: file is UTF-16; save it as UTF-8"));
  EXPECT_THAT(errorsOf(""),
              ElementsAre("m.json:1:1: error: file is empty; a model is a JSON object"));
  EXPECT_THAT(errorsOf(" \n "),
              ElementsAre("m.json:1:1: error: file is empty; a model is a JSON object"));
  EXPECT_THAT(errorsOf("[\"\xC3\x28\"]"), ElementsAre(testing::HasSubstr("ill-formed UTF-8 byte")));
  EXPECT_THAT(errorsOf("[\"\xED\xA0\x80\"]"),
              ElementsAre(testing::HasSubstr("ill-formed UTF-8 byte")));
  EXPECT_THAT(errorsOf("[\"\\ud800\"]"), ElementsAre(testing::HasSubstr("surrogate")));
  EXPECT_THAT(errorsOf("[\"a\\u0000b\"]"),
              ElementsAre("m.json:1:2: error: control character in a string"));
  EXPECT_THAT(errorsOf("{\"a\\nb\": 0}"),
              ElementsAre("m.json:1:2: error: control character in a key"));
  EXPECT_THAT(errorsOf("[1e999]"), ElementsAre(testing::HasSubstr("number overflow")));
  EXPECT_THAT(errorsOf(std::string(17 << 20, ' ')),
              ElementsAre("m.json:1:1: error: file of 17825792 bytes; at most 16777216 are read"));
}

TEST(Json, NestingHasALimit) {
  auto Nested = [](size_t Depth) { return std::string(Depth, '[') + std::string(Depth, ']'); };
  EXPECT_THAT(errorsOf(Nested(32)), ElementsAre());
  EXPECT_THAT(errorsOf(Nested(33)),
              ElementsAre("m.json:1:33: error: more than 32 levels of nesting"));
  EXPECT_THAT(errorsOf(std::string(1000000, '[')),
              ElementsAre("m.json:1:33: error: more than 32 levels of nesting"));
}

TEST(Json, BigNumbersKeepTheirText) {
  JsonDocument Doc(
      {"m.json", "[9223372036854775807, 9223372036854775808, -9223372036854775808, 1.5]", false});
  std::vector<JsonId> Items = Doc.children(0);
  EXPECT_EQ(Doc[Items[0]].Integer, INT64_MAX);
  EXPECT_EQ(Doc.describe(Items[1]), "number 9223372036854775808");
  EXPECT_EQ(Doc[Items[1]].Type, JsonType::Number);
  EXPECT_EQ(Doc[Items[2]].Integer, INT64_MIN);
  EXPECT_EQ(Doc.describe(Items[3]), "number 1.5");
}

TEST(Json, ErrorsPerFileAreLimited) {
  std::string Text = "{\"a\": 0";
  for (int I = 0; I < 1000; ++I)
    Text += ", \"a\": 0";
  std::vector<std::string> Errors = errorsOf(Text + "}");
  ASSERT_EQ(Errors.size(), 101u);
  EXPECT_THAT(Errors.back(),
              testing::HasSubstr("too many errors, the rest of this file's are not shown"));
}

TEST(Suggest, NearestThenAll) {
  EXPECT_EQ(suggest("relase", {"acquire", "release", "use"}),
            "; did you mean 'release'? allowed: 'acquire', 'release' or 'use'");
  EXPECT_EQ(suggest("Use", {"acquire", "use"}),
            "; did you mean 'use'? allowed: 'acquire' or 'use'");
  EXPECT_EQ(suggest("zzz", {"acquire", "use"}), "; allowed: 'acquire' or 'use'");
  EXPECT_EQ(suggest("x", {"at", "as"}), "; allowed: 'at' or 'as'");
}

} // namespace
