//===- Diagnostics.h - what goes to standard error ---------------*- C++ -*-===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/Support/Counted.h"
#include "tool/ExitStatus.h"
#include "tool/Options.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

/// An error whose text is complete: it names its place and says `error:` itself,
/// as those of model files do.
class PlacedError : public llvm::ErrorInfo<PlacedError> {
public:
  static char ID;
  explicit PlacedError(std::string Text) : Text(std::move(Text)) {}
  void log(llvm::raw_ostream &OS) const override { OS << Text; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  std::string Text;
};

/// `handrail: error: …`, for what has no place in a source file.
void printFailure(const llvm::Twine &Message);
/// Each of joined errors on a line of its own; a PlacedError as it stands.
void printFailure(llvm::Error E);

/// The status; a failure is printed and becomes Failure.
ExitStatus statusOf(llvm::Expected<ExitStatus> Status);

/// `file:line:col: error: …`, relative to the working directory.
void printSourceError(const Location &Loc, llvm::StringRef Message);

/// Whether to write colours to \p Descriptor. `NO_COLOR` in the environment
/// counts like `never` unless the user asked otherwise.
bool wantColor(ColorMode Mode, int Descriptor);

} // namespace handrail::tool
