#!/usr/bin/env python3
"""Shows every rule a tree that breaks it, and one that does not."""
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import _lint, checks, format, headers, layering, links, models, readme, text

LAYERS = "| folder | its one job | may include |\n|---|---|---|\n| `A` | first | LLVM Support |\n| `B` | second | A |\n| `C` | third | B |\n"


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def found(self, rule, *parts):
        """The rule finds exactly as many problems as there are parts, each with its part."""
        problems = list(rule.problems(self.root, self.root / "build"))
        self.assertEqual(len(problems), len(parts), problems)
        for part in parts:
            problem = next((p for p in problems if part in p), None)
            self.assertIsNotNone(problem, f"{part!r} is not in {problems}")
            problems.remove(problem)


class Layering(Tree):
    def setUp(self):
        super().setUp()
        self.write("lib/README.md", LAYERS)
        self.write("lib/A/a.h", '#include "llvm/ADT/StringRef.h"\n')
        self.write("lib/B/b.h", '#include "lib/A/a.h"\n')
        self.write("lib/C/c.h", '#include "lib/B/b.h"\n#include "lib/A/a.h"\n')
        self.write("runtime/include/r.h", "#include <stdint.h>\n")

    def test_clean(self):
        self.found(layering)

    def test_upward_include(self):
        self.write("lib/A/a.cpp", '#include "lib/B/b.h"\n')
        self.found(layering, "does not allow that of A")

    def test_clang(self):
        self.write("lib/B/b.cpp", '#include "clang/AST/Decl.h"\n')
        self.write("checks/ClangTidyModule.cpp", '#include "clang-tidy/ClangTidyModule.h"\n')
        self.found(layering, "only Capture")

    def test_runtime(self):
        self.write("runtime/include/r.h", '#include "llvm/ADT/StringRef.h"\n')
        self.found(layering, "needs nothing")

    def test_json_in_header(self):
        self.write("lib/C/c.h", "#include <nlohmann/json.hpp>\n")
        self.found(layering, "JSON stays")

    def test_list_and_tree(self):
        self.write("lib/D/d.h", "\n")
        self.found(layering, "'D' is in only one")

    def test_layer_above_in_list(self):
        self.write("lib/README.md", LAYERS.replace("| first | LLVM Support |", "| first | C |"))
        self.found(layering, "is no layer below it")


class Checks(Tree):
    def setUp(self):
        super().setUp()
        self.write("checks/Checks.def", 'CHECK("a-b", ABCheck, Error, true,\n  "a handle is a")\nCHECK("c", C, Error, true, "c")\n')
        self.write("checks/list_checks.py", "")
        for id, summary in (("a-b", "A handle is a"), ("c", "c")):
            self.write(f"docs/checks/{id}.md", f"# {id}\n\n{summary}.\n")
            self.write(f"test/checks/{id}.c", f"// RUN: %check_handrail %s\n// RUN: %check_tidy %s\nf(); // expect: {id}\n")

    def test_clean(self):
        self.found(checks)

    def test_order(self):
        self.write("checks/Checks.def", 'CHECK("c", C, Error, true, "c")\nCHECK("a-b", ABCheck, Error, true, "a handle is a")\n')
        self.found(checks, "not sorted")

    def test_missing_pieces(self):
        (self.root / "docs/checks/c.md").unlink()
        (self.root / "test/checks/a-b.c").unlink()
        self.found(checks, "c.md is missing", "a-b.c or .cpp is missing")

    def test_page_and_test_content(self):
        self.write("docs/checks/c.md", "# d\n\nThis is about d.\n")
        self.write("test/checks/c.c", "// RUN: %check_handrail %s\nf();\n")
        self.found(checks, "does not open with", "no finding of c", "both front doors")

    def test_stray_page(self):
        self.write("docs/checks/d.md", "d\n")
        self.found(checks, "no check of this name")

    def test_readme(self):
        self.write("README.md", "| (docs/checks/a-b.md) | a handle is a |\n| (docs/checks/c.md) | c |\n")
        self.found(readme)
        self.write("README.md", "| (docs/checks/a-b.md) | a handle is a |\n| (docs/checks/c.md) | d |\n")
        self.found(readme, "lacks c with")

    def test_index(self):
        self.write("checks/list_checks.py", "raise SystemExit(1)")
        self.found(checks, "not current")


class Models(Tree):
    def setUp(self):
        super().setUp()
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        self.write("lib/Model/model.schema.json", json.dumps({"required": ["kinds"]}))
        self.write("lib/Model/builtin/stdio.json", '{"kinds": []}')
        self.write("test/models/stdio.c", "\n")

    def test_clean(self):
        self.found(models)

    def test_no_test_and_stray_test(self):
        (self.root / "test/models/stdio.c").unlink()
        self.write("test/models/other.c", "\n")
        self.found(models, "stdio.c or .cpp is missing", "no built-in model")

    def test_schema_and_syntax(self):
        self.write("lib/Model/builtin/stdio.json", "{}")
        self.found(models, "'kinds' is a required")
        self.write("lib/Model/builtin/stdio.json", "{")
        self.found(models, "Expecting")


class Text(Tree):
    def test_clean(self):
        self.write("lib/A/a.h", "//===- a.h - about a ---*- C++ -*-===//\n#pragma once\n")
        self.write("lib/A/a.cpp", "// About a.\n")
        self.found(text)

    def test_blanks(self):
        self.write("docs/a.md", "a \n\tb\nc")
        self.found(text, "trailing blanks", "tab", "newline")

    def test_opening(self):
        self.write("lib/A/a.h", "#include <a>\n")
        self.write("lib/A/a.cpp", "#include <a>\n")
        self.write("lib/A/b.cpp", "#include <a>\n")
        self.found(text, "b.cpp:1: opens without", "first line", "pragma once")

    def test_length(self):
        self.write("lib/A/a.cpp", "// a\n" * 601)
        self.found(text, "601 lines")

    def test_scripts(self):
        self.write("a.py", "def\n")
        self.write("run", "#!/bin/bash\nif\n")
        self.found(text, "a.py", "run")


class Format(Tree):
    def test_format(self):
        if not shutil.which("clang-format-19"):
            self.skipTest("clang-format-19 is not installed")
        self.write(".clang-format", "BasedOnStyle: LLVM\n")
        self.write("lib/A/a.cpp", "int f() { return 1; }\n")
        self.found(format)
        self.write("lib/A/a.cpp", "int f( )  { return 1; }\n")
        problems = list(format.problems(self.root, self.root))
        self.assertIn("lib/A/a.cpp:1", problems[0])


class Headers(Tree):
    def setUp(self):
        super().setUp()
        if not shutil.which("clang++-19"):
            self.skipTest("clang++-19 is not installed")

    def build(self, flags):
        entry = {"directory": str(self.root), "file": str(self.root / "lib/A/a.cpp"),
                 "command": f"ccache clang++-19 -std=c++20 {flags} -o a.o -c {self.root}/lib/A/a.cpp"}
        self.write("build/compile_commands.json", json.dumps([entry]))

    def test_alone(self):
        self.build("")
        self.write("lib/A/b.h", "struct A {};\n")
        self.found(headers)
        self.write("lib/A/b.h", "A f();\n")
        self.write("tool/t.h", "\n")
        self.found(headers, "lib/A/b.h: does not compile alone", "tool/t.h: no source")

    def test_own_source_is_proof(self):
        self.write("lib/A/a.h", "B f();\n")
        self.write("lib/A/a.cpp", '#include "lib/A/a.h"\n#include "b.h"\n')
        self.build("")
        self.found(headers)
        self.write("lib/A/a.cpp", '#include "b.h"\n#include "lib/A/a.h"\n')
        self.found(headers, "a.h: does not compile alone")

    def test_no_proof_with_precompiled_header(self):
        self.write("lib/A/a.h", "B f();\n")
        self.write("lib/A/a.cpp", '#include "lib/A/a.h"\n')
        self.build("-Xclang -include-pch -Xclang cmake_pch.hxx.pch")
        self.found(headers, "a.h: does not compile alone")


class Links(Tree):
    def test_links(self):
        self.write("docs/a.md", "# One `two`\n[x](b.md) [y](#one-two) [z](https://example.org/q)\n")
        self.write("docs/b.md", "[x](a.md#one-two)\n")
        self.found(links)
        self.write("docs/b.md", "[x](a.md#three) [y](c.md)\n")
        self.found(links, "no such heading", "does not exist")


if __name__ == "__main__":
    unittest.main()
