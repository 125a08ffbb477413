#!/usr/bin/env python3
"""What the plugin costs inside clang-tidy.

    test/bench/tidy/cost.py --tidy clang-tidy-19 --plugin build/release/lib/libhandrail_tidy-19.so \\
        -p BUILD_FOLDER [--every N] [--repeat N] [FILES…]

One clang-tidy process per file of the compilation database, with all checks of the plugin and
with one trivial check of clang-tidy's own (readability-duplicate-include); in turn, and again for
every repeat. What is counted are instructions in user mode where `perf stat` can, and
otherwise user time; medians over the repeats. Exit status 1 when the plugin costs more than
1.3 times the trivial check, 2 when something could not be measured.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
from same_findings import files_of  # noqa: E402

TARGET = 1.3
TRIVIAL = "readability-duplicate-include"


def perf_works():
    try:
        done = subprocess.run(["perf", "stat", "-e", "instructions:u", "-x,", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return False
    return done.returncode == 0 and done.stderr.split(",")[0].isdigit()


def measure(command, perf):
    """Instructions, or seconds; clang-tidy's exit status says nothing about whether it ran."""
    if perf:
        done = subprocess.run(["perf", "stat", "-e", "instructions:u", "-x,", *command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        return int(next(line for line in done.stderr.splitlines() if "instructions" in line).split(",")[0])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidy", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("-p", dest="build", required=True, help="folder of compile_commands.json")
    parser.add_argument("--every", type=int, default=1, help="every n-th file only")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()

    files = list(files_of(args.build, args.files))[::args.every]
    if not files:
        print("no files")
        return 2
    perf = perf_works()
    common = [args.tidy, "-p", args.build, "--config={}", "--quiet"]
    plugin, trivial = [], []
    for file in files:
        with_plugin = [*common, f"-load={args.plugin}", "--checks=-*,handrail-*", file]
        with_trivial = [*common, f"--checks=-*,{TRIVIAL}", file]
        pairs = [(measure(with_trivial, perf), measure(with_plugin, perf)) for _ in range(args.repeat)]
        trivial.append(statistics.median(p[0] for p in pairs))
        plugin.append(statistics.median(p[1] for p in pairs))
    unit = "instructions" if perf else "s user time"
    worst = max(zip(plugin, trivial, files), key=lambda t: t[0] - t[1])
    print(f"{len(files)} files: {sum(trivial):.4g} {unit} with {TRIVIAL}, {sum(plugin):.4g} with the plugin, "
          f"{sum(plugin) / sum(trivial):.2f} times that")
    print(f"most is added by {os.path.relpath(worst[2])}: {worst[1]:.4g} and {worst[0]:.4g}")
    return 1 if sum(plugin) > TARGET * sum(trivial) else 0


if __name__ == "__main__":
    sys.exit(main())
