"""A real browser, and the console of a `make run` with the models that come with it."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from local import paths
from tests.clients import chromium
from tests.console.visitor import PASSWORD, Visitor
from tests.local.conftest import Run, launch, tiny_models, write_model  # noqa: F401 - fixtures

_PAINTER = """\
backend: "python"
input [ { name: "FILE" data_type: TYPE_STRING dims: [ 1 ] } ]
output [
  { name: "PIXELS" data_type: TYPE_UINT8 dims: [ -1, -1, 3 ] },
  { name: "SAME" data_type: TYPE_STRING dims: [ 1 ] }
]
parameters: { key: "gatehouse.description" value: { string_value: "Paints a red square, and gives a file back." } }
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""
_PAINT = """\
import numpy as np
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [self.painted(request) for request in requests]

    def painted(self, request):
        pixels = np.zeros((32, 48, 3), np.uint8)
        pixels[8:24, 16:32] = (255, 0, 0)
        same = request.inputs()[0].as_numpy()
        return triton.InferenceResponse([triton.Tensor("PIXELS", pixels), triton.Tensor("SAME", same)])
"""

expect.set_options(timeout=30_000)


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium.launched() as started:
        yield started


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that returns images, and one that streams."""
    repository = Path(tmp_path_factory.mktemp("models"))
    write_model(repository, "painter", config=_PAINTER, code=_PAINT)
    shutil.copytree(paths.ROOT / "tests" / "models" / "ticking", repository / "ticking")
    return repository


@pytest.fixture(scope="package")
def run(launch: Callable[..., Run], models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:  # noqa: F811
    data = Path(tmp_path_factory.mktemp("console")) / "data"
    started = launch(data, models=f"{paths.SHIPPED_MODELS}:{models}")
    started.until(lambda: started.output, within=100)
    yield started
    started.stop()


@pytest.fixture(scope="package")
async def administrator(browser: Browser, run: Run) -> AsyncIterator[Page]:
    context = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale="en-GB")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    visitor = Visitor(page, run)
    await visitor.join()
    visitor.command("admin", "appoint", visitor.email)
    await page.goto("/admin/users")
    # The service refuses administrators without it.
    await page.get_by_role("link", name="To two-factor login").click()
    section = page.locator("section", has=page.get_by_role("heading", name="Two-factor login"))
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
    async with unknown(browser, run) as made:
        yield made


@asynccontextmanager
async def unknown(browser: Browser, run: Run) -> AsyncIterator[BrowserContext]:
    """A visitor whom the service does not know."""
    made = await browser.new_context(base_url=f"http://127.0.0.1:{run.port}", locale="en-GB", viewport=SIZES["desktop"])
    made.set_default_timeout(30_000)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    async with watched(context) as made:
        yield made


@asynccontextmanager
async def watched(context: BrowserContext) -> AsyncIterator[Page]:
    """Fails where the page reports an error or breaks its Content-Security-Policy."""
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
