"""The pages of the console as the service serves them. `tests/console/` uses them in a browser."""

import re
from uuid import uuid4

import httpx2
import pytest
from starlette.applications import Starlette

from graph.console import routes
from settings import Settings
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import BROWSER, LOGIN, PASSWORD, PREFLIGHT
from tests.graph.console_source import BUILT, documents

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
