#!/usr/bin/env python3
"""How many planted bugs are found: releases removed or doubled in real projects.

    test/bench/mutation/run.py --handrail build/release/bin/handrail [--sample 40] BUILD_FOLDER…

BUILD_FOLDER holds a compile_commands.json. From all its files the script samples calls
that stand on a line of their own and release a handle (`close(fd);`), in functions
without a finding. Each is planted twice, in a copy beside the file: without the call,
which leaks, and with the call doubled. A mutant counts as found when the copy has a
finding that the unchanged copy has not. Mutants whose Handle IR is the same as before
(code that the configuration leaves out) are not counted.

The sample depends on --seed and the sources alone. Some mutants are no bugs (a close
just before the process ends, a lock that is never contended), so 100 % is not to be had.
Exit status 1 when less than --target is found, 2 when nothing could be measured.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

RELEASES = ("close", "fclose", "pclose", "closedir", "closesocket", "freeaddrinfo", "munmap", "dlclose",
            "pthread_mutex_unlock", "pthread_rwlock_unlock", "regfree", "globfree", "endmntent", "sem_close")
CALL = re.compile(r"^[ \t]*((?:%s)\s*\([^;{}\"']*\)\s*;)[ \t]*$" % "|".join(RELEASES), re.M)
KINDS = ("removed", "doubled")


def planted(text, call, kind):
    """The text with one bug; lines keep their numbers."""
    replacement = "{}" if kind == "removed" else f"{{ {call.group(1)} {call.group(1)} }}"
    return text[:call.start(1)] + replacement + text[call.end(1):]


class Mutants:
    """Runs Handrail over copies of the files of one project."""

    def __init__(self, handrail, build):
        self.handrail = handrail
        self.entries = {}
        for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
            file = Path(entry["directory"], entry["file"]).resolve()
            if file.suffix in (".c", ".cc", ".cpp", ".cxx"):
                self.entries.setdefault(str(file), entry)

    def sites(self):
        """(file, line) of every candidate, sorted."""
        for file in sorted(self.entries):
            try:
                text = Path(file).read_text()
            except (OSError, UnicodeDecodeError):
                continue
            for call in CALL.finditer(text):
                yield file, call

    def run(self, file, text, *command):
        """Runs a command of Handrail over a copy of `file` with other content."""
        entry = dict(self.entries[file])
        original = Path(file)
        copy = original.with_name(f".mutant-{os.getpid()}{original.suffix}")
        names = {entry["file"], file, os.path.relpath(file, entry["directory"])}
        if "arguments" in entry:
            entry["arguments"] = [str(copy) if word in names else word for word in entry["arguments"]]
        else:
            for name in sorted(names, key=len, reverse=True):
                entry["command"] = re.sub(rf"(?<=\s){re.escape(name)}(?=\s|$)", str(copy), entry["command"])
        entry["file"] = str(copy)
        try:
            copy.write_text(text)
            with tempfile.TemporaryDirectory() as database:
                Path(database, "compile_commands.json").write_text(json.dumps([entry]))
                done = subprocess.run([self.handrail, *command, "-p", database, str(copy)],
                                      capture_output=True, timeout=120)
        finally:
            copy.unlink(missing_ok=True)
        return done.stdout.decode(errors="replace")

    def findings(self, file, text):
        """(check, function, line) of every finding, or None when the file could not be analysed."""
        try:
            report = json.loads(self.run(file, text, "check", "--quiet", "--format=json"))
        except (ValueError, subprocess.TimeoutExpired):
            return None
        return {(f["check"], f.get("function"), f["location"]["line"]) for f in report["findings"]}

    def code(self, file, text):
        """The unit's operations without source locations."""
        try:
            dump = self.run(file, text, "ir", "dump")
        except subprocess.TimeoutExpired:
            return None
        return Counter(re.sub(r"\s*!\S+$", "", line) for line in dump.splitlines())


def measure(project, sample, seed):
    """(kind, found, place) of each mutant that is other code."""
    sites = list(project.sites())
    random.Random(seed).shuffle(sites)
    before = {}
    taken = 0
    for file, call in sites:
        if taken == sample:
            break
        text = call.string
        if file not in before:
            before[file] = project.findings(file, text)
        if before[file] is None:
            continue
        line = text.count("\n", 0, call.start(1)) + 1
        results = []
        for kind in KINDS:
            mutant = planted(text, call, kind)
            after = project.findings(file, mutant)
            if after is None:
                continue
            new = after - before[file]
            if not new and project.code(file, mutant) == project.code(file, text):
                break  # the configuration leaves this code out
            results.append((kind, bool(new), f"{file}:{line}: {call.group(1)}"))
        taken += bool(results)
        yield from results


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--handrail", required=True)
    parser.add_argument("--sample", type=int, default=40, help="calls per project")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", type=float, default=0.6)
    parser.add_argument("--verbose", action="store_true", help="print the mutants that are not found")
    parser.add_argument("builds", nargs="+", metavar="BUILD_FOLDER")
    args = parser.parse_args()
    total = Counter()
    print(f"{'project':24} {'removed':>12} {'doubled':>12}")
    for build in args.builds:
        counts = Counter()
        for kind, found, place in measure(Mutants(os.path.abspath(args.handrail), build), args.sample, args.seed):
            counts[kind, found] += 1
            if args.verbose and not found:
                print(f"  not found, {kind}: {place}", file=sys.stderr)
        cells = [f"{counts[kind, True]}/{counts[kind, True] + counts[kind, False]}" for kind in KINDS]
        print(f"{Path(build).resolve().name:24} {cells[0]:>12} {cells[1]:>12}", flush=True)
        total += counts
    mutants = sum(total.values())
    if not mutants:
        print("nothing to measure", file=sys.stderr)
        return 2
    found = total["removed", True] + total["doubled", True]
    print(f"found {found} of {mutants} = {found / mutants:.0%}, target {args.target:.0%}")
    return 0 if found / mutants >= args.target else 1


if __name__ == "__main__":
    sys.exit(main())
