"""The page of examples/browser in Chromium, on another origin than the API, at the addresses in its files."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from graph.http import origins
from tests.clients import packages, sites
from tests.clients.journeys import LOGIN_REFUSED, PASSWORD, Installation, signed_up

APP = (packages.EXAMPLES / "browser" / "app.js").read_text()
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn { token } } }"
SHOWN = "() => !['', '…'].includes(document.getElementById('status').textContent)"
# The first run fetches packages.
pytestmark = pytest.mark.timeout(600)


async def test_a_person_uses_the_page(checkout: Path, installation: Installation) -> None:
    email = await signed_up(installation)
    async with sites.opened(checkout / "examples" / "browser", installation) as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(sites.SITE)
        await _log_in(page, email, "a wrong password")
        assert await _shown(page) == (LOGIN_REFUSED, "", True)
        await _log_in(page, email, PASSWORD)
        assert await _shown(page) == ("You are logged in.", "", False)

        await page.set_input_files("[name=images]", [packages.EXAMPLES / "one.png", packages.EXAMPLES / "two.png"])
        await page.click("#reader button:not([type])")
        left = "4 of 14 units left (minute), 9990 of 10000 units left (day)"
        assert await _shown(page) == (left, "one.png: Gatehouse Books\ntwo.png: Mill Lane 12", False)
        await page.click("#reader button:not([type])")
        status, *others = await _shown(page)
        assert re.fullmatch(r"Too many calls\. Try again in \d+ s\.", status)
        assert others == ["", False]
        await page.click("#rank")
        assert await _shown(page) == ("1 chunk, 1 unit", "scores: 0,0.70710677\norder: 1,0\n", False)
        await page.click("#later")
        assert await _shown(page) == ("SUCCEEDED", "scores: 0,0.70710677\norder: 1,0\n", False)

        elsewhere = await sites.asked(installation, LOGIN, input={"email": email, "password": PASSWORD})
        await sites.asked(installation, "mutation { revokeOtherSessions { count } }", elsewhere["login"]["token"])
        await page.click("#rank")
        status, *others = await _shown(page)
        assert status.startswith("The credential is not accepted: it has ended, was revoked")
        assert others == ["", True]
        await _log_in(page, email, PASSWORD)
        assert await _shown(page) == ("You are logged in.", "", False)
        await page.click("#logout")
        assert await _shown(page) == ("You are logged out.", "", True)
        assert complaints == []


async def _log_in(page: Page, email: str, password: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", password)
    await page.click("#login button")


async def _shown(page: Page) -> tuple[str, str, bool]:
    """The state, the text and whether the login is there, once the state has come."""
    await page.wait_for_function(SHOWN)
    return (await page.inner_text("#status"), await page.text_content("#text") or "", await page.is_visible("#login"))


def test_it_sends_and_reads_the_headers_that_another_origin_may() -> None:
    named = set(re.findall(r'headers\["([\w-]+)"\]', APP))
    read = set(re.findall(r'headers\.get\("([\w-]+)"\)', APP))

    assert named == {"Authorization", "Content-Type", "GraphQL-Require-Preflight"} <= set(origins.ACCEPTED)
    assert read == {"Retry-After"} <= set(origins.EXPOSED)
