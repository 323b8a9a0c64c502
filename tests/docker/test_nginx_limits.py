"""How much nginx takes, how long it waits, and what it keeps of what it saw."""

import asyncio
import json
import socket
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.docker.conftest import trusting
from tests.docker.nginx import ASK
from tests.mails import until

MIB = 1024**2
UPLOAD = """query ($file: Upload!) {
  infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $file}}]) { version } }"""
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


async def upload(http, octets):
    """A file that large; the status, and the code where it is refused."""
    form = {
        "operations": (None, json.dumps({"query": UPLOAD % octets, "variables": {"file": None}})),
        "map": (None, '{"0": ["variables.file"]}'),
        "0": ("file", b"\0" * octets),
    }
    answer = await http.post("/graphql", files=form, headers={"GraphQL-Require-Preflight": "1"})
    return answer.status_code, [error["extensions"]["code"] for error in answer.json().get("errors", [])]


async def logged(nginx, number, *, since):
    """So many lines of the log."""
    await until(lambda: len(nginx.lines()) >= since + number)
    return nginx.lines()[since:]


async def test_an_upload_at_the_cap_is_the_services_to_judge_and_one_above_nginxs(edge, client):
    http, before = client(), len(edge.nginx.lines())

    # The service takes it in whole; the test model's declaration is what refuses it.
    assert await upload(http, 32 * MIB) == (200, ["BAD_REQUEST"])
    assert await upload(http, 32 * MIB + 1) == (413, ["PAYLOAD_TOO_LARGE"])
    assert await upload(http, 48 * MIB) == (413, ["PAYLOAD_TOO_LARGE"])
    lines = await logged(edge.nginx, 3, since=before)
    assert [line["upstream_status"] for line in lines] == ["200", "413", ""]


@pytest.mark.parametrize("octets", [15_000, 30_000])
async def test_a_header_that_the_service_takes_fits(client, octets):
    fits = await client().get("/graphql", params={"query": ASK["query"] + " " * octets})

    assert (fits.status_code, fits.json()) == (200, {"data": {"model": {"name": "identity"}}})


async def test_who_dribbles_is_cut_off(edge, client):
    async def cut_off(started):
        reader, writer = await asyncio.open_connection("localhost", nginx.https_port, ssl=trusting(nginx))
        writer.write(started)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 60)
        writer.close()

    with edge.new_nginx(HEADER_SECONDS="2", BODY_SECONDS="2") as nginx:
        http = client(nginx)
        answer, *_ = await asyncio.gather(
            http.post("/graphql", json=ASK), cut_off(b"POST"), cut_off(HEAD), cut_off(HEAD + b"\r\n{")
        )

    assert (answer.status_code, answer.json()) == (200, {"data": {"model": {"name": "identity"}}})
    # The service heard of one request.
    assert [line["upstream_status"] for line in nginx.lines() if line["upstream"]] == ["200"]


async def hold(stack, nginx, address, head, started=b"0" * 200_000):
    """A request from that address of which the rest does not come; the reader of its answer."""
    opened = await asyncio.open_connection(
        "localhost", nginx.https_port, ssl=trusting(nginx), local_addr=(address, 0), family=socket.AF_INET
    )
    stack.callback(opened[1].close)
    opened[1].write(head + started)
    await opened[1].drain()
    return opened[0]


async def held(stack, nginx, address, head):
    """One that counts: nginx says to go on when it begins to read the body."""
    reader = await hold(stack, nginx, address, head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    async with asyncio.timeout(60):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")


async def status(reader):
    """And the body. Nginx reads on after a refusal, so the end of the connection is not waited for."""
    async with asyncio.timeout(60):
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ")[1]), await reader.readuntil(b"}")


POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
LARGE = POST + b"Content-Length: 40000000\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % 40_000_000


@pytest.mark.parametrize("head", [LARGE, CHUNKED])
async def test_large_bodies_are_few_for_each_address_and_in_all(edge, client, head):
    with edge.new_nginx(LARGE_BODIES="2", ALL_LARGE_BODIES="5") as nginx, ExitStack() as stack:
        for address in ("127.78.0.1", "127.78.0.2"):
            for _ in range(2):
                await held(stack, nginx, address, head)
            third = await status(await hold(stack, nginx, address, head, b""))
            # A small one of the same address is answered.
            small = POST + b"Content-Length: 99\r\n\r\n" + json.dumps(ASK).encode().ljust(99)
            answered = await status(await hold(stack, nginx, address, small, b""))
            assert (third[0], b"RATE_LIMITED" in third[1], answered[0]) == (429, True, 200)
        await held(stack, nginx, "127.78.0.3", head)
        sixth = await status(await hold(stack, nginx, "127.78.0.4", head, b""))
        others = await client(nginx).post("/graphql", json=ASK)

        kept = sum(
            file.stat().st_size for file in (nginx.file.parents[1] / "temp" / "bodies").rglob("*") if file.is_file()
        )

    assert (sixth[0], b"RATE_LIMITED" in sixth[1]) == (429, True)
    assert others.status_code == 200
    assert kept < 5 * MIB


async def test_a_get_has_no_body(edge, client):
    http = client()

    plain = await http.get("/graphql", params={"query": ASK["query"]})
    known = await http.request("GET", "/graphql", params={"query": ASK["query"]}, content=b"0" * 1000)

    async def pieces():
        yield b"0" * 1000

    unknown = await http.request("GET", "/graphql", params={"query": ASK["query"]}, content=pieces())
    assert (plain.status_code, plain.json()) == (200, {"data": {"model": {"name": "identity"}}})
    assert unknown.status_code == 413
    assert known.status_code in (200, 413)


async def test_floods_are_refused_in_the_form_of_graphql(edge, client):
    with edge.new_nginx(REQUESTS_PER_SECOND="1", BURST="1") as nginx:
        http, other = client(nginx), client(nginx)
        answers = await asyncio.gather(*(http.post("/graphql", json=ASK) for _ in range(20)))
        spared = await other.post("/graphql", json=ASK)

    found = [one.status_code for one in answers]
    assert (found.count(200) >= 2, set(found)) == (True, {200, 429})
    refused = answers[found.index(429)]
    assert refused.headers.get_list("Retry-After") == ["1"]
    assert refused.json()["errors"][0]["extensions"] == {
        "code": "RATE_LIMITED",
        "requestId": refused.headers["X-Request-ID"],
        "retryAfterSeconds": 1,
    }
    assert spared.status_code == 200


async def test_what_the_service_refuses_is_passed_on_as_it_is(client):
    answer = await client().post("/graphql", json=ASK, headers={"Authorization": "Bearer x"})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_what_is_refused_unread_is_answered_all_the_same(client):
    http = client()

    answers = [
        await http.post("/graphql", content=b" " * MIB, headers={"Authorization": "Bearer x"}) for _ in range(20)
    ]

    assert [answer.status_code for answer in answers] == [401] * 20


@pytest.fixture
def logging_alone(edge):
    """An nginx that no other test's requests are logged by."""
    with edge.new_nginx() as nginx:
        yield nginx


async def test_the_log_names_no_one(logging_alone, client):
    secret = uuid4().hex
    nginx = logging_alone
    http = client(nginx)
    sent = {
        "Authorization": f"Bearer {secret}",
        "Cookie": f"__Host-gatehouse-session={secret}",
        "Referer": f"https://localhost/{secret}",
        "User-Agent": secret,
        "X-Forwarded-For": "203.0.113.7",
    }
    for path in ("/graphql", f"/{secret}", f"/graphql/assets/{secret}"):
        await http.get(path, params={"query": secret}, headers=sent)
    await http.post("/graphql", content=secret * 10_000, headers=sent)

    lines = await logged(nginx, 4, since=0)
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/graphql", 401),
        ("GET", "other", 404),
        ("GET", "/graphql/assets/", 404),
        ("POST", "/graphql", 401),
    ]
    assert {line["network"] for line in lines} == {"127.9.0.0/24"}
    address = http.address
    written = nginx.log.read_text() + nginx.errors()
    assert [word for word in (secret, "203.0.113.7", address) if word in written] == []
