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
while time.process_time() < 0.0005 * lines ** {power}: pass
"""


class Growth(unittest.TestCase):
    def grow(self, power):
        with tempfile.TemporaryDirectory() as folder:
            fake = Path(folder, "handrail")
            fake.write_text(FAKE.format(python=sys.executable, power=power))
            fake.chmod(0o755)
            for n in range(16):
                Path(folder, f"{n}.c").write_text("int x;\n" * 10)
            Path(folder, "compile_commands.json").write_text(
                json.dumps([{"directory": folder, "file": f"{n}.c", "command": f"cc -c {n}.c"} for n in range(16)]))
            options = argparse.Namespace(handrail=str(fake), option=[], repeats=1)
            return run.growth(Path(folder), options)

    def test_parts(self):
        parts = self.grow(1)
        self.assertEqual([(p["part"], p["files"], p["lines"], p["failed"]) for p in parts],
                         [("1/8", 2, 20, 0), ("1/4", 4, 40, 0), ("1/2", 8, 80, 0), ("1/1", 16, 160, 0)])
        self.assertTrue(run.report_growth("linear", parts))

    def test_square(self):
        self.assertFalse(run.report_growth("square", self.grow(1.5)))


class Verdict(unittest.TestCase):
    def result(self, handrail, peak):
        return {
            "cpu": {"handrail": [handrail, 99, handrail], "syntax": [10, 10, 10], "analyze": [50]},
            "analyze_scaled": [200],
            "peak": {"handrail": [peak], "syntax": [100], "analyze": [100]},
            "together": 150,
        }

    def test_met_and_missed(self):
        self.assertEqual([met for *_, met in run.verdict(self.result(12, 200))], [True, True, True])
        self.assertEqual([met for *_, met in run.verdict(self.result(14, 200))], [False, True, True])
        self.assertEqual([met for *_, met in run.verdict(self.result(21, 201))], [False, False, False])
        self.assertEqual(run.verdict(self.result(12, 100))[2][1], 1.5)


if __name__ == "__main__":
    unittest.main()
