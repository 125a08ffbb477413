"""Analyses the examples of the check pages: pages.py HANDRAIL DOCS_FOLDER OUTPUT_FOLDER

The code below "## Wrong" has to give findings of that check and of no other, the code
below "## Right" none."""
import json
import re
import subprocess
import sys
from pathlib import Path

tool, docs, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
output.mkdir(parents=True, exist_ok=True)
problems = examples = 0

for page in sorted(docs.glob("*.md")):
    if page.name == "README.md":
        continue
    for section, wrong in (("Wrong", True), ("Right", False)):
        body = re.search(rf"^## {section}\n(.*?)(?=^## )", page.read_text(), re.MULTILINE | re.DOTALL)
        blocks = re.findall(r"^```(c|cpp)\n(.*?)^```$", body[1] if body else "", re.MULTILINE | re.DOTALL)
        if not blocks:
            print(f"{page.name}: no code below '## {section}'")
            problems += 1
        for number, (language, code) in enumerate(blocks):
            file = output / f"{page.stem}-{section.lower()}-{number}.{language}"
            file.write_text(code)
            flags = ["-std=c++17"] if language == "cpp" else []
            done = subprocess.run([tool, "check", "--format=json", f"--checks={page.stem}", file, "--", *flags], capture_output=True, text=True)
            if done.returncode not in (0, 1):
                print(f"{page.name}: {section}: exit status {done.returncode}\n{done.stderr}")
                problems += 1
                continue
            found = [f"{f['check']} at line {f['location']['line']}: {f['message']}" for f in json.loads(done.stdout)["findings"]]
            mine = [f for f in found if f.split()[0].removeprefix("handrail-") == page.stem]
            if (wrong and (not mine or mine != found)) or (not wrong and found):
                print(f"{page.name}: {section}: {found or 'nothing found'}")
                problems += 1
            examples += 1

print(f"{examples} examples, {problems} problems")
sys.exit(1 if problems or not examples else 0)
