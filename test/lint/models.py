#!/usr/bin/env python3
"""Every built-in model is valid by the published schema, sorted into the tree by its
name, and has a test in test/models that exercises it."""
import json
import sys

import _lint

# What headers say themselves, instead of a model.
WITHOUT_MODEL = {"annotations", "attributes"}


def problems(source, build):
    folder = source / "lib/Model/builtin"
    models = sorted(folder.glob("*.json"))
    if not models:
        yield "lib/Model/builtin: no models"
    try:
        import jsonschema
    except ImportError:
        raise _lint.Skip("python3-jsonschema is not installed") from None
    schema = json.loads(_lint.read(source / "lib/Model/model.schema.json"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for model in models:
        name = f"lib/Model/builtin/{model.name}"
        if not any((source / f"test/models/{model.stem}{suffix}").exists() for suffix in (".c", ".cpp")):
            yield f"{name}: test/models/{model.stem}.c or .cpp is missing"
        try:
            content = json.loads(_lint.read(model))
        except ValueError as error:
            yield f"{name}: {error}"
            continue
        for error in sorted(validator.iter_errors(content), key=str):
            yield f"{name}: /{'/'.join(map(str, error.absolute_path))}: {error.message}"
    for test in _lint.files(source, ["test/models"], (".c", ".cpp")):
        if test.stem not in WITHOUT_MODEL and not any(test.stem == m.stem or test.stem.startswith(m.stem + "-") for m in models):
            yield f"{test}: no built-in model of this name"


if __name__ == "__main__":
    sys.exit(_lint.main(problems))
