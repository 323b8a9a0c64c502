"""The files of nginx, the names and pages that it serves, and the headers that it adds."""

import asyncio
import json
import re
import ssl
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from graph.console.routes import MAIL_PAGES, PAGES
from tests.docker.conftest import trusting
from tests.docker.nginx import ASK, render


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
    # It has started to speak HTTP/2, which no server here understands.
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

    assert (led.status_code, led.headers["Location"]) == (308, "https://localhost/graphql?a=b")
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
        answers = [await http.post(path, json=ASK) for path in ("/graphql", "/graphql/")]
        answers += [await http.get(path, params=ASK) for path in ("/graphql", "/graphql/")]
        pages = [await http.get(path, headers={"Accept": "text/html"}) for path in ("/graphql", "/graphql/")]
        element = await http.get("/embed.js")

    assert [(one.headers["Content-Type"], one.text) for one in found[:3]] == [
        ("text/html; charset=utf-8", "<!doctype html>"),
        ("text/javascript; charset=utf-8", "1"),
        ("text/html; charset=utf-8", "<!doctype html>"),
    ]
    assert found[3].json().keys() == {"keys"}
    # Pages of other origins load it, whatever is served beside.
    assert (element.status_code, element.headers["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
    assert element.headers["Content-Encoding"] == "gzip"
    # The front end's page takes nothing that is the API's.
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"data": {"model": {"name": "identity"}}})] * 4
    assert pages[0].text.replace('="graphql/', '="../graphql/') == pages[1].text
    assert "GraphiQL" in pages[1].text


async def test_without_a_front_end_links_in_mails_lead_to_the_pages_of_the_api(edge, client):
    http = client()
    pages = [await http.get(f"/{name}", headers={"Accept": "text/html"}) for name in ("", *MAIL_PAGES)]
    assets = set(re.findall(r'(?:src|href)="\./(graphql/assets/[^"]+)"', "".join(page.text for page in pages)))

    assert [(page.status_code, page.headers["Cache-Control"]) for page in pages] == [(200, "no-store")] * 5
    assert all("<!doctype html>" in page.text for page in pages)
    assert {address.rsplit(".", 1)[1] for address in assets} == {"js", "css", "svg"}
    assert {(await http.get(f"/{address}")).status_code for address in assets} == {200}
    assert (await http.get("/favicon.ico")).headers["Content-Type"].startswith("image/svg+xml")
    assert (await http.get("/models/echo")).text.count('<meta name="gatehouse-root" content="../">') == 1
    others = [path.replace("{name}", "echo").replace("{id}", "Sm9iOjE=") for path in PAGES]
    assert {path: (await http.get(f"/{path}")).status_code for path in others} == dict.fromkeys(others, 200)
    assert [(await http.get(path)).status_code for path in ("/none", "/models/echo/1", "/admin")] == [404] * 3
    unknown = await http.get("/models/echo/1", headers={"Accept": "text/html"})
    assert (unknown.status_code, unknown.text.count('<meta name="gatehouse-root" content="../../">')) == (404, 1)
    # Nothing is taken there, and no path of a page is logged as another one's.
    assert (await http.post("/verify-email", content=b"12")).status_code == 413
    assert {f"/{name}" for name in ("", *MAIL_PAGES)} <= {line["path"] for line in edge.nginx.lines()}


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("POST", "/graphql", "application/json"),
        ("GET", "/", "text/html"),
        ("GET", "/verify-email", "text/html"),
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


async def test_a_cache_keeps_the_compressed_form_of_a_front_ends_file_apart(edge, client):
    with edge.new_nginx() as nginx:
        (nginx.front_end / "index.html").write_text("<!doctype html>")
        (nginx.front_end / "main.js").write_text("1;" * 1000)
        answers = [
            await client(nginx).get("/main.js", headers={"Accept-Encoding": coding}) for coding in ("gzip", "identity")
        ]

    assert [answer.headers.get("Content-Encoding") for answer in answers] == ["gzip", None]
    assert [answer.headers.get("Vary") for answer in answers] == ["Accept-Encoding", "Accept-Encoding"]
