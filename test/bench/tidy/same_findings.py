#!/usr/bin/env python3
"""The plugin finds what the tool finds.

    test/bench/tidy/same_findings.py --handrail build/release/bin/handrail --tidy clang-tidy-19 \\
        --plugin build/release/lib/libhandrail_tidy-19.so -p BUILD_FOLDER [FILES…]

takes the files of a compilation database through both, each file for itself, and compares
the findings as sets: file, line, column, check and message. The tool says which checks
run; --checks is passed on to it, and so is --summaries to both. Findings in headers are compared, too. Files that Clang
cannot parse are left out and told.

Exit status 1 when the sets differ, 2 when nothing could be compared.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WARNING = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?:warning|error): "
                     r"(?P<message>.*) \[(?P<check>handrail-[a-z-]+)[^\]]*\]$", re.M)


def of_tool(handrail, build, files, options):
    """The findings, and the files that could not be parsed."""
    command = [handrail, "check", "-q", "--each-file", "--keep-going", "--format=json", "--header-filter=.*", "-p", build, *options, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    report = json.loads(done.stdout)
    found = {(os.path.realpath(f["location"]["file"]), f["location"].get("line", 0), f["location"].get("column", 0),
              f["check"], f["message"]) for f in report["findings"]}
    return found, {os.path.realpath(e["location"]["file"]) for e in report.get("errors", []) if "location" in e}


def of_plugin(tidy, plugin, build, checks, file, directory, config):
    """The findings, or nothing when the file could not be parsed."""
    command = [tidy, f"-load={plugin}", "-p", build, f"--checks=-*,{checks}", "--header-filter=.*", f"--config={config}", "--quiet", file]
    done = subprocess.run(command, capture_output=True, text=True)
    if "[clang-diagnostic-error]" in done.stdout or done.returncode not in (0, 1):
        return None
    # Paths are as the compile command has them.
    return {(os.path.realpath(os.path.join(directory, m["file"])), int(m["line"]), int(m["column"]), m["check"], m["message"])
            for m in WARNING.finditer(done.stdout)}


def files_of(build, wanted):
    """The files of the database, those below what is wanted, and the folders that they are compiled
    in; a file that is compiled twice is left out, for clang-tidy takes it twice and the tool once."""
    entries = json.loads((Path(build) / "compile_commands.json").read_text())
    paths = [os.path.realpath(os.path.join(e["directory"], e["file"])) for e in entries]
    wanted = [os.path.realpath(w) for w in wanted]
    return {p: e["directory"] for p, e in sorted(zip(paths, entries), key=lambda pair: pair[0])
            if paths.count(p) == 1 and os.path.exists(p)
            and (not wanted or any(p == w or p.startswith(w + os.sep) for w in wanted))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--handrail", required=True)
    parser.add_argument("--tidy", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("-p", dest="build", required=True, help="folder of compile_commands.json")
    parser.add_argument("--checks", default="", help="as for the tool")
    parser.add_argument("--summaries", default="", help="a file of handrail check --write-summaries")
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()

    files = files_of(args.build, args.files)
    options = [f"--checks={args.checks}"] if args.checks else []
    config = {}
    if args.summaries:
        options.append(f"--summaries={args.summaries}")
        config = {"CheckOptions": {"HandrailSummaryFile": os.path.abspath(args.summaries)}}
    listed = subprocess.run([args.handrail, "check", "--list-checks", *options], capture_output=True, text=True, check=True)
    checks = ",".join("handrail-" + line.split()[0] for line in listed.stdout.splitlines())

    tool, broken = of_tool(args.handrail, args.build, files, options)
    with ThreadPoolExecutor(args.j) as pool:
        results = list(pool.map(lambda f: of_plugin(args.tidy, args.plugin, args.build, checks, f, files[f], json.dumps(config)), files))
    broken |= {f for f, r in zip(files, results) if r is None}
    compared = [f for f in files if f not in broken]
    for file in sorted(broken):
        print(f"{file}: not compared, it does not parse")
    if not compared:
        print("nothing could be compared")
        return 2
    if broken:  # what stands in headers that they share is then nobody's
        tool, _ = of_tool(args.handrail, args.build, compared, options)
    plugin = set().union(*(r for f, r in zip(files, results) if f not in broken))

    for who, only in (("the tool", tool - plugin), ("the plugin", plugin - tool)):
        for file, line, column, check, message in sorted(only):
            print(f"{file}:{line}:{column}: {message} [{check}]: only {who}")
    print(f"{len(compared)} files, {len(tool & plugin)} findings of both, "
          f"{len(tool - plugin)} of the tool alone, {len(plugin - tool)} of the plugin alone")
    return 1 if tool != plugin else 0


if __name__ == "__main__":
    sys.exit(main())
