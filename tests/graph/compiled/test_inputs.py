"""Each resolver of the schema gets the arguments that Strawberry would give it."""

import io

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
STRAWBERRY = schema.build([_MODEL])
SCHEMA = STRAWBERRY._schema
CONVERTER = STRAWBERRY.schema_converter


def with_arguments():
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                if field.args:
                    yield f"{kind.name}.{name}", field, field.extensions["strawberry-definition"]


def coerced(field, seed):
    """The arguments of one call, as graphql-core gives them to a resolver."""
    given = {}
    for number, (name, argument) in enumerate(field.args.items()):
        if is_required_argument(argument) or (seed + number) % 3:
            value = json_value(SCHEMA, argument.type, f"{name} {seed}", scalars=_VALUES)
            given[argument.out_name or name] = coerce_input_value(value, argument.type)
    return given


def outcome(convert):
    try:
        return convert()
    except Exception as error:
        return type(error), str(error)


def test_arguments_are_converted_as_by_strawberry():
    compared = 0
    for place, field, definition in with_arguments():
        prepared = resolvers.arguments(definition, CONVERTER)
        for seed in _SEEDS:
            given = outcome(lambda field=field, seed=seed: coerced(field, seed))
            if isinstance(given, tuple) or Undefined in given.values():
                continue  # graphql-core refuses a one-of input with two members, or none

            wanted = outcome(
                lambda given=given, definition=definition: convert_arguments(
                    given, definition.arguments, CONVERTER.scalar_registry, CONVERTER.config
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


def test_every_resolver_is_prepared():
    """Without exception handlers, Strawberry's own function is not needed for any field of the service."""
    general = [
        place
        for place, field, definition in with_arguments()
        if not CONVERTER._get_field_exception_handlers(definition)
        and resolvers.prepare(SCHEMA, field).call.__name__ not in ("call", "call_async")
    ]

    assert general == []
