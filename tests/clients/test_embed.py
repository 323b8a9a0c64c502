"""The element of /embed.js, in pages of other origins than the API."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Request, expect

from tests.clients import chromium, packages, sites
from tests.clients.journeys import PASSWORD, Installation, signed_up

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn { token } } }"
CREATE = """mutation ($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { ... on ApiTokenCreated { token apiToken { id } } ... on UserError { message } } }"""
REVOKE = "mutation ($id: ID!) { revokeApiToken(id: $id) { ... on ApiTokenRevoked { apiToken { id } } } }"
USED = "{ me { apiTokens(first: 5) { nodes { lastUsedAt } } } }"
KEPT = """() => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, document.documentElement.outerHTML])"""
GIVE = "(one, [model, token]) => { one.setAttribute('model', model); one.token = token }"
LOAD = """() => document.head.append(
  Object.assign(document.createElement("script"), { src: "http://127.0.0.1:8000/embed.js" }))"""
# Of its button: the ground and the text. Of its field: the border.
COLOURS = """(one) => {
  const of = (selector) => getComputedStyle(one.shadowRoot.querySelector(selector));
  return [of("button").backgroundColor, of("button").color, of("input").borderTopColor];
}"""
AXE = "async () => (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def site(checkout: Path, installation: Installation) -> AsyncIterator[Page]:
    """Fails the test where the page reports an error or breaks its Content-Security-Policy."""
    said: list[str] = []
    async with sites.opened(checkout / "examples" / "embed", installation) as page:
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        yield page
    # What the browser itself says of a refused answer.
    assert [text for text in said if not text.startswith(("Failed to load resource: ", "Access to fetch at "))] == []


@pytest.fixture
async def session(installation: Installation) -> str:
    email = await signed_up(installation)
    login = await sites.asked(installation, LOGIN, input={"email": email, "password": PASSWORD})
    return str(login["login"]["token"])


async def test_a_visitor_calls_a_model_with_a_token(site: Page, session: str, installation: Installation) -> None:
    created = await _token(installation, session)
    sent: list[Request] = []
    site.on("request", lambda request: sent.append(request) if request.url.endswith("/graphql") else None)
    await site.goto(sites.SITE)
    element = site.locator("gatehouse-model")
    await _enter(element, "gth_wrong")
    await expect(element.get_by_role("alert")).to_contain_text("The token is not accepted")
    await _enter(element, created["token"])
    await element.get_by_label("Values").nth(0).fill("1 0")
    await element.get_by_label("Values").nth(1).fill("0 1; 1 1")
    for field in await element.get_by_label("Shape").all():
        await field.fill("")
    await element.get_by_role("button", name="Run for 1 unit").click()

    outputs = await _outputs(element)
    assert outputs["scores"] == [0, pytest.approx(0.70710677)]
    assert outputs["order"] == [1, 0]
    await expect(element).to_contain_text("It cost 1 unit. 12 of 14 units left (this minute)")
    # The token is in the header, and in nothing that stays.
    posts = [request for request in sent if request.method == "POST"]
    assert {request.headers.get("authorization") for request in posts} >= {f"Bearer {created['token']}"}
    assert created["token"] not in await site.evaluate(KEPT)
    assert await element.evaluate("(one) => one.token") is None

    await sites.asked(installation, REVOKE, session, id=created["apiToken"]["id"])
    await element.get_by_role("button", name="Run for 1 unit").click()
    await expect(element.get_by_role("alert")).to_contain_text("The token is not accepted")
    await element.get_by_role("button", name="Use another token").click()
    await expect(element.get_by_label("API token")).to_have_value("")


async def test_a_stream_shows_what_the_headers_say_is_left(
    site: Page, session: str, installation: Installation
) -> None:
    token = (await _token(installation, session))["token"]
    element = await _given(site, "ticking", token)
    await element.get_by_label("Values").nth(0).fill("3")
    await element.get_by_role("button", name="Run for 3 units").click()

    await expect(element).to_contain_text("3 answers so far")
    await expect(element).to_contain_text("It cost 3 units. 10 of 14 units left (this minute)")
    await expect(element).to_contain_text("9,996 of 10,000 units left (today)")
    for left in (7, 4, 1):
        await element.get_by_role("button", name="Run for 3 units").click()
        await expect(element).to_contain_text(f"{left} of 14 units left (this minute)")
    await element.get_by_role("button", name="Run for 3 units").click()
    await expect(element.get_by_role("alert")).to_contain_text("You have used up your units for now.")
    await expect(element.get_by_role("alert")).to_contain_text(re.compile(r"Wait \d+ seconds?\."))


async def test_a_file_is_uploaded(site: Page, session: str, installation: Installation) -> None:
    token = (await _token(installation, session))["token"]
    element = await _given(site, "text_reader", token)
    image = element.locator("fieldset").first
    async with site.expect_file_chooser() as choosing:
        await image.get_by_role("button", name="Choose a file").click()
    await (await choosing.value).set_files(packages.EXAMPLES / "one.png")
    await element.get_by_role("button", name="Run for 5 units").click()

    await expect(element).to_contain_text("Gatehouse Books")


async def test_a_page_of_another_origin_is_told_that_it_may_not(
    site: Page, session: str, installation: Installation
) -> None:
    token = (await _token(installation, session))["token"]
    await site.goto(sites.OTHER_SITE)
    element = site.locator("gatehouse-model")
    await _enter(element, token)

    await expect(element.get_by_role("alert")).to_contain_text("does not allow pages of this site")
    assert await element.get_by_role("button", name="Run").count() == 0
    tokens = await sites.asked(installation, USED, session)
    assert tokens == {"me": {"apiTokens": {"nodes": [{"lastUsedAt": None}]}}}


@pytest.mark.parametrize("language", [("en", "API token"), ("zh-Hant", "API 權杖"), ("ja", "API トークン")])
async def test_it_is_in_the_language_that_is_given_and_axe_finds_nothing(
    site: Page, language: tuple[str, str], session: str, installation: Installation
) -> None:
    token = (await _token(installation, session))["token"]
    await site.goto(sites.SITE)
    element = site.locator("gatehouse-model")
    await element.evaluate("(one, lang) => one.setAttribute('lang', lang)", language[0])
    await expect(element.get_by_label(language[1])).to_be_visible()
    await element.evaluate("(one, token) => { one.token = token }", token)
    await element.locator("form.card fieldset").first.wait_for()
    found = []
    for scheme in ("light", "dark"):
        await site.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await site.evaluate(chromium.axe())
        found += [f"{scheme}: {one}" for one in await site.evaluate(AXE)]
    assert found == []


async def test_its_colours_go_by_the_color_scheme_of_the_page(site: Page) -> None:
    await site.goto(sites.SITE)
    element = site.locator("gatehouse-model")
    await element.get_by_role("button", name="Use the token").wait_for()

    seen = {}
    for device, page in (("light", "light dark"), ("dark", "light dark"), ("light", "dark"), ("dark", "light")):
        await site.emulate_media(color_scheme="dark" if device == "dark" else "light")
        await site.evaluate("(page) => { document.querySelector('meta[name=color-scheme]').content = page }", page)
        seen[device, page] = await element.evaluate(COLOURS)

    light = ["rgb(26, 95, 180)", "rgb(255, 255, 255)", "rgb(86, 96, 112)"]
    dark = ["rgb(138, 184, 245)", "rgb(14, 19, 25)", "rgb(163, 173, 187)"]
    assert seen == {
        ("light", "light dark"): light,
        ("dark", "light dark"): dark,
        ("light", "dark"): dark,
        ("dark", "light"): light,
    }


async def _token(installation: Installation, session: str) -> Any:
    new = {"name": "embedded", "expiresIn": "P1D"}
    return (await sites.asked(installation, CREATE, session, input=new))["createApiToken"]


async def _enter(element: Locator, token: str) -> None:
    await element.get_by_label("API token").fill(token)
    await element.get_by_role("button", name="Use the token").click()


async def _given(site: Page, model: str, token: str) -> Locator:
    """The element, with a token that the page gave before the script was there."""
    await site.route("**/embed.js", lambda route: route.abort())
    await site.goto(sites.SITE)
    await site.unroute("**/embed.js")
    element = site.locator("gatehouse-model")
    await element.evaluate(GIVE, [model, token])
    await site.evaluate(LOAD)
    return element


async def _outputs(element: Locator) -> dict[str, object]:
    await element.get_by_text("JSON", exact=True).click()
    shown = await element.locator("figure ~ details pre").inner_text()
    return {one["name"]: one["values"] for one in json.loads(shown)}
