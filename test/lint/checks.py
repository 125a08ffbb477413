#!/usr/bin/env python3
"""Checks.def is sorted; every check has a page that opens with its summary and a test
that expects it; docs/checks/README.md is current."""
import re
import subprocess
import sys

import _lint

ROW = re.compile(r'^(?:FLOW_)?CHECK\("([a-z0-9-]+)".*?"((?:[^"\\]|\\.)*)"\)', re.M | re.S)


def problems(source, build):
    rows = ROW.findall(_lint.read(source / "checks/Checks.def"))
    ids = [id for id, _ in rows]
    if not ids:
        yield "checks/Checks.def: no row found"
    if ids != sorted(set(ids)):
        yield "checks/Checks.def: rows are not sorted by id, or an id is there twice"
    for id, summary in rows:
        page = source / f"docs/checks/{id}.md"
        if not page.exists():
            yield f"docs/checks/{id}.md is missing"
        elif summary.lower() not in re.sub(r"\s+", " ", _lint.read(page))[:400].lower():
            yield f"docs/checks/{id}.md does not open with the summary of Checks.def: {summary}"
        tests = [p for p in _lint.files(source, ["test/checks"], (".c", ".cpp")) if p.stem == id]
        if not tests:
            yield f"test/checks/{id}.c or .cpp is missing"
        for test in tests:
            text = _lint.read(source / test)
            if not re.search(rf"expect(@[+-]\d+)?: {id}\b", text):
                yield f"{test}: no finding of {id} is expected"
            if "%check_handrail" not in text or "%check_tidy" not in text:
                yield f"{test}: has to run through both front doors, %check_handrail and %check_tidy"
    for page in _lint.files(source, ["docs/checks"], (".md",)):
        if page.stem not in ids and page.name != "README.md":
            yield f"{page}: no check of this name in Checks.def"
    lister = source / "checks/list_checks.py"
    done = subprocess.run([sys.executable, lister, "--check"], cwd=source, capture_output=True, text=True)
    if done.returncode:
        yield f"docs/checks/README.md is not current: python3 checks/list_checks.py\n{done.stdout}{done.stderr}"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
