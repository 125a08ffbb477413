"""Kills a program at random moments; `handrail report` reads every ledger it left.

    killed.py HANDRAIL PROGRAM RUNS
"""
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

tool, program, runs = sys.argv[1:]
library = glob.glob(os.path.join(os.path.dirname(tool), "..", "lib*", "libhandrail_preload.so"))[0]
random.seed(1)
read = 0
with tempfile.TemporaryDirectory() as top:
    for run in range(int(runs)):
        folder = os.path.join(top, str(run))
        os.mkdir(folder)
        environment = dict(os.environ, LD_PRELOAD=library, HANDRAIL_DIR=folder)
        with subprocess.Popen([program], env=environment, start_new_session=True) as process:
            time.sleep(random.random() ** 2 * 0.1)
            os.killpg(process.pid, signal.SIGKILL)
        # Children may go on for a moment, and take theirs away when they have nothing to tell.
        begun = []
        for path in glob.glob(os.path.join(folder, "*.ledger")):
            try:
                os.link(path, path + ".kept")
            except FileNotFoundError:
                continue
            # One that was killed before it had written its first bytes says so.
            with open(path + ".kept", "rb") as file:
                begun += [path + ".kept"] if file.read(8) == b"HRLEDGER" else []
        if not begun:
            continue
        result = subprocess.run([tool, "report", "--format=json", *begun], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, check=False)
        if result.returncode not in (0, 1):
            sys.exit(f"report ended with status {result.returncode}: {result.stderr}")
        report = json.loads(result.stdout or result.stderr)
        read += len(report["processes"])
        for leak in report.get("leaks", ()):
            for frame in report["stacks"][leak["opened"]]["frames"] if leak.get("opened") is not None else ():
                report["frames"][frame]  # pylint: disable=pointless-statement
        shutil.rmtree(folder)
print(f"{read} ledgers were read")
sys.exit(read < int(runs) // 4)
