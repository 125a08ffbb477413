#include "tool/Outputs.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include <set>

namespace handrail::tool {

llvm::Expected<Outputs> Outputs::create(size_t Forms, llvm::ArrayRef<std::string> Files) {
  if (Files.size() > Forms)
    return llvm::createStringError("there are more --output than --format");
  Outputs Made;
  std::set<std::string> Seen;
  for (const std::string &File : Files) {
    const bool IsStream = File.empty() || File == "-";
    Made.Files.push_back(IsStream ? "" : File);
    if (IsStream)
      continue;
    if (!llvm::StringRef(File).starts_with("/dev/") &&
        !Seen.insert(absolutePath(File, currentDirectory())).second)
      return llvm::createStringError("two formats go to " + File);
    if (llvm::Error E = expectWritable(File))
      return std::move(E);
  }
  return Made;
}

llvm::Error Outputs::write(size_t Form, llvm::StringRef Text, llvm::raw_ostream &Stream) const {
  if (!isStream(Form))
    return writeOutput(Files[Form], Text);
  Stream << Text;
  return llvm::Error::success();
}

} // namespace handrail::tool
