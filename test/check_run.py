#!/usr/bin/env python3
"""Runs a program under `handrail run` and compares the report with its source's comments.

    check_run.py --tool=build/dev/bin/handrail SOURCE [OPTION…] -- PROGRAM [ARGUMENT…]

A comment stands on the line of the call that the report is to name:

    fd = open(path, O_RDONLY); // leak: file
    pipe(fds);                 // leak: pipe x2
    close(fd);                 // misuse: double-close

Every leak and misuse needs its comment and every comment its leak or misuse: the lines
without one are the correct twins. All kinds are told unless --kinds says otherwise. Handles that nobody saw being
opened have no line and are always wrong. The program has to end with status 0, or with
that of --status=N.

OPTION is handed to `handrail run`.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

COMMENT = re.compile(r"// (leak|misuse): ([\w-]+)(?: x(\d+))?")


def expected(source):
    result = collections.Counter()
    with open(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            for what, word, count in COMMENT.findall(line):
                result[number, what, word] += int(count or 1)
    return result


def line_of(report, stack, source):
    """The innermost line of the source in a stack; 0 when there is none."""
    for frame in report["stacks"][stack]["frames"] if stack is not None else ():
        if os.path.basename(report["frames"][frame].get("file", "")) == source:
            return report["frames"][frame]["line"]
    return 0


def told(report, source):
    result = collections.Counter()
    for leak in report.get("leaks", ()):
        result[line_of(report, leak.get("opened"), source), "leak", leak["kind"]] += leak["count"]
    for misuse in report.get("misuses", ()):
        stack = next((step["stack"] for step in misuse["steps"] if step["role"] == "here"), None)
        result[line_of(report, stack, source), "misuse", misuse["rule"]] += misuse["count"]
    return result


def main(argv):
    split = argv.index("--")
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--kinds", default="*")
    parser.add_argument("source")
    arguments, options = parser.parse_known_args(argv[:split])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        command = [arguments.tool, "run", f"--kinds={arguments.kinds}", "--format=json", "-o", path, *options, *argv[split:]]
        status = subprocess.run(command, check=False).returncode
        if status != arguments.status:
            print(f"the program ended with status {status}, not {arguments.status}")
            return 1
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    wanted, got = expected(arguments.source), told(report, os.path.basename(arguments.source))
    for (line, what, word), count in sorted((wanted - got).items()):
        print(f"{arguments.source}:{line}: no {what} of {word} (x{count}) was told")
    for (line, what, word), count in sorted((got - wanted).items()):
        print(f"{arguments.source}:{line}: a {what} of {word} (x{count}) was told")
    if wanted != got:
        print(json.dumps(report))
    return int(wanted != got)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
