#!/usr/bin/env python3
"""Tests of the bench: its accounting and its verdicts, with processes whose cost is known."""
import argparse
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run

BURN = "import time\nwhile time.process_time() < {0}: pass\n"


class Measure(unittest.TestCase):
    def test_children_count(self):
        child = BURN.format(0.3)
        script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\n"
        cost = run.measure([sys.executable, "-c", script], os.getcwd())
        self.assertGreaterEqual(cost.cpu, 0.3)
        self.assertEqual(cost.failed, 0)

    def test_memory(self):
        small = run.measure([sys.executable, "-c", "pass"], os.getcwd())
        large = run.measure([sys.executable, "-c", "b'x' * (64 << 20)"], os.getcwd())
        self.assertGreater(large.peak, small.peak + (48 << 10))

    def test_together(self):
        child = "b = b'x' * (64 << 20)\nimport time\ntime.sleep(1)"
        script = f"import subprocess, sys\nc = [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in '12']\n[p.wait() for p in c]"
        self.assertGreater(run.together([sys.executable, "-c", script], os.getcwd()), 120 << 10)

    def test_failure(self):
        self.assertEqual(run.measure([sys.executable, "-c", "exit(2)"], os.getcwd(), (0, 1)).failed, 1)
        self.assertEqual(run.measure([sys.executable, "-c", "exit(1)"], os.getcwd(), (0, 1)).failed, 0)


class Database(unittest.TestCase):
    def test_entries(self):
        with tempfile.TemporaryDirectory() as folder:
            database = [
                {"directory": folder, "file": "a.c", "command": "ccache gcc -Iinc -O2 -MD -MF a.d -o a.o -c a.c -DX='a b'"},
                {"directory": folder, "file": "a.c", "command": "gcc -c a.c"},
                {"directory": folder, "file": "b.S", "command": "gcc -c b.S"},
                {"directory": folder, "file": "c.cc", "arguments": ["g++", "-fconserve-stack", "--param", "x=1", "-c", "c.cc"]},
            ]
            Path(folder, "compile_commands.json").write_text(json.dumps(database))
            files = run.read_database(Path(folder))
        self.assertEqual([os.path.basename(f.name) for f in files], ["a.c", "c.cc"])
        self.assertEqual([f.flags for f in files], [["-Iinc", "-O2", "-DX=a b"], []])

    def test_sample(self):
        self.assertEqual(run.sample(list(range(10)), 40), (list(range(10)), 1))
        self.assertEqual(run.sample(list(range(100)), 40), (list(range(0, 100, 3)), 3))


FAKE = """#!{python}
import json, sys, time
files = json.load(open(sys.argv[sys.argv.index("-p") + 1] + "/compile_commands.json"))
lines = sum(len(open(f["file"]).readlines()) for f in files)
while time.process_time() < 0.08 * (lines / 20) ** {power}: pass
"""
COMPILER = """#!{python}
import sys, time
lines = len(open(sys.argv[-1]).readlines())
while time.process_time() < 0.004 * lines: pass
"""


def program(folder, name, text):
    path = Path(folder, name)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


class Growth(unittest.TestCase):
    def grow(self, power):
        with tempfile.TemporaryDirectory() as folder:
            fake = program(folder, "handrail", FAKE.format(python=sys.executable, power=power))
            clang = program(folder, "clang", COMPILER.format(python=sys.executable))
            for n in range(16):
                Path(folder, f"{n}.c").write_text("int x;\n" * 10)
            Path(folder, "compile_commands.json").write_text(
                json.dumps([{"directory": folder, "file": f"{n}.c", "command": f"cc -c {n}.c"} for n in range(16)]))
            options = argparse.Namespace(handrail=fake, clang=clang, option=[], repeats=1)
            return run.growth(Path(folder), options)

    def test_parts(self):
        parts = self.grow(1)
        self.assertEqual([(p["part"], p["files"], p["lines"], p["failed"]) for p in parts],
                         [("1/8", 2, 20, 0), ("1/4", 4, 40, 0), ("1/2", 8, 80, 0), ("1/1", 16, 160, 0)])
        self.assertTrue(run.report_growth("linear", parts))

    def test_square(self):
        self.assertFalse(run.report_growth("square", self.grow(1.5)))


# Parses what its cache does not have, and says how many that were.
CACHING = """#!{python}
import json, os, sys
arg = lambda name: sys.argv[sys.argv.index(name) + 1]
cache = arg("--cache")
os.makedirs(cache, exist_ok=True)
parsed = 0
for f in json.load(open(arg("-p") + "/compile_commands.json")):
    entry = os.path.join(cache, f["file"])
    text = open(os.path.join(f["directory"], f["file"])).read()
    if not os.path.exists(entry) or open(entry).read() != text:
        parsed += 1
        open(entry, "w").write(text)
print("files\\n  parsed          ", parsed, file=sys.stderr)
"""


class Second(unittest.TestCase):
    def test_what_is_parsed(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = program(folder, "handrail", CACHING.format(python=sys.executable))
            tree = Path(folder, "tree")
            tree.mkdir()
            for n in range(3):
                (tree / f"{n}.c").write_text("int x;\n" * 10)
            (tree / "compile_commands.json").write_text(
                json.dumps([{"directory": str(tree), "file": f"{n}.c", "command": f"cc -c {n}.c"} for n in range(3)]))
            rows = run.second(tree, argparse.Namespace(handrail=fake, option=[], tree=None))
            self.assertEqual((tree / "1.c").read_text(), "int x;\n" * 10)
        self.assertEqual([r["parsed"] for r in rows], [3, 0, 0, 1, 1, 0])

    def judge(self, after_change, parsed):
        return run.report_second("x", [{"run": "", "cpu": cpu, "parsed": n, "failed": 0}
                                       for cpu, n in ((10, 3), (0.1, 0), (after_change, 1), (5, parsed))])

    def test_met_and_missed(self):
        self.assertTrue(self.judge(0.5, 0))
        self.assertFalse(self.judge(0.6, 0))
        self.assertFalse(self.judge(0.5, 1))


class Verdict(unittest.TestCase):
    def result(self, handrail, peak):
        return {
            "cpu": {"handrail": [handrail, 99, handrail], "syntax": [10, 10, 10], "analyze": [50]},
            "analyze_scaled": [200],
            "peak": {"handrail": [peak], "syntax": [100], "analyze": [100]},
            "together": 150, "language": "C++", "after_parsing": 1,
        }

    def met(self, *result):
        return [met for *_, met in run.verdict(self.result(*result))]

    def test_met_and_missed(self):
        self.assertEqual(self.met(11, 150), [True, True, True, True])
        self.assertEqual(self.met(12, 150), [False, True, True, True])
        self.assertEqual(self.met(21, 151), [False, True, False, False])
        self.assertEqual(run.verdict(self.result(12, 100))[3][1], 1.5)

    def test_c_has_less(self):
        result = self.result(11, 150) | {"language": "C", "after_parsing": 1.2}
        self.assertEqual([met for *_, met in run.verdict(result)], [False, False, True, True])


if __name__ == "__main__":
    unittest.main()
