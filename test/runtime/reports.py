#!/usr/bin/env python3
"""Reads the reports of the program of reports/: the JSON document at exit, on a signal
and as a snapshot, also of a process that was killed; the text; and what the shared
library adds to a process."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

program, library, *handrail = sys.argv[1:]
quiet = {k: v for k, v in os.environ.items() if not k.startswith("HANDRAIL_")}


def expect(condition, what, text=""):
    if not condition:
        sys.exit(f"{what}\n{text}")


def run(mode, **settings):
    done = subprocess.run([program, mode], env={**quiet, **settings}, capture_output=True, text=True, errors="replace")
    expect(done.returncode == 0, f"{mode}: exit status {done.returncode}", done.stderr)
    return done.stderr


def start(mode, **settings):
    child = subprocess.Popen([program, mode], env={**quiet, **settings}, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect(child.stdout.readline() == b"ready\n", f"{mode} does not get ready")
    return child


def load(path):
    document = json.loads(Path(path).read_bytes())
    expect(document["format"] == "handrail-ledger" and document["version"] == 1, "the head is wrong")
    modules, frames, stacks = (document.get(k, []) for k in ("modules", "frames", "stacks"))
    for frame in frames:
        expect(0 <= frame.get("module", 0) < len(modules), "a frame of no module", frame)
    for stack in stacks:
        expect(stack["frames"] and all(0 <= f < len(frames) for f in stack["frames"]), "a stack of no frames", stack)
    for m in modules:
        expect(m["path"].startswith("/"), "a module without a path", m)
    return document


def eventually(path, holds):
    for _ in range(200):
        if Path(path).exists() and holds(document := load(path)):
            return document
        time.sleep(0.02)
    sys.exit(f"{path} does not come")


def at_exit(folder):
    for level in "123":
        path = f"{folder}/exit-%p.json"
        run("leaks", HANDRAIL_REPORT_FILE=path, HANDRAIL_LEVEL=level)
        found = list(Path(folder).glob("exit-*.json"))
        expect(len(found) == 1 and re.search(r"exit-\d+\.json", found[0].name), "not one report", found)
        document = load(found[0])
        found[0].unlink()
        leak, = document["leaks"]
        expect(leak["count"] == 3 and leak["owner"] == "connections" and "connection" in leak["type"]
               and leak.get("failed", 0) == (level == "1"), "the leak", leak)  # by stack, from level 2
        expect(re.search(r"main.cpp:\d+ in accept_one", leak["site"]), "the site", leak)
        expect(leak["names"] == [{"text": 'h\ufffdl"lo\n', "count": 1}], "the name", leak)
        expect(len(leak["values"]) == 3 and leak["process"] == 0, "the values", leak)
        expect(("opened" in leak) == (level != "1") == ("oldest_ms" in leak), "the stack", leak)
        rules = {m["rule"]: m for m in document["misuses"]}
        expect(set(rules) == {"stale-use", "double-close", "release-failed"}, "the rules", rules)
        expect(rules["stale-use"]["count"] == 2, "the count", rules)
        expect(rules["release-failed"]["detail"] == "disk full", "the text", rules)
        roles = [s["role"] for s in rules["double-close"]["steps"]]
        expect(roles == ["here", "closed", "opened"], "the roles", roles)
        expect("stack" in rules["double-close"]["steps"][0], "a misuse has no stack", rules)
        process, = document["processes"]
        expect(process["command"] == [program, "leaks"] and process["level"] == int(level), "the process", process)
        history = document.get("history", [])
        expect(bool(history) == (level == "3"), "the history", history)
        if history:
            expect([e["at_ns"] for e in history] == sorted(e["at_ns"] for e in history), "the order", history)
            expect(any(e["what"] == "closed" and e["exit"] == "failed" for e in history), "how it ended", history)


def read_by_the_tool(folder):
    """Functions are found outside of the process, by module and offset."""
    path = f"{folder}/tool.json"
    run("leaks", HANDRAIL_REPORT_FILE=path, HANDRAIL_LEVEL="3")
    done = subprocess.run([*handrail, "report", path], capture_output=True, text=True)
    expect(done.returncode == 1, f"handrail report: exit status {done.returncode}", done.stderr)
    expect(re.search(r"Leak of 3.*\n(.*\n)*?    #\d+ in .*accept_one.*main.cpp", done.stdout), "no functions", done.stdout)
    expect("disk full" in done.stdout and "stale handle" in done.stdout, "no misuses", done.stdout)


def as_text():
    text = run("leaks", HANDRAIL_REPORT="1")
    expect("3 handles open at exit" in text, "no leaks in the text", text)
    expect("handrail: 4 misuses" in text, "no misuses in the text", text)
    expect(re.search(r"2 x stale-use of .*connection, closed at .*, opened at .*main.cpp:\d+ in accept_one", text),
           "the misuse has no places", text)
    expect("release-failed of guard: disk full" in text, "the swallowed error is not there", text)
    text = run("closing", HANDRAIL_REPORT="1")
    expect(re.search(r"async guard, opened at .*main.cpp:\d+.*, close started at .*main.cpp:\d+.*never completed", text),
           "an unfinished close", text)
    expect(re.search(r"async release, opened at .*main.cpp:\d+.*, close started, never completed", text),
           "an unfinished release", text)


def on_signal(folder):
    path = f"{folder}/signal.json"
    child = start("waits", HANDRAIL_REPORT_FILE=path, HANDRAIL_REPORT_SIGNAL="SIGUSR2", HANDRAIL_LEVEL="2")
    child.send_signal(signal.SIGUSR2)
    leak, = eventually(path, lambda d: True)["leaks"]
    expect(leak["count"] == 3 and "names" not in leak, "a thread of ours runs the program's code", leak)
    Path(path).unlink()
    child.send_signal(signal.SIGUSR2)
    eventually(path, lambda d: True)
    child.stdin.close()
    expect(child.wait() == 0, "the signal ends the program")
    child = start("waits", HANDRAIL_REPORT_SIGNAL="RTMIN+3")
    child.send_signal(signal.SIGRTMIN + 3)
    expect(b"3 handles open now" in child.stderr.readline(), "no text on a signal")
    child.stdin.close()
    child.wait()


def killed(folder, times):
    """Whatever the moment, there is a document, and a whole one."""
    rng = random.Random(1)
    path = Path(f"{folder}/snapshot.json")
    seen = 0
    for i in range(times):
        path.unlink(missing_ok=True)
        child = start("busy", HANDRAIL_SNAPSHOT=f"{path},1", HANDRAIL_LEVEL="23"[i % 2])
        time.sleep(rng.random() * 0.05)
        child.kill()
        child.wait()
        document = load(path)
        seen += any(leak["count"] > 0 for leak in document.get("leaks", []))
    expect(seen > times / 4, f"only {seen} snapshots have anything in them")


def growth(folder):
    path = f"{folder}/growth.json"
    run("grows", HANDRAIL_REPORT_FILE=path, HANDRAIL_GROWTH="20")
    leak, = load(path)["leaks"]
    counts = [n for _, n in leak["samples"]]
    expect(len(counts) > 5 and counts == sorted(counts) and counts[-1] > counts[0], "no growth", leak)


def forked(folder):
    run("forks", HANDRAIL_SNAPSHOT=f"{folder}/fork-%p.json,10", HANDRAIL_REPORT_FILE=f"{folder}/parent.json")
    counts = sorted(sum(leak["count"] for leak in load(p)["leaks"]) for p in Path(folder).glob("fork-*.json"))
    expect(counts == [1, 2], "parent and child", counts)
    expect(load(f"{folder}/parent.json")["leaks"][0]["count"] == 1, "the child wrote its parent's report")


def unwinder_is_private():
    """Nothing of an unwinder is exported, needed, or taken from one that is not the compiler's."""
    dynamic = subprocess.run(["nm", "-D", library], check=True, capture_output=True, text=True).stdout
    own = [line for line in dynamic.splitlines() if " U " not in line and re.search(r"unw_|_Unwind_|_ULx?|backtrace", line)]
    expect(not own, "the library has symbols of an unwinder", "\n".join(own))
    needed = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
    expect("libunwind" not in needed, "the library needs libunwind", needed)
    bound = subprocess.run([program, "leaks"], env={**quiet, "HANDRAIL_LEVEL": "2", "LD_DEBUG": "bindings"},
                           capture_output=True, text=True).stderr
    lines = [line for line in bound.splitlines() if re.search(r"symbol `_Unwind_(?!Find)", line)]
    expect(lines, "nothing is bound to an unwinder")
    for line in lines:
        to = re.search(r"binding file \S+ .* to (\S+) ", line)[1]
        expect("libunwind" not in to, "the process has another unwinder", line)


with tempfile.TemporaryDirectory() as work:
    at_exit(work)
    if handrail:
        read_by_the_tool(work)
    as_text()
    on_signal(work)
    killed(work, 50)
    growth(work)
    forked(work)
    unwinder_is_private()
print("ok")
