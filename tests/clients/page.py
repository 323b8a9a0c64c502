"""What is in docs/clients.md and in the examples."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from local import paths
from tests import blocks

PAGE = paths.ROOT / "docs" / "clients.md"
EXAMPLES = paths.ROOT / "examples"
_BEGINS = ("query ", "mutation ", "subscription ")
_IN_SCRIPT = re.compile(r"^const [A-Z_]+ = `(.*?)`;$", re.DOTALL | re.MULTILINE)
_IN_JSON = re.compile(r'"query": (".*?[^\\]")')


def documents() -> Iterator[tuple[str, str]]:
    """Every GraphQL document, and where it is."""
    for block in blocks.of(PAGE):
        if block.language == "graphql":
            yield PAGE.name, block.text
        elif block.language == "sh":
            yield from ((PAGE.name, json.loads(text)) for text in _IN_JSON.findall(block.text))
    for text in _strings(EXAMPLES / "gql" / "journey.py"):
        if text.startswith(_BEGINS):
            yield "gql/journey.py", text
    yield from (("browser/app.js", text) for text in _IN_SCRIPT.findall((EXAMPLES / "browser" / "app.js").read_text()))
    yield "operations.graphql", (EXAMPLES / "operations.graphql").read_text()


def _strings(python: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(python.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
