"""A request whose head is that of the request before on its connection is answered as one whose head is parsed."""

import asyncio
import re
from typing import cast

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from access.callers import Caller
from graph.http import heads
from graph.http.connections import Connection
from graph.http.cycles import Cycle
from graph.http.fields import IndexedRequest
from graph.http.heads import Head, Kept

FIELDS = b"Host: x\r\nAuthorization: Bearer one\r\nContent-Type: application/json\r\n"
SOMEBODY = cast(Caller, object())
# It shows whether a connection goes on.
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\n\r\n"
# Of a request that the parser refuses.
_ID = re.compile(rb"[0-9a-f]{32}")


def post(body: bytes = b"{}", *, length: bytes | None = None, fields: bytes = FIELDS, version: bytes = b"1.1") -> bytes:
    length = b"%d" % len(body) if length is None else length
    return b"POST /graphql?a=b HTTP/%b\r\n%bContent-Length: %b\r\n\r\n%b" % (version, fields, length, body)


async def echo(scope, receive, send) -> None:
    """Answers with all that is known of the request."""
    request = IndexedRequest(scope, receive, send)
    body = Cycle.of(scope).take_body(64 * 1024)
    seen = {
        **{name: str(value) for name, value in scope.items() if name not in ("state", "client", "server")},
        "fields": request.fields,
        "listed": request.headers.items(),
        "is_whole": body is not None,
        "body": str(await request.body() if body is None else body),
    }
    content = orjson.dumps(seen)
    length = (b"content-length", b"%d" % len(content))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": content})


class Parsing(Connection):
    """Parses each head."""

    @property
    def _kept(self) -> None:
        return None

    @_kept.setter
    def _kept(self, kept: Kept | None) -> None:
        pass


def run(work):
    """Without a change to the event loop that other tests find: `asyncio.run` leaves none."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


async def answered(
    kind: type[Connection], pieces: list[tuple[bytes, bool]], *, draining_at: int | None = None
) -> tuple[bytes, bool, int, int]:
    """What a connection of this kind sends for these pieces and one more request, whether it is open then, how many
    requests it answered, and how many heads it did not parse. After a piece with True, all work on it ends before the
    next one comes. Before the one at `draining_at`, the process begins to drain.
    """
    again = 0

    async def app(scope, receive, send) -> None:
        # One that is parsed tells of no caller yet.
        nonlocal again
        head: Head = scope["state"][heads.KEY]
        again += head.identified is not None
        head.identified = SOMEBODY, None
        await echo(scope, receive, send)

    draining, state, loop = asyncio.Event(), ServerState(), asyncio.get_running_loop()
    made: asyncio.Future[Connection] = loop.create_future()

    def make() -> Connection:
        config = Config(app, ws="none", lifespan="off", proxy_headers=False, log_config=None)
        made.set_result(kind(config=config, server_state=state, app_state={}, draining=draining))
        return made.result()

    server = await loop.create_server(make, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    connection = await made
    for number, (piece, waits) in enumerate([*pieces, (LAST, True)]):
        if number == draining_at:
            draining.set()
        # Pieces that are written to a socket may arrive as one.
        if not connection.transport.is_closing():
            connection.data_received(piece)
        if waits:
            await settled(connection)
    await settled(connection)
    is_open = not connection.transport.is_closing()
    for task in list(state.tasks):
        task.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)
    connection.transport.close()
    sent = await reader.read()
    writer.close()
    server.close()
    await server.wait_closed()
    return _ID.sub(b"", sent), is_open, state.total_requests, again


async def settled(connection: Connection) -> None:
    """Until no task goes on without more bytes."""
    for _ in range(20):
        if connection.tasks:
            await asyncio.sleep(0)


BODIES = st.sampled_from([b"{}", b"[]", b"", b"\r\n", b"\r\n\r\n", b" " * 9, b" " * 10, post(), b"x" * 100])
OTHERS = [
    post(fields=FIELDS.replace(b"one", b"two")),
    post(fields=FIELDS.lower() + b"X:  a \r\n"),
    post(length=b"02"),
]
ODD = [
    post(version=b"1.0"),
    post(fields=FIELDS + b"Connection: close\r\n"),
    post(fields=FIELDS + b"Expect: 100-continue\r\n"),
    post(fields=FIELDS + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    post(fields=FIELDS + b"Content-Length: 2\r\n"),
    post(fields=FIELDS + b"X: a\x00b\r\n"),
    post(fields=FIELDS + b"X: 1\r\n" * 101),
    post(b"x" * 70_000),
    post(length=b"000002"),
    post(length=b" 2 "),
    post(length=b"+2"),
    post(length=b"2, 2"),
    post(length=b"1"),
    post(length=b"3"),
    post(length=b"\xb2"),
    post(length=b""),
    post().replace(b"\r\n", b"\n"),
    post().replace(b"POST", b"post"),
    b"\r\n" + post(),
    post() + b"\r\n",
    post() + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HEAD /graphql HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
    post(fields=FIELDS + b"Transfer-Encoding: chunked\r\n"),
    b"POST /graphql HTTP/1.1\r\n" + FIELDS + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
]
SAME = st.builds(post, BODIES)
REQUESTS = st.one_of(*[SAME] * 10, st.sampled_from(OTHERS), st.sampled_from(ODD))
MOSTLY = st.sampled_from([True] * 7 + [False])


@st.composite
def pieces(draw: st.DrawFn) -> list[tuple[bytes, bool]]:
    """Requests, of which each comes in one piece, in two, or with the next one."""
    found, before = [], b""
    for request in draw(st.lists(REQUESTS, min_size=2, max_size=12)):
        data, before = before + request, b""
        match draw(st.sampled_from(["whole"] * 8 + ["cut", "joined"])):
            case "whole":
                found.append((data, draw(MOSTLY)))
            case "cut":
                at = draw(st.integers(1, len(data) - 1))
                found += [(data[:at], draw(MOSTLY)), (data[at:], draw(MOSTLY))]
            case _:
                before = data
    return [*found, (before, True)] if before else found


@settings(deadline=None, max_examples=300)
@given(pieces(), st.none() | st.integers(0, 12))
@example([(post(), True), (post(b"\r\n") + b"\r\n", True), (post(b"\r\n"), True)], None)
def test_each_connection_is_answered_as_if_all_heads_were_parsed(sent, draining_at):
    kept, parsed = (run(answered(kind, sent, draining_at=draining_at)) for kind in (Connection, Parsing))

    assert kept[:3] == parsed[:3]


def again(*requests: bytes) -> int:
    """Of how many the head was not parsed, if each comes whole after the answer to the one before."""
    sent = [(request, True) for request in requests]
    kept, parsed = (run(answered(kind, sent)) for kind in (Connection, Parsing))
    assert kept[:3] == parsed[:3]
    assert parsed[3] == 0
    return int(kept[3])


def test_the_same_head_is_parsed_once():
    assert again(*[post()] * 5) == 4


def test_the_length_of_the_body_may_differ():
    bodies = [b" " * length for length in (9, 10, 0, 99, 100, 9, 9, 9999, 60_000)]

    assert again(*map(post, bodies)) == len(bodies) - 1


@pytest.mark.parametrize("request_", ODD, ids=range(len(ODD)))
def test_other_requests_are_parsed(request_):
    assert again(post(), request_, request_) == 0


def test_after_another_request_a_head_is_parsed_once_more():
    for other in OTHERS[:2]:
        assert again(post(), post(), other, other, post(), post()) == 3


def test_every_place_of_a_cut_leads_to_the_parser():
    request = post(b'{"a": 1}')

    for at in range(1, len(request)):
        sent = [(request, True), (request[:at], True), (request[at:], True), (request, True)]
        kept, parsed = (run(answered(kind, sent)) for kind in (Connection, Parsing))
        assert kept[:3] == parsed[:3]
        assert kept[3] == 0


def test_a_request_before_the_answer_to_the_last_one_waits():
    sent = [(post(), True), (post(), False), (post(b"[]"), False), (post(), True)]

    kept, parsed = (run(answered(kind, sent)) for kind in (Connection, Parsing))

    assert kept[:3] == parsed[:3]
    assert kept[3] == 1


def test_heads_that_differ_each_time_are_not_kept():
    differing = [post(fields=FIELDS + b"X-Request-ID: %d\r\n" % number) for number in range(11)]

    assert again(*differing, post(), post()) == 0
    assert again(*differing[:9], post(), post()) == 1


def test_long_heads_are_not_kept():
    # Without the line of the length.
    room = 2048 - len(post(fields=b"", body=b""))

    assert again(*[post(b"", fields=b"X: " + b"a" * (room - 5) + b"\r\n")] * 2) == 1
    assert again(*[post(b"", fields=b"X: " + b"a" * (room - 4) + b"\r\n")] * 2) == 0
