//===- Words.h - what names of functions suggest -----------------*- C++ -*-===//
//
// Names are habits, not facts: what is concluded from them here titles a kind, or
// adds to evidence that stands without them.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail::infer {

/// The words of an identifier in lower case: `SDL_FreeSurface` is sdl, free, surface.
std::vector<std::string> wordsOf(llvm::StringRef Name);

/// Words that name an end (`free`), a beginning (`open`), one reference more (`ref`).
bool isEndWord(llvm::StringRef Word);
bool isBeginWord(llvm::StringRef Word);
bool isRetainWord(llvm::StringRef Word);

/// The words of the name of a function that ends something, without that word and the
/// prefix \p Family; never empty. `gzclose` has no word for itself: a word that begins or ends
/// in one counts.
std::vector<std::string> thingOf(llvm::StringRef Function, llvm::StringRef Family);

/// Whether two functions are named as one pair: the same words but for one that begins in
/// \p Begin and one that ends in \p End.
bool namedAsPair(llvm::StringRef Begin, llvm::StringRef End);

/// `variant-iter`: words as a part of a kind's id; letters that ids cannot have are left out.
std::string idOf(llvm::ArrayRef<std::string> Words);

} // namespace handrail::infer
