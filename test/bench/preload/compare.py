#!/usr/bin/env python3
"""The seven demonstrations and their correct twins, under each tool of this machine.

    test/bench/preload/compare.py [--tool=build/release/bin/handrail]

Prints a table: what `handrail run`, valgrind --track-fds=yes, LeakSanitizer and
ThreadSanitizer say of the programs in test/preload/demo, with the number of stacks that
they show. A tool that is not here is left out.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DEMO = os.path.join(SOURCE, "test", "preload", "demo")


def said_by_handrail(text):
    rules = re.findall(r"\[([a-z-]+)\]", text) + ["leak" for _ in re.findall(r"^Leak of", text, re.M)]
    return sorted(set(rules)), len(re.findall(r"^    #0 ", text, re.M))


def said_by_valgrind(text):
    # Descriptors 0 to 2 and those that the caller left open are told as inherited.
    blocks = re.split(r"^==\d+== (?=Open |File descriptor|.*already closed|Warning: invalid)", text, flags=re.M)[1:]
    found = [b for b in blocks if "inherited from parent" not in b and not re.match(r"Open (AF_UNIX socket|file descriptor) [0-2]:", b)]
    words = sorted({"leak" if b.startswith("Open") else "misuse" for b in found})
    return words, sum(len(re.findall(r"^==\d+==    at ", b, re.M)) for b in found)


def said_by_sanitizer(text):
    words = sorted(set(re.findall(r"(?:ERROR|WARNING): (\w+Sanitizer: [\w -]+?)(?: on|\(| \(|$)", text, re.M)))
    return words, len(re.findall(r"^\s+#0 ", text, re.M))


def tools(tool):
    yield "handrail run", [], [tool, "run", "-q", "--"], said_by_handrail
    if shutil.which("valgrind"):
        yield "valgrind --track-fds=yes", [], ["valgrind", "-q", "--track-fds=yes"], said_by_valgrind
    yield "LSan", ["-fsanitize=address"], [], said_by_sanitizer
    yield "TSan", ["-fsanitize=thread"], [], said_by_sanitizer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default=os.path.join(SOURCE, "build/release/bin/handrail"))
    parser.add_argument("--compiler", default="clang-19")
    options = parser.parse_args()
    columns = list(tools(os.path.abspath(options.tool)))
    print("| program | " + " | ".join(name for name, *_ in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    with tempfile.TemporaryDirectory() as directory:
        for file in sorted(os.listdir(DEMO)):
            for twin in (False, True):
                cells = []
                for number, (_, flags, prefix, said) in enumerate(columns):
                    program = os.path.join(directory, f"{file}.{number}.{twin}")
                    define = ["-DCORRECT"] if twin else []
                    subprocess.run([options.compiler, "-g", "-w", *flags, *define, os.path.join(DEMO, file), "-o", program],
                                   check=True)
                    done = subprocess.run([*prefix, program], capture_output=True, text=True, timeout=120, check=False)
                    words, stacks = said(done.stderr)
                    cells.append(", ".join(words) + f" ({stacks} stacks)" if words else "—")
                print(f"| {file.removesuffix('.c')}{', correct' if twin else ''} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
