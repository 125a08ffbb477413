"""validate.py SCHEMA REPORT: fails when the report does not follow the schema."""
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(0)
schema, report = (json.load(open(f)) for f in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(report)
