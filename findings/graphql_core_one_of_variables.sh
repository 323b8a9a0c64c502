#!/bin/sh
# graphql-core 3.3.2: the rule that a variable in a one-of input must not be nullable is kept only where the input itself
# may be null. With an argument of type `Key!` a document with a nullable variable passes validation, and the error comes
# when the field is run; with `Key` the same document is refused as the specification says ("All Variable Usages Are
# Allowed"). The rule looks at the parent type at that position, and does not recognize `Key!` as an input object.
#
# Seen with the package below on Python 3.11:
#     Key: refused by validation
#     Key!: passes validation
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check graphql-core==3.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from graphql import build_schema, parse, validate


def problems(kind):
    schema = build_schema(
        f"input Key @oneOf {{ id: ID name: String }} type Query {{ find(key: {kind}): String }}"
    )
    return validate(schema, parse("query ($name: String) { find(key: {name: $name}) }"))


assert [problem.message for problem in problems("Key")] == [
    "Variable '$name' is of type 'String' but must be non-nullable to be used for OneOf Input Object 'Key'."
]
print("Key: refused by validation")
assert problems("Key!") == []
print("Key!: passes validation")
PYTHON
