#include "lib/Support/Paths.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace handrail {

std::string cleanPath(llvm::StringRef Path) {
  llvm::SmallString<256> Result = Path;
  llvm::sys::path::remove_dots(Result, /*remove_dot_dot=*/true);
  return std::string(Result);
}

std::string absolutePath(llvm::StringRef Path, llvm::StringRef Directory) {
  llvm::SmallString<256> Result;
  if (!llvm::sys::path::is_absolute(Path))
    Result = Directory;
  llvm::sys::path::append(Result, Path);
  return cleanPath(Result);
}

std::string currentDirectory() {
  llvm::SmallString<256> Result;
  if (llvm::sys::fs::current_path(Result))
    return "/";
  return std::string(Result);
}

bool isBelow(llvm::StringRef Path, llvm::StringRef Directory) {
  if (!Path.consume_front(Directory))
    return false;
  return Path.empty() || Path.front() == '/' || Directory.ends_with("/");
}

std::string displayPath(llvm::StringRef Path, llvm::StringRef Directory) {
  if (Directory.empty() || Path == Directory || !isBelow(Path, Directory))
    return Path.str();
  return Path.drop_front(Directory.size()).ltrim('/').str();
}

std::string commonDirectory(llvm::ArrayRef<std::string> Directories) {
  if (Directories.empty())
    return "";
  llvm::StringRef Common = Directories.front();
  for (llvm::StringRef Directory : Directories)
    while (!isBelow(Directory, Common))
      Common = llvm::sys::path::parent_path(Common);
  return Common.str();
}

} // namespace handrail
