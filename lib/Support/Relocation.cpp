#include "lib/Support/Relocation.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"

namespace handrail {

/// No source has this by accident.
static constexpr llvm::StringLiteral Prefix = "/handrail.root.5e9c0d2b7a41.";

Relocation::Relocation(llvm::ArrayRef<std::string> Given) {
  for (const std::string &Root : Given)
    if (Root.size() > 1 && llvm::none_of(Roots, [&](auto &R) { return R.Here == Root; }))
      Roots.push_back({Root, Prefix.str() + std::to_string(Roots.size())});
  llvm::stable_sort(Roots, [](auto &A, auto &B) { return A.Here.size() > B.Here.size(); });
}

/// Whether \p C in front of a root shows that a path begins there.
static bool opensPath(char C) { return llvm::StringRef(" \t\n\"'`()<>[]{}=:;,@#|&").contains(C); }
/// Whether \p C behind a root shows that its last name ends there.
static bool endsName(char C) { return C == '/' || (opensPath(C) && C != '@' && C != '#'); }

static void replaceAll(std::string &Text, llvm::StringRef From, llvm::StringRef To,
                       llvm::function_ref<bool(size_t)> Here) {
  for (size_t At = 0; (At = Text.find(From.data(), At, From.size())) != std::string::npos;)
    if (Here(At)) {
      Text.replace(At, From.size(), To.data(), To.size());
      At += To.size();
    } else {
      ++At;
    }
}

std::string Relocation::in(llvm::StringRef Text) const {
  std::string Result = Text.str();
  for (const Root &R : Roots)
    replaceAll(Result, R.Here, R.Name, [&](size_t At) {
      size_t End = At + R.Here.size();
      return (At == 0 || opensPath(Result[At - 1])) &&
             (End == Result.size() || endsName(Result[End]));
    });
  return Result;
}

std::string Relocation::out(llvm::StringRef Text) const {
  std::string Result = Text.str();
  if (Text.contains(Prefix))
    for (const Root &R : Roots)
      replaceAll(Result, R.Name, R.Here, [](size_t) { return true; });
  return Result;
}

std::string Relocation::pathIn(llvm::StringRef Path) const {
  for (const Root &R : Roots)
    if (isBelow(Path, R.Here))
      return R.Name + Path.drop_front(R.Here.size()).str();
  return Path.str();
}

std::string Relocation::argumentIn(llvm::StringRef Argument) const {
  static constexpr llvm::StringLiteral Flags[] = {"-I",        "-isystem", "-iquote",  "-idirafter",
                                                  "-isysroot", "-include", "-imacros", "-B"};
  for (llvm::StringRef Flag : Flags)
    if (llvm::StringRef Path = Argument; Path.consume_front(Flag) && Path.starts_with("/"))
      return Flag.str() + in(Path);
  return in(Argument);
}

std::vector<std::string> Relocation::roots() const {
  std::vector<std::string> Result;
  for (const Root &R : Roots)
    Result.push_back(R.Here);
  return Result;
}

} // namespace handrail
