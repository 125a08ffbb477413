#include "tool/BuildSystems.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

namespace handrail::tool {

namespace fs = llvm::sys::fs;
using llvm::StringRef;

namespace {

/// One of Files tells the build system; a leading * stands for any name.
struct Row {
  StringRef Name;
  std::vector<StringRef> Files;
  std::vector<StringRef> Commands;
};

/// Those that write the file themselves come first, `bear` is for all others.
const std::vector<Row> &table() {
  static const std::vector<Row> Rows = {
      {"CMake",
       {"CMakeLists.txt"},
       {"cmake -S . -B build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
        "cmake --build build  # so that generated headers are there"}},
      {"Meson",
       {"meson.build"},
       {"meson setup build  # writes it in any case", "ninja -C build  # generated headers"}},
      {"Bazel",
       {"MODULE.bazel", "WORKSPACE.bazel", "WORKSPACE"},
       {"# add hedron_compile_commands to it, as its page says:",
        "# github.com/hedronvision/bazel-compile-commands-extractor",
        "bazel run @hedron_compile_commands//:refresh_all"}},
      {"xmake", {"xmake.lua"}, {"xmake project -k compile_commands"}},
      {"SCons",
       {"SConstruct"},
       {"# in SConstruct: env.Tool('compilation_db'); env.CompilationDatabase()", "scons"}},
      {"waf",
       {"wscript"},
       {"# in configure() of wscript: conf.load('clang_compilation_database')",
        "./waf configure build"}},
      {"the Linux kernel's make",
       {"Kbuild"},
       {"make", "scripts/clang-tools/gen_compile_commands.py"}},
      {"Ninja", {"build.ninja"}, {"ninja -t compdb > compile_commands.json"}},
      {"autotools, configured", {"config.status"}, {"make clean", "bear -- make"}},
      {"autotools", {"configure"}, {"./configure", "bear -- make"}},
      {"autotools",
       {"configure.ac", "configure.in"},
       {"autoreconf -i", "./configure", "bear -- make"}},
      {"qmake", {"*.pro"}, {"qmake", "bear -- make"}},
      {"make",
       {"Makefile", "GNUmakefile", "makefile"},
       {"make clean  # bear sees only what is compiled", "bear -- make"}},
      {"Python's setuptools", {"setup.py"}, {"bear -- python3 setup.py build_ext --force"}},
  };
  return Rows;
}

} // namespace

std::vector<DatabaseAdvice> adviseDatabase(StringRef Root) {
  std::set<std::string, std::less<>> Names;
  std::error_code Error;
  for (fs::directory_iterator I(Root, Error), End; I != End && !Error; I.increment(Error))
    Names.insert(llvm::sys::path::filename(I->path()).str());
  auto Found = [&](StringRef Pattern) -> StringRef {
    for (const std::string &Name : Names)
      if (Pattern == Name ||
          (Pattern.front() == '*' && StringRef(Name).ends_with(Pattern.drop_front())))
        return Name;
    return "";
  };
  std::vector<DatabaseAdvice> Result;
  bool UsesBear = false;
  for (const Row &R : table())
    for (StringRef File : R.Files)
      if (StringRef Name = Found(File); !Name.empty()) {
        // A configure script makes the Makefile beside it: one way to run bear is enough.
        bool Bear = R.Commands.back().starts_with("bear");
        if (Bear && UsesBear)
          break;
        UsesBear |= Bear;
        Result.push_back({(R.Name + " (" + Name + ")").str(), {}});
        for (StringRef Line : R.Commands)
          Result.back().Commands.push_back(Line.str());
        break;
      }
  return Result;
}

} // namespace handrail::tool
