"""The pages of the console as the service serves them; `tests/console/` uses them in a browser."""

import gzip
import json
import re
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, build_schema, parse, print_ast, validate
from starlette.applications import Starlette

from graph.console import routes
from resolvers.audit import Action
from settings import Settings
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import BROWSER, LOGIN, MEDIA_TYPES, PASSWORD, PREFLIGHT

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "console" / "src"
BUILT = ROOT / "graph" / "console" / "built"
PAGES = [
    "/",
    *(f"/{name}" for name in routes.MAIL_PAGES),
    *(f"/{path.replace('{name}', 'echo').replace('{id}', 'VXNlcjox')}" for path in routes.PAGES),
]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NEW = "another sentence of some length"
REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) { __typename } }"""
CHANGE = """mutation ($newEmail: String!, $password: String!) {
  requestEmailChange(newEmail: $newEmail, password: $password) { __typename } }"""
VERIFIED = "SELECT email_verified_at FROM users WHERE email = $1"


def documents() -> dict[str, str]:
    """What the console sends, by the name of the operation."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.graphql")))
    definitions = parse(text, no_location=True).definitions
    fragments = {one.name.value: print_ast(one) for one in definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    return {one.name.value: _with_fragments(print_ast(one), fragments) for one in operations if one.name}


def _with_fragments(text: str, fragments: dict[str, str]) -> str:
    needed: list[str] = []
    parts = [text]
    for part in parts:
        for name in re.findall(r"\.\.\.(?!on )(\w+)", part.replace("... on", "")):
            if name not in needed:
                needed.append(name)
                parts.append(fragments[name])
    return "\n".join(parts)


def texts(language: str) -> dict[str, str]:
    """The texts of a language, by their paths."""
    return dict(_flat(json.loads((SOURCE / "i18n" / f"{language}.json").read_text("utf-8"))))


def _flat(held, path=""):
    for name, value in held.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def new_address() -> str:
    return f"{uuid4()}@example.org"


@pytest.fixture
async def browser(http: httpx2.AsyncClient) -> httpx2.AsyncClient:
    http.headers["Accept"] = BROWSER
    return http


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_a_strict_policy_is_kept_nowhere_and_names_no_address_it_came_from(browser, path):
    page = await browser.get(path)

    assert page.status_code == 200
    assert {name: page.headers[name] for name in ("Content-Type", "Cache-Control", "Referrer-Policy")} == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    assert page.headers["Content-Security-Policy"] == POLICY
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_in_a_page_is_inline_and_its_files_are_found_from_it(browser, path):
    text = (await browser.get(path)).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)

    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|\w+://", text) == []
    assert text.startswith('<!doctype html>\n<html lang="en">')
    root = "../" * (path.count("/") - 1) or "./"
    assert f'<meta name="gatehouse-root" content="{root}">' in text
    assert [address for address in addresses if not address.startswith(f"{root}graphql/assets/")] == []
    found = {
        address: await browser.get(httpx2.URL(str(browser.base_url)).join(path).join(address)) for address in addresses
    }
    assert {answer.status_code for answer in found.values()} == {200}


@pytest.mark.parametrize(
    ("accept", "language"),
    [("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"), ("de-DE, JA;q=0.5", "ja"), ("de-DE", "en"), (";q=1,,*", "en")],
)
async def test_a_page_names_its_module_and_its_language_to_be_loaded_at_once(browser, accept, language):
    page = await browser.get("/usage", headers={"Accept-Language": accept})

    named = re.findall(r'<link rel="modulepreload" crossorigin href="\./graphql/assets/\w+/([^"]+)">', page.text)
    assert "UsagePage.js" in named
    assert {name for name in named if name in ("en.js", "ja.js", "zh-Hant.js")} == {f"{language}.js"}
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("path", "root"), [("/none", "./"), ("/models/echo/1", "../../"), ("/models/", "../"), ("/a%2Fb/c", "../")]
)
async def test_at_an_unknown_address_a_browser_gets_the_page_and_a_program_json(browser, path, root):
    page = await browser.get(path)
    refused = [await browser.get(path, headers={"Accept": "*/*"}), await browser.post(path)]

    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert f'<meta name="gatehouse-root" content="{root}">' in page.text
    assert {(answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) for answer in refused} == {
        (404, "NOT_FOUND")
    }


async def test_an_address_of_many_parts_gets_no_page_that_grows_with_it(browser):
    answer = await browser.get("/a" * 30)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


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


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.9", ""])
async def test_a_program_at_the_root_learns_where_graphql_is(http, accept):
    answer = await http.get("/", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "name": "Gatehouse",
        "description": "Machine-learning models behind one GraphQL API. Send documents by POST to /graphql.",
        "graphql": "/graphql",
        "health": "/healthz",
        "keys": "/.well-known/jwks.json",
    }
    for path in answer.json().values():
        if path.startswith("/") and path != "/graphql":
            assert (await http.get(path)).status_code == 200


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


async def test_a_link_does_nothing_until_its_button_is_pressed(browser, post, database, mailed):
    email, verify = new_address(), documents()["VerifyEmail"]
    await post(REGISTER, email=email, password=PASSWORD)
    code = await mailed(email, "verify_email")

    # As scanners of emails do, and worse: a browser does not even send what stands behind the #.
    for path in (f"/verify-email#code={code}", f"/verify-email?code={code}"):
        assert (await browser.get(path)).status_code == 200
        assert (await browser.head(path)).status_code == 200
        assert (await browser.post(path)).status_code == 405
    opened = await database.fetchval(VERIFIED, email)
    pressed = [(await post(verify, code=code)).json()["data"]["result"] for _ in range(2)]

    assert opened is None
    assert pressed[0] == {"email": email}
    assert pressed[1]["code"] == "CODE_REFUSED"
    assert await database.fetchval(VERIFIED, email) is not None


async def test_a_forgotten_password_is_set_anew_by_what_the_pages_send(post, ada, mailed):
    sent = documents()

    asked = await post(sent["RequestPasswordReset"], email=ada.email)
    code = await mailed(ada.email, "reset_password")
    short = await post(sent["ResetPassword"], code=code, newPassword="short")
    done = await post(sent["ResetPassword"], code=code, newPassword=NEW)
    login = await post(LOGIN, email=ada.email, password=NEW)

    assert asked.json()["data"] == {"result": {"email": ada.email}}
    assert [problem["code"] for problem in short.json()["data"]["result"]["problems"]] == ["TOO_SHORT"]
    assert done.json()["data"]["result"].keys() == {"at"}
    assert login.json()["data"]["login"]["__typename"] == "LoggedIn"


async def test_a_new_mail_and_a_new_address_are_had_by_what_the_pages_send(post, ada, mailed, database):
    sent, email, changed = documents(), new_address(), new_address()
    await post(REGISTER, email=email, password=PASSWORD)
    by_ada = PREFLIGHT | {"Authorization": f"Bearer {ada.session}"}
    await post(CHANGE, headers=by_ada, newEmail=changed, password=PASSWORD)

    again = await post(sent["ResendVerification"], email=email)
    code = await mailed(changed, "confirm_email_change")
    confirmed = await post(sent["ConfirmEmailChange"], code=code)

    assert again.json()["data"] == {"result": {"email": email}}
    assert confirmed.json()["data"] == {"result": {"email": changed}}
    assert await database.fetchval("SELECT email FROM users WHERE id = $1", ada.id) == changed


async def test_without_the_setting_there_is_no_page(new_service):
    with new_service(CONSOLE="false") as service, httpx2.Client(base_url=service.url) as http:
        found = {path: http.get(path, headers={"Accept": BROWSER}).status_code for path in [*PAGES, "/favicon.ico"]}
        graphiql = http.get("/graphql", headers={"Accept": BROWSER})
        element = http.get("/embed.js")

    assert set(found.values()) == {404}
    assert element.content == (BUILT / "embed.js").read_bytes()
    assert graphiql.status_code == 200


@pytest.mark.parametrize("has_graphiql", ["true", "false"])
async def test_pages_know_whether_there_is_graphiql_and_the_shortest_password(settings, has_graphiql):
    changed = settings | {"GATEHOUSE_GRAPHIQL": has_graphiql, "GATEHOUSE_PASSWORD_MIN_LENGTH": "21"}
    app = Starlette(routes=routes.routes(Settings.from_environ(changed)))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gatehouse.test") as http:
        pages = [(await http.get(path, headers={"Accept": BROWSER})).text for path in PAGES]

    assert all(f'<meta name="gatehouse-graphiql" content="{has_graphiql}">' in text for text in pages)
    assert all('<meta name="gatehouse-password-min-length" content="21">' in text for text in pages)
