#!/usr/bin/env python3
"""Compiles and runs the examples in the comments of the public headers. A paragraph of
code, indented below the comment's own margin, goes to the file NAME.N.inc, which the
programs of examples/ include; each has to be included."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

include, library = (str(Path(arg).resolve()) for arg in sys.argv[1:3])
cc, *cxx = sys.argv[3:]
examples = Path(__file__).resolve().parent / "examples"
programs = {path: path.read_text() for path in sorted(examples.iterdir())}


def comment_lines(header):
    """The text of each line that is a comment and nothing else, None for other lines."""
    for line in header.read_text().splitlines():
        match = re.match(r" *//+(.*)$|\|\*(.*?) *\*\|$|/\*(.*)$", line)
        yield next((text for text in match.groups() if text is not None), None) if match else None


def code_blocks(header):
    """Indented lines in a row are a block, empty ones inside included. Declarations
    and what uses them are two blocks where two empty lines, or a line `// …` with the
    name of another file, stand between."""
    block = []
    for text in [*comment_lines(header), None]:
        if text is not None and text.startswith("   ") or text == "" and block:
            block.append(text[3:] if text else "")
            continue
        while block and not block[-1]:
            block.pop()
        if any(re.search(r"[;{}](\s+(//|HR_).*)?$", line) for line in block):
            yield block
        block = []


def is_declaration(line):
    return re.match(r"(static|struct|HANDRAIL_RESOURCE|handrail::task<)", line) or line.startswith("//")


with tempfile.TemporaryDirectory() as folder:
    count = 0
    for header in sorted(Path(include, "handrail").glob("*.h")):
        number = 0
        for block in code_blocks(header):
            # A declaration at file scope, then statements: two pieces.
            cut = block.index("") if "" in block and is_declaration(block[0]) else len(block)
            for piece in (block[:cut], block[cut:]):
                if not any(piece):
                    continue
                number += 1
                count += 1
                name = f"{header.stem}.{number}.inc"
                text = "\n".join(piece) + "\n"
                Path(folder, name).write_text(re.sub(r"  HR_(OK|STALE_HANDLE)$", "", text, flags=re.MULTILINE))
                if not any(f'#include "{name}"' in program for program in programs.values()):
                    sys.exit(f"no program of examples/ includes {name}:\n{text}")
    Path(folder, "a.txt").write_text("hello")
    for path, program in programs.items():
        out = Path(folder, path.name + ".out")
        compiler = [cc, "-std=c11"] if path.suffix == ".c" else [*cxx, "-std=c++20"]
        objects = Path(folder, path.name + ".o")
        work = folder if path.suffix == ".c" else Path(folder).parent
        for command in ([*compiler, "-Wall", "-Werror", "-Wno-unused", "-Wno-unused-result", "-Wno-misleading-indentation",
                         f"-I{include}", f"-I{folder}", "-c", str(path), "-o", str(objects)],
                        [*cxx, str(objects), library, "-o", str(out), "-pthread", "-ldl"], [str(out)]):
            done = subprocess.run(command, capture_output=True, text=True, cwd=work)
            if done.returncode:
                sys.exit(f"{path.name}:\n{done.stdout}{done.stderr}")
print(count, "examples")
