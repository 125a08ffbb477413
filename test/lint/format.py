#!/usr/bin/env python3
"""C++ is formatted by the repository's .clang-format. Lit tests are not: there a
comment's line is what the test is about."""
import shutil
import subprocess
import sys

import _lint

FOLDERS = ("lib", "checks", "tool", "runtime", "test/unit", "test/runtime/unit", "test/Inputs")


def problems(source, build):
    tool = shutil.which("clang-format-19")
    if not tool:
        raise _lint.Skip("clang-format-19 is not installed")
    files = [str(f) for f in _lint.files(source, FOLDERS, (".h", ".c", ".cpp"))]
    # One process for all would use one core and print nothing for a minute.
    for i in range(0, len(files), 50):
        done = subprocess.run(
            [tool, "--style=file", "--dry-run", "-Werror", *files[i : i + 50]],
            cwd=source, capture_output=True, text=True,
        )
        for line in done.stderr.splitlines():
            if "-Wclang-format-violations" in line:
                yield line


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
