#!/bin/sh
# strawberry-graphql 0.341.2: `last: 0` on a `relay.ListConnection` returns every item, `first: 0` none. Strawberry takes
# the last items with a slice that begins at minus `last`, and minus zero is the beginning. The answer may then hold
# more items than `relay_max_results` (100 by default) says.
#
# Seen with the packages below on Python 3.11, for 250 items:
#     first: 0 returns 0 items
#     last: 2 returns 2 items
#     last: 0 returns 250 items
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check strawberry-graphql==0.341.2 graphql-core==3.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from collections.abc import Iterable

import strawberry
from strawberry import relay


@strawberry.type
class Fruit(relay.Node):
    number: relay.NodeID[int]


@strawberry.type
class Query:
    @relay.connection(relay.ListConnection[Fruit])
    def fruits(self) -> Iterable[Fruit]:
        return [Fruit(number=number) for number in range(250)]


schema = strawberry.Schema(query=Query)


def count(arguments):
    answer = schema.execute_sync(f"{{ fruits({arguments}) {{ edges {{ cursor }} }} }}")
    assert answer.errors is None, answer.errors
    return len(answer.data["fruits"]["edges"])


for arguments, items in (("first: 0", 0), ("last: 2", 2), ("last: 0", 250)):
    assert count(arguments) == items, (arguments, count(arguments))
    print(f"{arguments} returns {items} items")
PYTHON
