#!/usr/bin/env python3
"""Every row of the runtime's requirements has a test with its id in the name."""
import re
import subprocess
import sys

ROWS = {"D": 13, "E": 12, "A": 13, "G": 7, "K": 14}
listed = "".join(subprocess.run([program, "--gtest_list_tests"], check=True, capture_output=True, text=True).stdout
                 for program in sys.argv[1:])
found = set(re.findall(r"^  ([DEAGK]\d+)_", listed, re.MULTILINE))
missing = [f"{row}{n}" for row, count in ROWS.items() for n in range(1, count + 1) if f"{row}{n}" not in found]
sys.exit("no test for " + ", ".join(missing) if missing else 0)
