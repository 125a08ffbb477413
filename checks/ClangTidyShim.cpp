//===- ClangTidyShim.cpp - what clang-tidy loads --------------------------===//
//
// clang-tidy loads a plugin built for another LLVM without a word, finds none of
// its checks and exits 0. So what it loads is this file, which includes neither
// LLVM nor Clang and can be loaded into any of them: it asks the host which LLVM
// it is, ends the process with a message when that is the wrong one, and only then
// opens the real module, which lies beside it.
//
//===----------------------------------------------------------------------===//
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <unistd.h>

#define STRINGIFY_(X) #X
#define STRINGIFY(X) STRINGIFY_(X)

namespace {

[[noreturn]] void fail(const std::string &Message) {
  std::fprintf(stderr, "handrail: error: %s\n", Message.c_str());
  std::fflush(nullptr);
  _exit(2); // exit() would run the host's destructors in the middle of a load
}

/// Major version of the host's LLVM, or 0 when it does not tell.
unsigned hostVersion() {
  using Ask = void (*)(unsigned *, unsigned *, unsigned *);
  if (auto Version = reinterpret_cast<Ask>(dlsym(RTLD_DEFAULT, "LLVMGetVersion"))) {
    unsigned Major = 0, Minor = 0, Patch = 0;
    Version(&Major, &Minor, &Patch);
    return Major;
  }
  // A clang-tidy that has LLVM inside need not export the C interface.
  // clang::getClangFullVersion(): "… clang version 19.1.7 …".
  using Tell = std::string (*)();
  if (auto Version =
          reinterpret_cast<Tell>(dlsym(RTLD_DEFAULT, "_ZN5clang19getClangFullVersionB5cxx11Ev"))) {
    static constexpr char Mark[] = "clang version ";
    const std::string Text = Version();
    if (size_t At = Text.find(Mark); At != std::string::npos)
      return unsigned(std::strtoul(Text.c_str() + At + sizeof Mark - 1, nullptr, 10));
  }
  return 0;
}

__attribute__((constructor)) void loadModule() {
  const unsigned Host = hostVersion();
  if (Host == 0)
    fail("cannot tell which LLVM this program is built with; load the plugin into "
         "clang-tidy " STRINGIFY(HANDRAIL_LLVM_MAJOR));
  if (Host != HANDRAIL_LLVM_MAJOR)
    fail("this plugin is built for clang-tidy " STRINGIFY(HANDRAIL_LLVM_MAJOR) ", not for " +
         std::to_string(Host) + ": load libhandrail_tidy-" + std::to_string(Host) +
         ".so, or build Handrail with -DHANDRAIL_LLVM_VERSION=" + std::to_string(Host));

  Dl_info Self;
  if (!dladdr(reinterpret_cast<void *>(&loadModule), &Self) || !Self.dli_fname)
    fail("cannot find the plugin's own file");
  std::string Path = Self.dli_fname;
  const size_t Slash = Path.rfind('/');
  Path = (Slash == std::string::npos ? "./" : Path.substr(0, Slash + 1)) + HANDRAIL_TIDY_MODULE;
  static void *Module = nullptr; // stays as long as the process
  Module = dlopen(Path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!Module) {
    const char *Why = dlerror();
    fail("cannot load the checks: " + std::string(Why ? Why : Path));
  }
}

} // namespace
