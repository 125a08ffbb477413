"""Writes the code blocks of a page whose fence names a file, as in

    ```json handrail.json

to a folder: blocks.py PAGE FOLDER
"""
import pathlib
import re
import sys

page, folder = map(pathlib.Path, sys.argv[1:3])
folder.mkdir(parents=True, exist_ok=True)
blocks = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
if not blocks:
    sys.exit(f"{page}: no block names a file")
for name, text in blocks:
    (folder / name).write_text(text, encoding="utf-8")
