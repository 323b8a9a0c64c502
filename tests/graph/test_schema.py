import subprocess
import sys
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    introspection_types,
    specified_scalar_types,
)

ROOT = Path(__file__).parent.parent.parent


def test_the_committed_schema_is_the_one_the_code_makes():
    made = subprocess.run(
        [Path(sys.executable).with_name("gatehouse"), "schema"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert made.stdout == (ROOT / "schema.graphql").read_text(), "`make schema` writes it anew"


def test_everything_in_the_schema_is_described():
    schema = build_schema((ROOT / "schema.graphql").read_text())
    silent = []
    for name, kind in schema.type_map.items():
        if name in introspection_types or name in specified_scalar_types:
            continue
        parts = {name: kind}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            parts |= {f"{name}.{field}": value for field, value in kind.fields.items()}
            parts |= {
                f"{name}.{field}({argument})": value
                for field, holder in kind.fields.items()
                for argument, value in holder.args.items()
            }
        elif isinstance(kind, GraphQLInputObjectType):
            parts |= {f"{name}.{field}": value for field, value in kind.fields.items()}
        elif isinstance(kind, GraphQLEnumType):
            parts |= {f"{name}.{value}": definition for value, definition in kind.values.items()}
        silent += [part for part, definition in parts.items() if not definition.description]

    assert silent == []
