"""The scalars of the schema: how each goes in and out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from strawberry.types.scalar import ScalarDefinition

from graph import durations

Count = NewType("Count", int)
Duration = NewType("Duration", timedelta)
TensorData = NewType("TensorData", object)
Upload = NewType("Upload", UploadFile)


def _parse_duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        raise GraphQLError("A Duration is a string like PT30S, PT1H, P7D or P1Y.")
    try:
        return durations.parse(value)
    except ValueError as error:
        raise GraphQLError(f"Not a Duration: {error}.") from error


def _parse_date(value: Any) -> date:
    # Ten characters: of ISO 8601's forms Python reads many, and the schema promises one.
    if not isinstance(value, str) or len(value) != 10:
        raise GraphQLError("A Date is a string like 2026-11-22.")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError("A Date is a string like 2026-11-22.") from error


def _refuse_count(value: Any) -> Any:
    raise GraphQLError("A Count is for output only.")


def _parse_upload(value: Any) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise GraphQLError("An Upload is a file part of a multipart request, named by its `map`.")
    return value


def _refuse_output(value: Any) -> Any:
    raise GraphQLError("An Upload is for input only.")


def _same(value: Any) -> Any:
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    Duration: strawberry.scalar(
        name="Duration",
        description=(
            "A length of time, ISO 8601: PT1H, P1D, P7D, P1Y. A day is 24 hours, a month 30 days, a year 365 days. "
            "Answers use D, H, M and S only."
        ),
        serialize=durations.write,
        parse_value=_parse_duration,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601 in UTC.",
        serialize=datetime.isoformat,
        parse_value=datetime.fromisoformat,
    ),
    date: strawberry.scalar(
        name="Date", description="A calendar day, ISO 8601.", serialize=date.isoformat, parse_value=_parse_date
    ),
    Count: strawberry.scalar(
        name="Count",
        description="A whole number up to 2^53 - 1, as a JSON number.",
        serialize=int,
        parse_value=_refuse_count,
    ),
    TensorData: strawberry.scalar(
        name="TensorData",
        description=(
            "Tensor elements in row-major order as JSON: in, flat or nested lists; out, one flat list. Integers of "
            "64 bits go out as strings and come in as strings or integers; numbers that are not finite are "
            '"NaN", "Infinity" and "-Infinity"; BYTES are UTF-8 strings (anything else needs base64, where each '
            "element is preceded by its length in 4 bytes, as in KServe's v2 protocol)."
        ),
        # Made and taken as a whole by inference.tensors: GraphQL never walks the elements.
        serialize=_same,
        parse_value=_same,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file part of a GraphQL multipart request.",
        serialize=_refuse_output,
        parse_value=_parse_upload,
    ),
}
