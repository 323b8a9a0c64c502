"""The page at `/` and those that links in emails open."""

import re
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette

from graph.small_pages import routes
from settings import Settings
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import BROWSER, LOGIN, MEDIA_TYPES, PASSWORD, PREFLIGHT

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "graph" / "small_pages" / "static"
SHARED = ROOT / "graph" / "shared"
FILES = {path.name: path for folder in (STATIC, SHARED) for path in sorted(folder.iterdir())}
SCRIPTS = {name: path.read_text("utf-8") for name, path in FILES.items() if path.suffix == ".js"}
PAGES = ["/", *(f"/{name}" for name in routes.MAIL_PAGES)]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
NEW = "another sentence of some length"
REGISTER = """mutation ($email: String!, $password: String!) {
  register(input: {email: $email, password: $password}) { __typename } }"""
CHANGE = """mutation ($newEmail: String!, $password: String!) {
  requestEmailChange(newEmail: $newEmail, password: $password) { __typename } }"""
VERIFIED = "SELECT email_verified_at FROM users WHERE email = $1"


def documents() -> dict[str, str]:
    """What the script sends, by the page or form that sends it."""
    scripts = SCRIPTS["mail.js"] + SCRIPTS["documents.js"]
    texts = dict(re.findall(r"const ([A-Z_]+) = `([^`]+)`", scripts))
    return {page: texts[name] + texts["REFUSAL"] for page, name in re.findall(r'^  "([\w-]+)": (\w+),$', scripts, re.M)}


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
async def test_nothing_in_a_page_is_inline_and_it_is_of_one_language(browser, path):
    text = (await browser.get(path)).text

    scripts = re.findall(r"<script[^>]*>", text)
    # The first page needs none.
    assert bool(scripts) == (path != "/")
    assert [tag for tag in scripts if not re.search(r'\ssrc="graphql/assets/', tag)] == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|\w+://|\{\{|\{%", text) == []
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


@pytest.mark.parametrize(("name", "mutation"), routes.MAIL_PAGES.items())
async def test_a_page_whose_script_does_not_run_says_what_to_do(browser, name, mutation):
    (main,) = re.findall(r"<main>(.*?)</main>", (await browser.get(f"/{name}")).text, re.S)
    ((shown, without_script),) = re.findall(r"^(.*)<noscript>(.*)</noscript>", main, re.S)

    # Without the tag as well: a script that cannot be loaded leaves JavaScript on.
    assert "It needs JavaScript. If this text stays, reload the page." in shown
    assert f"send the mutation <code>{mutation}</code> to <code>/graphql</code>" in without_script
    assert f"  result: {mutation}(" in documents()[name]
    # The script puts its own in place of all this.
    assert "main.replaceChildren(" in SCRIPTS["mail.js"]


async def test_links_to_log_in_open_the_panel_of_graphiql(browser):
    home = (await browser.get("/")).text
    script = (ROOT / "graph" / "static" / "page.js").read_text("utf-8")

    assert '<a href="graphql#account">' in home
    assert 'visiblePlugin: window.location.hash === "#account" ? accountPlugin : undefined' in script


async def test_all_files_are_named_by_a_page_and_are_served_as_they_lie_here(browser):
    texts = [(await browser.get(path)).text for path in PAGES]
    addresses = {found for text in texts for found in re.findall(r'(?:src|href)="(graphql/assets/[^"]+)"', text)}
    answers = {address.rsplit("/", 1)[1]: await browser.get(f"/{address}") for address in addresses}

    assert set(answers) == set(FILES)
    for name, answer in answers.items():
        assert (answer.status_code, answer.content) == (200, FILES[name].read_bytes())
        assert answer.headers["Content-Type"] == MEDIA_TYPES[Path(name).suffix]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


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


def test_every_page_sends_what_the_schema_has():
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))

    assert set(documents()) == {*routes.MAIL_PAGES, "resend-verification"}
    assert {name: validate(schema, parse(text)) for name, text in documents().items()} == {
        name: [] for name in documents()
    }


def test_the_code_leaves_the_address_and_goes_to_graphql_alone():
    text = "".join(SCRIPTS.values())

    assert re.findall(r"localStorage|sessionStorage|document\.cookie|innerHTML|console\.", text) == []
    assert re.findall(r"\bfetch\(.*|XMLHttpRequest|sendBeacon|\blocation\.(?:assign|href|replace).*", text) == [
        'fetch("graphql", {'
    ]
    assert 'window.history.replaceState(null, "", window.location.pathname)' in SCRIPTS["mail.js"]
    assert re.findall(r"\w+://", text) == []


def test_every_language_of_the_mails_has_the_same_words():
    script = SCRIPTS["words.js"]
    spoken = dict(re.findall(r"^const (\w+) = \{\n(.*?)^\};", script, re.M | re.S))
    keys = {
        name: re.findall(r"^( +[\w\"-]+):", re.sub(r"^  problems: \{.*?\},\n", "", text, flags=re.M | re.S), re.M)
        for name, text in spoken.items()
    }

    assert set(spoken) - {"LANGUAGES"} == {"en", "zhHant", "ja"}
    assert {path.parent.name for path in ROOT.glob("email_templates/*/words.html")} == {"en", "zh-Hant", "ja"}
    assert keys["zhHant"] == keys["ja"] == keys["en"]
    assert len(keys["en"]) > 40
    # English has the service's own sentences about what is wrong.
    codes = [re.findall(r"^    ([A-Z_]+):", spoken[name], re.M) for name in ("zhHant", "ja")]
    assert codes[0] == codes[1]


def test_every_outage_that_nginx_reports_has_words_of_the_pages():
    refusals = (ROOT / "docker" / "nginx" / "refusals.conf.template").read_text("utf-8")
    outages = set(re.findall(r"return 5\d\d .*?\"code\":\"(\w+)\"", refusals))
    (english,) = re.findall(r"^const en = .*?^  refusals: \{\n(.*?)^  \},", SCRIPTS["words.js"], re.M | re.S)

    assert outages == {"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert outages <= set(re.findall(r"^    ([A-Z_]+):", english, re.M))


def test_a_code_that_was_used_leads_to_the_login_in_every_language():
    refusals = re.findall(r'^      codeRefused: "(.*)",$', SCRIPTS["words.js"], re.M)

    assert [("If you have" in text, "log in" in text) for text in refusals[:3]] == [(True, True)] * 3
    assert [("如果您之前已" in text, "登入" in text) for text in refusals[3:6]] == [(True, True)] * 3
    assert [("すでに" in text, "ログイン" in text) for text in refusals[6:]] == [(True, True)] * 3
    assert "if (graphiql) alert.after(linkTo(graphiql, next));" in SCRIPTS["mail.js"]


def test_a_refusal_of_one_code_does_not_take_away_the_form_of_the_next():
    (complete,) = re.findall(r"^async function complete\(.*?^\}", SCRIPTS["mail.js"], re.M | re.S)
    asks, guard = complete.index("await ask("), complete.index("if (refused && !heading.isConnected) return;")

    assert asks < guard < complete.index("askForAnother()")


async def test_a_link_does_nothing_until_its_button_is_pressed(browser, post, database, mailed):
    email, verify = new_address(), documents()["verify-email"]
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

    asked = await post(sent["forgot-password"], email=ada.email)
    code = await mailed(ada.email, "reset_password")
    short = await post(sent["reset-password"], code=code, newPassword="short")
    done = await post(sent["reset-password"], code=code, newPassword=NEW)
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

    again = await post(sent["resend-verification"], email=email)
    code = await mailed(changed, "confirm_email_change")
    confirmed = await post(sent["confirm-email-change"], code=code)

    assert again.json()["data"] == {"result": {"email": email}}
    assert confirmed.json()["data"] == {"result": {"email": changed}}
    assert await database.fetchval("SELECT email FROM users WHERE id = $1", ada.id) == changed


async def test_without_the_setting_there_is_no_page(new_service):
    with new_service(PAGES="false") as service, httpx2.Client(base_url=service.url) as http:
        found = {path: http.get(path, headers={"Accept": BROWSER}).status_code for path in [*PAGES, "/favicon.ico"]}
        graphiql = http.get("/graphql", headers={"Accept": BROWSER})

    assert set(found.values()) == {404}
    assert graphiql.status_code == 200


@pytest.mark.parametrize("has_graphiql", ["true", "false"])
async def test_pages_name_graphiql_only_where_it_is_and_the_shortest_password(settings, has_graphiql):
    changed = settings | {"GATEHOUSE_GRAPHIQL": has_graphiql, "GATEHOUSE_PASSWORD_MIN_LENGTH": "21"}
    app = Starlette(routes=routes.routes(Settings.from_environ(changed)))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gatehouse.test") as http:
        texts = [(await http.get(path, headers={"Accept": BROWSER})).text for path in PAGES]

    assert ["GraphiQL" in texts[0], *('data-graphiql="graphql#account"' in text for text in texts[1:])] == (
        [has_graphiql == "true"] * 5
    )
    assert all('data-password-min-length="21"' in text for text in texts[1:])
