"""The files of the console: how they are served, and what must be in them."""

import gzip
import re

import httpx2
import pytest
from graphql import build_schema, parse, validate

from graph.console import routes
from local import paths
from resolvers.audit import Action
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import BROWSER, MEDIA_TYPES
from tests.graph.console_source import BUILT, SOURCE, documents, texts

ROOT = paths.ROOT


@pytest.fixture
async def browser(http: httpx2.AsyncClient) -> httpx2.AsyncClient:
    http.headers["Accept"] = BROWSER
    return http


async def test_every_file_is_served_as_it_lies_here(browser):
    folder = re.findall(r'src="\./(graphql/assets/\w+)/base\.js"', (await browser.get("/")).text)[0]

    for path in BUILT.iterdir():
        answer = await browser.get(f"/{folder}/{path.name}")
        assert (answer.status_code, answer.content) == (200, path.read_bytes())
        assert answer.headers["Content-Type"].split(";")[0] in {
            "text/html",
            "application/json",
            *(one.split(";")[0] for one in MEDIA_TYPES.values()),
        }
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_script_of_the_first_page_is_small():
    text = (BUILT / "index.html").read_text("utf-8")
    loaded = [name for name in re.findall(r'(?:src|href)="\./([^"]+)"', text) if name.endswith(".js")]
    compressed = sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in [*loaded, "ja.js"])

    assert "base.js" in loaded
    assert compressed < 250_000


async def test_files_are_compressed(browser):
    path = re.findall(r'src="\.(/graphql/assets/\w+/base\.js)"', (await browser.get("/")).text)[0]
    plain = await browser.get(path, headers={"Accept-Encoding": "identity"})
    compressed = await browser.get(path, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers.get("Content-Length", 0)) < len(plain.content) / 2
    assert compressed.content == plain.content == (BUILT / "base.js").read_bytes()
    assert "Accept-Encoding" in compressed.headers["Vary"]


async def test_any_page_may_load_the_element_and_asks_whether_it_has_changed(browser):
    first = await browser.get("/embed.js", headers={"Accept": "*/*"})
    again = await browser.get("/embed.js", headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
    changed = await browser.get("/embed.js", headers={"If-None-Match": '"other"'})

    assert first.content == (BUILT / "embed.js").read_bytes()
    assert {name: first.headers[name] for name in ("Content-Type", "Content-Encoding", "Cache-Control")} == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Content-Encoding": "gzip",
        "Cache-Control": "no-cache",
    }
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (changed.status_code, changed.content) == (200, first.content)
    assert (await browser.post("/embed.js")).status_code == 405


def test_the_element_is_small():
    assert len(gzip.compress((BUILT / "embed.js").read_bytes(), 9)) < 135_000


async def test_the_icon_that_browsers_ask_for_is_there(browser):
    icon = await browser.get("/favicon.ico")

    assert (icon.status_code, icon.content) == (200, (ROOT / "graph" / "static" / "favicon.svg").read_bytes())
    assert icon.headers["Content-Type"].startswith("image/svg+xml")


def test_every_link_of_a_mail_has_a_page():
    mails = [*ROOT.glob("email_templates/*/*.txt"), *ROOT.glob("email_templates/*/*.html")]
    text = "".join(path.read_text("utf-8") for path in mails)
    linked = re.findall(r"frontend_url \}\}/([\w-]+)", text) + re.findall(r'frontend_url ~ "/([\w-]+)', text)

    assert set(linked) == set(routes.MAIL_PAGES)
    # A code stands behind the `#`, which no browser sends to anybody.
    assert re.findall(r"[?&]code", text) == []


def test_everything_that_the_console_sends_is_in_the_schema():
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))

    problems = {name: validate(schema, parse(text)) for name, text in documents().items()}
    assert problems == {name: [] for name in documents()}
    for mutation in routes.MAIL_PAGES.values():
        assert mutation[0].upper() + mutation[1:] in documents()


def test_the_server_has_every_page_of_the_console():
    router = (SOURCE / "app" / "router.tsx").read_text("utf-8")
    found = re.findall(r'path: "([^"*]+)"(?:, lazy: \(\) => import\("../pages/([^"]+)"\))?', router)

    # With the module that is loaded for the page only.
    modules = {re.sub(r":(\w+)", r"{\1}", path): module for path, module in found}
    assert modules == {**dict.fromkeys(routes.MAIL_PAGES, "entry/MailPages"), **routes.PAGES}


def test_no_secret_is_kept_where_scripts_can_read_it_and_nothing_goes_elsewhere():
    code = {path: path.read_text("utf-8") for path in [*SOURCE.rglob("*.ts"), *SOURCE.rglob("*.tsx")]}
    text = "".join(code.values())

    # The language of the page, and nothing else.
    assert set(re.findall(r"localStorage\.setItem\((\w+)", text)) == {"CHOICE"}
    assert re.findall(r"sessionStorage|document\.cookie|dangerouslySetInnerHTML|innerHTML|eval\(", text) == []
    # `api/send.ts` and `api/stream.ts`; the calls to copy have their own.
    senders = {path.name for path, one in code.items() if re.search(r"\bfetch\((?!\"\$)", one)}
    assert senders == {"send.ts", "stream.ts"}
    assert re.findall(r"XMLHttpRequest|sendBeacon|new WebSocket", text) == []


def test_every_language_of_the_mails_has_the_same_texts():
    languages = {path.parent.name for path in ROOT.glob("email_templates/*/words.html")}
    names = {language: {re.sub("_(one|other)$", "", name) for name in texts(language)} for language in languages}

    assert languages == {path.stem for path in (SOURCE / "i18n").glob("*.json")} == {"en", "zh-Hant", "ja"}
    # What is wrong with an input, the service says in English.
    said = {name for name in names["ja"] if name.startswith("inputProblems.")}
    assert names["zh-Hant"] == names["ja"] == names["en"] | said
    assert len(said) > 20
    for name, text in texts("en").items():
        holes = set(re.findall(r"{{([^}]+)}}", text))
        for language in ("zh-Hant", "ja"):
            other = texts(language)[re.sub("_one$", "_other", name)]
            assert set(re.findall(r"{{([^}]+)}}", other)) == holes


def test_every_outage_that_nginx_reports_and_every_security_event_has_words():
    refusals = (ROOT / "docker" / "nginx" / "refusals.conf.template").read_text("utf-8")
    outages = set(re.findall(r"return 5\d\d .*?\"code\":\"(\w+)\"", refusals))

    assert outages == {"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert {f"problems.{code}" for code in outages} <= texts("en").keys()
    assert {f"events.actions.{action}" for action in Action} <= texts("en").keys()
