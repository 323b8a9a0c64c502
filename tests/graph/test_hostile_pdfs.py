"""Hostile PDF files, over the wire, with the shipped model: bounded time and memory, and no harm to other callers."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests import images, pdfs
from tests.graph.hostile_pdfs import BOMBS, DAMAGED, LONG, SLOW, drawing
from tests.mails import until
from tests.service import Client, Service

READ = """query ($file: ImageInput!, $pages: [Int!]! = [1]) { readDocument(file: $file, pages: $pages) {
  pageCount pages { result { __typename ... on TextReading { text } ... on UserError { code message } } } } }"""
READ_IMAGE = "query ($image: ImageInput!) { readText(image: $image) { text } }"
MOST = 50 * 1024**2


def in_base64(file: bytes) -> dict[str, str]:
    return {"base64": b64encode(file).decode()}


@pytest.fixture
def memory_kept(service: Service) -> Iterator[None]:
    """The API does not grow."""
    process = psutil.Process(service.pid)
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < MOST


# The one that takes longest is in the next test.
@pytest.mark.parametrize("bomb", [bomb for bomb in BOMBS if bomb != LONG])
@pytest.mark.usefixtures("memory_kept")
async def test_a_hostile_pdf_is_read_as_nothing_or_refused_and_the_next_call_is_answered(visitor, bomb):
    make, ends = BOMBS[bomb]
    file = make()
    assert len(file) < 45_000

    answer = (await visitor.post(READ, file=in_base64(file))).json()

    assert _end(answer) in ends
    await _is_well(visitor)


@pytest.mark.usefixtures("memory_kept")
async def test_other_callers_are_answered_while_a_hostile_page_is_drawn_and_so_is_the_next_call(visitor, service):
    make, ends = BOMBS[LONG]
    file = make()
    assert len(file) < 45_000
    other = Client(service.url)

    hostile = asyncio.create_task(visitor.post(READ, file=in_base64(file), pages=[1]))
    await _is_well(other)

    assert _end((await hostile).json()) in ends
    await _is_well(visitor)
    await other.aclose()


async def test_a_process_that_is_killed_while_it_draws_ends_its_page_only(visitor, triton):
    make, _ = BOMBS[LONG]
    before = {process.pid for process in drawing(triton)}
    call = asyncio.create_task(visitor.post(READ, file=in_base64(make())))
    await until(lambda: {process.pid for process in drawing(triton)} - before)

    for process in drawing(triton):
        if process.pid not in before:
            process.kill()

    assert _end((await call).json()) in {SLOW, DAMAGED}
    await _is_well(visitor)


def _end(answer: dict[str, Any]) -> str:
    """The text, or why there is none."""
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_IMAGE", answer
        return str(answer["errors"][0]["message"])
    pages = answer["data"]["readDocument"]["pages"]
    assert len(pages) <= 1
    result = pages[0]["result"] if pages else {"text": ""}
    assert "text" in result or result["code"] == "INVALID_IMAGE", result
    return str(result.get("text", result.get("message")))


async def _is_well(client: Client) -> None:
    page = images.page("Total 42.50")
    document = await client.run(READ, file=in_base64(pdfs.of_pages(page)))
    image = await client.run(READ_IMAGE, image=in_base64(images.encoded(page)))
    assert document["readDocument"]["pages"] == [{"result": {"__typename": "TextReading", "text": "Total 42.50"}}]
    assert image["readText"]["text"] == "Total 42.50"
