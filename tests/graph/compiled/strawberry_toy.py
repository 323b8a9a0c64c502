"""A schema made with Strawberry, whose resolvers return what they were given."""

import asyncio
from dataclasses import field
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.scalars import SCALARS, TensorData
from tests.graph.compiled import documents

VALUES = {
    **documents.SCALARS,
    "Date": ["2026-01-31", "never"],
    "TensorData": [[1, [2.5]], "x", True, []],
}


class NotFound(Exception):
    pass


@strawberry.enum
class Color(Enum):
    RED = "r"
    GREEN = "g"


@strawberry.input
class Inner:
    some_number: int
    when: strawberry.Maybe[date | None]
    name: strawberry.Maybe[str]
    color: Color | None = strawberry.UNSET
    tags: list[str] = field(default_factory=list)


@strawberry.input(one_of=True)
class Choice:
    values: strawberry.Maybe[TensorData]
    numbers: strawberry.Maybe[list[int]]


@strawberry.input
class Outer:
    inner: Inner
    many: list[Inner | None] | None = None
    choice: Choice | None = strawberry.UNSET


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Missing(Node):
    message: str


class MissingHandler(strawberry.ExceptionHandler[NotFound, Missing]):
    def handle(self, exception, *, field, info):
        return Missing(id=strawberry.ID("0"), message=f"{exception} {info.field_name}")


@strawberry.type
class Thing(Node):
    number: int
    color: Color = Color.RED
    maybe: date | None = None

    @strawberry.field
    def parent_and_root(self, parent: strawberry.Parent[Any], info: strawberry.Info) -> str:
        return f"{type(self).__name__} {parent is self} {info.path.as_list()} {info.variable_values}"

    @strawberry.field
    async def fails(self, why: str = "no") -> int:
        raise ValueError(why)

    @strawberry.field
    def wrong(self) -> int:
        return "text"  # type: ignore[return-value]


_COLORS = [Color.GREEN]


@strawberry.type
class Query:
    @strawberry.field
    def all(
        self, info: strawberry.Info, outer: Outer, colors: list[Color] = _COLORS, n: int | None = strawberry.UNSET
    ) -> str:
        return f"{outer} {colors} {n} {info.field_name} {self}"

    @strawberry.field
    async def later(
        self,
        choice: Choice | None = strawberry.UNSET,
        data: TensorData | None = None,
        renamed_: Annotated[date | None, strawberry.argument(name="on")] = None,
    ) -> str:
        await asyncio.sleep(0)
        return f"{choice} {data} {renamed_}"

    @strawberry.field
    def thing(self, inner: Inner | None = None) -> Thing | None:
        return Thing(id=strawberry.ID("1"), number=inner.some_number) if inner else None

    @strawberry.field
    async def nodes(self, count: int = 2) -> list[Node]:
        return [Thing(id=strawberry.ID(str(number)), number=number) for number in range(count)]

    @strawberry.field
    async def found(self, there: bool) -> Thing | Missing:
        if not there:
            raise NotFound("nothing")
        return Thing(id=strawberry.ID("2"), number=2)

    @strawberry.field
    def constant() -> int:
        return 7


SCHEMA = strawberry.Schema(
    Query, exception_handlers=[MissingHandler()], config=StrawberryConfig(scalar_map=SCALARS)
)._schema
