"""What nginx passes on to the API, what it leaves out, and whom it takes for a caller."""

import asyncio
import json
import subprocess
from ipaddress import ip_network

import httpx2
import pytest

from tests.docker.conftest import trusting
from tests.docker.names import Names
from tests.docker.nginx import ASK, binary, render, wait_for
from tests.docker.upstreams import echo, serving
from tests.service import free_port

JSON = {"Content-Type": "application/json"}
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
    "baggage": "a=b",
}


async def test_answers_of_the_api_are_not_compressed(client):
    answer = await client().post(
        "/graphql", json={"query": "{ __schema { types { name description } } }"}, headers={"Accept-Encoding": "gzip"}
    )

    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None)
    assert len(answer.content) > 10_000


async def test_the_api_gets_the_address_from_nginx_only(edge, client):
    async with serving(echo) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port) as nginx:
            http = client(nginx)
            heard = (await http.get("/graphql", headers=FORGED)).text.split("\r\n")
            address = http.address

    headers = dict(line.lower().split(": ", 1) for line in heard[1:] if line)
    assert {name: headers.get(name) for name in ("x-forwarded-for", "x-forwarded-proto", "host", "connection")} == {
        "x-forwarded-for": address,
        "x-forwarded-proto": "https",
        "host": "localhost",
        "connection": None,
    }
    assert headers.keys() & {"traceparent", "tracestate", "baggage", "upgrade"} == set()


async def test_an_event_stream_passes_as_it_comes(edge, client):
    seen = asyncio.Event()

    async def stream(head, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n\r\ndata: 1\n\n")
        await writer.drain()
        # The second event is not sent before the first one has arrived.
        await asyncio.wait_for(seen.wait(), 60)
        writer.write(b"data: 2\n\n")

    async with serving(stream) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port) as nginx:
            async with client(nginx).stream("GET", "/graphql") as answer:
                found = []
                async for chunk in answer.aiter_text():
                    found.append(chunk)
                    seen.set()

    assert found == ["data: 1\n\n", "data: 2\n\n"]


OFFERS = {
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
    "websocket": "Connection: Upgrade\r\nUpgrade: WebSocket\r\n",
}
BODY = json.dumps(ASK).encode()


WHOLE = b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


async def ask_by_hand(nginx, fields, body=WHOLE, *, target="/graphql"):
    """Status and body of the answer to a POST with these fields, the second one over the same connection."""
    reader, writer = await asyncio.open_connection("localhost", nginx.https_port, ssl=trusting(nginx))
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{fields}"
    answers = []
    for _ in range(2):
        writer.write(head.encode() + body)
        head_of_answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).decode().lower()
        length = int(head_of_answer.partition("content-length: ")[2].split("\r\n")[0])
        answers.append((int(head_of_answer.split(" ")[1]), await reader.readexactly(length)))
    writer.close()
    assert answers[0] == answers[1]
    return answers[1]


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
async def test_an_offer_of_another_protocol_is_not_passed_on(edge, offer):
    async with serving(echo) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port) as nginx:
            _, heard = await ask_by_hand(nginx, offer)

    fields = {line.partition(b": ")[0].lower() for line in heard.split(b"\r\n")[1:] if line}
    assert fields == {b"x-forwarded-for", b"x-forwarded-proto", b"host", b"content-length", b"content-type"}


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n%%b\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    "target", ["/graphql", "/graphql/", "http://localhost/graphql", "https://localhost:443/graphql/"]
)
@pytest.mark.parametrize("offer", ["", *OFFERS.values()], ids=["none", *OFFERS])
async def test_with_or_without_an_offer_and_a_host_in_the_address_a_query_is_answered(edge, offer, target):
    whole = await ask_by_hand(edge.nginx, offer, target=target)
    chunked = await ask_by_hand(edge.nginx, offer, CHUNKED % b"", target=target)

    assert whole == chunked == (200, b'{"data":{"model":{"name":"identity"}}}')


async def test_trailers_are_not_passed_on(edge):
    trailers = b"Authorization: Bearer x\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n"

    async with serving(echo) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(names=names, api=port) as nginx:
            status, heard = await ask_by_hand(nginx, "", CHUNKED % trailers)

    assert status == 200
    assert [word for word in (b"authorization", b"203.0.113.7", b"close") if word in heard.lower()] == []
    assert await ask_by_hand(edge.nginx, "", CHUNKED % trailers) == (200, b'{"data":{"model":{"name":"identity"}}}')


async def test_an_encoded_body_is_the_services_to_refuse(client):
    answer = await client().post("/graphql", content=b"x", headers={"Content-Encoding": "gzip"} | JSON)

    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert "'gzip'" in answer.json()["errors"][0]["message"]


ADDRESSES = """
2001:db8:1:2:3:4:5:6 2001:db8:1:2::1 2001:db8:1::1 2001:db8:1:0:3:4:5:6 2001:db8:1:2:: 2001:db8:: 2001:db8::1 2a00::1
2001:db8::3:4:5:6 2001:db8:0:5:1:2:3:4 2001:db8:0:5::1 2001::4:3:4:5:6 2001:0:0:4::6 2001::4:0:0:7:8 2001::5:6:7:8
2001:1:0:0:5:: 2001:1::5:6:7:8 2001:0:3:4:5:6:7:8 2001:0:3:4::8 2001:0:3::8 fe80::1:2:3:4 abcd:: ffff::ffff
""".split()


async def test_a_caller_is_a_network_of_ipv6(addressed):
    async with httpx2.AsyncClient() as http:
        texts = [(await http.get(addressed, headers={"X-Real-IP": address})).text for address in ADDRESSES]

    callers, networks = zip(*(text.split(" ") for text in texts), strict=True)
    assert [ip_network(f"{caller}:/64") for caller in callers] == [
        ip_network(f"{address}/64", strict=False) for address in ADDRESSES
    ]
    assert len(set(callers)) == len({ip_network(f"{address}/64", strict=False) for address in ADDRESSES})
    assert [ip_network(network) for network in networks] == [
        ip_network(f"{address}/48", strict=False) for address in ADDRESSES
    ]


@pytest.mark.parametrize(
    ("address", "shown"),
    [("203.0.113.7", "203.0.113.7 203.0.113.0/24"), ("::1", "::1 -"), ("::1.2.3.4", "::1.2.3.4 -")],
)
async def test_a_caller_is_an_address_otherwise(addressed, address, shown):
    async with httpx2.AsyncClient() as http:
        assert (await http.get(addressed, headers={"X-Real-IP": address})).text == shown


@pytest.fixture(scope="module")
def addressed(edge, tmp_path_factory):
    """An nginx with the real maps, that believes what a caller says of the address."""
    folder, port = tmp_path_factory.mktemp("addressed"), free_port()
    file = folder / "nginx.conf"
    render(edge.nginx.values, folder)
    file.write_text(
        f"pid {folder}/pid; error_log stderr alert; events {{}} http {{ access_log off; include addresses.conf;"
        f' server {{ listen 127.0.0.1:{port}; set_real_ip_from 127.0.0.1; return 200 "$caller $network"; }} }}'
    )
    process = subprocess.Popen([binary(), "-p", folder, "-c", file, "-g", "daemon off;"])
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()
