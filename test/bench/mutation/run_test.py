#!/usr/bin/env python3
"""Tests run.py with a stand-in for Handrail that reports every `{}` as a leak, and to
which line 3 is code that the configuration leaves out."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent

STAND_IN = """#!/usr/bin/env python3
import json, sys
lines = open(sys.argv[-1]).read().splitlines()
lines[2:3] = [""]
if sys.argv[1] == "ir":
    print("\\n".join(lines))
else:
    print(json.dumps({"findings": [{"check": "missing-close", "function": "f", "location": {"line": n}}
                                   for n, line in enumerate(lines, 1) if line.strip() == "{}"]}))
"""

SOURCE = """int f(int fd) {
  close(fd);
  close(off);
  if (fd) close(fd); /* not on a line of its own */
}
"""


class MutationTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = Path(self.folder.name)
        (root / "a.c").write_text(SOURCE)
        (root / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(root), "file": "a.c", "command": "cc -c a.c"}]))
        self.handrail = root / "handrail"
        self.handrail.write_text(STAND_IN)
        self.handrail.chmod(0o755)

    def run_script(self, *options):
        return subprocess.run([sys.executable, HERE / "run.py", "--handrail", self.handrail, *options, self.folder.name],
                              capture_output=True, text=True)

    def test_counts_what_is_found(self):
        done = self.run_script("--target=0.5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1/1          0/1", done.stdout)
        self.assertIn("found 1 of 2 = 50%", done.stdout)

    def test_missed_target(self):
        self.assertEqual(self.run_script("--target=0.6").returncode, 1)

    def test_names_what_is_not_found(self):
        self.assertRegex(self.run_script("--verbose").stderr, r"not found, doubled: .*a\.c:2: close\(fd\);")

    def test_leaves_the_sources_alone(self):
        self.run_script()
        self.assertEqual((Path(self.folder.name) / "a.c").read_text(), SOURCE)
        self.assertEqual([p.name for p in Path(self.folder.name).glob(".mutant*")], [])

    def test_nothing_to_measure(self):
        (Path(self.folder.name) / "a.c").write_text("int f(void) { return 0; }\n")
        self.assertEqual(self.run_script().returncode, 2)


if __name__ == "__main__":
    unittest.main()
