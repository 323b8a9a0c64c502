"""What is not quite HTTP, and what is though few would write it so: at the API's own port, by hand."""

import asyncio
import re

import orjson
import pytest

from tests.abuse import wire
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.raw_requests import ANSWER, H2C, JSON, line, question, raw_post
from tests.mails import until

pytestmark = pytest.mark.usefixtures("answers_as_before")

CHUNKED = f"POST /graphql HTTP/1.1\r\nHost: x\r\n{JSON}Transfer-Encoding: chunked\r\n".encode()
BODY = b'{"query": "{ a: __typename }"}'
WHOLE = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)

UNREADABLE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0",
    "CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    "CONNECT with an offer": f"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n{H2C}\r\n".encode(),
    "CONNECT with a path": b"CONNECT /graphql HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown method": b"FETCH /graphql HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\n\r\n",
    "no slash": b"GET graphql HTTP/1.1\r\n\r\n",
    "text": b"{ __typename }\r\n\r\n",
    "path not in ASCII": "GET /graphql/ä HTTP/1.1\r\n\r\n".encode(),
    "folded": b"GET /graphql HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
    "NUL": b"GET /graphql HTTP/1.1\r\nA: b\0\r\n\r\n",
    "two lengths": b"POST /graphql HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "length and chunks": CHUNKED + b"Content-Length: 1\r\n\r\n",
    "chunked, then gzip": CHUNKED.replace(b"chunked", b"chunked, gzip") + b"\r\n",
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_request_is_answered_in_the_form_of_graphql(service, sent):
    async with line(service) as connection:
        await connection.send(sent)
        status, fields, body = await connection.answer()
        assert await connection.closed() == b""

    request_id = fields["x-request-id"]
    assert (status, fields["content-type"]) == (400, "application/json; charset=utf-8")
    assert body == {
        "errors": [
            {
                "message": "The request cannot be read as HTTP/1.1. This port takes neither TLS, HTTP/2 nor CONNECT, "
                "nor unknown methods.",
                "extensions": {"code": "BAD_REQUEST", "requestId": request_id},
            }
        ]
    }
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    assert (fields["cache-control"], fields["x-content-type-options"]) == ("no-store", "nosniff")
    await until(lambda: f"request_id={request_id}" in service.log.read_text())
    (logged,) = [text for text in service.log.read_text().splitlines() if request_id in text]
    assert "gatehouse.requests: Answered network=127.0.0.0/24 status=400 codes=BAD_REQUEST " in logged


async def test_a_body_of_bad_chunks_is_answered_once_and_before_it_is_run(service):
    async with line(service) as connection:
        await connection.send(CHUNKED + b"\r\n5\r\n{    \r\n")
        await connection.send(b"x\r\n")
        answer = await connection.answer()
        assert await connection.closed() == b""

    assert wire.code(answer) == (400, "BAD_REQUEST")


async def test_a_body_of_bad_chunks_is_not_asked_for_after_its_refusal(service):
    def ended() -> list[str]:
        return [text for text in service.log.read_text().splitlines() if "status=499" in text or "status=500" in text]

    before = ended()
    async with line(service) as connection:
        await connection.send(CHUNKED + b"Expect: 100-continue\r\n\r\nx\r\n")
        answer = await connection.answer()
        assert await connection.closed() == b""
    await until(lambda: len(ended()) > len(before))

    assert wire.code(answer) == (400, "BAD_REQUEST")
    assert ["status=499" in text for text in ended()[len(before) :]] == [True]


async def test_a_body_of_almost_nothing_but_framing_is_refused(service):
    async with line(service) as connection:
        # In one piece with the head it would not be counted: the service has read the head when it says to go on.
        await connection.send(CHUNKED + b"Expect: 100-continue\r\n\r\n1;")
        assert await connection.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await connection.send(b"a" * 40_000)
        answer = await connection.answer()
        assert await connection.closed() == b""

    assert wire.code(answer) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("octets", [300_000, 900_000])
async def test_a_refusal_arrives_though_more_is_being_sent(service, octets):
    for _ in range(20):
        async with line(service) as connection:
            # More than one piece, of which the first is refused.
            await connection.send(b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + b"a: bbbbbb\r\n" * (octets // 11))
            assert wire.code(await connection.answer()) == (431, "PAYLOAD_TOO_LARGE")
            assert await connection.closed() == b""


async def test_trailers_without_end_are_refused(service):
    async with line(service) as connection:
        await connection.send(CHUNKED + b"\r\n" + WHOLE + b"a: b\r\n" * 200 + b"\r\n")
        answer = await connection.answer()
        assert await connection.closed() == b""

    assert wire.code(answer) == (413, "PAYLOAD_TOO_LARGE")
    assert "chunked body" in answer[2]["errors"][0]["message"]


async def test_a_request_that_was_answered_before_its_end_gets_no_second_answer(service):
    async with line(service) as connection:
        await connection.send(CHUNKED + b"Authorization: Bearer x\r\n\r\n5\r\n{    \r\n")
        assert wire.code(await connection.answer()) == (401, "UNAUTHENTICATED")
        await connection.send(b"x\r\n")
        assert await connection.closed() == b""


async def test_what_is_no_request_is_not_answered_before_the_request_in_front_of_it(service):
    async with line(service) as connection:
        await connection.send(raw_post("") + b"\x16\x03\x01\r\n\r\n")
        # Neither of them is: to the client it is as if the connection had been lost.
        assert await connection.closed() == b""


ABSOLUTE = ["http://x", "http://x:8000", "HTTP://x", "https://example.org", "http://u:p@x"]


@pytest.mark.parametrize("offer", ["", H2C])
@pytest.mark.parametrize("origin", ABSOLUTE)
async def test_a_target_may_name_its_host(service, origin, offer):
    async with line(service) as connection:
        await connection.send(raw_post(offer).replace(b"/graphql", f"{origin}/graphql".encode(), 1))
        assert (await connection.answer())[::2] == (200, ANSWER)
        await connection.send(f"GET {origin}/graphql?query={{a:__typename}} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (await connection.answer())[::2] == (200, ANSWER)
        await connection.send(f"GET {origin}/healthz HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (await connection.reader.readuntil(b"alive\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", ["http://x", "http://x?query={a:__typename}", "http://x/?a=http://y/"])
async def test_a_target_of_a_host_alone_is_its_root(service, target):
    answers = []
    for asked in (target, "/"):
        async with line(service) as connection:
            await connection.send(f"GET {asked} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await connection.closed()).partition(b"\r\n\r\n")
            answers.append((head.split(b"\r\n")[0], body))

    assert answers[0] == answers[1]
    assert answers[0][0] == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("target", ["*", "//", "http://x//"])
async def test_a_target_that_is_no_path_of_ours_is_not_found(service, target):
    async with line(service) as connection:
        await connection.send(f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, _, body = await connection.answer()

    assert (status, body["errors"][0]["extensions"]) == (404, {"code": "NOT_FOUND"})


TRAILERS = [
    "Connection: close",
    "Connection: upgrade\r\nUpgrade: h2c",
    "Expect: 100-continue",
    "Content-Encoding: gzip",
]


@pytest.mark.parametrize("trailer", TRAILERS)
async def test_a_trailer_decides_nothing_and_keeps_no_later_request_waiting(service, trailer):
    request = CHUNKED + b"\r\n" + WHOLE + trailer.encode() + b"\r\n\r\n"

    async with line(service) as connection:
        await connection.send(request)
        assert (await connection.answer())[::2] == (200, ANSWER)
        try:
            await connection.send(request)
            second = await connection.answer(10)
        except (asyncio.IncompleteReadError, ConnectionError):
            # The parser has taken the trailer for a header: the connection is closed, and not left without answers.
            second = None

    assert (second is None) == trailer.startswith("Connection: close")
    assert second is None or second[::2] == (200, ANSWER)


SPACES = ["Bearer {}", "bearer {}", "Bearer  {}", "Bearer   {} ", "Bearer {} ", "Bearer {}\t", "\t Bearer {} \t "]
REFUSED = ["Bearer\t{}", "Bearer{}", "Bearer {} {}", "Bearer {},", "Bearer {}\tx", "Bearer", "Bearer ", "", " ", "{}"]


async def ask(service, token, *values, beside="") -> tuple[int, str]:
    """Status and code of an answer to these Authorization headers."""
    headers = "".join(f"Authorization:{value.replace('{}', token)}\r\n" for value in values)
    async with wire.Line(service.port, "127.0.0.1") as connection:
        await connection.send(raw_post(beside, fields=JSON + headers))
        return wire.code(await connection.answer())


@pytest.mark.parametrize("offer", ["", H2C])
@pytest.mark.parametrize("value", SPACES)
async def test_white_space_around_a_credential_is_no_part_of_it(service, ada, value, offer):
    assert await ask(service, ada.session, value, beside=offer) == (200, "OK")


@pytest.mark.parametrize("value", REFUSED)
async def test_anything_else_than_one_bearer_is_refused(service, ada, value):
    assert await ask(service, ada.session, value) == (401, "UNAUTHENTICATED")


async def test_two_credentials_are_refused(service, ada):
    for second in ("Bearer {}", "Bearer {} ", "", "Basic YTpi"):
        assert await ask(service, ada.session, "Bearer {}", second) == (401, "UNAUTHENTICATED")


CODINGS = ["gzip", "GZIP", "br", "deflate, gzip", "identity, gzip", "x" * 1000, "utf-8"]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("name", ["Content-Encoding", "Transfer-Encoding"])
async def test_an_encoded_body_is_refused_by_the_name_of_its_encoding(service, name, coding):
    framing = f"Content-Encoding: {coding}" if name == "Content-Encoding" else f"Transfer-Encoding: {coding}, chunked"
    head = CHUNKED.replace(b"Transfer-Encoding: chunked\r\n", b"") + framing.encode() + b"\r\n"
    if name == "Content-Encoding":
        request = head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    else:
        request = head + b"\r\n" + WHOLE + b"\r\n"

    async with line(service) as connection:
        await connection.send(request)
        status, fields, body = await connection.answer()
        # What was refused is not read as a next request.
        await connection.send(raw_post("", body=question()))
        assert (await connection.answer())[::2] == (200, ANSWER)

    named = next(part for part in coding.split(", ") if part != "identity")[:40]
    assert (status, fields["accept-encoding"]) == (415, "identity")
    assert body["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert body["errors"][0]["message"] == (
        f"The body has the encoding {named!r}, which is not decoded here. Send it without one."
    )


@pytest.mark.parametrize("coding", ["", "identity", "Identity", "identity, identity"])
async def test_no_encoding_may_be_said(service, coding):
    async with line(service) as connection:
        await connection.send(raw_post("", fields=f"{JSON}Content-Encoding: {coding}\r\n"))
        assert (await connection.answer())[::2] == (200, ANSWER)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_what_an_answer_may_be_encoded_by_is_another_matter(visitor, coding):
    answer = await visitor.http.post(
        "/graphql",
        content=orjson.dumps({"query": "{ a: __typename }"}),
        headers={"Content-Type": "application/json", "Accept-Encoding": coding},
    )

    assert (answer.status_code, answer.json(), answer.headers.get("Content-Encoding")) == (200, ANSWER, None)
