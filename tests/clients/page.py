"""What is in docs/clients.md."""

import ast
import json
import re
from collections.abc import Iterator

from tests import blocks
from tests.local.conftest import ROOT

PAGE = ROOT / "docs" / "clients.md"
# Both files of the examples' folder that the page takes from the repository.
FILES = (ROOT / "schema.graphql", ROOT / "docs" / "letter.png")
# As graphql`…` and graphql(`…`) have them.
_IN_TYPESCRIPT = re.compile(r"graphql\(?`(.*?)`", re.DOTALL)
_IN_JSON = re.compile(r'"query": (".*?[^\\]")')


def found() -> list[blocks.Block]:
    return blocks.of(PAGE)


def documents() -> Iterator[tuple[str, str]]:
    """Every GraphQL document, and the language of the block that it is in."""
    for block in found():
        match block.language:
            case "graphql":
                yield block.language, block.text
            case "ts":
                yield from ((block.language, text) for text in _IN_TYPESCRIPT.findall(block.text))
            case "python":
                yield from ((block.language, text) for text in _strings(block.text) if text.startswith("query "))
            case "sh":
                yield from ((block.language, json.loads(text)) for text in _IN_JSON.findall(block.text))


def _strings(python: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(python)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
