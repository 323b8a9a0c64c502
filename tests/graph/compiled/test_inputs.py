"""Each resolver of the schema gets the arguments that Strawberry would give it."""

import io

import pytest
from graphql import GraphQLObjectType, Undefined, is_required_argument
from graphql.utilities import coerce_input_value
from starlette.datastructures import UploadFile
from strawberry.types.arguments import convert_arguments

from graph import schema
from graph.compiled import resolvers
from inference.declarations import Datatype, Declaration, TensorSpec
from tests.graph.compiled import documents
from tests.graph.compiled.documents import json_value

_SEEDS = range(10)
_VALUES = {
    **documents.SCALARS,
    "Date": ["2026-01-31"],
    "DateTime": ["2026-11-22T12:00:00Z"],
    "Duration": ["PT30S", "P7D"],
    "TensorData": [[1, [2.5]], "x", {"a": 1}],
    "Upload": [UploadFile(io.BytesIO())],
}
_INPUTS = (TensorSpec("info", Datatype.FP32, (1,)), TensorSpec("_source", Datatype.INT8, (-1,), optional=True))
_MODEL = Declaration(
    name="model",
    description=None,
    max_batch_size=0,
    streaming=False,
    inputs=_INPUTS,
    outputs=(TensorSpec("OUT", Datatype.FP32, (1,)),),
    cost=1,
    public=True,
    example=None,
)


@pytest.fixture(scope="module")
def built():
    return schema.build([_MODEL])


def with_arguments(built):
    for kind in built._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                if field.args:
                    yield f"{kind.name}.{name}", field, field.extensions["strawberry-definition"]


def coerced(built, field, seed):
    """The arguments of one call, as graphql-core gives them to a resolver."""
    given = {}
    for number, (name, argument) in enumerate(field.args.items()):
        if is_required_argument(argument) or (seed + number) % 3:
            value = json_value(built._schema, argument.type, f"{name} {seed}", scalars=_VALUES)
            given[argument.out_name or name] = coerce_input_value(value, argument.type)
    return given


def outcome(convert):
    try:
        return convert()
    except Exception as error:
        return type(error), str(error)


def test_arguments_are_converted_as_by_strawberry(built):
    compared, converter = 0, built.schema_converter
    for place, field, definition in with_arguments(built):
        prepared = resolvers.arguments(definition, converter)
        for seed in _SEEDS:
            given = outcome(lambda field=field, seed=seed: coerced(built, field, seed))
            if isinstance(given, tuple) or Undefined in given.values():
                continue  # graphql-core refuses a one-of input with two members, or none

            wanted = outcome(
                lambda given=given, definition=definition: convert_arguments(
                    given, definition.arguments, converter.scalar_registry, converter.config
                )
            )
            found = outcome(
                lambda given=given, prepared=prepared: {
                    name: convert(given[key]) for key, name, convert in prepared if key in given
                }
            )
            assert found == wanted, (place, seed, given)
            compared += 1
    assert compared > 200


def test_every_resolver_is_prepared(built):
    """Without exception handlers, Strawberry's own function is not needed for any field of the service."""
    general = [
        place
        for place, field, definition in with_arguments(built)
        if not built.schema_converter._get_field_exception_handlers(definition)
        and resolvers.prepare(built._schema, field).call.__name__ not in ("call", "call_async")
    ]

    assert general == []
