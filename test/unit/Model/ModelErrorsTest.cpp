// Every kind of error, in the very words users see.
#include "ModelTestUtil.h"

using namespace handrail::model;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// The only error of a function entry, without its file and line.
std::string errorOf(llvm::StringRef Entry) {
  Read R = readFunction(Entry);
  if (R.Errors.size() != 1)
    return std::to_string(R.Errors.size()) + " errors: " + testing::PrintToString(R.Errors);
  llvm::StringRef Text = R.Errors[0];
  if (!Text.consume_front("m.json:3:"))
    return R.Errors[0];
  return Text.str();
}

std::string effectError(llvm::StringRef Effect) {
  return errorOf((R"("names":["f"],"effects":[)" + Effect + "]").str());
}

std::string kindError(llvm::StringRef Kind) {
  Read R = readText(("{\"version\":1,\"kinds\":[\n{" + Kind + "}]}").str());
  return R.Errors.size() == 1 ? R.Errors[0] : testing::PrintToString(R.Errors);
}

TEST(TopErrors, Shape) {
  EXPECT_THAT(
      readText("[]").Errors,
      ElementsAre("m.json:1:1: error: a model file must be an object, found an empty array"));
  EXPECT_THAT(
      readText("{}").Errors,
      ElementsAre("m.json:1:1: error: 'version' is missing; this is version 1 of the format"));
  EXPECT_THAT(readText(R"({"version": 2})").Errors,
              ElementsAre("m.json:1:13: error: 'version' must be an integer from 1 to 1, found "
                          "number 2 [at /version]"));
  EXPECT_THAT(readText(R"({"version": "1"})").Errors,
              ElementsAre("m.json:1:13: error: 'version' must be an integer from 1 to 1, found "
                          "string '1' [at /version]"));
  EXPECT_THAT(
      readText("{\"version\": 1,\n \"function\": []}").Errors,
      ElementsAre("m.json:2:2: error: unknown key 'function' in a model file; did you mean "
                  "'functions'? allowed: '$schema', 'version', 'comment', 'constants', 'kinds', "
                  "'functions', 'cLibraryHeaders', 'models', 'checks', 'suppress', 'headerFilter', "
                  "'exclude' or 'baseline' [at /function]"));
  EXPECT_THAT(
      readText(R"({"version": 1, "kinds": {}, "functions": 7})").Errors,
      ElementsAre("m.json:1:25: error: 'kinds' must be an array, found an object [at /kinds]",
                  "m.json:1:42: error: 'functions' must be an array, found number 7 [at "
                  "/functions]"));
  EXPECT_THAT(
      readText(R"({"version": 1, "cLibraryHeaders": ["a.h", 1]})").Errors,
      ElementsAre("m.json:1:43: error: element of 'cLibraryHeaders' must be a string, found "
                  "number 1 [at /cLibraryHeaders/1]"));
}

TEST(TopErrors, ProjectKeysAreNotForShippedModels) {
  Read R = readAll({{"<builtin>/a.json", R"({"version": 1, "checks": {}})", true}});
  ASSERT_EQ(R.Errors.size(), 1u);
  EXPECT_THAT(R.Errors[0], HasSubstr("unknown key 'checks' in a model file; allowed:"));
}

TEST(TopErrors, Constants) {
  EXPECT_THAT(readText(R"({"version": 1, "constants": []})").Errors,
              ElementsAre("m.json:1:29: error: 'constants' must be an object, found an empty array "
                          "[at /constants]"));
  EXPECT_THAT(
      readText(
          R"({"version": 1, "constants": {"null": 1, "a-b": 2, "X": "1", "Y": 18446744073709551615}})")
          .Errors,
      ElementsAre("m.json:1:30: error: 'null' cannot name a constant; use a C identifier that "
                  "is none of the words for sets of values [at /constants/null]",
                  "m.json:1:41: error: 'a-b' cannot name a constant; use a C identifier that "
                  "is none of the words for sets of values [at /constants/a-b]",
                  "m.json:1:56: error: constant 'X' must be an integer from "
                  "-9223372036854775808 to 9223372036854775807, found string '1' [at "
                  "/constants/X]",
                  "m.json:1:66: error: constant 'Y' must be an integer from "
                  "-9223372036854775808 to 9223372036854775807, found number "
                  "18446744073709551615 [at /constants/Y]"));
}

TEST(KindErrors, Parts) {
  EXPECT_EQ(kindError(R"("title": "t", "representation": "int")"),
            "m.json:2:1: error: a kind needs an 'id', such as 'posix.fd' [at /kinds/0]");
  EXPECT_EQ(kindError(R"("id": "", "title": "t", "representation": "int")"),
            "m.json:2:8: error: 'id' must not be empty [at /kinds/0/id]");
  EXPECT_EQ(kindError(R"("id": "Posix FD", "title": "t", "representation": "int")"),
            "m.json:2:8: error: 'Posix FD' is no kind id; use words of lower-case letters, digits, "
            "'_' and '-' joined by dots, such as 'posix.fd' [at /kinds/0/id]");
  EXPECT_EQ(kindError(R"("id": "a.b", "representation": "int")"),
            "m.json:2:1: error: kind 'a.b' needs a 'title', what messages call it [at /kinds/0]");
  EXPECT_EQ(kindError(R"("id": "a.b", "title": "t")"),
            "m.json:2:1: error: kind 'a.b' needs a 'representation': 'int', 'pointer' or 'object' "
            "[at /kinds/0]");
  EXPECT_EQ(kindError(R"("id": "a.b", "title": "t", "representation": "pointr")"),
            "m.json:2:47: error: unknown representation 'pointr'; did you mean 'pointer'? allowed: "
            "'int', 'pointer' or 'object' [at /kinds/0/representation]");
  EXPECT_EQ(kindError(R"("id": "a.b", "title": "t", "representation": "int", "refcounted": "yes")"),
            "m.json:2:68: error: 'refcounted' must be true or false, found string 'yes' [at "
            "/kinds/0/refcounted]");
  EXPECT_EQ(
      kindError(R"("id": "a.b", "title": "t", "representation": "object", "invalid": "null")"),
      "m.json:2:57: error: a kind that is an object in the program's memory has no invalid "
      "values [at /kinds/0/invalid]");
  EXPECT_EQ(
      kindError(R"("id": "a.b", "title": "t", "representation": "int", "releaseBefore": ["a.c"])"),
      "m.json:2:72: error: unknown kind 'a.c'; did you mean 'a.b'? allowed: 'a.b' [at "
      "/kinds/0/releaseBefore/0]");
  EXPECT_THAT(
      kindError(R"("id": "a.b", "title": "t", "representation": "int", "leakOnExit": true)"),
      HasSubstr("m.json:2:54: error: unknown key 'leakOnExit' in a kind; did you mean "
                "'leakAtExit'? allowed: 'id', 'title',"));
  EXPECT_THAT(
      readText("{\"version\":1,\"kinds\":[\n3]}").Errors,
      ElementsAre("m.json:2:1: error: a kind must be an object, found number 3 [at /kinds/0]"));
}

TEST(KindErrors, Twice) {
  EXPECT_THAT(readText("{\"version\":1,\"kinds\":[\n"
                       "{\"id\":\"a\",\"title\":\"t\",\"representation\":\"int\"},\n"
                       "{\"id\":\"a\",\"title\":\"t\",\"representation\":\"int\"}]}")
                  .Errors,
              ElementsAre("m.json:3:7: error: kind 'a' is defined twice, first on line 2 [at "
                          "/kinds/1/id]"));
}

TEST(ValueErrors, Sets) {
  auto Returns = [](llvm::StringRef Values) {
    return errorOf((R"("names":["f"],"returns":)" + Values).str());
  };
  EXPECT_EQ(
      Returns("\"negativ\""),
      "26: error: unknown value 'negativ' in 'returns'; did you mean 'negative'? allowed: "
      "'zero', 'nonzero', 'negative', 'nonnegative', 'positive', 'null', 'nonnull' or 'DUP', or "
      "numbers [at /functions/0/returns]");
  EXPECT_EQ(Returns("[]"),
            "26: error: 'returns' must not be an empty array [at /functions/0/returns]");
  EXPECT_EQ(
      Returns("1.5"),
      "26: error: 'returns' must be a number of at most 64 bits, 'zero', 'nonzero', 'negative', "
      "'nonnegative', 'positive', 'null' or 'nonnull', a constant, or a list of these and "
      "[lowest, highest], found number 1.5 [at /functions/0/returns]");
  EXPECT_THAT(Returns("true"), HasSubstr("found true [at /functions/0/returns]"));
  EXPECT_THAT(Returns("99999999999999999999"), HasSubstr("found number 99999999999999999999 ["));
  EXPECT_EQ(
      Returns("[[1,2,3]]"),
      "27: error: a range is [lowest, highest], found an array of 3 [at /functions/0/returns/0]");
  EXPECT_EQ(Returns("[[5,2]]"), "27: error: the range [5, 2] is empty [at /functions/0/returns/0]");
  EXPECT_EQ(Returns("[[0,\"big\"]]"),
            "30: error: an end of a range must be an integer, a constant, 'min' or 'max', found "
            "string 'big' [at /functions/0/returns/0/1]");
}

TEST(FunctionErrors, Names) {
  EXPECT_EQ(errorOf(R"("pure":true)"),
            "1: error: a function needs 'names', such as [\"open\", \"open64\"] [at /functions/0]");
  EXPECT_EQ(errorOf(R"("names":"f")"),
            "10: error: 'names' must be an array, found string 'f' [at /functions/0/names]");
  EXPECT_EQ(errorOf(R"("names":[])"),
            "10: error: 'names' must name at least one function [at /functions/0/names]");
  EXPECT_EQ(errorOf(R"x("names":["open()"])x"),
            "11: error: 'open()' is no function name; write it as 'open' or 'ns::Class::method', "
            "without parentheses and template arguments [at /functions/0/names/0]");
  EXPECT_EQ(
      errorOf(R"("names":["f","f"])"),
      "15: error: function 'f' is described twice, first on line 3 [at /functions/0/names/1]");
  EXPECT_THAT(readText("{\"version\":1,\"functions\":[\n"
                       "{\"names\":[\"f\"],\"argumentIs\":{\"0\":\"zero\"}},\n"
                       "{\"names\":[\"f\"],\"argumentIs\":{\"0\":[0]}}]}")
                  .Errors,
              ElementsAre("m.json:3:11: error: function 'f' is described twice for the same "
                          "arguments, first on line 2 [at /functions/1/names/0]"));
  EXPECT_THAT(errorOf(R"("name":["f"])"), HasSubstr("2 errors"));
}

TEST(FunctionErrors, Facts) {
  EXPECT_EQ(errorOf(R"("names":["f"],"minArgs":0)"),
            "26: error: 'minArgs' must be an integer from 1 to 255, found number 0 [at "
            "/functions/0/minArgs]");
  EXPECT_EQ(errorOf(R"("names":["f"],"argumentIs":[])"),
            "29: error: 'argumentIs' must be an object from argument numbers to values, found an "
            "empty array [at /functions/0/argumentIs]");
  EXPECT_EQ(errorOf(R"("names":["f"],"argumentIs":{"arg1":0})"),
            "30: error: 'arg1' is no argument number; allowed: '0' to '255' [at "
            "/functions/0/argumentIs/arg1]");
  EXPECT_EQ(errorOf(R"("names":["f"],"exits":true,"returns":0)"),
            "29: error: a function that never returns has no 'returns' [at /functions/0/returns]");
  EXPECT_EQ(
      errorOf(R"("names":["f"],"noreturn":true,"effects":[{"acquire":"a.fd","at":"return"}])"),
      "42: error: a function that never returns has no result for its effects [at "
      "/functions/0/effects]");
}

TEST(EffectErrors, Verbs) {
  EXPECT_EQ(effectError("1"),
            "27: error: an effect must be an object such as {\"acquire\": \"posix.fd\", \"at\": "
            "\"return\"}, found number 1 [at /functions/0/effects/0]");
  EXPECT_EQ(effectError(R"({"at":"arg0"})"),
            "27: error: an effect needs one of 'acquire', 'release', 'use', 'borrow', 'transfer', "
            "'duplicate', 'retain', 'unretain', 'calls', 'stores', 'sweeps', 'sends', 'same', "
            "'copies' or "
            "'zeroes' [at /functions/0/effects/0]");
  EXPECT_EQ(effectError(R"({"at":"arg0","relase":"a.fd"})"),
            "40: error: unknown effect 'relase'; did you mean 'release'? allowed: 'acquire', "
            "'release', 'use', 'borrow', 'transfer', 'duplicate', 'retain', 'unretain', 'calls', "
            "'stores', 'sweeps', 'sends', 'same', 'copies' or 'zeroes' [at "
            "/functions/0/effects/0/relase]");
  EXPECT_EQ(effectError(R"({"use":"a.fd","release":"a.fd","at":"arg0"})"),
            "41: error: 'use' and 'release' in one effect; write two effects [at "
            "/functions/0/effects/0/release]");
}

TEST(EffectErrors, Combinations) {
  EXPECT_EQ(effectError(R"({"acquire":"a.fd","at":"return","from":"arg0"})"),
            "59: error: unknown key 'from' in effect 'acquire'; allowed: 'acquire', 'at' or 'when' "
            "[at /functions/0/effects/0/from]");
  EXPECT_EQ(effectError(R"({"use":"a.fd","at":"arg0","when":"zero"})"),
            "53: error: unknown key 'when' in effect 'use'; allowed: 'use' or 'at' [at "
            "/functions/0/effects/0/when]");
  EXPECT_EQ(effectError(R"({"release":"a.fd"})"),
            "27: error: effect 'release' needs 'at' [at /functions/0/effects/0]");
  EXPECT_EQ(effectError(R"({"borrow":"a.fd","at":"return"})"),
            "27: error: effect 'borrow' needs 'from' [at /functions/0/effects/0]");
  EXPECT_EQ(effectError(R"({"same":"return"})"),
            "27: error: effect 'same' needs 'as' [at /functions/0/effects/0]");
  for (llvm::StringRef Verb : {"release", "use", "transfer", "unretain"})
    EXPECT_EQ(effectError(("{\"" + Verb + "\":\"a.fd\",\"at\":\"return\"}").str()),
              "27: error: effect '" + Verb.str() +
                  "' at 'return' is impossible: the result exists only after the call [at "
                  "/functions/0/effects/0]");
  EXPECT_EQ(effectError(R"({"duplicate":"a.fd","at":"arg0","from":"arg0"})"),
            "27: error: effect 'duplicate' from 'arg0' to itself [at /functions/0/effects/0]");
}

TEST(EffectErrors, KindsAndPlaces) {
  EXPECT_EQ(effectError(R"({"use":"a.fb","at":"arg0"})"),
            "34: error: unknown kind 'a.fb'; did you mean 'a.fd'? allowed: 'a.fd' or 'a.obj' [at "
            "/functions/0/effects/0/use]");
  EXPECT_EQ(effectError(R"({"use":null,"at":"arg0"})"),
            "34: error: a kind must be a string, found null [at /functions/0/effects/0/use]");
  EXPECT_EQ(
      effectError(R"({"use":"a.fd","at":"argument 0"})"),
      "46: error: 'argument 0' is no place: a place is 'return', 'argN' or 'this', then '[N]', "
      "'[*]' or '->field' as often as needed, or with '*' in front [at "
      "/functions/0/effects/0/at]");
  EXPECT_EQ(effectError(R"({"use":"a.fd","at":0})"),
            "46: error: 'at' must be a string, found number 0 [at /functions/0/effects/0/at]");
  EXPECT_EQ(effectError(R"({"calls":"arg0","data":"arg1["})"),
            "50: error: 'arg1[' is no place: '[' without ']' [at /functions/0/effects/0/data]");
}

TEST(EffectErrors, When) {
  EXPECT_EQ(effectError(R"({"release":"a.fd","at":"arg0","when":"valid"})"),
            "64: error: 'valid' needs an effect at 'return' that says what the result is [at "
            "/functions/0/effects/0/when]");
  EXPECT_EQ(effectError(R"({"retain":"a.obj","at":"return","when":"invalid"})"),
            "66: error: 'invalid': kind 'a.obj' has no invalid values [at "
            "/functions/0/effects/0/when]");
  EXPECT_EQ(
      effectError(
          R"({"borrow":"a.obj","at":"return","from":"arg0"},{"acquire":"a.fd","at":"return","when":"valid"})"),
      "113: error: 'valid' is ambiguous: the result is a 'a.obj' and a 'a.fd' [at "
      "/functions/0/effects/1/when]");
  EXPECT_EQ(
      errorOf(
          R"("names":["f"],"returns":[-1,0],"effects":[{"release":"a.fd","at":"arg0","when":"positive"}])"),
      "81: error: this 'when' never happens: 'returns' excludes it [at "
      "/functions/0/effects/0/when]");
}

TEST(AllErrors, OfAllFilesAtOnceInOrder) {
  Read R = readAll({{"a.json", "{\"version\": 1, \"kind\": []}", false},
                    {"b.json", "{", false},
                    {"c.json", R"({"version": 1, "functions": [
{"names": ["f"], "effects": [{"use": "no.such", "at": "arg0"}, {"release": "no.such", "at": "x"}]},
{"names": [""], "pure": 1}]})",
                     false}});
  std::vector<std::string> Places;
  for (const std::string &E : R.Errors)
    Places.push_back(E.substr(0, E.find(": error")));
  EXPECT_THAT(Places, ElementsAre("a.json:1:16", "b.json:1:2", "c.json:2:38", "c.json:2:76",
                                  "c.json:2:93", "c.json:3:12", "c.json:3:25"));
}

TEST(AllErrors, RandomDamageNeverCrashes) {
  std::string Good; // the longest
  for (const ModelSource &Source : builtinModels())
    if (Source.Text.size() > Good.size())
      Good = Source.Text;
  ASSERT_GT(Good.size(), 3000u);
  uint32_t Seed = 1;
  auto Next = [&] { return Seed = Seed * 1664525u + 1013904223u; };
  for (int Round = 0; Round < 500; ++Round) {
    std::string Text = Good.substr(0, 3000);
    if (Round % 2)
      Text += Good.substr(3000);
    for (int Hits = 0; Hits < 3; ++Hits)
      Text[Next() % Text.size()] = static_cast<char>(Next() >> 24);
    Read R = readAll({{"m.json", Text, false}});
    for (const std::string &E : R.Errors)
      EXPECT_THAT(E, testing::StartsWith("m.json:"));
  }
}

TEST(EvidenceErrors, Form) {
  EXPECT_EQ(errorOf(R"("names":["f"],"evidence":{"because":["x"]})"),
            "27: error: 'evidence' needs 'confidence': 'strong', 'likely' or 'weak' "
            "[at /functions/0/evidence]");
  EXPECT_EQ(errorOf(R"("names":["f"],"evidence":{"confidence":"stong"})"),
            "41: error: unknown confidence 'stong'; did you mean 'strong'? allowed: 'strong', "
            "'likely' or 'weak' [at /functions/0/evidence/confidence]");
  EXPECT_THAT(errorOf(R"("names":["f"],"evidence":{"confidence":"weak","site":["a.c:1"]})"),
              HasSubstr("unknown key 'site' in 'evidence'; did you mean 'sites'?"));
}

} // namespace
