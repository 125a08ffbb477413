//===- Identity.h - which Handrail this is -----------------------*- C++ -*-===//
#pragma once

#include <string>

namespace handrail::tool {

/// `handrail 0.1.0 (LLVM 19.1.7)`.
std::string versionText();

/// Another one for every build that may behave in another way: what is kept of an
/// earlier run names it.
std::string toolIdentity();

} // namespace handrail::tool
