#!/usr/bin/env python3
"""What watching a program from outside costs (targets T8, T9, T10 and T12).

    test/bench/preload/run.py [--build=build/release] [--pairs=N] [--no-valgrind]

Every figure is of the same machine in the same run: a pair of open() and close() plain,
under `handrail run`, and under valgrind --track-fds=yes; the best of several rounds.
Wants valgrind and Google Benchmark; what is missing is left out and said.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))


def build(directory, compiler, name, flags):
    program = os.path.join(directory, name)
    subprocess.run([compiler, "-O2", *flags, os.path.join(HERE, "pairs.c"), "-o", program], check=True)
    return program


def nanoseconds(prefix, program, pairs, live=0):
    """Of one pair; the best that the program saw."""
    done = subprocess.run([*prefix, program, str(pairs), str(live)], check=True, capture_output=True, text=True)
    return float(done.stdout.strip())


def in_turns(variants, rounds):
    """The median of each, measured in turns, so that a busy machine is busy for all."""
    found = {name: [] for name in variants}
    for _ in range(rounds):
        for name, measure in variants.items():
            found[name].append(measure())
    return {name: statistics.median(values) for name, values in found.items()}


def pair_costs(options, watched, programs):
    print("pair of open() and close(), 16 callers deep, nanoseconds:")
    for title, program, target in (("with frame pointers", programs[0], 1.25), ("without", programs[1], 1.6)):
        cost = in_turns({"plain": lambda: nanoseconds([], program, options.pairs),
                         "watched": lambda: nanoseconds(watched, program, options.pairs)}, 5)
        ratio = cost["watched"] / cost["plain"]
        print(f"  {title}: plain {cost['plain']:.0f}, handrail {cost['watched']:.0f}: "
              f"{ratio:.2f} (T9: at most {target})")
        if options.valgrind:
            valgrind = ["valgrind", "-q", "--tool=none", "--track-fds=yes"]
            theirs = nanoseconds(valgrind, program, max(options.pairs // 10, 1000))
            share = (cost["watched"] - cost["plain"]) / (theirs - cost["plain"])
            print(f"    valgrind {theirs:.0f}; handrail costs {share:.2f} of what it does (T9: at most 0.33)")


def growth(options, watched, program):
    print("pair beside many open descriptors, nanoseconds:")
    cost = in_turns({live: (lambda live=live: nanoseconds(watched, program, options.pairs, live))
                     for live in (1000, 16000)}, 5)
    print(f"  handrail: 1,000 open {cost[1000]:.0f}, 16,000 open {cost[16000]:.0f}: "
          f"{cost[16000] / cost[1000]:.2f} (T10: at most 1.1)")
    if options.valgrind:
        valgrind = ["valgrind", "-q", "--tool=none", "--track-fds=yes"]
        few, many = (nanoseconds(valgrind, program, 1000, live) for live in (1000, 16000))
        print(f"  valgrind: {few:.0f} and {many:.0f}: {many / few:.2f}")


def memory():
    """The sizes are the format's own; see runtime/preload/region.h."""
    text = open(os.path.join(SOURCE, "runtime/preload/region.h"), encoding="utf-8").read()
    record, death = (int(re.search(rf"sizeof\({name}\) == (\d+)", text)[1]) for name in ("record", "death"))
    print(f"memory: {record} bytes for an open handle (T12: at most 48), {death} for a closed one (at most 24)")


def stacks(options):
    bench = os.path.join(options.build, "bin", "PreloadBench")
    if not os.path.exists(bench):
        print(f"no {bench}: build the target PreloadBench for the cost of a stack (T8)")
        return
    environment = dict(os.environ, HANDRAIL_STACK_DEPTH="16")
    done = subprocess.run([bench, "--benchmark_min_time=0.2", "--benchmark_repetitions=5", "--benchmark_format=csv",
                           "--benchmark_report_aggregates_only=true"], capture_output=True, text=True, check=True,
                          env=environment)
    cost = {m[1]: float(m[2]) for m in re.finditer(r'^"measure/(\w+)_median",\d+,([\d.e+]+)', done.stdout, re.M)}
    print("stack of 16 frames, look-up included, nanoseconds:")
    for name, target in (("handrail_with_frame_pointers", 50), ("handrail_without", 150)):
        print(f"  {name.replace('_', ' ')}: {cost[name]:.0f} (T8: at most {target}), "
              f"1/{cost['glibc_backtrace'] / cost[name]:.0f} of backtrace() (at most 1/15)")
    print(f"  backtrace(): {cost['glibc_backtrace']:.0f}, libgcc's unwinder: {cost['libgcc_unwind']:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build/release"))
    parser.add_argument("--pairs", type=int, default=100000)
    parser.add_argument("--compiler", default="clang-19")
    parser.add_argument("--no-valgrind", dest="valgrind", action="store_false")
    options = parser.parse_args()
    if options.valgrind and not shutil.which("valgrind"):
        print("no valgrind: left out")
        options.valgrind = False
    watched = [os.path.join(options.build, "bin", "handrail"), "run", "-q", "-o", os.devnull, "--"]
    with tempfile.TemporaryDirectory() as directory:
        programs = [build(directory, options.compiler, "with", ["-fno-omit-frame-pointer"]),
                    build(directory, options.compiler, "without", ["-fomit-frame-pointer"])]
        stacks(options)
        pair_costs(options, watched, programs)
        growth(options, watched, programs[0])
        memory()


if __name__ == "__main__":
    sys.exit(main())
