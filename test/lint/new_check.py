#!/usr/bin/env python3
"""checks/new_check.py writes every piece of a check: the tree it leaves keeps the rules
of lint-checks and its class compiles; what is no id, or is there already, is refused."""
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import _lint
import checks

ID, CLASS, SUMMARY = "stale-lock", "StaleLockCheck", "a lock file is left behind when its owner ends"
REFUSED = {  # arguments: what the message has to say
    ("stale-lock", "it is there by now"): "already",
    ("missing-close",): "already",
    ("StaleLock",): "no id",
    ("lock",): "no id",
    ("../escape-me",): "no id",
    ("other-lock", "Ends in a full stop."): "full stop",
}


def script(tree, *arguments):
    command = [sys.executable, tree / "checks/new_check.py", "--root", tree, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def contents(tree):
    return {p.relative_to(tree): p.read_bytes() for p in sorted(tree.rglob("*")) if p.is_file() and p.suffix != ".pyc"}


def compile_class(source, build, tree):
    """Parses the new class with the flags of another check, where there is a build."""
    database = build / "compile_commands.json"
    if not database.exists():
        return
    for entry in json.loads(database.read_text()):
        if entry["file"].endswith("checks/RawHandleCheck.cpp"):
            words = shlex.split(entry["command"])
            while Path(words[0]).name in ("ccache", "distcc", "sccache"):
                del words[0]
            at = words.index("-o")
            words[at : at + 2] = ["-fsyntax-only", f"-I{tree}"]
            words[words.index(entry["file"])] = str(tree / f"checks/{CLASS}.cpp")
            done = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True)
            if done.returncode:
                yield f"checks/{CLASS}.cpp of the skeleton does not compile:\n{done.stderr}"


def problems(source, build):
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in ("checks", "docs/checks", "test/checks"):
            shutil.copytree(source / name, tree / name)
        before = contents(tree)
        status, output = script(tree, ID, SUMMARY)
        if status:
            yield f"new_check.py failed: {output}"
            return

        after = contents(tree)
        pieces = {f"checks/{CLASS}.h", f"checks/{CLASS}.cpp", f"docs/checks/{ID}.md", f"test/checks/{ID}.cpp"}
        changed = {"checks/Checks.def", "docs/checks/README.md"}
        new = {str(p) for p in after.keys() - before.keys()}
        if new != pieces:
            yield f"new files are {sorted(new)}, should be {sorted(pieces)}"
        touched = {str(p) for p in before if after.get(p) != before[p]}
        if touched != changed:
            yield f"changed files are {sorted(touched)}, should be {sorted(changed)}"
        old_rows = re.findall(r"^\w*CHECK\(.*", before[Path("checks/Checks.def")].decode(), re.M)
        new_rows = re.findall(r"^\w*CHECK\(.*", after[Path("checks/Checks.def")].decode(), re.M)
        if [r for r in new_rows if ID not in r] != old_rows or len(new_rows) != len(old_rows) + 1:
            yield "checks/Checks.def: the row was not added between the others"
        for line in checks.problems(tree, build):
            yield f"in the tree with {ID}: {line}"
        yield from compile_class(source, build, tree)

        for arguments, words in REFUSED.items():
            status, output = script(tree, *arguments)
            if not status or words not in output:
                yield f"new_check.py {shlex.join(arguments)}: status {status}, should be refused with '{words}': {output}"
        if contents(tree) != after:
            yield "a refused call changed the tree"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
