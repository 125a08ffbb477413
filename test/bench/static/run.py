#!/usr/bin/env python3
"""What analysing a project costs, beside what compiling it costs.

    test/bench/static/run.py --handrail build/release/bin/handrail BUILD_FOLDER…

BUILD_FOLDER holds a compile_commands.json. In turn, and again for every repeat, so
that a machine that slows down slows all of them:

  handrail   one `handrail check -j1` over the whole project
  syntax     one `clang -fsyntax-only -w` process per file, the floor for any analyser
  analyze    one `clang --analyze` process per file (every n-th file of a large project,
             and then scaled by what those files cost in `syntax`; the table says so)

CPU is user plus system time of a process and everything it started, as the kernel
counts it. Memory is the largest resident set of any single process (the kernel never
shows less than this script's own, some 20 MiB, which is below any clang). Handrail
consists of several processes, so one more run of it, which is not timed, adds up what
they hold at the same moment, shared pages counted once. Medians over the repeats are
printed with their spread and compared with the targets. Exit status 1 when a target is
missed, 2 when something could not be measured.

Two more runs, `capture` and `analyze` of the same, tell how much of Handrail's time goes
into what comes after parsing: reading units, linking, solving, checks.

With --growth, Handrail runs over an eighth, a quarter, a half and all of the project's
files, spread evenly, with the options given. What a line costs must not grow with the
number of lines. Lines of some files cost the compiler more than others (their headers):
so the costs are compared in units of what `syntax` takes for the same files.

With --second, what a run costs that follows another one with the same --cache: after
touching a source file, after adding a function to it, and with other models. That is
done to a copy of the folder with --tree, or else of the one with all source files.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MAX_OVER_SYNTAX = {"C": 1.0, "C++": 1.15}
MAX_OVER_ANALYZE = 0.1
MAX_PEAK_OVER_SYNTAX = 1.5
MAX_SOLVE = 0.1  # of the whole, for what comes after parsing
MAX_GROWTH = 1.1  # from an eighth of a project to all of it; a tenth for noise
MAX_SECOND = 0.05  # of the first run, after a file was changed

QUIET = ["-w", "-Qunused-arguments"]
# Flags of GCC that Clang does not have; `-w` silences what is merely ignored.
GCC_ONLY = ("-fconserve-stack", "-fno-var-tracking", "-fvar-tracking", "-fno-ipa",
            "-fno-tree-loop", "-fno-allow-store-data-races", "-mindirect-branch", "-fno-code-hoisting", "--param",
            "-fno-toplevel-reorder", "-fplugin", "-fno-reorder", "-fdump-", "-fno-gcse", "-fipa-", "-Wl,")
# What only matters to an output file; the number of words to drop.
OUTPUT = {"-o": 2, "-c": 1, "-S": 1, "-MD": 1, "-MMD": 1, "-MP": 1, "-MF": 2, "-MT": 2, "-MQ": 2, "-MG": 1, "-M": 1, "-MM": 1}


@dataclass
class Cost:
    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0  # KiB
    failed: int = 0  # processes that exited with an error

    def add(self, other):
        self.cpu += other.cpu
        self.wall += other.wall
        self.peak = max(self.peak, other.peak)
        self.failed += other.failed


def measure(command, directory, fine=(0,)):
    """Runs to the end. wait4's figures cover the process and every descendant it waited for."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss,
                0 if process.returncode in fine else 1)


def descendants(pid):
    """The process and all below it that are alive now."""
    result = [pid]
    for parent in result:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                result += map(int, children.read_text().split())
            except OSError:
                pass  # gone in the meantime
    return result


def proportional_size(pid):
    """KiB that the process holds, a page that n processes share as 1/n."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def together(command, directory, interval=0.01):
    """The most, in KiB, that the process and its descendants were seen to hold at once."""
    process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum(proportional_size(p) for p in descendants(process.pid)))
        time.sleep(interval)
    return most


@dataclass
class File:
    name: str
    directory: str
    flags: list  # without compiler, output options and the file itself


def read_database(folder):
    """One entry per file, the first when there are several."""
    files, seen = [], set()
    for entry in json.loads((folder / "compile_commands.json").read_text()):
        name = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        if name in seen or not name.endswith((".c", ".cc", ".cpp", ".cxx", ".C")):
            continue
        seen.add(name)
        words = entry["arguments"] if "arguments" in entry else shlex.split(entry["command"])
        files.append(File(name, entry["directory"], clang_flags(words, entry)))
    return files


def clang_flags(words, entry):
    # A wrapper such as ccache stands before the compiler.
    start = 2 if os.path.basename(words[0]) in ("ccache", "distcc", "sccache", "icecc") else 1
    source = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
    flags, i = [], start
    while i < len(words):
        word = words[i]
        if word in OUTPUT:
            i += OUTPUT[word]
            continue
        if word.startswith(GCC_ONLY) or (word[:1] != "-" and os.path.realpath(os.path.join(entry["directory"], word)) == source):
            i += 2 if word == "--param" else 1
            continue
        flags.append(word)
        i += 1
    return flags


def per_file(files, clang, mode):
    """Cost of one process per file: in total, and by file."""
    total, by_file = Cost(), {}
    for f in files:
        cost = measure([clang, *mode, *f.flags, f.name], f.directory)
        total.add(cost)
        by_file[f.name] = cost.cpu
    return total, by_file


def sample(files, limit):
    """Every n-th file, so that about `limit` remain."""
    step = max(1, -(-len(files) // limit))
    return files[::step], step


def count_lines(files):
    lines = 0
    for f in files:
        try:
            lines += Path(f.name).read_bytes().count(b"\n")
        except OSError:
            pass
    return lines


def growth(folder, options):
    """For each part of the project: files, lines, the median cost in CPU seconds and KiB.
    Each repeat measures all parts, so that a machine that slows down slows all of them."""
    files = read_database(folder)
    if len(files) < 8:
        raise ValueError(f"{folder}/compile_commands.json has fewer than 8 C or C++ files")
    with tempfile.TemporaryDirectory() as scratch:
        parts = []
        for step in (8, 4, 2, 1):
            part = Path(scratch, str(step))
            part.mkdir()
            chosen = files[::step]
            database = [{"directory": f.directory, "file": f.name, "arguments": ["cc", *f.flags, "-c", f.name]} for f in chosen]
            (part / "compile_commands.json").write_text(json.dumps(database))
            parts.append({"part": f"1/{step}", "files": len(chosen), "lines": count_lines(chosen), "cpu": [], "peak": [],
                          "syntax": [], "failed": 0, "folder": str(part), "names": [f.name for f in chosen]})
        for repeat in range(options.repeats):
            _, by_file = per_file(files, options.clang, ["-fsyntax-only", *QUIET])
            for part in parts:
                cost = measure([options.handrail, "check", "-j1", "--keep-going", "-p", part["folder"], *options.option],
                               os.getcwd(), (0, 1))
                part["cpu"].append(cost.cpu)
                part["peak"].append(cost.peak)
                part["failed"] += cost.failed
                part["syntax"].append(sum(by_file[name] for name in part["names"]))
            print(f"  {folder}: repeat {repeat + 1} of {options.repeats} done", file=sys.stderr, flush=True)
    return parts


def over_syntax(parts):
    """What a part costs, in units of what parsing it costs."""
    return [statistics.median(p["cpu"]) / max(statistics.median(p["syntax"]), 1e-9) for p in parts]


def report_growth(folder, parts):
    """Prints the table; True when the whole costs no more for its size than its smallest part."""
    print(f"\n{folder}")
    print(f"  {'part':<6}{'files':>7}{'lines':>10}{'CPU s':>9}{'ms per 1000 lines':>19}{'/ syntax':>10}{'largest MiB':>13}{'failed':>8}")
    costs = over_syntax(parts)
    for part, cost in zip(parts, costs):
        cpu = statistics.median(part["cpu"])
        print(f"  {part['part']:<6}{part['files']:>7}{part['lines']:>10}{cpu:>9.2f}{1e6 * cpu / max(part['lines'], 1):>19.1f}{cost:>10.3f}"
              f"{statistics.median(part['peak']) / 1024:>13.0f}{part['failed']:>8}")
    ratio = costs[-1] / max(costs[0], 1e-9)
    print(f"  {'/ syntax, all / an eighth':<30}{ratio:>8.3f}   target {MAX_GROWTH:g}: {'met' if ratio <= MAX_GROWTH else 'MISSED'}")
    return ratio <= MAX_GROWTH


def bench(folder, options):
    files = read_database(folder)
    if not files:
        raise ValueError(f"{folder}/compile_commands.json has no C or C++ file")
    few, step = sample(files, options.analyze_files)
    lines = count_lines(files)
    runs = {"handrail": [], "syntax": [], "analyze": []}
    analyze_scaled = []
    handrail = [options.handrail, "check", "-j1", "--keep-going", "-p", str(folder), *options.option]
    for repeat in range(options.repeats):
        runs["handrail"].append(measure(handrail, os.getcwd(), (0, 1)))
        total, by_file = per_file(files, options.clang, ["-fsyntax-only", *QUIET])
        runs["syntax"].append(total)
        if repeat < options.analyze_repeats:
            with tempfile.TemporaryDirectory() as scratch:
                total, _ = per_file(few, options.clang, ["--analyze", *QUIET, "-o", os.path.join(scratch, "x.plist")])
            runs["analyze"].append(total)
            share = sum(by_file[f.name] for f in few) / max(sum(by_file.values()), 1e-9)
            analyze_scaled.append(total.cpu / share)
        print(f"  {folder}: repeat {repeat + 1} of {options.repeats} done", file=sys.stderr, flush=True)
    return {
        "project": str(folder), "files": len(files), "lines": lines, "analyze_step": step,
        "cpu": {k: [c.cpu for c in v] for k, v in runs.items()}, "analyze_scaled": analyze_scaled,
        "peak": {k: [c.peak for c in v] for k, v in runs.items()}, "together": together(handrail, os.getcwd()),
        "language": "C" if all(f.name.endswith(".c") for f in files) else "C++", "after_parsing": after_parsing(folder, options),
        "failed": {k: max((c.failed for c in v), default=0) for k, v in runs.items()},
    }


def stats(command, directory):
    """What --stats says: the first number behind each name."""
    text = subprocess.run([*command, "--stats"], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
    return {name: float(value) for name, value in re.findall(r"^  (\S.*?)  +([0-9.]+)\b", text, re.M)}


def after_parsing(folder, options):
    """CPU of reading, linking and solving what was captured."""
    with tempfile.TemporaryDirectory() as scratch:
        measure([options.handrail, "capture", "--keep-going", "-p", str(folder), "-o", scratch], os.getcwd())
        return measure([options.handrail, "analyze", "-j1", "--keep-going", *options.option, scratch], os.getcwd(), (0, 1)).cpu


def copy_of(folder, tree, scratch):
    """A copy of the tree that the folder's files lie in, with a database of its own: the database's folder and files."""
    files = read_database(folder)
    tree = tree or Path(os.path.commonpath([f.name for f in files] + [f.directory for f in files]))
    copy = Path(scratch, "tree")
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.o", "*.a"))
    database = (folder / "compile_commands.json").read_text().replace(str(tree), str(copy))
    Path(scratch, "compile_commands.json").write_text(database)
    return read_database(Path(scratch))


def second(folder, options):
    """CPU of the first run, and of those that follow: name, cost, files parsed, part of the first."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        files = copy_of(folder, options.tree, scratch)
        sizes = sorted((Path(f.name).stat().st_size, f.name) for f in files)
        changed = Path(sizes[len(sizes) // 2][1])

        def run(name, *more):
            # Other options have a cache of their own; a run with them must not be the one that is measured.
            command = [options.handrail, "check", "-j1", "--keep-going", "-p", scratch, "--cache", f"{scratch}/cache", *options.option, *more]
            saved = Path(scratch, "saved")
            shutil.rmtree(saved, ignore_errors=True)
            if Path(scratch, "cache").exists():
                shutil.copytree(f"{scratch}/cache", saved)
            parsed = stats(command, os.getcwd()).get("parsed", -1)
            shutil.rmtree(f"{scratch}/cache")
            if saved.exists():
                saved.rename(f"{scratch}/cache")
            cost = measure(command, os.getcwd(), (0, 1))
            rows.append({"run": name, "cpu": cost.cpu, "parsed": int(parsed), "failed": cost.failed})

        run("first")
        run("again")
        os.utime(changed)
        run(f"{changed.name} touched")
        with changed.open("a") as out:
            out.write("\nint handrail_bench_added(int x) { return x + 1; }\n")
        run("a function added to it")
        text = changed.read_text(errors="surrogateescape")
        changed.write_text("\n" + text, errors="surrogateescape")
        run("a line before all others")
        run("other models", "--strict")
    return rows


def report_second(folder, rows):
    """Prints the table; True when no run with a change costs too much, and other models parse nothing."""
    print(f"\n{folder}\n  {'run':<40}{'CPU s':>9}{'/ first':>9}{'parsed':>8}{'failed':>8}")
    for row in rows:
        row["part"] = row["cpu"] / max(rows[0]["cpu"], 1e-9)
        print(f"  {row['run']:<40}{row['cpu']:>9.2f}{row['part']:>9.3f}{row['parsed']:>8}{row['failed']:>8}")
    met = all(row["part"] <= MAX_SECOND for row in rows[1:-1]) and rows[-1]["parsed"] == 0
    print(f"  target {MAX_SECOND:g} after a change, and nothing parsed with other models: {'met' if met else 'MISSED'}")
    return met


def verdict(result):
    """The ratios that have a target: name, value, target, met."""
    median = {k: statistics.median(v) for k, v in result["cpu"].items() if v}
    ratios = [("CPU of handrail / syntax", median["handrail"] / max(median["syntax"], 1e-9), MAX_OVER_SYNTAX[result["language"]]),
              ("CPU after parsing, of all", result["after_parsing"] / max(median["handrail"], 1e-9), MAX_SOLVE)]
    if result["analyze_scaled"]:
        analyze = max(statistics.median(result["analyze_scaled"]), 1e-9)
        ratios.append(("CPU of handrail / analyze", median["handrail"] / analyze, MAX_OVER_ANALYZE))
    peak = {k: statistics.median(v) for k, v in result["peak"].items() if v}
    most = max(peak["handrail"], result["together"])
    ratios.append(("memory of handrail / syntax", most / max(peak["syntax"], 1), MAX_PEAK_OVER_SYNTAX))
    return [(name, value, limit, value <= limit) for name, value, limit in ratios]


def report(result):
    print(f"\n{result['project']}: {result['files']} files, {result['lines']} lines")
    print(f"  {'':<10}{'CPU s, median':>14}{'min':>9}{'max':>9}{'largest MiB':>13}{'failed':>8}")
    for name in ("handrail", "syntax", "analyze"):
        cpu = result["analyze_scaled"] if name == "analyze" else result["cpu"][name]
        if cpu:
            print(f"  {name:<10}{statistics.median(cpu):>14.2f}{min(cpu):>9.2f}{max(cpu):>9.2f}"
                  f"{statistics.median(result['peak'][name]) / 1024:>13.0f}{result['failed'][name]:>8}")
    if result["analyze_scaled"] and result["analyze_step"] > 1:
        print(f"  analyze: every {result['analyze_step']}th file, scaled by its share of syntax")
    print(f"  handrail's processes together: {result['together'] / 1024:.0f} MiB")
    for name, value, limit, met in verdict(result):
        print(f"  {name:<30}{value:>8.3f}   target {limit:g}: {'met' if met else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="BUILD_FOLDER")
    parser.add_argument("--handrail", required=True, type=os.path.abspath)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--analyze-files", type=int, default=40, metavar="N", help="at most about N files; 40")
    parser.add_argument("--analyze-repeats", type=int, default=1, metavar="N", help="0 leaves analyze out; 1")
    parser.add_argument("--option", action="append", default=[], help="handed to handrail check")
    parser.add_argument("--growth", action="store_true", help="what a line costs in parts of the project and in all of it")
    parser.add_argument("--second", action="store_true", help="what a run costs that follows another")
    parser.add_argument("--tree", type=Path, help="what --second copies")
    parser.add_argument("--json", type=Path, help="write all measurements there")
    options = parser.parse_args()
    results, grown, followed = [], {}, {}
    for folder in options.folders:
        try:
            if options.second:
                followed[str(folder)] = second(folder.resolve(), options)
            elif options.growth:
                grown[str(folder)] = growth(folder.resolve(), options)
            else:
                results.append(bench(folder.resolve(), options))
        except (OSError, ValueError, KeyError) as error:
            print(f"bench: {folder}: {error}", file=sys.stderr)
            return 2
    if options.json:
        options.json.write_text(json.dumps(followed or grown or results, indent=1) + "\n")
    met = [report_growth(folder, parts) for folder, parts in grown.items()]
    met += [report_second(folder, rows) for folder, rows in followed.items()]
    for result in results:
        report(result)
    if any(r["failed"]["handrail"] for r in results) or any(p["failed"] for parts in [*grown.values(), *followed.values()] for p in parts):
        print("bench: handrail failed, its figures mean nothing", file=sys.stderr)
        return 2
    return 0 if all(met) and all(good for r in results for *_, good in verdict(r)) else 1


if __name__ == "__main__":
    sys.exit(main())
