#include "lib/Support/Page.h"
#include "lib/Support/BaseScript.inc" // generated from html/base.js
#include "lib/Support/BaseStyle.inc"  // generated from html/base.css
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/SHA256.h"

namespace handrail {

void printPage(llvm::StringRef Template, llvm::function_ref<std::string(llvm::StringRef)> Fill,
               llvm::raw_ostream &OS) {
  llvm::SmallVector<llvm::StringRef, 16> Parts;
  Template.split(Parts, '@');
  for (size_t I = 0; I < Parts.size(); ++I)
    OS << (I % 2 ? Fill(Parts[I]) : Parts[I].str());
}

std::string jsonInElement(llvm::StringRef Json) {
  std::string Result;
  Result.reserve(Json.size());
  for (char C : Json)
    if (C == '<') // is in texts alone
      Result += "\\u003c";
    else
      Result += C;
  return Result;
}

std::string htmlEscaped(llvm::StringRef Text) {
  std::string Result;
  llvm::raw_string_ostream OS(Result);
  llvm::printHTMLEscaped(Text, OS);
  return Result;
}

std::string allowedScript(llvm::StringRef Script) {
  return "'sha256-" + llvm::encodeBase64(llvm::SHA256::hash(llvm::arrayRefFromStringRef(Script))) +
         "'";
}

llvm::StringRef pageStyle() { return BaseStyle; }
llvm::StringRef pageScript() { return BaseScript; }

} // namespace handrail
