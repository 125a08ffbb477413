# Settings of the lit tests; the paths come from lit.site.cfg.py of the build.
#
#   lit -v build/dev/test --filter double-close
#
# Substitutions:
#   %handrail         the tool
#   %check_handrail   runs the tool on a file and compares with the file's comments
#   %preload          the library that is put before programs
#   %check_run        runs a program under the tool and compares with its source's comments
#   %check_tidy       the same through clang-tidy and the plugin
#   %clang_tidy       clang-tidy with the plugin loaded;  %plugin  the plugin;  %tidy  clang-tidy
#   %run_clang_tidy, %clang_tidy_diff  the scripts that come with it
#   %clang            the compiler of the LLVM in use;    %python  this Python
#   %validate_sarif   says whether SARIF files are valid (feature sarif-validator)
#   %wrap             what a compiler links the hooks into a static program with
#   %inputs           test/Inputs;
#   %runtime_include  the runtime's headers;  %runtime_library  the runtime
# FileCheck, not and split-file are on the PATH. Where clang-tidy cannot load the
# plugin (sanitizer builds), %check_tidy does nothing and feature tidy-plugin is off.
import glob
import os
import platform
import shutil
import subprocess
import sys


import lit.formats

config.name = "handrail"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".c", ".cpp", ".hir", ".test"]
config.excludes = ["Inputs", "unit", "consumer", "ffi", "bench", "lint", "examples", "refused", "listeners", "reports", "sarif", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))

bindir = os.path.join(config.llvm_prefix, "bin")
path = [bindir, os.path.dirname(config.handrail_tool), config.environment.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["LC_ALL"] = "C"
config.environment["TERM"] = "dumb"
for setting in config.sanitizer_options:
    name, value = setting.split("=", 1)
    config.environment[name] = value

python = sys.executable
tool = config.handrail_tool
# All checks use one cache, and are killed before they are run: test/bench/cache/kill.py.
if cache := lit_config.params.get("cache"):
    config.environment["HANDRAIL_CACHE"] = os.path.abspath(cache)
    config.environment["HANDRAIL_KILL_CACHE"] = os.path.abspath(cache)
    config.environment["HANDRAIL_KILL_TOOL"] = tool
    tool = os.path.join(config.test_source_root, "bench", "cache", "kill.py")
checker = f"{python} {config.test_source_root}/check_handrail.py"
tidy = f"{bindir}/clang-tidy"
have_plugin = bool(config.handrail_plugin) and os.path.exists(tidy)

config.available_features.add(f"llvm-{config.llvm_major}")
config.available_features.add("system-linux" if sys.platform.startswith("linux") else "system-other")
if have_plugin:
    config.available_features.add("tidy-plugin")
if platform.machine() == "x86_64":
    config.available_features.add("x86")
if config.sanitizers:
    config.available_features.add("sanitizer")
try:  # a chroot may lack /dev/pts
    for descriptor in os.openpty():
        os.close(descriptor)
    config.available_features.add("pty")
except OSError:
    pass
# The compiler's own sanitizers: a package of its own.
runtimes = glob.glob(os.path.join(config.llvm_prefix, "lib", "clang", "*", "lib", "**", "libclang_rt.asan*.a"), recursive=True)
if runtimes:
    config.available_features.add("sanitizer-runtimes")
# A file system of a size of its own, in a name space of its own.
if shutil.which("unshare") and not subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
    config.available_features.add("tmpfs")
for program in ("dpkg", "g++", "gcc", "git", "make", "ninja"):
    if shutil.which(program):
        config.available_features.add(program)
if shutil.which("chromium") and shutil.which("chromedriver"):
    config.available_features.add("browser")

# What validates SARIF is installed from npm's registry, once for each build directory.
if sys.platform.startswith("linux") and platform.machine() == "x86_64" and shutil.which("npm"):
    config.available_features.add("sarif-validator")

# Longer names first: lit replaces them in this order.
config.substitutions += [
    (r"%check_handrail\b", f"{checker} --tool={tool}"),
    (r"%check_run\b", f"{python} {config.test_source_root}/check_run.py --tool={tool}"),
    (r"%check_tidy\b", f"{checker} --tidy={tidy} --plugin={config.handrail_plugin}" if have_plugin else "true"),
    (r"%clang_tidy\b", f"{tidy} -load={config.handrail_plugin}"),
    (r"%tidy\b", tidy),
    (r"%run_clang_tidy\b", os.path.join(bindir, "run-clang-tidy")),
    (r"%clang_tidy_diff\b", os.path.join(config.llvm_prefix, "share", "clang", "clang-tidy-diff.py")),
    (r"%clang\+\+", os.path.join(bindir, "clang++")),
    (r"%clang\b", os.path.join(bindir, "clang")),
    (r"%validate_sarif\b", f"{python} {config.test_source_root}/sarif/validate.py --cache={config.test_exec_root}/sarif-validator"),
    (r"%handrail\b", tool),
    (r"%preload\b", os.path.join(os.path.dirname(os.path.dirname(config.handrail_tool)), "lib", "libhandrail_preload.so")),
    (r"%plugin\b", config.handrail_plugin),
    (r"%python\b", python),
    (r"%runtime_library\b", os.path.join(config.handrail_build, "lib", "libhandrail.a")),
    (r"%runtime_include\b", os.path.join(config.handrail_source, "runtime", "include")),
    (r"%wrap\b", f"@{config.handrail_build}/runtime/build/handrail_wrap.opts"),
    (r"%build\b", config.handrail_build),
    (r"%source\b", config.handrail_source),
    (r"%inputs\b", os.path.join(config.test_source_root, "Inputs")),
]
