"""Every page of the console: what it looks like, and what axe finds in it."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from graph.console import routes
from local import places
from tests.clients import chromium
from tests.console.conftest import SIZES
from tests.local.conftest import Run

# Kept after the run, for people to look at.
SCREENSHOTS = places.ROOT / "build" / "screenshots"
OPEN = ["/", "/none", "/register", "/login", *(f"/{name}" for name in routes.MAIL_PAGES)]
MEMBERS = [
    "/models",
    "/models/similarity",
    "/models/text_reader",
    "/read-text",
    "/jobs",
    "/tokens",
    "/usage",
    "/account",
]
ADMINISTRATORS = ["/admin/users", "/admin/users/{id}", "/admin/plans", "/admin/audit-log"]
AXE = "async () => (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)"


@pytest.mark.parametrize("path", OPEN)
async def test_an_open_page_has_no_fault_that_axe_finds(page: Page, path: str):
    await _look_at(page, path)


@pytest.mark.parametrize("path", [*MEMBERS, *ADMINISTRATORS])
async def test_a_page_of_a_user_has_no_fault_that_axe_finds(administrator: Page, path: str):
    if "{id}" in path:
        await administrator.goto("/admin/users")
        path = str(await administrator.get_by_role("table").get_by_role("link").first.get_attribute("href"))
    await _look_at(administrator, path)


async def test_the_page_is_in_the_language_of_the_browser(browser: Browser, run: Run):
    headings = {}
    for language in ("en-GB", "zh-TW", "ja-JP", "de-DE"):
        context = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale=language)
        page = await context.new_page()
        await page.goto("/login")
        headings[language] = (
            await page.get_by_role("heading", level=1).inner_text(),
            await page.locator("html").get_attribute("lang"),
        )
        await context.close()

    assert headings == {
        "en-GB": ("Log in", "en"),
        "zh-TW": ("登入", "zh-Hant"),
        "ja-JP": ("ログイン", "ja"),
        "de-DE": ("Log in", "en"),
    }


async def _look_at(page: Page, path: str) -> None:
    await page.goto(path)
    await page.get_by_role("heading", level=1).wait_for()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for name, size in SIZES.items():
            await page.set_viewport_size(size)
            await _keep(page, f"{_name(path)}-{scheme}-{name}")
        await page.evaluate(await asyncio.to_thread(chromium.axe))
        found += [f"{scheme}: {violation}" for violation in await page.evaluate(AXE)]
    assert found == []
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(SIZES["phone"])
    for language in ("zh-Hant", "ja", "en"):
        await page.locator("footer select").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        if language != "en":
            await _keep(page, f"{_name(path)}-{language}")
        # Nothing is cut off at the side of a phone.
        assert await page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"]["width"]


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-")[:30] or "home"


async def _keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
