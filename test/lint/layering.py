#!/usr/bin/env python3
"""No include against the layer list of lib/README.md, and Clang only where it belongs."""
import re
import sys

import _lint

# A row of the list: | `Name` | its job | Layer, Layer |
ROW = re.compile(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
CLANG_ALLOWED = ("lib/Capture/", "checks/ClangTidy", "test/unit/Capture/")
LLVM_FREE = ("runtime/",)
# What a traced process writes is laid down where it is written.
REGION = ("Ledger", "runtime/preload/region.h")


def layers(source):
    """Each layer with everything it may include, itself too."""
    rows = ROW.findall(_lint.read(source / "lib/README.md"))
    # "LLVM Support" is LLVM's library, not a layer.
    direct = {name: set(re.findall(r"\w+", uses.replace("LLVM Support", ""))) for name, uses in rows}
    closure = {}

    def close(name, path=()):
        if name in path or name not in direct:
            raise ValueError(f"lib/README.md: '{name}' in the row of '{path[-1]}' is no layer below it")
        if name not in closure:
            closure[name] = {name}.union(*(close(used, path + (name,)) for used in direct[name]))
        return closure[name]

    for name in direct:
        close(name, (name + " itself",))
    return closure


def problems(source, build):
    try:
        allowed = layers(source)
    except ValueError as error:
        yield str(error)
        return
    folders = {p.name for p in (source / "lib").iterdir() if p.is_dir() and any(p.iterdir())}
    for folder in sorted(folders ^ set(allowed)):
        yield f"lib/README.md: '{folder}' is in only one of the list and the tree"
    for file in _lint.files(source, _lint.OURS, (".h", ".c", ".cpp")):
        name = str(file)
        layer = file.parts[1] if file.parts[0] == "lib" else None
        for included in INCLUDE.findall(_lint.read(source / file)):
            top = included.split("/")[0]
            if top in ("clang", "clang-c", "clang-tidy", "clang-tools-extra") and not name.startswith(CLANG_ALLOWED):
                yield f"{name}: includes {included}; only Capture and the clang-tidy module see Clang"
            if top in ("llvm", "llvm-c", "lib", "checks", "nlohmann") and name.startswith(LLVM_FREE):
                yield f"{name}: includes {included}; the runtime needs nothing"
            if top == "nlohmann" and file.suffix == ".h" and file.parts[0] != "test":
                yield f"{name}: includes {included}; JSON stays inside .cpp files"
            if layer and top in ("checks", "tool", "test", "runtime") and (layer, included) != REGION:
                yield f"{name}: includes {included}; lib depends on nothing above it"
            if layer and top == "lib" and included.split("/")[1] not in allowed.get(layer, ()):
                yield f"{name}: includes {included}; lib/README.md does not allow that of {layer}"
            if name.startswith("checks/") and "ClangTidy" not in name and included.startswith("lib/Capture"):
                yield f"{name}: includes {included}; checks read the IR, not Capture"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
