"""Calls of models: what the console shows of an answer, and the programs that it writes."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.clients import packages
from tests.console.conftest import unknown, watched
from tests.console.visitor import Visitor
from tests.local.conftest import Run

IMAGE = packages.EXAMPLES / "one.png"
PROGRAMS = {"curl": "call.sh", "Python": "call.py", "TypeScript": "call.ts"}
# The size of a canvas, and the red of three points of it.
SEEN = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, [[0, 0], [24, 16], [47, 31]].map(([x, y]) => data[(y * width + x) * 4])];
}"""
# As a browser does it with Control+V, anywhere in the page.
PASTE = """(bytes) => {
  const held = new DataTransfer();
  held.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true }));
}"""
SIZE = """async (bytes) => {
  const it = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  return [it.width, it.height];
}"""


@pytest.fixture(scope="module")
async def member(browser: Browser, run: Run) -> AsyncIterator[Page]:
    """With a token whose secret the tab has until it is loaded again."""
    async with unknown(browser, run) as context, watched(context) as page:
        await _with_token(Visitor(page, run))
        yield page


async def _with_token(visitor: Visitor) -> None:
    await visitor.join()
    page = visitor.page
    await page.get_by_role("link", name="API tokens").click()
    await page.get_by_role("button", name="Create a token").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Create the token").click()
    await page.locator("code.token-text").wait_for()


async def test_images_in_an_answer_are_shown(member: Page) -> None:
    await _open(member, "painter")
    await _choose(member.locator("fieldset").first, IMAGE)
    await member.get_by_role("button", name="Run for 1 unit").click()
    pixels = member.locator("figure", has_text="PIXELS").locator("canvas")
    same = member.locator("figure", has_text="SAME").locator("canvas")
    await expect(pixels).to_be_visible()
    await expect(same).to_be_visible()
    await member.wait_for_function("() => document.querySelectorAll('figure canvas')[1].width !== 300")
    assert await pixels.evaluate(SEEN) == [48, 32, [0, 255, 0]]
    assert (await same.evaluate(SEEN))[:2] == await member.evaluate(SIZE, list(IMAGE.read_bytes()))


async def test_an_input_for_images_has_one_and_takes_others(member: Page) -> None:
    await _open(member, "text_reader")
    field = member.locator("fieldset").first
    await expect(field).to_contain_text("example (198 bytes)")
    await expect(field.get_by_role("textbox")).to_have_count(0)
    await member.get_by_role("button", name="Run for 5 units").click()
    await expect(member.locator("figure", has_text="TEXTS")).to_contain_text("Hello")

    await field.get_by_role("button", name="Remove the file").click()
    await member.get_by_role("button", name="Run for 5 units").click()
    await expect(field.get_by_role("alert")).to_have_text("This input is needed.")
    await member.evaluate(PASTE, list(IMAGE.read_bytes()))
    await expect(field).to_contain_text(f"pasted.png ({IMAGE.stat().st_size:,} bytes)")
    await expect(field.get_by_role("alert")).to_have_count(0)
    await expect(field.locator("input[capture=environment]")).to_have_attribute("accept", "image/*")
    await member.get_by_role("button", name="Run for 5 units").click()
    await expect(member.locator("figure", has_text="TEXTS")).to_contain_text("Gatehouse Books")

    await field.get_by_role("button", name="Remove the file").click()
    await _drop(member, field.get_by_text("Drop an image here, or paste one."), IMAGE)
    await expect(field).to_contain_text(f"{IMAGE.name} ({IMAGE.stat().st_size:,} bytes)")

    await member.get_by_role("main").get_by_role("link", name="Read text").click()
    await member.get_by_role("heading", level=1, name="Read text").wait_for()


async def _drop(page: Page, onto: Locator, file: Path) -> None:
    """As a person does it with the mouse."""
    await onto.scroll_into_view_if_needed()
    box = await onto.bounding_box()
    assert box is not None
    browser = await page.context.new_cdp_session(page)
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        await browser.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    await browser.detach()


async def test_a_stream_is_stopped_and_begun_again(member: Page) -> None:
    await _open(member, "ticking")
    run = member.get_by_role("button", name="Run for 3 units")
    await member.get_by_label("Values").nth(0).fill("1000")
    await member.get_by_label("Values").nth(1).fill("50")
    await run.click()
    # Three or more: the page does not show each number when answers follow each other quickly.
    await member.get_by_text(re.compile(r"\b([3-9]|\d\d+) answers so far")).wait_for()
    await member.get_by_role("button", name="Stop").click()
    await expect(member.locator("form").get_by_role("status")).to_contain_text("Stopped.")
    await expect(run).to_be_focused()
    stopped = await member.get_by_text("answers so far").inner_text()

    await member.get_by_label("Values").nth(0).fill("2")
    await run.click()
    await expect(member.get_by_role("main")).to_contain_text("It cost 3 units.")
    assert await member.get_by_text("answers so far").inner_text() == "2 answers so far" != stopped
    await expect(member.locator("form").get_by_role("status")).to_be_empty()


async def test_the_call_with_a_file_runs(member: Page, tmp_path: Path) -> None:
    await _open(member, "text_reader")
    await _choose(member.locator("fieldset").first, IMAGE)
    (tmp_path / IMAGE.name).write_bytes(IMAGE.read_bytes())
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
        await field.get_by_role("button", name=re.compile("^(Use|Choose) a file$")).click()
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
