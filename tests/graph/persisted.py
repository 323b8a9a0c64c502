"""Requests of Apollo's protocol of persisted queries, by POST, by GET and in a form."""

import json
from hashlib import sha256

import httpx2
import pytest

from tests.graph.browsers import PREFLIGHT

UNKNOWN = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
OFF = ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
HEALTH = {"data": {"service": {"health": "UP"}}}


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def extensions(text: str, **changes: object) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hashed(text), **changes}}


async def posted(http: httpx2.AsyncClient, headers: dict[str, str] | None = None, **members: object):
    return await http.post("/graphql", json=members, headers=headers or {})


async def got(http: httpx2.AsyncClient, headers: dict[str, str] | None = None, **members: object):
    texts = {name: text if isinstance(text, str) else json.dumps(text) for name, text in members.items()}
    return await http.get("/graphql", params=texts, headers=headers or {})


async def formed(http: httpx2.AsyncClient, headers: dict[str, str] | None = None, **members: object):
    form = {"operations": (None, json.dumps(members)), "map": (None, "{}")}
    return await http.post("/graphql", files=form, headers=PREFLIGHT | (headers or {}))


WAYS = pytest.mark.parametrize("send", [posted, got, formed])


def refusal(answer: httpx2.Response) -> tuple[str, str]:
    body = answer.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    return error["message"], error["extensions"]["code"]


async def is_kept(http: httpx2.AsyncClient, text: str) -> bool:
    answer = await posted(http, extensions=extensions(text))
    return "errors" not in answer.json() or refusal(answer) != UNKNOWN
