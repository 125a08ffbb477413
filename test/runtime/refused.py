#!/usr/bin/env python3
"""Compiles each case of refused/cases.cpp, which must fail and say why. A case without
words must compile."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

include, *compiler = sys.argv[1:]
source = Path(__file__).resolve().parent / "refused" / "cases.cpp"
cases = re.findall(r"CASE == (\d+)\s+// (\w+)(?:: (.+))?$", source.read_text(), re.MULTILINE)
if [int(n) for n, _, _ in cases] != list(range(1, len(cases) + 1)):
    sys.exit("the cases are not numbered one by one")


def compiled(case):
    command = [*compiler, "-std=c++20", "-Wall", "-Werror=unused-result", "-Werror=unused-value", "-fsyntax-only",
               f"-DCASE={case[0]}", f"-I{include}", str(source)]
    return case, subprocess.run(command, capture_output=True, text=True)


failures = 0
with ThreadPoolExecutor(2) as pool:
    for (_, name, words), done in pool.map(compiled, [("0", "nothing", ""), *cases]):
        refused = done.returncode != 0
        if refused != bool(words) or (words and not re.search(words, done.stderr)):
            failures += 1
            print(f"{name}: {'refused' if refused else 'compiles'}\n{done.stderr[:2000]}")
print(len(cases), "cases,", failures, "wrong")
sys.exit(failures != 0)
