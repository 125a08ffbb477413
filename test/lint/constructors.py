#!/usr/bin/env python3
"""Nothing in lib/ runs before main: the libraries have no static constructors."""
import shutil
import subprocess
import sys

import _lint


def problems(source, build):
    nm = shutil.which("llvm-nm-19") or shutil.which("nm")
    libraries = sorted((build / "lib").glob("libhandrail_*.a"))
    if not nm or not libraries:
        raise _lint.Skip("no built libraries, or no nm")
    for library in libraries:
        if library.name == "libhandrail_checks.a":
            continue
        done = subprocess.run([nm, "-A", "--defined-only", library], capture_output=True, text=True)
        for line in done.stdout.splitlines():
            if "_GLOBAL__sub_I_" in line or "__cxx_global_var_init" in line:
                yield f"{line.split()[-1]} in {line.split(' ')[0]}"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
