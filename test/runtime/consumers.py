#!/usr/bin/env python3
"""Installs the runtime and builds the program of consumer/ in every way that the
documentation names: find_package with both libraries, add_subdirectory, pkg-config,
plain -lhandrail. Runs each; then the reports at exit, what -DHANDRAIL=0 leaves in
object code, and a program of both kinds."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def run(*command, expect=0, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != expect:
        sys.exit(f"{' '.join(map(str, command))}\nexit status {done.returncode}, not {expect}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def expect(condition, what, text=""):
    if not condition:
        sys.exit(f"{what}\n{text}")


def with_cmake(work, name, options, settings):
    build = work / name
    run(options.cmake, "-S", HERE / "consumer", "-B", build, "-G", "Ninja",
        f"-DCMAKE_C_COMPILER={options.cc}", f"-DCMAKE_CXX_COMPILER={options.cxx}", *settings)
    run(options.cmake, "--build", build, "--target", "consumer")
    run(build / "consumer")
    return build / "consumer"


def with_compiler(work, prefix, options):
    lib = next(prefix.glob("lib*/**/libhandrail.a")).parent
    run(options.cc, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{prefix}/include", "-c",
        HERE / "consumer/part.c", "-o", work / "part.o")
    pkg = run("pkg-config", "--cflags", "--libs", "handrail",
              env={**os.environ, "PKG_CONFIG_PATH": str(lib / "pkgconfig")})[0].split()
    for name, flags in (("pkg-config", pkg), ("plain", [f"-I{prefix}/include", f"-L{lib}", "-lhandrail"])):
        run(options.cxx, *FLAGS, HERE / "consumer/main.cpp", work / "part.o", "-o", work / name, *flags, "-pthread")
        run(work / name, env={**os.environ, "LD_LIBRARY_PATH": str(lib)})


def reports(program):
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("HANDRAIL_")}
    expect(run(program, "leak", env=quiet)[1] == "", "a report that nobody asked for")
    asked = {**quiet, "HANDRAIL_REPORT": "1"}
    text = run(program, env=asked)[1]
    expect("open at exit" not in text, "a report of nothing", text)
    expect(re.search(r"1 x double-close of connection, closed at .*main.cpp:\d+ in main", text),
           "the program's mistake is not in the report", text)
    text = run(program, "leak", env=asked)[1]
    expect(re.search(r"1 handle open at exit\n  1 x file descriptor, opened at .*main.cpp:\d+ in main", text),
           "the leak is not in the report", text)
    run(program, "leak", env={**asked, "HANDRAIL_EXITCODE": "23"}, expect=23)
    run(program, env={**asked, "HANDRAIL_EXITCODE": "23"})
    text = run(program, "leak", env={**asked, "HANDRAIL_LEVEL": "2"})[1]
    expect(text.count("\n      ") > 1 and "partial" not in text, "level 2 shows no whole stack", text)
    text = run(program, "leak", env={**asked, "HANDRAIL_LEVEL": "0"})[1]
    expect(text == "", "level 0 tracks", text)


def object_code(work, prefix, options):
    """Nothing of the ledger is called, and no place in the source is kept."""
    seen = {}
    for level in "10":
        out = work / f"level{level}.o"
        run(options.cxx, *FLAGS, f"-DHANDRAIL={level}", f"-I{prefix}/include", "-c", HERE / "consumer/main.cpp", "-o", out)
        undefined = run("nm", "-C", "-u", out)[0]
        seen[level] = re.findall(r"handrail::\S*(?:ledger|intern_site|note|tracking_level|open_record|open_balance)\S*",
                                 undefined)
        # As a string of its own: Clang's names of lambda types have the path in them.
        if b"\0" + str(HERE / "consumer/main.cpp").encode() + b"\0" in out.read_bytes():
            seen[level].append("the name of the source")
    expect(seen["1"], "the probe finds nothing in tracked code either")
    expect(not seen["0"], "left in object code with HANDRAIL=0", "\n".join(seen["0"]))
    run(options.cxx, *FLAGS, "-DHANDRAIL=0", f"-I{prefix}/include", HERE / "consumer/main.cpp", work / "part.o",
        "-o", work / "untracked", next(prefix.glob("lib*/**/libhandrail.a")), "-pthread", "-ldl")
    text = run(work / "untracked", "leak", env={**os.environ, "HANDRAIL_REPORT": "1"})[1]
    expect("open at exit" not in text and "main.cpp" not in text, "an untracked program has a ledger", text)


def mixed_levels(work, prefix, options):
    """Translation units with and without tracking in one program."""
    objects = []
    for level in "10":
        objects.append(work / f"mixed{level}.o")
        run(options.cxx, *FLAGS, f"-DHANDRAIL={level}", f"-I{prefix}/include", "-c", HERE / "consumer/mixed.cpp",
            "-o", objects[-1])
    run(options.cxx, *objects, next(prefix.glob("lib*/**/libhandrail.a")), "-o", work / "mixed", "-pthread", "-ldl")
    run(work / "mixed", env={k: v for k, v in os.environ.items() if not k.startswith("HANDRAIL_")})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "build", "cmake", "cc", "cxx"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        prefix = work / "prefix"
        run(options.cmake, "--install", options.build, "--prefix", prefix, "--component", "runtime")
        found = [f"-DCMAKE_PREFIX_PATH={prefix}"]
        program = with_cmake(work, "static", options, found)
        with_cmake(work, "shared", options, [*found, "-DBUILD_SHARED_LIBS=ON"])
        with_cmake(work, "subdirectory", options, [f"-DHANDRAIL_SOURCE={options.source}", "-DHANDRAIL_WERROR=ON"])
        with_compiler(work, prefix, options)
        reports(program)
        object_code(work, prefix, options)
        mixed_levels(work, prefix, options)
    print("ok")


if __name__ == "__main__":
    main()
