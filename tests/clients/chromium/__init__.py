"""The Chromium of all tests: a package of npm, driven by Playwright."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, async_playwright

from tests.clients import packages
from tests.kept import NotInstalled

_PACKAGES = Path(__file__).parent
_WHERE = 'import("@sparticuz/chromium").then(({ default: it }) => it.executablePath()).then(console.log)'
# Root may not use Chromium's sandbox; it opens nothing but pages of these tests.
_ARGUMENTS = ("--no-sandbox", "--disable-gpu")


@asynccontextmanager
async def launched(*arguments: str) -> AsyncIterator[Browser]:
    """Skips the test where there is none."""
    try:
        folder = packages.of_npm(_PACKAGES).parent
    except NotInstalled as reason:
        pytest.skip(str(reason))
    program = await asyncio.to_thread(_program, folder)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *arguments])
        except Error as error:
            pytest.skip(f"A browser cannot be started here: {error}")
        yield browser
        await browser.close()


def axe() -> str:
    """The script that looks for faults of accessibility."""
    return (packages.of_npm(_PACKAGES) / "axe-core" / "axe.min.js").read_text()


def _program(folder: Path) -> str:
    environ = os.environ | {"PATH": f"{packages.node()}:{os.environ['PATH']}"}
    asked = ["node", "-e", _WHERE]
    return subprocess.run(
        asked, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout.strip()
