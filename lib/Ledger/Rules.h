//===- Rules.h - the words of reports ----------------------------*- C++ -*-===//
//
// Which mistakes are reported, and what handles of each kind are called. A rule or kind
// that is not listed here is reported all the same, under the name that it came with.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace handrail::ledger {

struct Rule {
  llvm::StringLiteral Id;
  llvm::StringLiteral Title; ///< what happened, as the text report says it
  llvm::StringLiteral Help;  ///< what it means and what to do
};

/// "leak" first, then those of misuses in alphabetical order.
llvm::ArrayRef<Rule> rules();

/// Null for a rule that is not known.
const Rule *findRule(llvm::StringRef Id);

/// "3 sockets", "1 pthread mutex", "2 handles of type connection".
std::string countedHandles(std::uint64_t Count, llvm::StringRef Kind, llvm::StringRef Type);
inline std::string countedHandles(const Leak &L) { return countedHandles(L.Count, L.Kind, L.Type); }

/// "socket", "connection": one handle, as Kind or Type call it.
std::string handleNoun(llvm::StringRef Kind, llvm::StringRef Type);

/// "double close of descriptor 7 (file '/tmp/x')".
std::string describe(const Misuse &M);

} // namespace handrail::ledger
