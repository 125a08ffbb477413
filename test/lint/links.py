#!/usr/bin/env python3
"""Links between pages, and to files and headings of the repository, lead somewhere."""
import re
import sys

import _lint

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def anchors(text):
    """The names that headings get on the usual forges."""
    titles = re.findall(r"^#+ +(.*?)\s*$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", t.replace("`", "")).strip().lower().replace(" ", "-") for t in titles}


def problems(source, build):
    for page in _lint.files(source, suffixes=(".md",)):
        text = FENCE.sub("", _lint.read(source / page))
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            goal = (source / page).parent / name if name else source / page
            if not goal.exists():
                yield f"{page}: link to {target}, which does not exist"
            elif anchor and goal.suffix == ".md" and anchor not in anchors(_lint.read(goal)):
                yield f"{page}: link to {target}, which has no such heading"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
