#include "lib/Model/Notation.h"
#include "gmock/gmock.h"

using namespace handrail::model;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Place placeOf(llvm::StringRef Text) {
  auto Parsed = parsePlace(Text);
  if (auto *Wrong = std::get_if<Complaint>(&Parsed)) {
    ADD_FAILURE() << Text.str() << ": " << Wrong->Text;
    return {};
  }
  return std::get<Place>(Parsed);
}

std::string complaintOf(llvm::StringRef Text) {
  auto Parsed = parsePlace(Text);
  auto *Wrong = std::get_if<Complaint>(&Parsed);
  return Wrong ? Wrong->Text : "accepted as " + printPlace(std::get<Place>(Parsed));
}

PlaceStep index(int64_t N) { return {PlaceStep::Index, N, ""}; }
PlaceStep field(std::string Name) { return {PlaceStep::Field, 0, std::move(Name)}; }
const PlaceStep Star{PlaceStep::Deref, 0, ""};
const PlaceStep Any{PlaceStep::AnyIndex, 0, ""};

TEST(Place, Roots) {
  EXPECT_EQ(placeOf("return"), (Place{Place::Return, {}}));
  EXPECT_EQ(placeOf("arg0"), (Place{0, {}}));
  EXPECT_EQ(placeOf("arg12"), (Place{12, {}}));
  EXPECT_EQ(placeOf("this"), (Place{0, {}}));
}

TEST(Place, Steps) {
  EXPECT_EQ(placeOf("arg3[1]"), (Place{3, {index(1)}}));
  EXPECT_EQ(placeOf("arg3[*]"), (Place{3, {Any}}));
  EXPECT_EQ(placeOf("*arg2"), (Place{2, {Star}}));
  EXPECT_EQ(placeOf("**arg2"), (Place{2, {Star, Star}}));
  EXPECT_EQ(placeOf("arg1->fd"), (Place{1, {field("fd")}}));
  EXPECT_EQ(placeOf("arg1->fds[1]"), (Place{1, {field("fds"), index(1)}}));
  EXPECT_EQ(placeOf("this->a->b"), (Place{0, {field("a"), field("b")}}));
  EXPECT_EQ(placeOf("return.fd"), (Place{Place::Return, {field("fd")}}));
}

TEST(Place, StarBindsLastAsInC) {
  EXPECT_EQ(placeOf("*arg1->slot"), (Place{1, {field("slot"), Star}}));
}

TEST(Place, PrintsWhatItParsed) {
  for (llvm::StringRef Text : {"return", "arg7", "arg3[1]", "arg3[*]", "**arg2", "*arg1->slot[2]"})
    EXPECT_EQ(printPlace(placeOf(Text)), Text);
}

TEST(Place, Complaints) {
  for (llvm::StringRef Text : {"", "*", "ret", "arg", "arg01", "arg-1", "argx", "arg0 ", " arg0",
                               "arg0+1", "arg0->a.b->", "arg0]", "return[0]x"})
    EXPECT_THAT(complaintOf(Text), testing::Not(HasSubstr("accepted"))) << Text.str();
  EXPECT_THAT(complaintOf("result"), HasSubstr("a place is 'return', 'argN' or 'this'"));
  EXPECT_EQ(complaintOf("arg256"), "argument numbers end at 255");
  EXPECT_THAT(complaintOf("arg99999999999999999999"), HasSubstr("a place is"));
  EXPECT_EQ(complaintOf("arg0[1"), "'[' without ']'");
  EXPECT_EQ(complaintOf("arg0[x]"), "'[x]' is neither an element number nor '[*]'");
  EXPECT_EQ(complaintOf("arg0[-1]"), "'[-1]' is neither an element number nor '[*]'");
  EXPECT_EQ(complaintOf("arg0[99999999999999999999]"),
            "'[99999999999999999999]' is neither an element number nor '[*]'");
  EXPECT_EQ(complaintOf("arg0->"), "a field name must follow '->'");
  EXPECT_EQ(complaintOf("arg0->1"), "a field name must follow '->'");
  EXPECT_EQ(complaintOf("arg0->a.b"), "'.' may stand only after 'return' or 'argN' of struct type");
}

TEST(Values, Words) {
  EXPECT_THAT(*valuesOfWord("null"), ElementsAre(ValueRange{0, 0}));
  EXPECT_THAT(*valuesOfWord("nonzero"),
              ElementsAre(ValueRange{MinValue, -1}, ValueRange{1, MaxValue}));
  EXPECT_FALSE(valuesOfWord("valid"));
  for (llvm::StringRef Word : valueWords())
    EXPECT_TRUE(valuesOfWord(Word)) << Word.str();
}

TEST(Values, NormalizeMergesWhatTouches) {
  std::vector<ValueRange> R{{5, 9}, {0, 0}, {1, 3}, {4, 4}, {20, MaxValue}, {30, 40}};
  normalizeRanges(R);
  EXPECT_THAT(R, ElementsAre(ValueRange{0, 9}, ValueRange{20, MaxValue}));
}

TEST(Values, ComplementTwiceIsTheSame) {
  const std::vector<std::vector<ValueRange>> Sets = {{{0, 0}},
                                                     {{MinValue, -1}},
                                                     {{1, MaxValue}},
                                                     {{-1, -1}, {5, 8}},
                                                     {{MinValue, MinValue}, {MaxValue, MaxValue}}};
  for (const std::vector<ValueRange> &Set : Sets) {
    EXPECT_EQ(complementOf(complementOf(Set)), Set);
    EXPECT_FALSE(intersects(Set, complementOf(Set)));
  }
  EXPECT_THAT(complementOf({{MinValue, MaxValue}}), ElementsAre());
}

TEST(Names, KindIds) {
  for (llvm::StringRef Good : {"posix.fd", "a", "a.b.c", "x11.gc-2", "3d.mesh"})
    EXPECT_TRUE(isKindId(Good)) << Good.str();
  for (llvm::StringRef Bad : {"", ".", "a.", ".a", "A.b", "a b", "a..b", "-a", "ä"})
    EXPECT_FALSE(isKindId(Bad)) << Bad.str();
}

TEST(Names, Functions) {
  for (llvm::StringRef Good :
       {"open", "__open_2", "std::fopen", "A::~A", "A::operator()", "operator new", "operator bool",
        "A::operator<<", "ns::A::operator=="})
    EXPECT_TRUE(isFunctionName(Good)) << Good.str();
  for (llvm::StringRef Bad : {"", "open()", "::open", "a::", "a b", "v<int>::f", "1f", "~", "a:b"})
    EXPECT_FALSE(isFunctionName(Bad)) << Bad.str();
}

} // namespace
