#!/usr/bin/env python3
"""Writes the skeleton of a new check.

    python3 checks/new_check.py stale-lock "a lock file is left behind when its owner ends"

makes its row in checks/Checks.def, the class checks/StaleLockCheck.{h,cpp}, the page
docs/checks/stale-lock.md and the test test/checks/stale-lock.cpp, and adds it to
docs/checks/README.md. What is left to write is marked with TODO.
"""
import argparse
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import list_checks  # noqa: E402


def class_name(check_id):
    return "".join(part.capitalize() for part in check_id.split("-")) + "Check"


def row(check_id, summary):
    return f'CHECK("{check_id}", {class_name(check_id)}, Warning, true,\n  "{summary}")\n'


def banner(name):
    middle = f"//===- {name} "
    return middle + "-" * (80 - len(middle) - len("*- C++ -*-===//")) + "*- C++ -*-===//"


def header(check_id, summary):
    cls = class_name(check_id)
    return f"""{banner(cls + ".h")}
//
// {list_checks.sentence(summary)} See docs/checks/{check_id}.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {{

/// TODO: what it looks at.
class {cls} final : public Check {{
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
}};

}} // namespace handrail
"""


def source(check_id):
    cls = class_name(check_id)
    title = f"//===- {cls}.cpp "
    return f"""{title}{"-" * (80 - len(title) - len("===//"))}===//
//
// TODO: the idea, with a few lines of code that it finds.
//
//===----------------------------------------------------------------------===//
#include "checks/{cls}.h"

namespace handrail {{

/// TODO: the mistake. The example finds functions named `{check_id.replace("-", "_")}`.
static bool isMistake(const ir::Unit &U, const ir::Function &F) {{
  return U.name(U.symbol(F.Sym)) == "{check_id.replace("-", "_")}";
}}

void {cls}::run(const CheckContext &Context, std::vector<Finding> &Out) const {{
  for (const ir::Unit *U : Context.Program.Units)
    for (const ir::Function &F : U->Functions)
      if (isMistake(*U, F)) {{
        Finding Result;
        Result.Loc = toLocation(*U, F.Loc);
        Result.Function = U->name(U->symbol(F.Sym)).str();
        Result.Message = "TODO: name the variable and the call";
        Out.push_back(std::move(Result));
      }}
}}

}} // namespace handrail
"""


def page(check_id, summary):
    return f"""# {check_id}

{list_checks.sentence(summary)}

TODO: how it is found, and where the finding stands.

## Why it matters

TODO

## Wrong

```cpp
void {check_id.replace("-", "_")}() {{}}
```

## Right

```cpp
void right() {{}}
```

## What it cannot see

TODO

## Options

None of its own.
"""


def test(check_id):
    return f"""// RUN: %check_handrail %s
// RUN: %check_tidy %s
// TODO: the wrong code, right code that looks similar, and known limits (FIXME).

void {check_id.replace("-", "_")}() {{}} // expect: {check_id}

void right() {{}}
"""


def add_row(text, check_id, summary):
    """The text of Checks.def with one more row, in its place by id."""
    matches = list(list_checks.ROW.finditer(text))
    later = next((m for m in matches if m["id"] > check_id), None)
    at = later.start() if later else matches[-1].end()
    return text[:at] + row(check_id, summary) + text[at:]


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("id", help="names the mistake and reads well after 'allow'")
    parser.add_argument("summary", nargs="?", default="TODO what is wrong", help="lower case, no full stop")
    parser.add_argument("--root", type=Path, default=list_checks.ROOT, help="folder of the repository")
    options = parser.parse_args(argv)

    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", options.id):
        parser.error(f"'{options.id}' is no id: words in lower case, joined by '-', as in stale-lock")
    if not options.summary or options.summary.endswith(".") or '"' in options.summary:
        parser.error("the summary has no full stop and no quotation marks")
    if any(check.id == options.id for check in list_checks.read_checks(options.root)):
        parser.error(f"checks/Checks.def has {options.id} already")

    cls = class_name(options.id)
    files = {
        f"checks/{cls}.h": header(options.id, options.summary),
        f"checks/{cls}.cpp": source(options.id),
        f"docs/checks/{options.id}.md": page(options.id, options.summary),
        f"test/checks/{options.id}.cpp": test(options.id),
    }
    there = [name for name in files if (options.root / name).exists()]
    if there:
        parser.error(f"{there[0]} exists already")
    for name, text in files.items():
        (options.root / name).write_text(text)
        print(f"wrote {name}")
    definition = options.root / "checks/Checks.def"
    definition.write_text(add_row(definition.read_text(), options.id, options.summary))
    print("added a row to checks/Checks.def")
    (options.root / "docs/checks/README.md").write_text(list_checks.index(options.root))
    print("added a row to docs/checks/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
