"""Runs the soak program and compares what it says is open with what the ledger says.

    soak.py HANDRAIL PROGRAM SECONDS
"""
import json
import os
import subprocess
import sys
import tempfile

tool, program, seconds = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "report.json")
    command = [tool, "run", "--kinds=*", "--format=json", "-o", path, "--", program, seconds]
    run = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, pass_fds=())
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
print(run.stdout, end="")
if run.returncode != 0:
    sys.exit(f"status {run.returncode}")
wanted = int(run.stdout.split()[0])
mains = [p for p in report["processes"] if p["command"][0] == program]
# A sanitizer's runtime has threads and mappings of its own.
ours = [leak for leak in report.get("leaks", ()) if leak["kind"] not in ("mapping", "mutex", "thread", "tls-key")]
got = sum(leak["count"] for leak in ours)
kinds = ", ".join(f"{leak['count']} {leak['kind']}" for leak in ours)
problems = [f"{got} open in the ledger ({kinds}), {wanted} in the kernel"] if got != wanted else []
problems += [f"kind {leak['kind']}: nobody saw it opened" for leak in ours if leak.get("opened") is None]
problems += [f"misuse: {json.dumps(misuse)}" for misuse in report.get("misuses", ())]
problems += [f"lost: {p['lost']}" for p in mains if p.get("lost")]
print("\n".join(problems))
sys.exit(bool(problems))
