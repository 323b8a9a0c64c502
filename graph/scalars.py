"""The scalars of the schema: how each is parsed and serialized."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from starlette.datastructures import UploadFile
from strawberry.types.scalar import ScalarDefinition

from graph import durations

Count = NewType("Count", int)
Duration = NewType("Duration", timedelta)
TensorData = NewType("TensorData", object)
Upload = NewType("Upload", UploadFile)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def _parse_duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        raise GraphQLError("A Duration is a string like PT30S, PT1H, P7D or P1Y.")
    try:
        return durations.parse(value)
    except ValueError as error:
        raise GraphQLError(f"Not a Duration: {error}.") from error


def _parse_date(value: Any) -> date:
    # Python reads many forms of ISO 8601, also weeks, and digits of every script. The schema promises one form.
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise GraphQLError("A Date is a string like 2026-11-22.")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError("A Date is a day of the calendar, like 2026-11-22.") from error


def _parse_datetime(value: Any) -> datetime:
    """RFC 3339 within what Python can represent: no leap seconds, at most microseconds, years 1 to 9999 in UTC."""
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise GraphQLError("A DateTime is a string like 2026-11-22T12:00:00Z.")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError("A DateTime is an instant of the calendar, like 2026-11-22T12:00:00Z.") from error


def _refuse_count(value: Any) -> Any:
    raise GraphQLError("A Count is for output only.")


def _parse_upload(value: Any) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise GraphQLError("An Upload is a file part of a multipart request, named by its `map`.")
    return value


def _refuse_output(value: Any) -> Any:
    raise GraphQLError("An Upload is for input only.")


def same(value: Any) -> Any:
    """Compiled execution knows it, and does not call it."""
    return value


class _NullWhereMissing(dict[str, Any]):
    def __bool__(self) -> bool:
        return True  # otherwise an empty dict would be treated as no variables

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key)


def _values_of_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """An omitted variable inside a list becomes null, and not graphql-core's Undefined."""
    return value_from_ast_untyped(node, _NullWhereMissing(variables or {}))


SCALARS: Mapping[object, ScalarDefinition] = {
    Duration: strawberry.scalar(
        name="Duration",
        description=(
            "A length of time in ISO 8601, such as PT1H, P1D, P7D or P1Y. At most 100 years. A day is 24 hours, a "
            "month 30 days, a year 365 days. Answers use only D, H, M and S."
        ),
        serialize=durations.write,
        parse_value=_parse_duration,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A point in time in ISO 8601, such as 2026-11-22T12:00:00Z. Answers are in UTC.",
        serialize=datetime.isoformat,
        parse_value=_parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day in ISO 8601, such as 2026-11-22.",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    Count: strawberry.scalar(
        name="Count",
        description="An integer from 0 to 2^53 - 1, as a JSON number. Only for output.",
        serialize=int,
        parse_value=_refuse_count,
    ),
    TensorData: strawberry.scalar(
        name="TensorData",
        description=(
            "The elements of a tensor as JSON, in row-major order.\n\n"
            "- Input is a flat or a nested list. Output is a flat list.\n"
            "- Integers of 64 bits are returned as strings. Input takes strings and integers.\n"
            '- Numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity".\n'
            "- Elements of type BYTES are UTF-8 strings. Other bytes need `base64` or `upload`, "
            "where each element follows its length in 4 little-endian bytes, as in the KServe v2 protocol."
        ),
        # inference.tensors reads and writes the whole value, so GraphQL never walks the elements.
        serialize=same,
        parse_value=same,
        parse_literal=_values_of_literal,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description=("A file of a GraphQL multipart request. Several variables can use the same file. Only for input."),
        serialize=_refuse_output,
        parse_value=_parse_upload,
    ),
}
