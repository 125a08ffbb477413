//===- Notation.cpp - the small languages inside model JSON ----------------===//
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

namespace handrail::model {

namespace {
constexpr unsigned MaxArgument = 255;

bool isIdentifierChar(char C) { return llvm::isAlnum(C) || C == '_' || C == '$'; }

llvm::StringRef takeIdentifier(llvm::StringRef &Rest) {
  llvm::StringRef Word = Rest.take_while(isIdentifierChar);
  if (!Word.empty() && llvm::isDigit(Word[0]))
    return {};
  Rest = Rest.drop_front(Word.size());
  return Word;
}

/// `[3]` or `[*]` at the front of \p Rest; a complaint in \p Wrong.
std::optional<PlaceStep> takeIndex(llvm::StringRef &Rest, std::string &Wrong) {
  size_t Close = Rest.find(']');
  if (Close == llvm::StringRef::npos) {
    Wrong = "'[' without ']'";
    return std::nullopt;
  }
  llvm::StringRef Inside = Rest.slice(1, Close);
  Rest = Rest.drop_front(Close + 1);
  PlaceStep Step;
  Step.Kind = Inside == "*" ? PlaceStep::AnyIndex : PlaceStep::Index;
  if (Inside != "*" && (Inside.getAsInteger(10, Step.Number) || Step.Number < 0)) {
    Wrong = "'[" + Inside.str() + "]' is neither an element number nor '[*]'";
    return std::nullopt;
  }
  return Step;
}
} // namespace

std::variant<Place, Complaint> parsePlace(llvm::StringRef Text) {
  static constexpr const char *Form =
      "a place is 'return', 'argN' or 'this', then '[N]', '[*]' or '->field' as often as needed, "
      "or with '*' in front";
  Place Result;
  llvm::StringRef Rest = Text;
  size_t Stars = Rest.take_while([](char C) { return C == '*'; }).size();
  Rest = Rest.drop_front(Stars);

  llvm::StringRef Root = takeIdentifier(Rest);
  unsigned Number = 0;
  if (Root == "return") {
    Result.Root = Place::Return;
  } else if (Root == "this") {
    Result.Root = 0;
  } else if (Root.consume_front("arg") && !Root.getAsInteger(10, Number) &&
             std::to_string(Number) == Root) {
    if (Number > MaxArgument)
      return Complaint{"argument numbers end at " + std::to_string(MaxArgument)};
    Result.Root = static_cast<int>(Number);
  } else {
    return Complaint{Form};
  }

  for (bool First = true; !Rest.empty(); First = false) {
    std::string Wrong;
    if (Rest.starts_with("[")) {
      std::optional<PlaceStep> Step = takeIndex(Rest, Wrong);
      if (!Step)
        return Complaint{Wrong};
      Result.Steps.push_back(*Step);
      continue;
    }
    bool Arrow = Rest.consume_front("->");
    if (!Arrow && !(Rest.starts_with(".") && First))
      return Complaint{Rest.starts_with(".")
                           ? "'.' may stand only after 'return' or 'argN' of struct type"
                           : Form};
    if (!Arrow)
      Rest = Rest.drop_front();
    llvm::StringRef Field = takeIdentifier(Rest);
    if (Field.empty())
      return Complaint{"a field name must follow '->'"};
    PlaceStep Step;
    Step.Kind = PlaceStep::Field;
    Step.Name = Field.str();
    Result.Steps.push_back(Step);
  }
  // As in C, what follows a name binds tighter than the star before it.
  Result.Steps.insert(Result.Steps.end(), Stars, PlaceStep{});
  return Result;
}

std::string printPlace(const Place &P) {
  std::string Result = P.Root == Place::Return ? "return" : "arg" + std::to_string(P.Root);
  for (const PlaceStep &Step : P.Steps) {
    switch (Step.Kind) {
    case PlaceStep::Deref:
      Result = "*" + Result;
      break;
    case PlaceStep::Index:
      Result += "[" + std::to_string(Step.Number) + "]";
      break;
    case PlaceStep::AnyIndex:
      Result += "[*]";
      break;
    case PlaceStep::Field:
      Result += "->" + Step.Name;
      break;
    }
  }
  return Result;
}

std::optional<std::vector<ValueRange>> valuesOfWord(llvm::StringRef Word) {
  using Ranges = std::vector<ValueRange>;
  if (Word == "zero" || Word == "null")
    return Ranges{{0, 0}};
  if (Word == "nonzero" || Word == "nonnull")
    return Ranges{{MinValue, -1}, {1, MaxValue}};
  if (Word == "negative")
    return Ranges{{MinValue, -1}};
  if (Word == "nonnegative")
    return Ranges{{0, MaxValue}};
  if (Word == "positive")
    return Ranges{{1, MaxValue}};
  return std::nullopt;
}

llvm::ArrayRef<llvm::StringRef> valueWords() {
  static constexpr llvm::StringRef Words[] = {"zero",     "nonzero", "negative", "nonnegative",
                                              "positive", "null",    "nonnull"};
  return Words;
}

void normalizeRanges(std::vector<ValueRange> &Ranges) {
  llvm::sort(Ranges, [](const ValueRange &A, const ValueRange &B) {
    return std::pair(A.Lo, A.Hi) < std::pair(B.Lo, B.Hi);
  });
  std::vector<ValueRange> Result;
  for (const ValueRange &R : Ranges) {
    if (!Result.empty() && (Result.back().Hi == MaxValue || R.Lo <= Result.back().Hi + 1))
      Result.back().Hi = std::max(Result.back().Hi, R.Hi);
    else
      Result.push_back(R);
  }
  Ranges = std::move(Result);
}

std::vector<ValueRange> complementOf(llvm::ArrayRef<ValueRange> Ranges) {
  std::vector<ValueRange> Result;
  int64_t Next = MinValue;
  for (const ValueRange &R : Ranges) {
    if (R.Lo > Next)
      Result.push_back({Next, R.Lo - 1});
    if (R.Hi == MaxValue)
      return Result;
    Next = R.Hi + 1;
  }
  Result.push_back({Next, MaxValue});
  return Result;
}

bool intersects(llvm::ArrayRef<ValueRange> A, llvm::ArrayRef<ValueRange> B) {
  return llvm::any_of(A, [&](const ValueRange &X) {
    return llvm::any_of(B, [&](const ValueRange &Y) { return X.Lo <= Y.Hi && Y.Lo <= X.Hi; });
  });
}

bool isKindId(llvm::StringRef Id) {
  llvm::SmallVector<llvm::StringRef, 4> Words;
  Id.split(Words, '.');
  return llvm::all_of(Words, [](llvm::StringRef Word) {
    return !Word.empty() && llvm::isAlnum(Word[0]) && llvm::all_of(Word, [](char C) {
      return llvm::isLower(C) || llvm::isDigit(C) || C == '_' || C == '-';
    });
  });
}

bool isIdentifier(llvm::StringRef Name) {
  return !Name.empty() && !llvm::isDigit(Name[0]) && llvm::all_of(Name, isIdentifierChar);
}

bool isFunctionName(llvm::StringRef Name) {
  // The last component of a C++ name may be a destructor or an operator.
  while (true) {
    size_t Colons = Name.find("::");
    if (Name.starts_with("operator") || Colons == llvm::StringRef::npos)
      break;
    if (!isIdentifier(Name.take_front(Colons)))
      return false;
    Name = Name.drop_front(Colons + 2);
  }
  llvm::StringRef Operator = Name;
  if (Operator.consume_front("operator") && !Operator.empty() && !isIdentifierChar(Operator[0]))
    return Operator.trim() == Operator.ltrim() && !Operator.trim().empty();
  Name.consume_front("~");
  return isIdentifier(Name);
}

} // namespace handrail::model
