import re
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

from tests import forked

ROOT = Path(__file__).parent.parent.parent
# Words that say nothing to a newcomer, or that the glossary replaces.
_AVOIDED = re.compile(
    r"\b(pictures?|places?|visitors?|guess(es)?|mails?|whoever|somebody|nobody|begun|alike|nowhere|theirs|another one"
    r"|authenticator programs?|stands? on|left out|none of|such thing)\b",
    re.IGNORECASE,
)


def test_the_committed_schema_is_the_one_the_code_makes():
    made = forked.run("schema", environ={})

    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == (ROOT / "schema.graphql").read_text(), "`make schema` writes it anew"


def parts_of(schema):
    """Every type, field, argument, input field and enum value, by name."""
    parts = {}
    for name, kind in schema.type_map.items():
        if name in introspection_types or name in specified_scalar_types:
            continue
        parts[name] = kind
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
    return parts


def costs(schema):
    """The description of `@cost`."""
    return next(directive.description for directive in schema.directives if directive.name == "cost")


def test_everything_in_the_schema_is_described():
    schema = build_schema((ROOT / "schema.graphql").read_text())

    assert [name for name, part in parts_of(schema).items() if not part.description] == []
    assert schema.description
    assert costs(schema)


def test_descriptions_use_common_words():
    schema = build_schema((ROOT / "schema.graphql").read_text())
    texts = {name: part.description for name, part in parts_of(schema).items()}
    texts |= {"schema": schema.description, "@cost": costs(schema)}

    assert {name: text for name, text in texts.items() if _AVOIDED.search(text)} == {}


async def test_introspection_begins_with_the_way_from_sign_up_to_a_model(visitor):
    described = (await visitor.run("{ __schema { description } }"))["__schema"]["description"]

    assert described == build_schema((ROOT / "schema.graphql").read_text()).description
    steps = re.findall(r"^\d\. .*`(register|verifyEmail|login|createApiToken|infer|rateLimit)`", described, re.M)
    assert steps == ["register", "verifyEmail", "login", "createApiToken", "infer", "rateLimit"]
    # GraphiQL shows it at the top of its docs, if it asks for it.
    assert "schemaDescription: true," in (ROOT / "graph" / "static" / "page.js").read_text()
