"""Prints the first fenced block of a language in a Markdown file: fenced_block.py FILE [LANGUAGE]."""
import re
import sys
import textwrap

language = sys.argv[2] if len(sys.argv) > 2 else ""
with open(sys.argv[1], encoding="utf-8") as page:
    block = re.search(rf"^ *```{language}\n(.*?)^ *```$", page.read(), re.M | re.S)
print(textwrap.dedent(block[1]), end="")
