"""A real browser, and the console of a `make run` with the models that come with it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from local import places
from tests.clients import chromium
from tests.console.visitor import PASSWORD, Visitor
from tests.local.conftest import Run, launch, tiny_models  # noqa: F401 - fixtures

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium.launched() as started:
        yield started


@pytest.fixture(scope="session")
def run(launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:  # noqa: F811
    data = Path(tmp_path_factory.mktemp("console")) / "data"
    started = launch(data, models=places.SHIPPED_MODELS)
    started.until(lambda: started.output, within=100)
    yield started
    started.stop()


@pytest.fixture(scope="session")
async def administrator(browser: Browser, run: Run) -> AsyncIterator[Page]:
    context = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale="en-GB")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    visitor = Visitor(page, run)
    await visitor.join()
    visitor.command("admin", "appoint", visitor.email)
    await page.goto("/account")
    section = page.locator("section", has=page.get_by_role("heading", name="Two-factor login"))
    await section.get_by_text("Turn it on").click()
    await section.get_by_label("Password", exact=True).fill(PASSWORD)
    await section.get_by_role("button", name="Begin").click()
    secret = await section.locator("code.token-text").inner_text()
    await section.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
    await section.get_by_role("button", name="3. Turn it on").click()
    await section.get_by_text("Turn it off").first.wait_for()
    yield page
    await context.close()


@pytest.fixture
async def context(browser: Browser, run: Run) -> AsyncIterator[BrowserContext]:
    """A visitor whom the service does not know."""
    made = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale="en-GB", viewport=SIZES["desktop"])
    made.set_default_timeout(30_000)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """Fails the test where the page reports an error or breaks its Content-Security-Policy."""
    said: list[str] = []
    made = await context.new_page()
    made.on("pageerror", lambda error: said.append(str(error)))
    made.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    yield made
    # What the browser itself says of a refused or missing answer; the page shows it in words.
    assert [text for text in said if not text.startswith("Failed to load resource: ")] == []


@pytest.fixture
def visitor(page: Page, run: Run) -> Visitor:
    return Visitor(page, run)


SIZES = {"phone": ViewportSize(width=390, height=844), "desktop": ViewportSize(width=1280, height=900)}
