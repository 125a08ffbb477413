//===- Page.h - reports that are one HTML page --------------------*- C++ -*-===//
//
// A page is a template with its style, its script and its data filled in, and needs
// nothing else: no network, no second file. Text of users is in the data alone.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace handrail {

/// Prints \p Template. Between two `@` stands the name of what \p Fill gives; there are
/// no others in it.
void printPage(llvm::StringRef Template, llvm::function_ref<std::string(llvm::StringRef)> Fill,
               llvm::raw_ostream &OS);

/// JSON in which nothing can end the element that it stands in.
std::string jsonInElement(llvm::StringRef Json);

/// Any text as the content of an element.
std::string htmlEscaped(llvm::StringRef Text);

/// How a Content-Security-Policy allows \p Script, the whole content of its element, and
/// with it no other script.
std::string allowedScript(llvm::StringRef Script);

/// What all pages have in common, so that they look and work alike.
llvm::StringRef pageStyle();
llvm::StringRef pageScript();

} // namespace handrail
