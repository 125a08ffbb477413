#!/usr/bin/env python3
"""Text files end in one newline and have no trailing blanks, tabs or CRs; C++ files
say in line one what they are for, headers have a guard, and no file has grown past
600 lines; scripts parse."""
import re
import subprocess
import sys

import _lint

SUFFIXES = (".h", ".c", ".cpp", ".def", ".py", ".md", ".txt", ".json", ".cmake", ".in", ".hir", ".test", ".supp", "")
LIMIT = 600
LONG = {  # file: why it may be longer
}


def opening(source, file, text):
    """A header opens with LLVM's line and has a guard; a source without a header of its
    own opens with a comment that says what it is for."""
    first = text.split("\n", 1)[0]
    if file.suffix == ".cpp":
        if not first.startswith("//") and not (source / file.with_suffix(".h")).exists():
            yield f"{file}:1: opens without a comment that says what the file is for"
        return
    if f"===- {file.name} -" not in first:
        yield f"{file}:1: the first line should read //===- {file.name} - what it is for ---*- C++ -*-===//"
    precompiled = file.name == "Precompiled.h"  # nobody includes it, and Clang warns of the pragma there
    if file.suffix == ".h" and not precompiled and "#pragma once" not in text:
        yield f"{file}: no #pragma once"


def problems(source, build):
    for file in _lint.files(source, suffixes=SUFFIXES):
        try:
            text = _lint.read(source / file)
        except UnicodeDecodeError:
            continue  # a binary input of a test
        if "Inputs" not in file.parts and file.name != "LICENSE":
            if text and not text.endswith("\n") or text.endswith("\n\n"):
                yield f"{file}: does not end in exactly one newline"
            for number, line in enumerate(text.split("\n"), 1):
                if line != line.rstrip():
                    yield f"{file}:{number}: trailing blanks"
                if "\t" in line and file.suffix != ".test":  # a report of a line with a tab is a test
                    yield f"{file}:{number}: tab"
        lines = text.count("\n")
        if file.suffix in (".h", ".c", ".cpp", ".py") and lines > LIMIT and str(file) not in LONG:
            yield f"{file}: {lines} lines; look for the second subject in it"
        if file.parts[0] in ("lib", "checks", "tool") and file.suffix in (".h", ".cpp", ".def"):
            yield from opening(source, file, text)
        if text.startswith("#!/bin/bash"):
            done = subprocess.run(["bash", "-n", source / file], capture_output=True, text=True)
            if done.returncode:
                yield f"{file}: {done.stderr.strip()}"
        if file.suffix == ".py":
            try:
                compile(text, str(file), "exec")
            except SyntaxError as error:
                yield f"{file}:{error.lineno}: {error.msg}"
    for file in LONG:
        if not (source / file).exists() or _lint.read(source / file).count("\n") <= LIMIT:
            yield f"{file}: need not be in the list of long files"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
