"""Requests with something wrong somewhere: whatever it is, it is never the service's fault."""

import asyncio
import json
import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from graphql import get_introspection_query

from tests.service import Service

if TYPE_CHECKING:
    from tests.fuzz.operations import Request

pytestmark = pytest.mark.usefixtures("answers_as_before")

ROUNDS = 320
AT_ONCE = 16
# Longer than most answers take: who waits no longer may miss one.
PATIENCE = 0.5

INFER = """query Q($m: String! = "identity", $i: [TensorInput!]!) { rateLimit { cost }
  infer(model: $m, inputs: $i) { outputs { name values } } ...F }
  fragment F on Query { models(first: 2) { nodes { name example { document } } pageInfo { endCursor } } }"""
VARIABLES = {"i": [{"name": "IN_INT8", "shape": [2], "data": {"values": [1, -1]}}]}
UPLOAD = "query ($u: Upload!) { readText(image: {upload: $u}) { text } }"
ATOMS = (None, True, 0, -1, 1.5, 2**63, 10**30, "", "identity", "é\u2028", "IN_INT8", "x" * 300)


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: gatehouse", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def valid_requests() -> list[bytes]:
    operations = json.dumps({"query": UPLOAD, "variables": {"u": None}})
    parts = {'"operations"': operations, '"map"': '{"0":["variables.u"]}', '"0"; filename="0"': "\x89PNG\r\n\x1a\n"}
    form = "".join(f"--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{parts[name]}\r\n" for name in parts)
    multipart = ("Content-Type: multipart/form-data; boundary=b", "GraphQL-Require-Preflight: 1")
    return [
        post(json.dumps({"query": INFER, "operationName": "Q", "variables": VARIABLES}).encode(), JSON, ACCEPT),
        post(b'{"query":"{ service { health dependencies { name } } __typename }"}', JSON),
        post((form + "--b--\r\n").encode(), *multipart),
        b"GET /graphql?query=%7B__typename%7D&variables=%7B%7D HTTP/1.1\r\nHost: gatehouse\r\n"
        + ACCEPT.encode()
        + b"\r\n\r\n",
    ]


JSON = "Content-Type: application/json"
ACCEPT = "Accept: application/graphql-response+json"


def mutated(random: Random, request: bytes) -> bytes:
    changed = bytearray(request)
    for _ in range(random.choice((1, 1, 2, 5, 30))):
        start = random.randrange(len(changed))
        match random.randrange(5):
            case 0:
                changed[start] ^= 1 << random.randrange(8)
            case 1:
                changed[start : start + random.randrange(9)] = b""
            case 2:
                changed[start:start] = random.choice(
                    (b"\0", b"\xff", b'"', b"\\u0000", b"{", b"]", b"\r\n", b"$", b"...", b"9" * 30)
                )
            case 3:
                other = random.randrange(len(changed))
                changed[start:start] = changed[other : other + 20]
            case 4:
                changed[start : start + 1] = random.randbytes(1)
        changed = changed or bytearray(b" ")
    head, end, body = bytes(changed).partition(b"\r\n\r\n")
    if random.random() < 0.7:  # most get as far as the body
        head, end, original = request.partition(b"\r\n\r\n")
        head = head.replace(f"Content-Length: {len(original)}".encode(), f"Content-Length: {len(body)}".encode())
    return head + end + body


def nonsense(random: Random, depth: int = 0) -> object:
    kind = random.randrange(4 if depth < 4 else 2)
    if kind < 2:
        return random.choice(ATOMS)
    if kind == 2:
        return [nonsense(random, depth + 1) for _ in range(random.randrange(4))]
    names = ("name", "shape", "datatype", "data", "values", "base64", "upload", "x")
    return {random.choice(names): nonsense(random, depth + 1) for _ in range(random.randrange(5))}


def odd_json(random: Random) -> bytes:
    members: dict[str, object] = {"query": INFER, "variables": {"i": nonsense(random), "m": nonsense(random, 4)}}
    if random.random() < 0.3:
        members[random.choice(("query", "variables", "operationName", "extensions", "x"))] = nonsense(random)
    return post(json.dumps(members).encode(), JSON, ACCEPT)


async def status(service: Service, request: bytes, *, patience: float = PATIENCE) -> int | None:
    """None where the service closes the connection, as it may after half a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        writer.write(request)
        answering = asyncio.ensure_future(reader.readline())
        if not (await asyncio.wait({answering}, timeout=patience))[0]:
            writer.write_eof()  # half a request: the service goes on waiting for the rest
        line = await asyncio.wait_for(answering, 60)
        return int(line.split(b" ")[1]) if line else None
    except ConnectionError:
        return None
    finally:
        writer.close()


async def test_no_mutation_of_a_request_is_the_services_fault(service):
    random = Random(20_261_122)  # noqa: S311  # the same in every run
    requests = valid_requests()
    assert [await status(service, request, patience=60) for request in requests] == [200] * len(requests)

    broken = [odd_json(random) if n % 4 == 0 else mutated(random, random.choice(requests)) for n in range(ROUNDS)]
    for start in range(0, ROUNDS, AT_ONCE):
        batch = broken[start : start + AT_ONCE]
        answers = await asyncio.gather(*(status(service, request) for request in batch))
        faults = [request for request, answer in zip(batch, answers, strict=True) if answer and answer >= 500]
        assert faults == []


# Their failures are INTERNAL, which is what they are for; or they take long.
NOT_ASKED = ("failing", "dying", "slow", "costly", "large_output")


async def test_no_operation_of_the_schema_is_the_services_fault(service, visitor):
    """The same few for each field at the root, by a visitor. `make fuzz` sends more, as each kind of caller."""
    # Schemathesis takes a third of a second, which each worker would pay that imports this module.
    from tests.fuzz import operations, run

    introspected = await visitor.run(get_introspection_query(descriptions=False, one_of=True))
    roots = operations.of(introspected, {"model": ["identity", "text"], "name": ["IN_INT8", "IN"]})
    asked = [replace(root, requests=root.requests.filter(is_asked)) for root in roots]
    found = run.Found()

    await asyncio.to_thread(
        run.try_all, service.url, asked, {"visitor": None}, found, number=1, until=math.inf, examples=4
    )

    assert found.faults == {}
    assert found.codes["200 OK"] > 10


def is_asked(request: "Request") -> bool:
    return not any(name in request.query for name in NOT_ASKED)
