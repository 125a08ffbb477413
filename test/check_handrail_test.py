#!/usr/bin/env python3
"""Tests of check_handrail.py: that it fails when it should."""
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_handrail import Actual, BadComment, Expectation, Place, compare, parse_comments, read_tidy

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_handrail.py")


def at(line):
    return Place("a.c", line)


class Comments(unittest.TestCase):
    def test_forms(self):
        text = (
            "f(); // expect: double-close\n"
            "g(); // expect: missing-close: 'p' is never released // expect: unchecked-handle\n"
            "// expect@-1: double-close: twice\n"
            "h(); /* expect@+2: raw-handle */ // note: acquired here\n"
            "// an ordinary comment: expect nothing\n"
        )
        self.assertEqual(
            parse_comments("a.c", text),
            [
                Expectation(at(1), "double-close", ""),
                Expectation(at(2), "missing-close", "'p' is never released"),
                Expectation(at(2), "unchecked-handle", ""),
                Expectation(at(2), "double-close", "twice"),
                Expectation(at(6), "raw-handle", ""),
                Expectation(at(4), "", "acquired here"),
            ],
        )

    def test_other_word(self):
        self.assertEqual(parse_comments("a.c", "// expect: a // strict: b", "strict"), [Expectation(at(1), "b", "")])

    def test_mistyped_id_is_an_error(self):
        with self.assertRaises(BadComment):
            parse_comments("a.c", "f(); // expect: Double Close\n")


class Compare(unittest.TestCase):
    FINDING = Actual(at(3), "double-close", "'f' is released twice")
    NOTE = Actual(at(1), "", "acquired here")

    def check(self, expected, findings, unmet, unexpected):
        self.assertEqual(compare(expected, findings, [self.NOTE]), (unmet, unexpected))

    def test_match(self):
        self.check([Expectation(at(3), "double-close", "twice")], [self.FINDING], [], [])

    def test_unexpected_finding(self):
        self.check([], [self.FINDING], [], [self.FINDING])

    def test_wrong_line_check_or_text(self):
        for e in (
            Expectation(at(4), "double-close", ""),
            Expectation(at(3), "missing-close", ""),
            Expectation(at(3), "double-close", "thrice"),
        ):
            self.check([e], [self.FINDING], [e], [self.FINDING])

    def test_one_comment_does_not_cover_two_findings(self):
        self.check([Expectation(at(3), "double-close", "")], [self.FINDING] * 2, [], [self.FINDING])

    def test_specific_text_chooses_first(self):
        other = Actual(at(3), "double-close", "'e' is released twice")
        expected = [Expectation(at(3), "double-close", ""), Expectation(at(3), "double-close", "'e'")]
        self.check(expected, [self.FINDING, other], [], [])

    def test_notes(self):
        good, bad = Expectation(at(1), "", "acquired"), Expectation(at(2), "", "acquired")
        self.check([good, bad], [], [bad], [])


class TidyText(unittest.TestCase):
    def test_lines(self):
        findings, notes = read_tidy(
            "/x/a.c:3:1: warning: 'f' is released twice [handrail-double-close]\n"
            "    3 | fclose(f);\n"
            "/x/a.c:1:5: note: acquired here\n"
            "/x/a.c:9:5: error: unknown type [clang-diagnostic-error]\n"
        )
        self.assertEqual([(f.place.line, f.check) for f in findings], [(3, "double-close"), (9, "clang-diagnostic-error")])
        self.assertEqual([(n.place.line, n.message) for n in notes], [(1, "acquired here")])


class WholeRun(unittest.TestCase):
    """Against a stand-in for the tool that prints a given report."""

    def run_checker(self, source, findings, status):
        with tempfile.TemporaryDirectory() as folder:
            file, tool = os.path.join(folder, "a.c"), os.path.join(folder, "tool")
            with open(file, "w") as out:
                out.write(source)
            report = {
                "findings": [
                    {"check": c, "message": m, "location": {"file": file, "line": l, "column": 1}} for l, c, m in findings
                ]
            }
            with open(tool, "w") as out:
                out.write(f"#!{sys.executable}\nimport sys\nprint({json.dumps(report)!r})\nsys.exit({status})\n")
            os.chmod(tool, stat.S_IRWXU)
            done = subprocess.run([sys.executable, CHECKER, f"--tool={tool}", file], capture_output=True, text=True)
            return done.returncode, done.stderr

    def test_pass(self):
        self.assertEqual(self.run_checker("f(); // expect: double-close\n", [(1, "double-close", "m")], 1)[0], 0)

    def test_clean_pass(self):
        self.assertEqual(self.run_checker("f();\n", [], 0)[0], 0)

    def test_unmet(self):
        status, err = self.run_checker("f(); // expect: double-close\n", [], 0)
        self.assertEqual(status, 1)
        self.assertIn("expected, not found", err)

    def test_unexpected(self):
        status, err = self.run_checker("f();\n", [(1, "double-close", "m")], 1)
        self.assertEqual(status, 1)
        self.assertIn("found, not expected", err)

    def test_exit_status_must_fit(self):
        self.assertEqual(self.run_checker("f(); // expect: double-close\n", [(1, "double-close", "m")], 0)[0], 1)
        self.assertEqual(self.run_checker("f();\n", [], 1)[0], 1)
        self.assertEqual(self.run_checker("f();\n", [], 2)[0], 1)


if __name__ == "__main__":
    unittest.main()
