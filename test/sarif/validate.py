#!/usr/bin/env python3
"""Validates SARIF files: validate.py --cache DIRECTORY [--line-hashes] FILE…

By Microsoft's SARIF Multitool, which knows the schema, rules about what it means, and
what GitHub's code scanning takes in. It is a package of npm's, installed in DIRECTORY
once in the version that package-lock.json names; afterwards nothing needs the network.
With --line-hashes, the hashes that GitHub knows results by are compared with its own.
Exit status: 0 valid, 1 not valid (errors and warnings), 2 the validator did not run.
"""
import argparse
import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def fail(message):
    print(f"validate.py: {message}", file=sys.stderr)
    sys.exit(2)


def installed(cache):
    """The validator's program."""
    cache.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    done = cache / "installed-package-lock.json"
    with open(cache / "lock", "w") as guard:  # tests run side by side
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not done.exists() or done.read_bytes() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, cache)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            if subprocess.run(command, cwd=cache, stdin=subprocess.DEVNULL).returncode:
                fail("'npm ci' failed: the validator is downloaded once, see above")
            done.write_bytes(lock)
    program = cache / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    if not program.exists():
        fail(f"npm installed no {program}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)  # what its install script does
    return program


def ask(program, cache, *arguments):
    """What the validator says, and the SARIF that it writes."""
    result = cache / f"result-{os.getpid()}.sarif"
    environment = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1", HOME=str(cache),
                       DOTNET_BUNDLE_EXTRACT_BASE_DIR=str(cache / "bundle"))
    done = subprocess.run([program, *arguments, "--output", result, "--log", "ForceOverwrite"], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not result.exists() or done.returncode:
        fail(f"the validator did not run:\n{done.stdout}")
    written = json.loads(result.read_text(encoding="utf-8-sig"))
    result.unlink()
    return done.stdout, written


def problems(program, cache, file):
    """Lines about what is wrong in file."""
    said, written = ask(program, cache, "validate", file, "--config", HERE / "rules.xml", "--rule-kind", "Sarif;Ghas",
                        "--level", "Error;Warning", "--kind", "Fail")
    run, = written["runs"]
    count = len(run.get("results", ()))
    told = [line for line in said.splitlines()
            if (": error " in line or ": warning " in line) and "RuleExplicitlyDisabled" not in line]
    if not run["invocations"][0]["executionSuccessful"]:
        fail(f"the validator failed:\n{said}")
    if len(told) != count:
        fail(f"the validator counts {count} problems and tells of {len(told)}:\n{said}")
    return told


HASH = "primaryLocationLineHash"


def hash_problems(program, cache, file):
    """Lines about results whose line hash the validator would make another."""
    log = json.loads(file.read_text(encoding="utf-8"))
    ours = [result["partialFingerprints"].pop(HASH) for result in log["runs"][0]["results"]]
    bare = cache / f"bare-{os.getpid()}.sarif"
    bare.write_text(json.dumps(log), encoding="utf-8")
    written = ask(program, cache, "rewrite", bare, "--insert", "RollingHashPartialFingerprints")[1]
    bare.unlink()
    theirs = [result["partialFingerprints"][HASH] for result in written["runs"][0]["results"]]
    assert len(ours) == len(theirs) and ours
    return [f"{file}: the hash of result {number} is {our}, and the validator makes it {their}"
            for number, (our, their) in enumerate(zip(ours, theirs)) if our != their]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--line-hashes", action="store_true")
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    program = installed(options.cache.resolve())
    look = hash_problems if options.line_hashes else problems
    found = [line for file in options.files for line in look(program, options.cache.resolve(), file)]
    print("\n".join(found) if found else f"{len(options.files)} valid")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
