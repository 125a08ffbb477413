"""Writes compile_commands.json for the C files of a folder: compile_commands.py FOLDER FLAGS…"""
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1]).resolve()
entries = [{"directory": str(folder), "file": str(f), "arguments": ["cc", *sys.argv[2:], "-c", str(f)]}
           for f in sorted(folder.glob("*.c"))]
(folder / "compile_commands.json").write_text(json.dumps(entries))
