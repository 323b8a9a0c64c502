import re
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from graph import graphiql

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "graph" / "static"
VENDOR = STATIC / "vendor"
DECISION = ROOT / "docs" / "decisions" / "0002-graphiql-assets.md"

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


async def endpoint(request: Request) -> Response:
    if graphiql.wants_page(request):
        return graphiql.page(request)
    return PlainTextResponse("an answer, not the page")


app = Starlette(routes=[Route("/graphql", endpoint, methods=["GET", "POST"]), graphiql.assets])


async def send(method: str, url: str, accept: str = BROWSER) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gatehouse.test") as client:
        return await client.request(method, url, headers={"Accept": accept})


async def get_assets() -> dict[str, httpx2.Response]:
    """The answer for every address that the page names, by the file's path below static/."""
    page = await send("GET", "/graphql")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    return {address.split("/", 3)[3]: await send("GET", f"/{address}") for address in addresses}


def vendored() -> dict[str, str]:
    return {
        path.relative_to(VENDOR).as_posix(): path.read_text("utf-8")
        for path in sorted(VENDOR.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }


async def test_a_browser_gets_the_page_with_a_policy_that_admits_only_our_own_files() -> None:
    page = await send("GET", "/graphql")

    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; "
        "style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "<title>Gatehouse</title>" in page.text


async def test_the_page_has_nothing_inline() -> None:
    page = await send("GET", "/graphql")

    assert all(re.search(r'\ssrc="', tag) for tag in re.findall(r"<script[^>]*>", page.text))
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page.text) == []
    assert "{assets}" not in page.text


async def test_everything_the_page_names_is_served_as_it_lies_here() -> None:
    answers = await get_assets()

    assert len(answers) == 11
    for name, answer in answers.items():
        assert answer.status_code == 200, name
        assert answer.content == (STATIC / name).read_bytes() != b"", name
        assert answer.headers["Content-Type"] == MEDIA_TYPES[Path(name).suffix]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_every_file_of_the_page_is_named_by_it() -> None:
    answers = await get_assets()

    assert set(answers) == {
        path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.suffix in MEDIA_TYPES
    }


@pytest.mark.parametrize("name", ["page.js", "vendor/missing.js", "../graphiql.py", "..%2fgraphiql.py"])
async def test_what_is_not_there_is_not_found_and_not_kept(name: str) -> None:
    other = "0" * 16 if name == "page.js" else str(graphiql.assets.path).rsplit("/", 1)[1]

    answer = await send("GET", f"/graphql/assets/{other}/{name}")

    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


def test_the_vendored_files_are_those_the_decision_lists() -> None:
    listed = dict(re.findall(r"^\| `([^`]+)` \| [^|]+ \| `([0-9a-f]{64})` \|$", DECISION.read_text("utf-8"), re.M))

    assert listed == {name: sha256((VENDOR / name).read_bytes()).hexdigest() for name in vendored()}


def test_every_vendored_folder_carries_its_licence() -> None:
    folders = {Path(name).parent for name in vendored()}

    assert {folder.as_posix() for folder in folders} == {"explorer", "graphiql", "react"}
    assert all("MIT License" in (VENDOR / folder / "LICENSE").read_text("utf-8") for folder in folders)


@pytest.mark.parametrize(
    "name",
    [
        "graphiql.html",
        "static/account.js",
        "static/credential.js",
        "static/page.js",
        "static/page.css",
        "static/favicon.svg",
    ],
)
def test_our_own_files_name_no_other_host(name: str) -> None:
    text = (ROOT / "graph" / name).read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")

    assert re.findall(r"\w+://|['\"(]//|\burl\(|@import", text) == []


def test_vendored_files_load_nothing_by_themselves() -> None:
    # The policy forbids it anyway; this finds it before a browser does.
    loads = re.compile(
        r"importScripts|new (?:Shared)?Worker\(|\bimport\(|XMLHttpRequest|sendBeacon|sourceMappingURL|@import"
        r"|url\((?!['\"]?data:)['\"]?[\w/.]|\bfetch\(['\"]|\.src=['\"](?!data:)"
    )

    assert {name: loads.findall(text) for name, text in vendored().items() if loads.search(text)} == {}


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("application/json;q=0.5, TEXT/HTML", True),
        ("text/*, application/json;q=0.5", True),
        ("application/json", False),
        ("application/graphql-response+json, application/json", False),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0", False),
        ("text/html;q=nonsense", False),
        ("text/html;q=nan", False),
        ("*/*", False),
        ("", False),
        (",;=,q=", False),
    ],
)
async def test_only_who_asks_for_html_gets_the_page(accept: str, is_page: bool) -> None:
    answer = await send("GET", "/graphql", accept)

    assert ("<!doctype html>" in answer.text) is is_page


@pytest.mark.parametrize(
    ("method", "url"), [("GET", "/graphql?query={__typename}"), ("GET", "/graphql?query="), ("POST", "/graphql")]
)
async def test_a_query_is_answered_also_to_a_browser(method: str, url: str) -> None:
    answer = await send(method, url)

    assert answer.text == "an answer, not the page"


def test_the_page_sends_what_the_endpoint_asks_for() -> None:
    script = (STATIC / "credential.js").read_text("utf-8")

    assert 'Accept: "application/graphql-response+json, application/json"' in script
    assert '"GraphQL-Require-Preflight": "1"' in script
    assert "fetch(window.location.pathname, options)" in script
    assert 'credentials = withCookies && !sent.has("Authorization") ? "same-origin" : "omit"' in script


def own_scripts() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(STATIC.glob("*.js"))}


def test_a_credential_is_kept_no_longer_than_the_tab_and_goes_to_the_endpoint_only() -> None:
    kept = re.compile(r"localStorage|indexedDB|document\.cookie|\bcaches\b|sessionStorage\.\w+\(.*")
    sent = re.compile(r"\bfetch\(.*|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\baction:")

    assert {name: kept.findall(text) for name, text in own_scripts().items() if kept.search(text)} == {
        "credential.js": [
            'sessionStorage.getItem(KEY)), challenge: null, message: "" };',
            "sessionStorage.setItem(KEY, JSON.stringify(credential));",
            "sessionStorage.removeItem(KEY);",
        ]
    }
    assert {name: sent.findall(text) for name, text in own_scripts().items() if sent.search(text)} == {
        "credential.js": ["fetch(window.location.pathname, options);"]
    }


def test_the_panel_asks_for_what_the_schema_has() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    script = (STATIC / "account.js").read_text("utf-8")
    documents = re.findall(r"^const [A-Z_]+ = [`\"]([^`\"]+)[`\"];$", script, re.M)

    assert len(documents) == 4
    assert [validate(schema, parse(document)) for document in documents] == [[]] * 4


def test_password_managers_know_the_fields() -> None:
    script = (STATIC / "account.js").read_text("utf-8")

    assert re.findall(r'name: "(\w+)".* autoComplete: "([\w-]+)"', script) == [
        ("email", "username"),
        ("password", "current-password"),
        ("token", "off"),
        ("code", "one-time-code"),
    ]
