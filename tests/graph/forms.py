"""Multipart forms with files."""

import json

QUERY = """query ($a: Upload, $b: Upload, $more: [Upload]) {
  a: infer(model: "identity", inputs: [{name: "IN_INT8", shape: [2], data: {upload: $a}}]) { outputs { values } } }"""

ONE = """query ($a: Upload!) {
  a: infer(model: "identity", inputs: [{name: "IN_INT8", shape: [2], data: {upload: $a}}]) { outputs { values } } }"""

FILE = ("0.bin", b"\x01\xff")

PREFLIGHT = {"GraphQL-Require-Preflight": "1"}

MEGABYTE = 1024**2


def operations(query: str = ONE, **variables: object) -> str:
    return json.dumps({"query": query, "variables": variables or {"a": None}})


def form(*, text: object = None, paths: object = None, **files: object) -> list[tuple[str, object]]:
    """`text` and `paths` are the fields `operations` and `map`."""
    text = operations() if text is None else text
    paths = '{"0":["variables.a"]}' if paths is None else paths
    return [("operations", (None, text)), ("map", (None, paths)), *(files or {"0": FILE}).items()]


async def send(visitor, files: object, **headers: str):
    return await visitor.http.post("/graphql", files=files, headers=headers or PREFLIGHT)
