#!/usr/bin/env python3
"""How long a report of very many leaks takes, symbols included.

    test/bench/ledger/report.py [--tool=build/release/bin/handrail] [--leaks=100000] [--stacks=100]

Compiles a program with debug information, makes up a document in which that many leaks,
each a record of its own, come from that many stacks of 16 frames in it, and prints the
seconds that `handrail report` takes for each format: the best of three runs.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

Depth = 16


def compile_program(directory, functions, compiler):
    """A program of many functions; returns its path, an address in each of them, and its build-id."""
    source, program = os.path.join(directory, "program.cpp"), os.path.join(directory, "program")
    with open(source, "w") as out:
        out.write("#include <map>\n#include <string>\n#include <vector>\nvoid use(int);\n")
        for i in range(functions):
            out.write(f"namespace part{i} {{\nint f(const std::map<std::string, std::vector<int>> &m, int x) {{\n"
                      f"  int sum = {i};\n  for (auto &[key, values] : m)\n    sum += int(key.size() + values.size());\n"
                      f"  return sum * x;\n}}\n}}\n")
        out.write("int main() { return 0; }\n")
    subprocess.run([compiler, "-g", "-O1", "-fuse-ld=lld", "-Wl,--build-id", source, "-o", program], check=True)
    symbols = subprocess.run(["llvm-nm-19", program], check=True, capture_output=True, text=True).stdout
    offsets = [int(line.split()[0], 16) + 24 for line in symbols.splitlines() if "part" in line]
    notes = subprocess.run(["llvm-readelf-19", "-n", program], check=True, capture_output=True, text=True).stdout
    return program, offsets, notes.split("Build ID: ")[1].split()[0]


def document(program, offsets, build_id, leaks, stacks):
    chosen = random.Random(1)
    frames = [{"module": 0, "offset": offset} for offset in offsets]
    return {
        "format": "handrail-ledger", "version": 1,
        "processes": [{"id": 1, "command": [program], "end": "exited"}],
        "modules": [{"path": program, "build_id": build_id}],
        "frames": frames,
        "stacks": [{"frames": chosen.sample(range(len(frames)), Depth)} for _ in range(stacks)],
        "leaks": [{"kind": "file", "opened": i % stacks, "count": 1, "values": [i], "oldest_ms": i,
                   "names": [{"text": f"/tmp/{i}", "count": 1}]} for i in range(leaks)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default="build/release/bin/handrail")
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument("--leaks", type=int, default=100000)
    parser.add_argument("--stacks", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        program, offsets, build_id = compile_program(directory, 400, options.compiler)
        path = os.path.join(directory, "run.json")
        with open(path, "w") as out:
            json.dump(document(program, offsets, build_id, options.leaks, options.stacks), out)
        print(f"{options.leaks} leaks from {options.stacks} stacks, {os.path.getsize(path) / 1e6:.1f} MB")
        for form in ("text", "json", "sarif", "html"):
            best = float("inf")
            for _ in range(3):
                start = time.monotonic()
                done = subprocess.run([options.tool, "report", path, "--format=" + form, "--error-exitcode=0"],
                                      check=True, capture_output=True, text=True)
                best = min(best, time.monotonic() - start)
            if "part" not in done.stdout or "program.cpp" not in done.stdout:
                sys.exit(f"the {form} report has no symbols")
            print(f"{form:10} {best:6.2f} s {len(done.stdout) / 1e6:8.2f} MB")


if __name__ == "__main__":
    main()
