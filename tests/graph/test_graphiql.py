"""The page of GraphiQL: who gets it, its headers, and the files that it loads."""

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from graph import graphiql
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import BROWSER, MEDIA_TYPES
from tests.graph.graphiql_files import ROOT, SHARED, STATIC, VENDOR

DECISION = ROOT / "docs" / "decisions" / "0002-graphiql-assets.md"


async def endpoint(request: Request) -> Response:
    if graphiql.wants_page(request):
        return graphiql.page(request, password_min_length=21)
    return PlainTextResponse("an answer, not the page")


PATHS = ("/graphql", "/graphql/")
assets = graphiql.assets()
app = Starlette(routes=[*(Route(path, endpoint, methods=["GET", "POST"]) for path in PATHS), assets])


async def send(method: str, url: str, accept: str = BROWSER) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gatehouse.test") as client:
        return await client.request(method, url, headers={"Accept": accept})


async def get_assets() -> dict[str, httpx2.Response]:
    """The answer for every address that the page names, by the file's path below static/."""
    page = await send("GET", "/graphql")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    return {address.split("/", 3)[3]: await send("GET", f"/{address}") for address in addresses}


def file_of(name: str) -> Path:
    shared = SHARED / name
    return shared if shared.exists() else STATIC / name


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
        "default-src 'none'; script-src 'self'; style-src 'self' "
        "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='; img-src 'self' data:; connect-src 'self'; base-uri "
        "'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "<title>Gatehouse</title>" in page.text
    assert '<body data-password-min-length="21">' in page.text


async def test_the_page_has_nothing_inline() -> None:
    page = await send("GET", "/graphql")

    scripts = re.findall(r"<script[^>]*>", page.text)
    assert len(scripts) > 3
    assert [tag for tag in scripts if not re.search(r'\ssrc="', tag)] == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page.text) == []
    assert re.findall(r"\{\w+\}", page.text) == []


async def test_everything_the_page_names_is_served_as_it_lies_here() -> None:
    answers = await get_assets()

    assert len(answers) == 15
    for name, answer in answers.items():
        assert answer.status_code == 200, name
        assert answer.content == file_of(name).read_bytes() != b"", name
        assert answer.headers["Content-Type"] == MEDIA_TYPES[Path(name).suffix]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_every_file_of_the_page_is_named_by_it() -> None:
    answers = await get_assets()

    ours = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.suffix in MEDIA_TYPES}
    assert set(answers) == ours | {path.name for path in SHARED.iterdir()}


@pytest.mark.parametrize("below", ["", "/proxied"])
async def test_with_a_slash_behind_its_address_the_page_names_the_same_files(below: str) -> None:
    pages = [await send("GET", path) for path in PATHS]

    found = [
        [
            urljoin(f"https://example.org{below}{path}", link)
            for link in re.findall(r'(?:src|href)="([^"]+)"', page.text)
        ]
        for path, page in zip(PATHS, pages, strict=True)
    ]
    assert found[0] == found[1]
    assert {link.startswith(f"https://example.org{below}{assets.path}/") for link in found[0]} == {True}


@pytest.mark.parametrize("name", ["page.js", "vendor/missing.js", "../graphiql.py", "..%2fgraphiql.py"])
async def test_what_is_not_there_is_not_found_and_not_kept(name: str) -> None:
    other = "0" * 16 if name == "page.js" else str(assets.path).rsplit("/", 1)[1]

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
        "shared/documents.js",
        "static/account.js",
        "static/credential.js",
        "static/forms.js",
        "static/joining.js",
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
        "importScripts|new "
        "(?:Shared)?Worker\\(|\\bimport\\(|XMLHttpRequest|sendBeacon|sourceMappingURL|@import|url\\((?!['\\\"]?data:)['\\\"]?[\\w/.]|\\bfetch\\(['\\\"]|\\.src=['\\\"](?!data:)"
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


def test_on_a_narrow_screen_panes_lie_below_each_other() -> None:
    style = (STATIC / "page.css").read_text("utf-8")
    vendored = (VENDOR / "graphiql" / "graphiql.min.css").read_text("utf-8")
    narrow = style.partition("@media (max-width: 45rem) {")[2]

    # Each part that is laid out is one of GraphiQL's.
    assert {name for name in re.findall(r"\.(graphiql-[\w-]+)", narrow) if f".{name}" not in vendored} == set()
    assert re.search(r"\.graphiql-session \{\s+flex: 1 0 auto;\s+flex-direction: column;", narrow)
