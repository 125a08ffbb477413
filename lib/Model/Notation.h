//===- Notation.h - the small languages inside model JSON --------*- C++ -*-===//
//
// Places (`arg3[1]`), sets of values (`"negative"`, `[[0, 2]]`) and names. Pure
// functions: text in, value or complaint out.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "llvm/ADT/StringRef.h"
#include <variant>

namespace handrail::model {

inline constexpr int64_t MinValue = INT64_MIN; ///< stands for minus infinity
inline constexpr int64_t MaxValue = INT64_MAX;

/// Why some text could not be read, to be appended to "found 'x': ".
struct Complaint {
  std::string Text;
};

/// Parses a place: `return`, `argN` or `this`, followed by any of `[N]`, `[*]`,
/// `->field`, or preceded by `*`. `return.field` and `argN.field` are for
/// structs passed by value. Linear.
std::variant<Place, Complaint> parsePlace(llvm::StringRef Text);

/// The inverse of parsePlace.
std::string printPlace(const Place &P);

/// The set that a word such as "negative" or "nonnull" names, in order; nothing
/// for an unknown word. "valid" and "invalid" depend on a kind and are not here.
std::optional<std::vector<ValueRange>> valuesOfWord(llvm::StringRef Word);

/// All words of valuesOfWord, for messages.
llvm::ArrayRef<llvm::StringRef> valueWords();

/// Sorts ranges and merges those that touch.
void normalizeRanges(std::vector<ValueRange> &Ranges);

/// All values outside of \p Ranges, which must be normal.
std::vector<ValueRange> complementOf(llvm::ArrayRef<ValueRange> Ranges);

/// Whether two sets share a value. Both must be normal.
bool intersects(llvm::ArrayRef<ValueRange> A, llvm::ArrayRef<ValueRange> B);

/// `posix.fd`: words of lower-case letters, digits, `_` and `-`, joined by dots.
bool isKindId(llvm::StringRef Id);

/// `open`, `ns::Class::method`, `Class::~Class`, `Class::operator()`.
bool isFunctionName(llvm::StringRef Name);

/// A C identifier.
bool isIdentifier(llvm::StringRef Name);

} // namespace handrail::model
