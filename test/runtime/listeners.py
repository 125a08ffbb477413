#!/usr/bin/env python3
"""Runs a test program of listeners/ and reads its JUnit report: which tests fail is
decided by what they leave open, and the message says what and where."""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

framework, program = sys.argv[1:3]
OUTPUT = {"gtest": "--gtest_output=xml:{}", "catch2": "-r junit -o {}", "doctest": "-r=junit -o={}"}
LEAKS = {"AHandle", "ADescriptor", "InThreads", "FailedAnyway"} | ({"InATask"} if framework == "gtest" else {"InASection"})
CLEAN = {"Clean", "MadeOnce", "ADescriptorMadeOnce", "SaidToBeMadeOnce", "ClosedSoon", "CleanAgain"} | (
    {"Starts", "IsNotBlamed"} if framework == "gtest" else {"CleanSections"})
quiet = {k: v for k, v in os.environ.items() if not k.startswith(("HANDRAIL_", "LD_PRELOAD"))}


def expect(condition, what, text=""):
    if not condition:
        sys.exit(f"{framework}: {what}\n{text}")


def run(**settings):
    """Failures by test, and everything that was printed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        done = subprocess.run([program, *OUTPUT[framework].format(report).split()], env={**quiet, **settings},
                              capture_output=True, text=True, timeout=60)
        expect(done.returncode != 0, f"exit status {done.returncode}", done.stdout + done.stderr)
        results = {}
        for case in xml.parse(report).iter("testcase"):
            # A section is a test of the report in Catch2, a subcase in doctest.
            name = case.get("name") if framework == "gtest" else f'{case.get("classname")}.{case.get("name")}'
            if (found := re.search(r"Leaks\.(\w+)", name)) or (found := re.search(r"^(\w+)$", name)):
                text = "".join((f.get("message") or "") + (f.text or "") for f in case.findall("failure"))
                results[found[1]] = results.get(found[1], "") + text
        return results, done.stdout + done.stderr


results, printed = run()
failed = {name for name, text in results.items() if text}
expect(failed == LEAKS, f"failed: {sorted(failed)}, not {sorted(LEAKS)}", printed)
if framework != "catch2":  # whose report has no tests without assertions
    expect(CLEAN <= set(results), "tests are missing", sorted(results))
where = r"opened at \S*common.h:\d+ in open_connection"
for name, text in (("AHandle", rf"1 x connection 'left behind' in table 'connections' left open, {where}"),
                   ("ADescriptor", r"descriptor \d+ left open: /dev/zero"),
                   ("InThreads", rf"2 x connection '(first|second) thread' in table 'connections' left open, {where}"),
                   ("FailedAnyway", r"for its own reason"), ("FailedAnyway", r"1 x connection 'left behind'")):
    expect(re.search(text, results[name]), f"{name} does not say {text}", results[name])
if framework == "gtest":
    expect(re.search(r"test Late.Starts ended before this was opened for it:\s*1 x connection 'late'", printed),
           "a late leak is nobody's", printed)

results, _ = run(HANDRAIL_TEST_RERUN="0")
expect({name for name, text in results.items() if text} == LEAKS | {"MadeOnce", "ADescriptorMadeOnce"},
       "a test is run again", results)

results, printed = run(HANDRAIL_LEVEL="2")
expect({name for name, text in results.items() if text} == LEAKS, "level 2 says other things", printed)
expect(re.search(r"\n\s+\S+\+0x[0-9a-f]+", results["AHandle"]), "there is no stack", results["AHandle"])
print("ok")
