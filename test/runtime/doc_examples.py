#!/usr/bin/env python3
"""Compiles and runs every C++ example of docs/runtime.md: each block is a program, or
declarations to which an empty main is added."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

document, include, library, *compiler = sys.argv[1:]
blocks = re.findall(r"^```cpp\n(.*?)^```", Path(document).read_text(), re.MULTILINE | re.DOTALL)
if len(blocks) < 4:
    sys.exit("the examples are not where they were")
with tempfile.TemporaryDirectory() as folder:
    for n, block in enumerate(blocks):
        source = Path(folder) / f"example{n}.cpp"
        program = source.with_suffix("")
        source.write_text(block if "int main(" in block else block + "int main() {}\n")
        for command in ([*compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{include}", str(source), library,
                         "-o", str(program), "-pthread", "-ldl"], [str(program)]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"example {n + 1}:\n{block}\n{done.stdout}{done.stderr}")
print(len(blocks), "examples")
