"""A schema with every kind of type, whose resolvers do anything: they return, wait, fail, or return what does not fit.

What a field does follows from its path, its arguments and a seed, so two executions of a document meet the same.
"""

# ruff: noqa: S311 - chance here is no secret

import asyncio
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
)

SCHEMA = build_schema("""
enum Color { RED GREEN }
input Point { x: Int! = 1  y: Int  colors: [Color!] = [RED]  next: Point }
input Choice @oneOf { a: Int  b: [String!] }
interface Named { name: String!  peer: Named }
type Cat implements Named { name: String!  peer: Named  lives: Int  home: Home! }
type Dog implements Named { name: String!  peer: Named  color: Color!  home: Home }
type Home { address(point: Point, upper: Boolean! = false): String!  pets(first: Int = 2): [Pet!]  colors: [[Color]!]! }
union Pet = Cat | Dog
type Query {
  number(a: Int!, b: [Int!] = [1, 2], c: Float, d: ID): Int
  text(choice: Choice, points: [Point!]! = [], color: Color = GREEN): String
  yes: Boolean!
  home: Home
  homes: [Home]
  sure: [Home!]!
  pet: Pet
  named: [Named!]
  all: Query!
}
type Mutation { change(point: Point!): Home  other: Home!  number(a: Int = 3): Int! }
""")


class Failure(Exception):
    pass


def resolve(source, info, **arguments):
    random = Random(f"{info.context} {info.path.as_list()} {sorted(arguments.items())} {sorted(source or ())}")
    chosen = random.randrange(100)
    text = f"{info.path.as_list()} {arguments}"
    if chosen < 8:
        raise Failure(text)
    if chosen < 40:
        return waiting(random, info.return_type, text)
    return value(random, info.return_type, text)


async def waiting(random, kind, text):
    for _ in range(random.randrange(3)):
        await asyncio.sleep(0)
    if random.randrange(100) < 10:
        raise Failure(f"late {text}")
    return value(random, kind, text)


def value(random, kind, text):
    chosen = random.randrange(100)
    if chosen < 7:
        return None
    if chosen < 10:
        return Failure(f"returned {text}")
    if chosen < 12:
        return object  # fits no type, and is written the same each time
    if isinstance(kind, GraphQLNonNull):
        return value(random, kind.of_type, text)
    if isinstance(kind, GraphQLList):
        return items(random, kind.of_type, text)
    if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
        return leaf(random, kind, text)
    name = (
        random.choice(["Cat", "Dog", "Home", "None", 5]) if random.randrange(8) == 0 else random.choice(["Cat", "Dog"])
    )
    return {"__typename": kind.name if isinstance(kind, GraphQLObjectType) else name, "of": text}


def leaf(random, kind, text):
    good = {"Int": len(text), "String": text, "Boolean": True, "Color": "RED"}[kind.name]
    return good if random.randrange(10) else 2**40


def items(random, kind, text):
    found = [
        waiting(random, kind, f"{text} {number}")
        if random.randrange(4) == 0
        else value(random, kind, f"{text} {number}")
        for number in range(random.randrange(4))
    ]
    form = random.randrange(8)
    if form == 0:
        return tuple(found)
    if form == 1:
        return (item for item in found)
    if form == 2 and not any(map(asyncio.iscoroutine, found)):
        return each(found)
    return found


async def each(found):
    for item in found:
        await asyncio.sleep(0)
        yield item


def pet_type(source, info, kind):
    name = source["__typename"]
    return later(name) if Random(str(source)).randrange(2) else name


def is_dog(source, info):
    yes = isinstance(source, dict) and Random(str(source)).randrange(6) > 0
    return later(yes) if Random(f"wait {source}").randrange(2) else yes


async def later(result):
    await asyncio.sleep(0)
    return result


for _kind in SCHEMA.type_map.values():
    if isinstance(_kind, GraphQLObjectType) and not _kind.name.startswith("__"):
        for _field in _kind.fields.values():
            _field.resolve = resolve
    if isinstance(_kind, GraphQLUnionType):
        _kind.resolve_type = pet_type
DOG: Any = SCHEMA.type_map["Dog"]
DOG.is_type_of = is_dog
