#include "tool/Diagnostics.h"
#include "lib/Report/Text.h"
#include "lib/Support/Paths.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <unistd.h>

namespace handrail::tool {

char PlacedError::ID = 0;

bool wantColor(ColorMode Mode, int Descriptor) {
  if (Mode != ColorMode::Auto)
    return Mode == ColorMode::Always;
  auto NoColor = llvm::sys::Process::GetEnv("NO_COLOR");
  return !(NoColor && !NoColor->empty()) && llvm::sys::Process::FileDescriptorHasColors(Descriptor);
}

void printSourceError(const Location &Loc, llvm::StringRef Message) {
  report::TextOptions Options;
  Options.Color = wantColor(ColorMode::Auto, STDERR_FILENO);
  Options.WorkingDirectory = currentDirectory();
  report::printError(Loc, Message, Options, llvm::errs());
}

void printFailure(const llvm::Twine &Message) {
  llvm::errs() << "handrail: ";
  printSourceError({}, Message.str());
}

void printFailure(llvm::Error E) {
  llvm::handleAllErrors(
      std::move(E), [](const PlacedError &Placed) { llvm::errs() << Placed.message() << '\n'; },
      [](const llvm::ErrorInfoBase &Info) { printFailure(Info.message()); });
}

ExitStatus statusOf(llvm::Expected<ExitStatus> Status) {
  if (Status)
    return *Status;
  printFailure(Status.takeError());
  return Failure;
}

} // namespace handrail::tool
