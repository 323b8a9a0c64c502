"""Bodies that are no JSON, or JSON that two readers could understand in two ways."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.requests import Request

import errors
from graph.http import requests
from resolvers.bytes_in_flight import BytesInFlight
from settings import Settings
from tests.graph import wire

pytestmark = pytest.mark.usefixtures("answers_as_before")

GOOD = '{"query":"{ __typename }"}'
CAP = 64 * 1024
PART = '--b\r\nContent-Disposition: form-data; name="0"; filename="0"\r\n\r\nabc'


def visitors(body_bytes: int) -> requests.Intake:
    """Of a caller who may upload, and is never refused."""

    async def admit() -> None:
        pass

    hold = BytesInFlight(2**20).hold("a")
    return requests.Intake(body_bytes=body_bytes, may_upload=True, hold=hold, admit=admit, aside=asyncio.to_thread)


def variables(value: str) -> str:
    return f'{{"query":"{{ __typename }}","variables":{{"a":{value}}}}}'


BAD = {
    "nothing": "",
    "white space": " \n",
    "text": "query { __typename }",
    "null": "null",
    "number": "1",
    "string": '"{ __typename }"',
    "list": "[]",
    "true": "true",
    "cut off": GOOD[:-1],
    "more behind": GOOD + "{}",
    "comment": GOOD[:-1] + "/**/}",
    "trailing comma": GOOD[:-1] + ",}",
    "single quotes": "{'query':'{ __typename }'}",
    "byte order mark": "\ufeff" + GOOD,
    "UTF-16": GOOD.encode("utf-16"),
    "invalid UTF-8": variables('"\xff"').encode("latin-1"),
    "surrogate in UTF-8": variables('"X"').encode().replace(b"X", b"\xed\xa0\x80"),
    "overlong UTF-8": variables('"X"').encode().replace(b"X", b"\xc0\x80"),
    "lone high surrogate": variables(r'"\ud800"'),
    "lone low surrogate": variables(r'"\udc00 "'),
    "surrogates turned round": variables(r'"\udc00\ud800"'),
    "surrogate in a key": variables(r'{"\ud800":1}'),
    "NUL": variables('"\0"'),
    "escaped NUL": variables(r'"\u0000"'),
    "escaped NUL behind a backslash": variables(r'"\\\u0000"'),
    "escaped NUL in a key": variables(r'{"a\u0000":1}'),
    "escaped NUL in the query": r'{"query":"{ __typename }\u0000"}',
    "line break in a string": variables('"\n"'),
    "5,000 digits": variables("1" * 5000),
    "5,000 digits negative": variables("-" + "1" * 5000),
    "NaN": variables("NaN"),
    "Infinity": variables("Infinity"),
    "-Infinity": variables("-Infinity"),
    "1e400": variables("1e400"),
    "-1e400": variables("-1e400"),
    "leading zero": variables("01"),
    "plus": variables("+1"),
    "hexadecimal": variables("0x1"),
    "same key twice": '{"query":"{ __typename }","query":"{ __typename }"}',
    "same key twice, one escaped": r'{"query":"{ __typename }","quer\u0079":"{ __typename }"}',
    "same key twice inside": variables('{"b":1,"b":1}'),
    "same key twice deep inside": variables('[{"b":[[{"c":0,"d":{"e":1,"e":2}}]]}]'),
    "same key twice in what nobody reads": '{"query":"{ __typename }","x":{"b":1,"b":1}}',
    "30,000 lists deep": variables("[" * 30_000 + "]" * 30_000),
    "12,000 objects deep": variables('{"":' * 12_000 + "1" + "}" * 12_000),
    "30,000 lists deep, open": "[" * 60_000,
    "1,100 lists deep": variables("[" * 1100 + "]" * 1100),
}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_a_body_that_is_not_strict_json_is_refused(visitor, body: str | bytes, accept: str):
    headers = {"Content-Type": "application/json", "Accept": accept}
    answer = await visitor.http.post("/graphql", content=body, headers=headers)

    assert (answer.status_code, list(answer.json())) == (400, ["errors"])
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["BAD_REQUEST"]


@pytest.mark.parametrize("depth", range(900, 1100, 10))
async def test_wherever_the_two_readers_give_up_the_body_is_refused(visitor, depth: int):
    body = variables("[" * depth + "]" * depth)
    answer = await visitor.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        variables(r'"\\u0000"'),
        variables(r'"\\\\u0000"'),
        variables('"u0000"'),
        variables(r'"\ud83d\ude00"'),
        variables('"\U0001f600\x7f\u2028"'),
        variables("123456789012345678901234567890"),
        variables("1e308"),
        variables('{"b":{"c":1},"d":{"c":1}}'),
        variables("[" * 890 + "]" * 890),
        "\n\t " + GOOD + " \r\n",
    ],
)
async def test_what_only_looks_bad_is_read(visitor, body: str):
    answer = await visitor.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


def padded(size: int) -> bytes:
    return (GOOD[:-1] + ',"x":"' + "x" * (size - len(GOOD) - 7) + '"}').encode()


async def chunks(body: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_up_to_the_cap_is_read_and_a_larger_one_is_not(visitor, chunked: bool):
    headers = {"Content-Type": "application/json"}
    answers = []
    for size in (CAP, CAP + 1):
        content = chunks(padded(size)) if chunked else padded(size)
        answers.append(await visitor.http.post("/graphql", content=content, headers=headers))

    assert (answers[0].status_code, answers[0].json()) == (200, {"data": {"__typename": "Query"}})
    assert (answers[1].status_code, answers[1].json()["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert answers[1].json()["errors"][0]["message"] == (
        f"The body is larger than {CAP} bytes. Send a credential along: callers with one may send more."
    )


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(service):
    status, body = await wire.send(service, wire.HEAD + "Content-Length: 10000000000\r\n\r\n")

    assert (status, wire.code(body)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_chunked_body_is_read_no_further_than_the_cap(service):
    start = wire.HEAD + "Transfer-Encoding: chunked\r\n\r\n"
    status, body = await wire.send(service, start, *[b"2710\r\n" + b"x" * 10_000 + b"\r\n"] * 7)

    assert (status, wire.code(body)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_may_come_in_any_pieces(service):
    start = wire.HEAD + "Transfer-Encoding: chunked\r\n\r\n"
    status, body = await wire.send(service, start, *[f"1\r\n{letter}\r\n" for letter in GOOD], "0\r\n\r\n")

    assert (status, body) == (200, b'{"data":{"__typename":"Query"}}')


@pytest.mark.parametrize(
    "length",
    [
        "x",
        "-1",
        "+5",
        "1e1",
        "0x10",
        "1_0",
        "99999999999999999999999",
        "26\r\nContent-Length: 27",
        "26, 27",
        "26\r\nTransfer-Encoding: chunked",
        "26\r\nTransfer-Encoding: nonsense",
    ],
)
async def test_a_length_that_is_none_is_refused(service, length: str):
    status, _ = await wire.send(service, wire.HEAD + f"Content-Length: {length}\r\n\r\n{GOOD}")

    assert status in (400, 413)


async def test_a_length_that_is_too_short_cuts_the_body_off(service):
    status, body = await wire.send(service, wire.HEAD + f"Content-Length: 10\r\n\r\n{GOOD}")

    assert (status, wire.code(body)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
async def test_a_client_that_hangs_up_half_way_is_forgotten(service, kind: str):
    head = wire.HEAD.replace("application/json", kind) + "GraphQL-Require-Preflight: 1\r\nContent-Length: 1000\r\n\r\n"

    for text in (head, head + PART, head + PART[:20]):
        await wire.hang_up_after(service, text)


@pytest.mark.parametrize(("kind", "start"), [("application/json", ""), ("multipart/form-data; boundary=b", PART)])
async def test_a_body_that_trickles_is_not_waited_for_longer_than_is_allowed(settings, kind: str, start: str):
    pieces = iter([start.encode()])

    async def trickle() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": next(pieces, b"-"), "more_body": True}

    headers = [(b"content-type", kind.encode()), (b"graphql-require-preflight", b"1")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, trickle)

    with pytest.raises(errors.RequestTimeout, match=r"within 0\.1 s"):
        await requests.read(
            request, Settings.from_environ(settings), visitors(1000), within=timedelta(milliseconds=100)
        )
