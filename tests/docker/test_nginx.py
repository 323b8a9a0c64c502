"""What nginx does to what passes through it."""

import asyncio
import json
import ssl
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest

from tests.docker.conftest import trusting
from tests.docker.names import Names
from tests.docker.nginx import binary, render, wait_for
from tests.docker.upstreams import echo, serving
from tests.service import free_port

ASK = {"query": '{ model(name: "identity") { name } }'}
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
    "baggage": "a=b",
}


def test_nginx_takes_the_files_without_a_warning(edge):
    said = edge.nginx.check()

    assert [line.rsplit(" ", 3)[-3:] for line in said.splitlines()] == [
        ["syntax", "is", "ok"],
        ["test", "is", "successful"],
    ]


def test_gixy_finds_nothing(edge, tmp_path):
    gixy = Path(sys.executable).with_name("gixy")
    # gixy takes every port with 443 among its digits for HTTPS: on a random one it would complain now and then.
    ports = {"EDGE_HTTP_PORT": "80", "EDGE_HTTPS_PORT": "443", "EDGE_HEALTH_PORT": "8081"}
    file = render(edge.nginx.values | ports, tmp_path)

    found = subprocess.run([gixy, "--format", "json", file], capture_output=True, text=True)

    assert (found.returncode, json.loads(found.stdout)) == (0, [])


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_http_2_is_offered_by_tls(edge, version):
    context = trusting(edge.nginx)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])

    _, writer = await asyncio.open_connection("localhost", edge.nginx.https_port, ssl=context)

    tls = writer.get_extra_info("ssl_object")
    assert (tls.selected_alpn_protocol(), tls.version()) == ("h2", version.name.replace("_", "."))
    # It has begun to speak HTTP/2, which nobody here understands.
    writer.transport.abort()


async def test_no_other_name_is_served(edge):
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        await asyncio.open_connection(
            "localhost", edge.nginx.https_port, ssl=trusting(edge.nginx), server_hostname="other.example"
        )
    async with httpx2.AsyncClient() as http:
        with pytest.raises(httpx2.TransportError):
            await http.get(edge.nginx.plain_url, headers={"Host": "other.example"})


async def test_plain_http_leads_to_https_but_for_the_certificate(edge, client):
    (edge.nginx.acme / ".well-known" / "acme-challenge").mkdir(parents=True)
    (edge.nginx.acme / ".well-known" / "acme-challenge" / "it").write_text("proof")

    async with httpx2.AsyncClient(base_url=edge.nginx.plain_url) as http:
        led = await http.post("/graphql?a=b", json=ASK)
        proof = await http.get("/.well-known/acme-challenge/it")

    assert (led.status_code, led.headers["Location"]) == (301, "https://localhost/graphql?a=b")
    assert (proof.status_code, proof.text) == (200, "proof")


async def test_operators_pages_are_not_for_the_public(client):
    http = client()

    answers = [(await http.get(path)).status_code for path in ("/readyz", "/metrics", "/.git/config", "/healthz")]

    assert answers == [404, 404, 404, 200]


async def test_a_front_end_is_served_beside(edge, client):
    with edge.new_nginx() as nginx:
        (nginx.front_end / "index.html").write_text("<!doctype html>")
        (nginx.front_end / "main.js").write_text("1")
        http = client(nginx)
        found = [await http.get(path) for path in ("/", "/main.js", "/verify-email", "/.well-known/jwks.json")]

    assert [(one.headers["Content-Type"], one.text) for one in found[:3]] == [
        ("text/html; charset=utf-8", "<!doctype html>"),
        ("text/javascript; charset=utf-8", "1"),
        ("text/html; charset=utf-8", "<!doctype html>"),
    ]
    assert found[3].json().keys() == {"keys"}


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("POST", "/graphql", "application/json"),
        ("GET", "/graphql", "text/html"),
        ("GET", "/healthz", "*/*"),
        ("GET", "/readyz", "*/*"),
    ],
)
async def test_every_answer_has_its_security_headers_once(client, method, path, accept):
    answer = await client().request(method, path, json=ASK, headers={"Accept": accept})

    assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"]
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
    assert [
        policy.count("frame-ancestors 'none'") for policy in answer.headers.get_list("Content-Security-Policy")
    ] == [1]
    assert ("Server", "nginx") in [(name.title(), value) for name, value in answer.headers.items()]


async def test_answers_of_the_api_are_not_compressed(client):
    answer = await client().post(
        "/graphql", json={"query": "{ __schema { types { name description } } }"}, headers={"Accept-Encoding": "gzip"}
    )

    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None)
    assert len(answer.content) > 10_000


async def test_the_api_hears_of_nobody_but_nginx(edge, client):
    async with serving(echo) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(at=names, api=port) as nginx:
            http = client(nginx)
            heard = (await http.get("/graphql", headers=FORGED)).text.split("\r\n")
            address = http._transport._pool._local_address

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
        await asyncio.wait_for(seen.wait(), 10)
        writer.write(b"data: 2\n\n")

    async with serving(stream) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(at=names, api=port) as nginx:
            async with client(nginx).stream("GET", "/graphql") as answer:
                found = []
                async for chunk in answer.aiter_text():
                    found.append(chunk)
                    seen.set()

    assert found == ["data: 1\n\n", "data: 2\n\n"]


async def test_a_websocket_passes_both_ways(edge):
    async def upgrade(head, reader, writer):
        assert b"Upgrade: websocket\r\nConnection: upgrade\r\n" in head
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        writer.write(await reader.readexactly(4))

    async with serving(upgrade) as port:
        with Names("127.0.0.1") as names, edge.new_nginx(at=names, api=port) as nginx:
            reader, writer = await asyncio.open_connection("localhost", nginx.https_port, ssl=trusting(nginx))
            writer.write(
                b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"
            )
            status = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"ping")
            echoed = await reader.readexactly(4)
            writer.close()

    assert (status.split(b"\r\n")[0], echoed) == (b"HTTP/1.1 101 Switching Protocols", b"ping")


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
