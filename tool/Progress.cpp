#include "tool/Progress.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

using namespace std::chrono_literals;

static std::string remaining(double Seconds) {
  auto Whole = uint64_t(Seconds + 0.5);
  if (Whole < 120)
    return std::to_string(Whole) + " s";
  return std::to_string(Whole / 60) + " min";
}

Progress::Progress(llvm::StringRef Stage, size_t Total, bool Quiet)
    : Stage(Stage), Total(Total), Shown(!Quiet && llvm::errs().is_displayed()) {
  update(0);
}

Progress::~Progress() {
  if (Shown)
    llvm::errs() << "\r\033[K";
}

void Progress::update(size_t Done) {
  if (!Shown)
    return;
  Clock::time_point Now = Clock::now();
  if (Done != Total && Now - Last < 100ms)
    return;
  Last = Now;
  llvm::errs() << "\r\033[K[" << Done << '/' << Total << "] " << Stage;
  double Elapsed = std::chrono::duration<double>(Now - Start).count();
  // The first few files say little about the rest.
  if (Done != Total && Done > 0 && Elapsed > 1)
    llvm::errs() << ", " << remaining(Elapsed / double(Done) * double(Total - Done)) << " left";
}

} // namespace handrail::tool
