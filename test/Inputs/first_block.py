"""Prints the first fenced block of a Markdown file without its lines of shell input."""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    block = re.search(r"^```\w*\n(.*?)^```$", page.read(), re.M | re.S)
for line in block[1].splitlines() if block else []:
    if not line.startswith("$ "):
        print(line)
