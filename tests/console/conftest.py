"""A real browser, and the console of a `make run` with the models that come with it."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, ViewportSize, async_playwright

from local import places
from tests.clients import packages
from tests.console.visitor import Visitor
from tests.kept import NotInstalled
from tests.local.conftest import Run, launch, tiny_models  # noqa: F401 - fixtures

CHROMIUM = places.ROOT / "tests" / "clients" / "chromium"
_WHERE = 'import("@sparticuz/chromium").then(({ default: it }) => it.executablePath()).then(console.log)'
# Root may not use Chromium's sandbox; it opens nothing but pages of these tests.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    try:
        folder = packages.of_npm(CHROMIUM).parent
    except NotInstalled as reason:
        pytest.skip(str(reason))
    program = await asyncio.to_thread(_program, folder)
    async with async_playwright() as playwright:
        try:
            started = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        except Error as error:
            pytest.skip(f"A browser cannot be started here: {error}")
        yield started
        await started.close()


def _program(folder: Path) -> str:
    environ = os.environ | {"PATH": f"{packages.node()}:{os.environ['PATH']}"}
    asked = ["node", "-e", _WHERE]
    return subprocess.run(
        asked, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout.strip()


@pytest.fixture(scope="session")
def run(launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:  # noqa: F811
    data = Path(tmp_path_factory.mktemp("console")) / "data"
    started = launch(data, models=places.SHIPPED_MODELS)
    started.until(lambda: started.output, within=100)
    yield started
    started.stop()


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
    # What the browser itself says of a refused answer; the page shows it in words.
    assert [text for text in said if "the server responded with a status of" not in text] == []


@pytest.fixture
def visitor(page: Page, run: Run) -> Visitor:
    return Visitor(page, run)


SIZES = {"phone": ViewportSize(width=390, height=844), "desktop": ViewportSize(width=1280, height=900)}
