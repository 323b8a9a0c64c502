"""Calls of models: what the console shows of an answer, and the programs that it writes."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.clients import packages
from tests.console.visitor import Visitor

PICTURE = packages.EXAMPLES / "one.png"
PROGRAMS = {"curl": "call.sh", "Python": "call.py", "TypeScript": "call.ts"}
# The size of a canvas, and the red of three points of it.
SEEN = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, [[0, 0], [24, 16], [47, 31]].map(([x, y]) => data[(y * width + x) * 4])];
}"""
SIZE = """async (bytes) => {
  const it = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  return [it.width, it.height];
}"""


@pytest.fixture
async def member(visitor: Visitor) -> Page:
    """With a token whose secret the tab still has."""
    await visitor.join()
    page = visitor.page
    await page.get_by_role("link", name="API tokens").click()
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Create the token").click()
    await page.locator("code.token-text").wait_for()
    return page


async def test_pictures_in_an_answer_are_shown(member: Page) -> None:
    await _open(member, "picture")
    await _choose(member.locator("fieldset").first, PICTURE)
    await member.get_by_role("button", name="Run for 1 unit").click()
    pixels = member.locator("figure", has_text="PIXELS").locator("canvas")
    same = member.locator("figure", has_text="SAME").locator("canvas")
    await expect(pixels).to_be_visible()
    await expect(same).to_be_visible()
    await member.wait_for_function("() => document.querySelectorAll('figure canvas')[1].width !== 300")
    assert await pixels.evaluate(SEEN) == [48, 32, [0, 255, 0]]
    assert (await same.evaluate(SEEN))[:2] == await member.evaluate(SIZE, list(PICTURE.read_bytes()))


async def test_the_call_with_a_file_runs(member: Page, tmp_path: Path) -> None:
    await _open(member, "text_reader")
    await _choose(member.locator("fieldset").first, PICTURE)
    (tmp_path / PICTURE.name).write_bytes(PICTURE.read_bytes())
    for language in PROGRAMS:
        assert "Gatehouse Books" in await _run(member, language, tmp_path)


async def test_the_call_of_a_stream_runs_with_a_file_and_without(member: Page, tmp_path: Path) -> None:
    await _open(member, "ticking")
    await member.get_by_label("Values").first.fill("2")
    for language in PROGRAMS:
        assert await _numbers(member, language, tmp_path) == [0, 1]

    (tmp_path / "three.bin").write_bytes((3).to_bytes(4, "little"))
    await _choose(member.locator("fieldset").first, tmp_path / "three.bin")
    for language in PROGRAMS:
        assert await _numbers(member, language, tmp_path) == [0, 1, 2]
    await member.get_by_role("button", name="Run for 3 units").click()
    await expect(member.get_by_role("main")).to_contain_text("3 answers so far")
    await expect(member.get_by_role("main")).to_contain_text("It cost 3 units.")


async def _open(page: Page, model: str) -> None:
    await page.get_by_role("link", name="Models", exact=True).click()
    await page.get_by_role("link", name=model).click()


async def _choose(field: Locator, file: Path) -> None:
    async with field.page.expect_file_chooser() as choosing:
        await field.get_by_role("button", name="Use a file").click()
    await (await choosing.value).set_files(file)


async def _numbers(page: Page, language: str, folder: Path) -> list[int]:
    """What each event of a stream says."""
    said = await _run(page, language, folder)
    lines = [line.removeprefix("data: ") for line in said.splitlines() if "outputs" in line]
    # Python prints its own form of the same.
    events = [json.loads(line) if line.startswith('{"') else _python(line) for line in lines]
    return [event["data"]["infer"]["outputs"][0]["values"][0] for event in events]


def _python(line: str) -> Any:
    return json.loads(line.replace("'", '"').replace("None", "null"))


async def _run(page: Page, language: str, folder: Path) -> str:
    """All that the program prints which the page shows in this language."""
    await page.get_by_role("tab", name=language).click()
    text = await page.get_by_role("tabpanel").locator("pre").inner_text()
    (folder / PROGRAMS[language]).write_text(text)
    node = str(packages.node() / "node")
    command = {"curl": ["sh"], "Python": [sys.executable], "TypeScript": [node]}[language]
    token = (
        next(line for line in text.splitlines() if "GATEHOUSE_TOKEN=" in line).split("GATEHOUSE_TOKEN=")[1].split()[0]
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, PROGRAMS[language]],
        cwd=folder,
        env=os.environ | {"GATEHOUSE_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr
