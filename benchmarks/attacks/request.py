"""How an attack is written down: as the arguments of a POST."""

import json
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]
Attack = Callable[[int], Request]

INFER = "query ($i: [TensorInput!]!) { %s }"


def post(query: str, /, **variables: Any) -> Request:
    return body(json.dumps({"query": query, "variables": variables}, separators=(",", ":")))


def body(text: str) -> Request:
    assert len(text) <= 64 * 1024, len(text)
    headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    return {"content": text, "headers": headers}


def with_variable(value: str) -> Request:
    return body(f'{{"query":"{{__typename}}","variables":{{"a":{value}}}}}')


def document(text: str, number: int) -> Request:
    return post(f"{text} #{number}")


def aliased(field: str, count: int = 30) -> str:
    return " ".join(f"a{number}: {field}" for number in range(count))
