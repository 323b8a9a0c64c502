"""The matrix of `permission_rows`: every caller asks for everything, over the wire."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType, build_schema

from access.credentials import Credential, Kind
from graph import ids
from tests.events import EVENTS, first
from tests.journey.accounts import PASSWORD, NetworkClient
from tests.journey.client import ACCEPT
from tests.journey.permission_rows import (
    CALLERS,
    MORE_QUERIES,
    MUTATIONS,
    NULL,
    OK,
    PERSONAL,
    PLAIN,
    QUERIES,
    SUBSCRIPTIONS,
    Row,
    rows_of,
)

SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())
OBJECTS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
}

_TOKENS = ("INFER", "READ", "other models")
_PLAN = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES (gen_random_uuid(), 'permissions', 1000000, 1000000, 100, 50, 604800000000, '[]') ON CONFLICT DO NOTHING
"""
_USER = """
INSERT INTO users (id, email, password_digest, email_verified_at, suspended_at, locale, role, plan_id, created_at)
SELECT $1, $2, $3, CASE WHEN $4 THEN now() END, CASE WHEN $5 THEN now() END, 'en', $6, id, now()
FROM plans WHERE name = 'permissions'
"""
_SESSION = """
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $3, $4)
"""
_API_TOKEN = """
INSERT INTO api_tokens (id, user_id, name, hint, scopes, models, created_at, expires_at)
VALUES ($1, $2, $3, 'abcdef', $4, $5, $6, $7)
"""  # noqa: S105 - no password
_SECOND_FACTOR = """
INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at) VALUES ($1, '-', now(), now())
"""
_EVENT = """
INSERT INTO audit_events (id, at, user_id, action, actor_kind, actor_id) VALUES ($1, now(), $2, 'TEST', 'SELF', $2)
"""
# What no refused caller may change; the times of the last use come from asking at all.
_STATE = """
SELECT (SELECT jsonb_agg(to_jsonb(u) ORDER BY id) FROM users u WHERE id = ANY($1::uuid[]))::text,
    (SELECT jsonb_agg(to_jsonb(s) - 'last_used_at' ORDER BY id) FROM sessions s WHERE user_id = ANY($1::uuid[]))::text,
    (SELECT jsonb_agg(to_jsonb(t) - 'last_used_at' - 'last_used_ip_address' ORDER BY id)
     FROM api_tokens t WHERE user_id = ANY($1::uuid[]))::text,
    (SELECT jsonb_agg(to_jsonb(f) ORDER BY user_id) FROM second_factors f WHERE user_id = ANY($1::uuid[]))::text,
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY id) FROM plans p WHERE name IN ('free', 'permissions'))::text,
    (SELECT count(*) FROM jobs WHERE user_id = ANY($1::uuid[])),
    (SELECT count(*) FROM audit_events WHERE after IS NOT NULL AND user_id = ANY($1::uuid[]))
"""


@dataclass
class Stage:
    """The callers, and what they ask for."""

    clients: dict[str, NetworkClient]
    people: dict[str, UUID]
    emails: dict[str, str]
    variables: dict[str, str]
    installation: Any

    async def answer(self, who: str, document: str) -> str:
        # An anonymous caller names an address that no account has.
        owner = "user" if who in _TOKENS else who
        email = self.emails.get(owner, f"{uuid4()}@example.org")
        asked = {**self.variables, "email": email, "password": PASSWORD}
        given = {name: value for name, value in asked.items() if f"${name}:" in document}
        response = await self.clients[who].post(document, headers={"Accept": f"{ACCEPT}, {EVENTS}"}, **given)
        return _answer(first(response).json())

    async def answers(self, callers: Iterable[str], document: str) -> dict[str, str]:
        asked = list(callers)
        return dict(zip(asked, await asyncio.gather(*(self.answer(who, document) for who in asked)), strict=True))

    async def state(self) -> Any:
        async with self.installation.database() as database:
            return tuple(await database.fetchrow(_STATE, [*self.people.values()]))

    async def aclose(self) -> None:
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in self.clients.values()))


def _answer(body: Any) -> str:
    if body.get("errors"):
        (code,) = {error["extensions"]["code"] for error in body["errors"]}
        return str(code)
    (found,) = body["data"].values()
    while isinstance(found, dict):
        if "code" in found:
            return str(found["code"])
        # Fields of a user's own below may be null, and their row is about those that may see this.
        found = next((found[name] for name in ("apiToken",) if name in found), OK)
    return NULL if found is None else OK


async def _staged(installation: Any, digest: str) -> Stage:
    at = datetime.now(UTC).replace(microsecond=0)
    ends = at + timedelta(hours=1)
    people = {who: uuid4() for who in CALLERS if who not in ("anonymous", *_TOKENS)}
    emails = {who: f"{user_id}@example.org" for who, user_id in people.items()}
    credentials: dict[str, str | None] = {}

    def sign(kind: Kind, credential_id: UUID, user_id: UUID, *scopes: str) -> str:
        credential = Credential(kind, credential_id, user_id, frozenset(scopes), ends)
        return str(installation.signer.sign(credential, at))

    async with installation.database() as database:
        await database.execute(_PLAN)

        async def session(user_id: UUID) -> UUID:
            await database.execute(_SESSION, session_id := uuid4(), user_id, at, ends)
            return session_id

        async def token(name: str, *scopes: str, models: str | None = None) -> UUID:
            listed = "[" + ", ".join(f'"{scope}"' for scope in scopes) + "]"
            await database.execute(_API_TOKEN, token_id := uuid4(), people["user"], name, listed, models, at, ends)
            return token_id

        for who, user_id in people.items():
            role = "ADMIN" if who.startswith("administrator") else "USER"
            await database.execute(_USER, user_id, emails[who], digest, who != "unverified", who == "suspended", role)
            await database.execute(_EVENT, uuid4(), user_id)
            if who != "unverified":
                credentials[who] = sign(Kind.SESSION, await session(user_id), user_id)
        await database.execute(_SECOND_FACTOR, people["administrator"])
        for who, scopes, models in (
            ("INFER", ("INFER",), None),
            ("READ", ("READ",), None),
            ("other models", ("INFER", "READ"), '["identity"]'),
        ):
            token_id = await token(who, *scopes, models=models)
            credentials[who] = sign(Kind.API_TOKEN, token_id, people["user"], *scopes)
        variables: dict[str, str] = {
            "user": ids.write("User", people["user"]),
            "session": ids.write("Session", await session(people["user"])),
            "token": ids.write("ApiToken", await token("asked for", "INFER")),
        }
    # Of both processes, each with its own network: attempts are counted by it.
    clients = {
        who: NetworkClient(installation.urls[number % 2], credentials.get(who)) for number, who in enumerate(CALLERS)
    }
    return Stage(clients, people, emails, variables, installation)


@pytest.fixture(scope="module")
async def asking(installation, digest):
    """For rows that change nothing."""
    stage = await _staged(installation, digest)
    yield stage
    await stage.aclose()


@pytest.fixture
async def acting(installation, digest):
    stage = await _staged(installation, digest)
    yield stage
    await stage.aclose()


_ROOTS = {"Query": QUERIES | MORE_QUERIES, "Subscription": SUBSCRIPTIONS}
READS: dict[str, Row] = {f"{root}.{name}": row for root, rows in _ROOTS.items() for name, row in rows.items()} | {
    f"{kind}.{field} {whose}": row
    for kind in PERSONAL
    for field in OBJECTS[kind].fields
    for whose, row in rows_of(kind, field).items()
}


def test_every_field_at_the_root_has_a_row():
    assert {*OBJECTS["Query"].fields} == {*QUERIES}
    assert {*OBJECTS["Mutation"].fields} == {*MUTATIONS}
    assert {*OBJECTS["Subscription"].fields} == {*SUBSCRIPTIONS}


def test_every_type_is_known():
    """A new one is either personal, with rows for its fields, or seen exactly where the field that returns it is."""
    assert {*OBJECTS} == {"Query", "Mutation", "Subscription", *PERSONAL, *PLAIN}


@pytest.mark.parametrize("name", READS)
async def test_who_may_read(asking, name):
    row = READS[name]

    assert await asking.answers(CALLERS, row.document) == row.expected


@pytest.mark.parametrize("name", MUTATIONS)
async def test_who_may_act(acting, name):
    row = MUTATIONS[name]
    refused = [who for who in CALLERS if row.expected[who] != OK]
    before = await acting.state()

    answers = await acting.answers(refused, row.document)

    assert await acting.state() == before
    # What they may do comes last, and of those the administrator: it may change what the others ask for.
    answers |= {who: await acting.answer(who, row.document) for who in CALLERS if who not in refused}
    assert answers == row.expected
