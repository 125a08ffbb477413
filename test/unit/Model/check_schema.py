"""Validates model files against lib/Model/model.schema.json.

Shipped models and Inputs/good must pass, every file of Inputs/bad must not.
Exits 77 (skipped) when the jsonschema module is missing.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("no jsonschema module")
    sys.exit(77)


def main() -> int:
    models, inputs = map(pathlib.Path, sys.argv[1:3])
    schema = json.loads((models / "model.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    failures = 0
    good = sorted((models / "builtin").glob("*.json")) + sorted((inputs / "good").glob("*.json"))
    bad = sorted((inputs / "bad").glob("*.json"))
    if not good or not bad:
        print("nothing to check")
        return 1
    for path in good:
        for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
            failures += 1
    for path in bad:
        if validator.is_valid(json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: accepted by the schema")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
