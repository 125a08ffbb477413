#!/usr/bin/env python3
"""Stands in for handrail, so that all tests run with one cache that is under attack.

    lit -v build/dev/test --param cache=DIR

Each `handrail check` is first started with the shared cache DIR and killed after a
random time, with all its processes or alone, and then run for real. DIR.log has a line
for each: `killed` or `done`, and the delay. HANDRAIL_KILL_TOOL names the tool.

Tests that count what was reused, or have a cache of their own, run without. One fails:
tool/since.test has a run without a PATH, on which this script does not find Python.
"""
import os
import random
import signal
import subprocess
import sys
import time

# What a run writes beside its report must not be written by half.
WRITES = ("--fix", "-o", "--output", "--write-summaries", "--list-checks", "--help")


def attack(command):
    delay = random.random() ** 2 * 0.4
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(delay)
    try:
        os.killpg(process.pid, signal.SIGKILL) if random.random() < 0.5 else process.kill()
    except ProcessLookupError:
        pass
    outcome = "killed" if process.wait() == -signal.SIGKILL else "done"
    with open(os.environ["HANDRAIL_CACHE"] + ".log", "a", encoding="utf-8") as log:
        log.write(f"{outcome} {delay:.3f}\n")


def main():
    command = [os.environ["HANDRAIL_KILL_TOOL"], *sys.argv[1:]]
    options = {a.split("=")[0] for a in command}
    shared = os.environ.get("HANDRAIL_CACHE") == os.environ["HANDRAIL_KILL_CACHE"]
    if shared and "--stats" in options:
        del os.environ["HANDRAIL_CACHE"]
    elif shared and command[1:2] == ["check"] and not options.intersection((*WRITES, "--cache")):
        attack(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
