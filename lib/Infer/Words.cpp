//===- Words.cpp - what names of functions suggest -------------------------===//
#include "lib/Infer/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail::infer {

using llvm::StringRef;

static constexpr StringRef EndWords[] = {
    "free",   "close",  "destroy", "delete",     "unref",   "release",    "cleanup",  "dealloc",
    "finish", "fini",   "end",     "done",       "del",     "dispose",    "drop",     "put",
    "uninit", "unlock", "exit",    "shutdown",   "deinit",  "destruct",   "term",     "decref",
    "kill",   "unload", "detach",  "disconnect", "discard", "deallocate", "finalize", "terminate"};

static constexpr StringRef BeginWords[] = {
    "new",     "open",   "create", "alloc", "init",      "start", "begin", "make",
    "get",     "lock",   "dup",    "copy",  "construct", "clone", "load",  "connect",
    "acquire", "malloc", "attach", "setup", "from",      "parse", "fdopen"};

static constexpr StringRef RetainWords[] = {"ref", "retain", "incref", "addref", "hold", "grab"};

bool isEndWord(StringRef Word) { return llvm::is_contained(EndWords, Word); }
bool isBeginWord(StringRef Word) { return llvm::is_contained(BeginWords, Word); }
bool isRetainWord(StringRef Word) { return llvm::is_contained(RetainWords, Word); }

std::vector<std::string> wordsOf(StringRef Name) {
  std::vector<std::string> Words;
  bool Fresh = true;
  for (size_t I = 0; I < Name.size(); ++I) {
    char C = Name[I];
    if (!llvm::isAlnum(C)) {
      Fresh = true;
      continue;
    }
    // A capital begins a word, but not inside of an abbreviation.
    bool Capital =
        llvm::isUpper(C) && I &&
        (!llvm::isUpper(Name[I - 1]) || (I + 1 < Name.size() && llvm::isLower(Name[I + 1])));
    if (Fresh || Capital)
      Words.emplace_back();
    Words.back() += llvm::toLower(C);
    Fresh = false;
  }
  return Words;
}

/// The part of \p Word without a word for an end at its front or back.
static std::string withoutEnd(StringRef Word) {
  for (StringRef End : EndWords)
    if (StringRef Rest = Word;
        End.size() > 3 && (Rest.consume_front(End) || Rest.consume_back(End)))
      return Rest.str();
  return Word.str();
}

std::vector<std::string> thingOf(StringRef Function, StringRef Family) {
  std::vector<std::string> All = wordsOf(Function), Thing;
  bool Ends = llvm::any_of(All, isEndWord);
  for (const std::string &Word : All)
    if (std::string Rest = Ends ? Word : withoutEnd(Word); !isEndWord(Word) && !Rest.empty())
      Thing.push_back(Rest);
  // The library's prefix says nothing that the family does not.
  while (!Thing.empty() && (Thing.front().size() < 2 || Family.contains(Thing.front()) ||
                            StringRef(Thing.front()).contains(Family)))
    Thing.erase(Thing.begin());
  if (Thing.empty())
    Thing.push_back("handle");
  return Thing;
}

bool namedAsPair(StringRef Begin, StringRef End) {
  std::vector<std::string> B = wordsOf(Begin), E = wordsOf(End);
  auto Verb = [](const std::string &Word) {
    return isEndWord(Word) || isBeginWord(Word) || isRetainWord(Word);
  };
  if (llvm::none_of(E, isEndWord))
    return false;
  llvm::erase_if(B, Verb);
  llvm::erase_if(E, Verb);
  // `thing_new_from_file` and `thing_free`: the shorter one is the thing.
  return !E.empty() && B.size() >= E.size() && std::equal(E.begin(), E.end(), B.begin());
}

std::string idOf(llvm::ArrayRef<std::string> Words) {
  std::string Id;
  for (const std::string &Word : Words) {
    std::string Kept;
    for (char C : Word)
      if (llvm::isLower(C) || llvm::isDigit(C))
        Kept += C;
    if (!Kept.empty())
      Id += (Id.empty() ? "" : "-") + Kept;
  }
  return Id.empty() ? "handle" : Id;
}

} // namespace handrail::infer
