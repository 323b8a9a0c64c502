"""What schema.graphql says, which `make schema` writes and tests/graph/test_schema.py compares with the code."""

from pathlib import Path
from typing import Any

from graphql import SchemaDefinitionNode, parse

_SCHEMA: Any = parse((Path(__file__).parent.parent / "schema.graphql").read_text())
DEFINITIONS = {
    definition.name.value: definition
    for definition in _SCHEMA.definitions
    if not isinstance(definition, SchemaDefinitionNode)
}
