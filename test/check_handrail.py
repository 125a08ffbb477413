#!/usr/bin/env python3
"""Runs Handrail over a source file and compares with the file's own comments.

    check_handrail.py --tool=build/dev/bin/handrail FILE [OPTION…] [-- FLAG…]
    check_handrail.py --tidy=clang-tidy-19 --plugin=handrail_tidy.so FILE [OPTION…] [-- FLAG…]

A comment stands on the line it speaks of, or names the distance to it:

    fclose(f); // expect: double-close
    fclose(f); // expect: double-close: 'f' is released twice
    // expect@+1: missing-close // expect@+1: unchecked-handle
    f = fopen(name, "r"); // note: acquired here

The text after the check is part of the message. Every finding needs its `expect`
and every `expect` its finding; a `note` needs some note on that line that contains
its text, while notes without such a comment are fine. Two comments are enough for
two findings on one line. `--expect=WORD` reads comments that begin with WORD
instead of `expect`, for files that are run twice with different options.

OPTION is handed to the tool (or to clang-tidy), FLAG to the compiler.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    file: str
    line: int

    def __str__(self):
        return f"{os.path.relpath(self.file)}:{self.line}"


@dataclass(frozen=True, order=True)
class Expectation:
    place: Place
    check: str  # empty for a note
    text: str

    def __str__(self):
        return ": ".join(x for x in (str(self.place), self.check or "note", self.text) if x)


@dataclass(frozen=True, order=True)
class Actual:
    place: Place
    check: str
    message: str

    def __str__(self):
        return f"{self.place}: {self.check or 'note'}: {self.message}"


class BadComment(Exception):
    pass


def parse_comments(file, text, word="expect"):
    """All expectations of a file. A comment that looks like one and is not is an error,
    since a mistyped expectation would otherwise assert nothing."""
    pattern = re.compile(r"(?://|/\*)\s*(" + re.escape(word) + r"|note)(@[+-]\d+)?:\s*")
    result = []
    for number, line in enumerate(text.splitlines(), 1):
        starts = list(pattern.finditer(line))
        for i, start in enumerate(starts):
            end = starts[i + 1].start() if i + 1 < len(starts) else len(line)
            body = line[start.end() : end].split("*/")[0].strip()
            place = Place(file, number + int((start[2] or "@0")[1:]))
            if start[1] == "note":
                result.append(Expectation(place, "", body))
                continue
            check, _, substring = body.partition(":")
            if not re.fullmatch(r"[a-z][a-z0-9-]*", check.strip()):
                raise BadComment(f"{file}:{number}: '{check.strip()}' is not the id of a check")
            result.append(Expectation(place, check.strip(), substring.strip()))
    return result


def compare(expected, findings, notes):
    """What differs, as two lists: expectations not met and findings not expected."""
    unmet, left = [], sorted(findings)
    # The most specific text chooses first, so that a bare id cannot take its finding.
    for e in sorted((e for e in expected if e.check), key=lambda e: (-len(e.text), e)):
        match = next((f for f in left if (f.place, f.check) == (e.place, e.check) and e.text in f.message), None)
        if match:
            left.remove(match)
        else:
            unmet.append(e)
    for e in (e for e in expected if not e.check):
        if not any(n.place == e.place and e.text in n.message for n in notes):
            unmet.append(e)
    return sorted(unmet), left


def place_of(location):
    return Place(os.path.realpath(location["file"]), int(location.get("line", 0)))


def read_report(text):
    """Findings and notes of `handrail check --format=json`."""
    findings, notes = [], []
    for f in json.loads(text)["findings"]:
        check = f["check"].removeprefix("handrail-")
        findings.append(Actual(place_of(f["location"]), check, f["message"]))
        for n in f.get("notes", []):
            notes.append(Actual(place_of(n["location"]), "", n["message"]))
    return findings, notes


def read_tidy(text):
    """Findings and notes of clang-tidy's text. Errors of the front end count as findings."""
    findings, notes = [], []
    for line in text.splitlines():
        m = re.match(r"(.+?):(\d+):\d+: (warning|error|note): (.*?)(?: \[([\w.,-]+)\])?$", line)
        if not m:
            continue
        place = Place(os.path.realpath(m[1]), int(m[2]))
        if m[3] == "note":
            notes.append(Actual(place, "", m[4]))
        else:
            # A warning that two checks share is printed once, with both ids.
            for check in (m[5] or "clang-diagnostic-error").split(","):
                if check != "-warnings-as-errors":
                    findings.append(Actual(place, check.removeprefix("handrail-"), m[4]))
    return findings, notes


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout, done.stderr


def fail(command, *parts):
    print("check_handrail: FAILED", "command: " + shlex.join(command), *parts, sep="\n", file=sys.stderr)
    return 1


def main(argv):
    flags = []
    if "--" in argv:
        at = argv.index("--")
        argv, flags = argv[:at], argv[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", help="handrail")
    parser.add_argument("--tidy", help="clang-tidy")
    parser.add_argument("--plugin", help="the plugin for clang-tidy")
    parser.add_argument("--expect", default="expect", metavar="WORD", help="the word comments begin with")
    options, rest = parser.parse_known_args(argv)
    sources = [os.path.realpath(a) for a in rest if os.path.isfile(a) and not a.startswith("-")]
    if bool(options.tool) == bool(options.tidy) or not sources:
        parser.error("needs a source file and one of --tool and --tidy")

    if options.tool:
        command = [options.tool, "check", "--format=json", *rest, "--", *flags]
        status, out, err = run(command)
        # 0 and 1 say whether there are findings; anything else is a failure of the tool.
        if status not in (0, 1):
            return fail(command, f"exit status {status}", err, out)
        try:
            findings, notes = read_report(out)
        except (ValueError, KeyError, TypeError) as error:
            return fail(command, f"not a report: {error!r}", err, out)
        if status != (1 if findings else 0):
            return fail(command, f"exit status {status} with {len(findings)} findings", err)
    else:
        command = [options.tidy, f"-load={options.plugin}", "--checks=-*,handrail-*", "--quiet", *rest, "--", *flags]
        status, out, err = run(command)
        findings, notes = read_tidy(out)
        if status and not findings:
            return fail(command, f"exit status {status}", err, out)

    files = sorted(set(sources) | {f.place.file for f in findings})
    expected = []
    try:
        for file in files:
            with open(file, encoding="utf-8", errors="replace") as stream:
                expected += parse_comments(file, stream.read(), options.expect)
    except (OSError, BadComment) as error:
        return fail(command, str(error))

    unmet, unexpected = compare(expected, findings, notes)
    if not unmet and not unexpected:
        return 0
    lines = [f"  expected, not found: {e}" for e in unmet] + [f"  found, not expected: {f}" for f in unexpected]
    if any(not e.check for e in unmet):
        lines += ["all notes:"] + [f"  {n}" for n in notes]
    return fail(command, *lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
