// What is written is read back as it was, and looks like a file that a person wrote.
#include "lib/Model/ModelWriter.h"
#include "ModelTestUtil.h"

using namespace handrail::model;
using testing::IsEmpty;

namespace {

/// One entry for every kind and function of \p Models.
WrittenModel written(const ModelSet &Models) {
  WrittenModel Result;
  for (const ResourceKind &K : Models.Kinds)
    Result.Kinds.push_back({K, "", {}});
  for (const FunctionModel &F : Models.Functions)
    Result.Functions.push_back({{F.Name}, F, "", {}});
  return Result;
}

TEST(ModelWriter, WhatShipsIsReadBackAsItWas) {
  Read First = readAll(builtinModels());
  ASSERT_THAT(First.Errors, IsEmpty());
  std::string Text = printModel(written(First.Models), First.Models.Kinds);
  Read Second = readAll({{"all.json", Text, /*Builtin=*/true}});
  ASSERT_THAT(Second.Errors, IsEmpty());
  EXPECT_EQ(printModel(written(Second.Models), Second.Models.Kinds), Text);
  EXPECT_EQ(Second.Models.Functions.size(), First.Models.Functions.size());
}

TEST(ModelWriter, Style) {
  ResourceKind K;
  K.Id = "net.conn";
  K.Title = "connection";
  K.Family = "net";
  K.Repr = Representation::Pointer;
  K.Invalid = {{0, 0}};
  K.ReleasedBy = {"conn_close"};
  FunctionModel Open, Many;
  Open.Effects.push_back({EffectKind::Acquire, 0, {Place::Return, {}}, {}, {}, {}, {}, {}});
  Effect Out{EffectKind::Acquire, 0, {1, {{PlaceStep::Deref, 0, ""}}}, {}, {}, {}, {}, {}};
  Out.When.Values = {{0, 0}};
  Many.Effects.push_back(Out);
  Many.Returns = {{-1, INT64_MAX}};
  WrittenModel M{"A \"net\".",
                 {{K, "", {}}},
                 {{{"conn_open"}, Open, "", {"strong", {"seen"}, {"a.c:3", "a.c:9"}, {}}},
                  {{"conn_open_with_a_name_that_is_long", "conn_open_with_a_name_that_is_longer",
                    "conn_open_with_a_name_that_is_longest"},
                   Many,
                   "",
                   {}}}};
  std::string Text = printModel(M, {K});
  EXPECT_EQ(Text, R"({
  "version": 1,
  "comment": "A \"net\".",
  "kinds": [
    {
      "id": "net.conn",
      "title": "connection",
      "representation": "pointer",
      "invalid": "null",
      "releasedBy": ["conn_close"]
    }
  ],
  "functions": [
    {
      "names": ["conn_open"],
      "effects": [{"acquire": "net.conn", "at": "return"}],
      "evidence": {"confidence": "strong", "because": ["seen"], "sites": ["a.c:3", "a.c:9"]}
    },
    {
      "names": ["conn_open_with_a_name_that_is_long", "conn_open_with_a_name_that_is_longer",
                "conn_open_with_a_name_that_is_longest"],
      "returns": [[-1, "max"]],
      "effects": [{"acquire": "net.conn", "at": "*arg1", "when": "zero"}]
    }
  ]
}
)");
  EXPECT_THAT(readText(Text).Errors, IsEmpty());
}

TEST(ModelWriter, Empty) { EXPECT_THAT(readText(printModel({}, {})).Errors, IsEmpty()); }

} // namespace
