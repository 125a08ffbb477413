//===- Text.h - reports of runs for people -----------------------*- C++ -*-===//
//
// In the form that leak sanitizers use:
//
//   Leak of 2 sockets, opened here:
//       #0 in accept_one src/net.cpp:88:14
//           88 |   int fd = accept(listener, nullptr, nullptr);
//              |            ^
//       #1 in main src/main.cpp:20:3
//     named 10.0.0.1:80 (×2)
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

struct TextOptions {
  bool Color = false;
  std::string WorkingDirectory; ///< paths below it are printed relative to it
};

void printText(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS);

/// One leak or misuse of \p Told as printText shows it.
std::string leakText(const Outcome &Told, const Leak &L, const TextOptions &Options);
std::string misuseText(const Outcome &Told, const Misuse &M, const TextOptions &Options);

/// "accept_one", "server+0x1234" or "0x1234": what a frame is called in one word.
std::string frameName(const Report &R, const Frame &F);

/// "SUMMARY: handrail: 12 handles leaked at 2 places, 1 misuse" or "… nothing leaked".
std::string summary(const Outcome &Told);

/// "950 ms", "3.2 s", "2 min 5 s", "3 h 4 min".
std::string duration(std::uint64_t Ms);

} // namespace handrail::ledger
