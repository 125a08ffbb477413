#!/usr/bin/env python3
"""Every header compiles alone. A source that includes its own header first proves that
each time it is built; the others, and those built with a precompiled header, are
compiled here with the flags of their folder."""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

import _lint

FOLDERS = ("lib", "checks", "tool")
C_TOO = ("annotations.h", "config.h", "handrail.h")  # of the runtime's headers


def compile_commands(source, build):
    """Of every built source, as path relative to the tree: its command as words."""
    database = build / "compile_commands.json"
    if not database.exists():
        raise _lint.Skip(f"no {database}")
    result = {}
    for entry in json.loads(_lint.read(database)):
        words = shlex.split(entry["command"]) if "command" in entry else entry["arguments"]
        result[os.path.relpath(entry["file"], source)] = words
    return result


def precompiled(words):
    return any("pch" in w for w in words)


def flags(words):
    """A command without what makes it the command of one source: launcher, object,
    source and precompiled header."""
    words = [w for w in words if os.path.basename(w) not in ("ccache", "sccache", "distcc")]
    keep, i = [words[0]], 1
    while i < len(words):
        if words[i] in ("-o", "-c", "-include", "-MF", "-MT", "-MQ"):
            i += 2
        elif words[i] == "-Xclang" and words[i + 1] in ("-include-pch", "-include"):
            i += 4
        else:
            keep.append(words[i])
            i += 1
    return [w for w in keep if not w.endswith((".cpp", ".c", ".pch", ".gch"))]


def proven(source, header, commands):
    """Whether a source that is built without a precompiled header includes it first."""
    own = header.with_suffix(".cpp")
    if str(own) not in commands or precompiled(commands[str(own)]):
        return False
    first = re.search(r'^#\s*include\s*["<]([^">]+)', _lint.read(source / own), re.M)
    return bool(first) and first[1] == str(header)


def check(source, command):
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def problems(source, build):
    commands = compile_commands(source, build)
    folders = {os.path.dirname(file): flags(words) for file, words in commands.items()}
    jobs = {}
    for header in _lint.files(source, FOLDERS, (".h",)):
        if str(header.parent) not in folders:
            yield f"{header}: no source of this folder is built, so nothing is known about its flags"
        elif not proven(source, header, commands):
            jobs[header] = [*folders[str(header.parent)], "-fsyntax-only", "-Wno-pragma-once-outside-header", "-x", "c++",
                            str(header)]
    for header in _lint.files(source, ["runtime/include"], (".h",)):
        for language in (["-xc"], ["-xc++"]) if header.name in C_TOO else (["-xc++", "-std=c++20"],):
            jobs[header, language[0]] = ["clang-19", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *language, "-I",
                                         "runtime/include", str(header)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, error in zip(jobs, pool.map(lambda c: check(source, c), jobs.values())):
            if error:
                yield f"{header}: does not compile alone\n{error}"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
