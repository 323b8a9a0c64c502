#!/bin/sh
# strawberry-graphql 0.341.2: an argument whose GraphQL name is `info` or `_source` cannot be used, whatever it is called
# in Python. Strawberry hands all arguments to an inner function as keywords by their GraphQL names, beside two
# parameters of its own with these names, so the field fails with a TypeError at each call. The schema builds without
# complaint.
#
# Seen with the packages below on Python 3.11:
#     other: None answer 2
#     info: got multiple values for argument 'info'
#     _source: got multiple values for argument '_source'
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check strawberry-graphql==0.341.2 graphql-core==3.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from typing import Annotated

import strawberry


def answer(name):
    @strawberry.type
    class Query:
        @strawberry.field
        def double(self, number: Annotated[int, strawberry.argument(name=name)]) -> int:
            return 2 * number

    return strawberry.Schema(query=Query).execute_sync(f"{{ double({name}: 1) }}")


works = answer("other")
print("other:", works.errors, "answer", works.data["double"])
for name in ("info", "_source"):
    (error,) = answer(name).errors
    said = f"got multiple values for argument '{name}'"
    assert said in error.message, error.message
    print(f"{name}: {said}")
PYTHON
