"""What the rules of this folder share. A rule is one file with a function
problems(source, build) that yields one line of text per violation; ctest runs it
as lint-<rule>. _lint_test.py shows each rule a tree that breaks it."""
import argparse
import os
import sys
from pathlib import Path

SKIPPED = 77  # ctest's SKIP_RETURN_CODE: the rule could not be checked here
OURS = ("lib", "checks", "tool", "runtime", "test/unit", "test/runtime/unit")  # C++ that is Handrail's own
SOURCES = (".h", ".c", ".cpp", ".def")


class Skip(Exception):
    """Raised with the reason when a rule cannot be checked on this machine."""


def files(source, folders=(".",), suffixes=None):
    """All files below the folders, sorted, as paths relative to source; build
    output and dot-folders left out."""
    result = set()
    for folder in folders:
        for root, dirs, names in os.walk(source / folder):
            dirs[:] = [d for d in dirs if not d.startswith(".") and d not in ("build", "__pycache__")]
            for name in names:
                path = Path(root, name).relative_to(source)
                if suffixes is None or path.suffix in suffixes:
                    result.add(path)
    return sorted(result)


def read(path):
    return path.read_text(encoding="utf-8")


def main(problems):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--source", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--build", type=Path, default=Path("build/dev"))
    options = parser.parse_args()
    try:
        found = list(problems(options.source.resolve(), options.build.resolve()))
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for line in found:
        print(line)
    print(f"{len(found)} problem(s)")
    return 1 if found else 0
