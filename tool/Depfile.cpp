#include "tool/Depfile.h"

namespace handrail::tool {

/// As GCC escapes: blanks, `#` and what stands before a blank by a backslash, `$` by itself.
/// A backslash elsewhere stands for itself.
static std::string escape(llvm::StringRef Path) {
  std::string Text;
  for (size_t I = 0; I != Path.size(); ++I) {
    if (Path[I] == ' ' || Path[I] == '\t') {
      for (size_t Back = I; Back != 0 && Path[Back - 1] == '\\'; --Back)
        Text += '\\';
      Text += '\\';
    } else if (Path[I] == '#') {
      Text += '\\';
    } else if (Path[I] == '$') {
      Text += '$';
    }
    Text += Path[I];
  }
  return Text;
}

std::string depfileText(llvm::StringRef Target, const std::set<std::string> &Inputs) {
  std::string Rule = escape(Target) + ":", Gone;
  for (const std::string &Input : Inputs) {
    if (llvm::StringRef(Input).contains('\n'))
      continue;
    Rule += " \\\n  " + escape(Input);
    Gone += "\n" + escape(Input) + ":\n";
  }
  return Rule + "\n" + Gone;
}

llvm::StringRef depfileTarget(llvm::StringRef File) {
  return File.consume_back(".d") && !File.ends_with("/") ? File : llvm::StringRef();
}

} // namespace handrail::tool
