#!/usr/bin/env python3
"""The README's table of checks has every check, with the summary of Checks.def."""
import sys

import _lint
import checks


def problems(source, build):
    readme = _lint.read(source / "README.md")
    for id, summary in checks.ROW.findall(_lint.read(source / "checks/Checks.def")):
        if f"(docs/checks/{id}.md) | {summary} |" not in readme:
            yield f"README.md: the table of checks lacks {id} with the summary of Checks.def"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
