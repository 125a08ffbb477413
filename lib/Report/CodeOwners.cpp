#include "lib/Report/CodeOwners.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

namespace handrail::report {
namespace {

using Dialect = CodeOwners::Dialect;
using Texts = llvm::ArrayRef<std::string>;

/// Where \p Text goes on behind its first word; a backslash before a blank keeps a word
/// together.
size_t endOfWord(llvm::StringRef Text) {
  size_t I = 0;
  while (I < Text.size() && Text[I] != ' ' && Text[I] != '\t')
    I += Text[I] == '\\' && I + 1 < Text.size() ? 2 : 1;
  return I;
}

/// Users, groups, roles and addresses; a comment ends them.
std::vector<std::string> readOwners(llvm::StringRef Text) {
  std::vector<std::string> Owners;
  llvm::SmallVector<llvm::StringRef, 8> Words;
  llvm::SplitString(Text, Words, " \t");
  for (llvm::StringRef Word : Words) {
    if (Word.starts_with("#"))
      break;
    if (Word.contains('@') && !llvm::is_contained(Owners, Word))
      Owners.push_back(Word.str());
  }
  return Owners;
}

/// `[Name][2] @default` and `^[Name]`.
struct SectionHead {
  std::string Name; ///< in lower case: names that differ in case alone are one section
  std::vector<std::string> Owners;
};

std::optional<SectionHead> readSectionHead(llvm::StringRef Line) {
  Line.consume_front("^");
  if (!Line.consume_front("["))
    return std::nullopt;
  const size_t End = Line.find(']');
  if (End == llvm::StringRef::npos || Line.take_front(End).trim().empty())
    return std::nullopt;
  SectionHead Head{Line.take_front(End).trim().lower(), {}};
  llvm::StringRef Rest = Line.drop_front(End + 1);
  if (Rest.starts_with("[")) // how many have to approve
    Rest = Rest.drop_front(std::min(Rest.find(']'), Rest.size() - 1) + 1);
  if (!Rest.empty() && !llvm::isSpace(Rest.front()))
    return std::nullopt; // a pattern: [Mm]akefile
  Head.Owners = readOwners(Rest);
  return Head;
}

/// Whether a character of a path is in the class at the start of \p Pattern, `[a-c]`;
/// which is taken away from \p Pattern. Nothing when that is no class.
std::optional<bool> inClass(llvm::StringRef &Pattern, char C) {
  const size_t End = Pattern.find(']', 2);
  if (End == llvm::StringRef::npos)
    return std::nullopt;
  llvm::StringRef Members = Pattern.substr(1, End - 1);
  const bool Negated = Members.consume_front("!") || Members.consume_front("^");
  bool Found = false;
  for (size_t I = 0; I < Members.size(); ++I)
    if (I + 2 < Members.size() && Members[I + 1] == '-') {
      Found |= Members[I] <= C && C <= Members[I + 2];
      I += 2;
    } else {
      Found |= Members[I] == C;
    }
  Pattern = Pattern.drop_front(End + 1);
  return Found != Negated;
}

/// Whether the start of \p Pattern, which is no `*`, stands for \p C; it is taken away
/// then.
bool takeOne(llvm::StringRef &Pattern, char C, Dialect How) {
  if (Pattern.front() == '[' && How == Dialect::GitLab) {
    llvm::StringRef Rest = Pattern;
    if (std::optional<bool> Found = inClass(Rest, C)) {
      Pattern = Rest;
      return *Found;
    }
  }
  if (Pattern.front() == '\\' && Pattern.size() > 1)
    Pattern = Pattern.drop_front();
  else if (Pattern.front() == '?') {
    Pattern = Pattern.drop_front();
    return true;
  }
  const bool Same = Pattern.front() == C;
  Pattern = Pattern.drop_front();
  return Same;
}

/// One name against one part of a pattern. A `*` that took too little is tried again
/// with one character more, the last one alone: O(pattern · name).
bool matchesName(llvm::StringRef Pattern, llvm::StringRef Name, Dialect How) {
  std::optional<std::pair<llvm::StringRef, llvm::StringRef>> Star; // behind it, what it left
  while (true) {
    if (Pattern.consume_front("*")) {
      Star = {Pattern, Name};
      continue;
    }
    if (Name.empty() && Pattern.empty())
      return true;
    if (!Name.empty() && !Pattern.empty() && takeOne(Pattern, Name.front(), How)) {
      Name = Name.drop_front();
      continue;
    }
    if (!Star || Star->second.empty())
      return false;
    Star->second = Star->second.drop_front();
    std::tie(Pattern, Name) = *Star;
  }
}

/// Which lengths of a path's start \p Segments can stand for: as many bits as the path
/// has parts, and one more.
std::vector<bool> matchedLengths(Texts Segments, llvm::ArrayRef<llvm::StringRef> Path,
                                 Dialect How) {
  std::vector<bool> Reached(Path.size() + 1);
  Reached[0] = true;
  for (const std::string &Segment : Segments) {
    std::vector<bool> Next(Path.size() + 1);
    for (size_t I = 0; I <= Path.size(); ++I) {
      if (Segment == "**") // any number of directories
        Next[I] = Reached[I] || (I && Next[I - 1]);
      else if (I)
        Next[I] = Reached[I - 1] && matchesName(Segment, Path[I - 1], How);
    }
    Reached = std::move(Next);
  }
  return Reached;
}

bool matches(Texts Segments, bool Below, llvm::ArrayRef<llvm::StringRef> Path, Dialect How) {
  const std::vector<bool> Reached = matchedLengths(Segments, Path, How);
  if (!Below && Reached.back())
    return true;
  // A pattern that names a directory stands for all below it; but `docs/*` is no name.
  if (!Below && Segments.back() == "*")
    return false;
  return std::find(Reached.begin() + 1, Reached.end() - 1, true) != Reached.end() - 1;
}

/// The deepest directory around \p Directory that is a repository's.
std::string repositoryOf(llvm::StringRef Directory) {
  for (llvm::StringRef D = Directory; !D.empty(); D = llvm::sys::path::parent_path(D))
    if (llvm::sys::fs::exists(D + (D.ends_with("/") ? ".git" : "/.git")))
      return D.str();
  return Directory.str();
}

/// A file at a place that both look at is GitLab's when it says something that only
/// GitLab knows, or when the repository has something else for GitLab.
bool isForGitLab(llvm::StringRef Text, llvm::StringRef Root) {
  llvm::SmallVector<llvm::StringRef, 64> Lines;
  Text.split(Lines, '\n');
  return llvm::any_of(Lines,
                      [](llvm::StringRef Line) {
                        Line = Line.trim();
                        return Line.starts_with("!") || readSectionHead(Line);
                      }) ||
         llvm::sys::fs::exists(Root + "/.gitlab-ci.yml") ||
         llvm::sys::fs::exists(Root + "/.gitlab");
}

} // namespace

CodeOwners CodeOwners::find(llvm::StringRef Directory) {
  const std::string Root = repositoryOf(Directory);
  for (llvm::StringRef Folder : {"/.github", "", "/docs", "/.gitlab"}) {
    std::optional<std::string> Text = readWholeFile(Root + Folder.str() + "/CODEOWNERS");
    if (!Text)
      continue;
    const bool GitLab = Folder == "/.gitlab" || (Folder != "/.github" && isForGitLab(*Text, Root));
    return parse(*Text, GitLab ? Dialect::GitLab : Dialect::GitHub, Root);
  }
  return {};
}

CodeOwners CodeOwners::parse(llvm::StringRef Text, Dialect How, llvm::StringRef Root) {
  CodeOwners Result;
  Result.How = How;
  Result.Root = Root;
  std::map<std::string, unsigned> Sections;
  unsigned Section = 0; // what stands before the first heading
  std::vector<std::string> Default;
  Text.consume_front("\xEF\xBB\xBF");
  while (!Text.empty()) {
    llvm::StringRef Line;
    std::tie(Line, Text) = Text.split('\n');
    Line = Line.trim();
    if (Line.empty() || Line.starts_with("#"))
      continue;
    if (How == Dialect::GitLab)
      if (std::optional<SectionHead> Head = readSectionHead(Line)) {
        Section = Sections.try_emplace(Head->Name, Sections.size() + 1).first->second;
        Default = std::move(Head->Owners);
        continue;
      }
    const size_t End = endOfWord(Line);
    std::vector<std::string> Owners = readOwners(Line.drop_front(End));
    Result.addRule(Line.take_front(End), Section, Owners.empty() ? Default : std::move(Owners));
  }
  return Result;
}

void CodeOwners::addRule(llvm::StringRef Pattern, unsigned Section,
                         std::vector<std::string> Owners) {
  Rule R{Section, false, {}, false, std::move(Owners)};
  if (Pattern.starts_with("!")) {
    if (How == Dialect::GitHub)
      return; // is no pattern there
    R.Excludes = true;
    Pattern = Pattern.drop_front();
  }
  R.Below = Pattern.ends_with("/");
  const llvm::StringRef Inner = Pattern.trim('/');
  if (Inner.empty())
    return;
  const bool Anchored = Pattern.starts_with("/") || (How == Dialect::GitHub && Inner.contains('/'));
  if (!Anchored)
    R.Segments.push_back("**");
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  Inner.split(Parts, '/', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts)
    R.Segments.push_back(Part.str());
  if (R.Segments.back() == "**") // `docs/**` is what lies in it, and docs may be a file
    R.Segments.push_back("*");
  Rules.push_back(std::move(R));
}

std::vector<std::string> CodeOwners::ownersOf(llvm::StringRef Path) const {
  if (!isBelow(Path, Root) || Path == Root)
    return {};
  const std::string Relative = displayPath(Path, Root);
  llvm::SmallVector<llvm::StringRef, 16> Parts;
  llvm::StringRef(Relative).split(Parts, '/');
  std::map<unsigned, const Rule *> Last; // by section
  for (const Rule &R : Rules) {
    const Rule *&Decides = Last[R.Section];
    if (Decides && Decides->Excludes)
      continue;
    if (matches(R.Segments, R.Below, Parts, How))
      Decides = &R;
  }
  std::vector<std::string> Owners;
  for (const auto &[Section, R] : Last)
    if (R && !R->Excludes)
      for (const std::string &Owner : R->Owners)
        if (!llvm::is_contained(Owners, Owner))
          Owners.push_back(Owner);
  return Owners;
}

} // namespace handrail::report
