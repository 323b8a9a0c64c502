"""Requests with the same head on one connection, to the real service: what is checked for each request still is."""

import re

import orjson
import pytest

from tests.abuse import wire
from tests.abuse.wire import Line, network, query
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import LOGOUT, ME
from tests.mails import until
from tests.service import Service

pytestmark = pytest.mark.usefixtures("quiet_log")

OPERATIONS = [
    query(ME),
    query("{ __typename }"),
    query("query Named { me { email } }"),
    query("{ me { id"),
    query("{ nothing }"),
    b"[]",
    b"",
    b"{",
    b'{"query": "{ __typename }", "variables": 1}',
    orjson.dumps([{"query": ME}, {"query": "{ __typename }"}]),
    query(ME) + b" " * 40_000,
]
# Of each request.
_DIFFERS = re.compile(rb"[0-9a-f]{32}")
_DIFFERS_IN_LOG = re.compile(r"^\S+ \S+|milliseconds=\S+|request_id=\S+")


async def answers(line: Line, operations: list[bytes], credential: str | None) -> list[tuple[str, object]]:
    """What the client sees, without what differs from request to request, and the request's id."""
    found: list[tuple[str, object]] = []
    for body in operations:
        await line.post(body, credential)
        status, fields, content = await line.answer()
        seen = {name: value for name, value in fields.items() if name not in ("x-request-id", "date", "ratelimit")}
        found.append((fields["x-request-id"], (status, seen, _DIFFERS.sub(b"", orjson.dumps(content)))))
    return found


async def logged(service: Service, start: int, request_ids: list[str]) -> list[str]:
    """The one line about each, without the time, the duration and the id. `start` is where the log ended before."""
    found: list[list[str]] = []

    def are_there() -> bool:
        lines = service.log.read_bytes()[start:].decode().splitlines()
        found[:] = [[line for line in lines if one in line] for one in request_ids]
        return all(found)

    await until(are_there)
    assert [len(lines) for lines in found] == [1] * len(request_ids)
    return [_DIFFERS_IN_LOG.sub("", lines[0]) for lines in found]


@pytest.mark.parametrize("who", ["session", "api_token", "expired", None])
async def test_each_connection_is_answered_and_logged_like_a_new_one(service, ada, who):
    credential, address = who and getattr(ada, who), network()
    start = service.log.stat().st_size
    operations = [body for body in OPERATIONS for _ in range(2)]

    async with Line(service.port, address) as line:
        kept = await answers(line, operations, credential)
    parsed = []
    for body in operations:
        async with Line(service.port, address) as line:
            parsed += await answers(line, [body], credential)

    assert [seen for _, seen in kept] == [seen for _, seen in parsed]
    assert len({request_id for request_id, _ in kept + parsed}) == 2 * len(operations)
    lines = await logged(service, start, [request_id for request_id, _ in kept + parsed])
    assert all(" Answered " in line for line in lines)
    assert lines[: len(kept)] == lines[len(kept) :]


async def test_a_session_that_was_revoked_is_refused(service, ada):
    async with Line(service.port, network()) as line, Line(service.port, network()) as other:
        for _ in range(2):
            await line.post(query(ME), ada.session)
            assert (await line.answer())[2]["data"]["me"] is not None
        await other.post(query(LOGOUT), ada.session)
        assert wire.code(await other.answer()) == (200, "OK")

        await line.post(query(ME), ada.session)
        assert wire.code(await line.answer()) == (401, "UNAUTHENTICATED")
        await line.post(query(ME))
        assert (await line.answer())[2] == {"data": {"me": None}}
