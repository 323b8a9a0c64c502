#!/bin/sh
# graphql-core 3.3.2: after `execute` has returned, the context value and the variables of the operation stay in memory until
# Python's cycle collector runs, because the executor and its helpers for awaitables refer to each other. A server whose
# requests hold megabytes (an upload, a tensor) keeps those of many requests at once, since few objects are made for each
# megabyte and the collector counts objects. 3.2.6 frees them at once.
#
# Seen: 3.2.6: freed at once; 3.3.2: freed by the collector
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for version in 3.2.6 3.3.2; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "graphql-core==$version"
    "$folder/$version/bin/python" - "$version" <<'PYTHON' >>"$folder/seen"
import gc
import sys
import weakref

from graphql import build_schema, execute, parse


class Context:
    """Such as a request with its upload."""


def run():
    context = Context()
    result = execute(build_schema("type Query { n: Int }"), parse("{ n }"), {"n": 1}, context)
    assert result.data == {"n": 1}
    return weakref.ref(context)


gc.disable()
context = run()
at_once = context() is None
gc.collect()
assert context() is None
print(f"{sys.argv[1]}: freed {'at once' if at_once else 'by the collector'}")
PYTHON
done

cat "$folder/seen"
[ "$(cat "$folder/seen")" = "3.2.6: freed at once
3.3.2: freed by the collector" ]
