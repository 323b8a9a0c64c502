"""Documents whose caller leaves, whose time is over, or whose model dies in the middle, in a Triton of their own."""

import asyncio
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from local import servers
from tests import images, pdfs
from tests.conftest import SHIPPED_MODELS
from tests.graph.hostile_pdfs import IMAGE, drawing
from tests.graph.spending import used
from tests.mails import until

READ = """query ($file: ImageInput!, $pages: [Int!]! = [1, 2, 3], $timeout: Duration) {
  readDocument(file: $file, pages: $pages, timeout: $timeout) {
    pageCount pages { number result { ... on TextReading { text } ... on UserError { code } } } } }"""
READ_IMAGE = "query ($image: ImageInput!) { readText(image: $image) { text } }"
PRICE = 5

_PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
    b"/Resources<</Font<</F 8 0 R>>/XObject<</I 9 0 R>>>>>>"
)
_TEXT, _SLOW = 6, 7


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Triton]:
    """Its reader never stops a page because of the time."""
    repository = tmp_path_factory.mktemp("models")
    shutil.copytree(SHIPPED_MODELS / "text_reader", repository / "text_reader")
    config = repository / "text_reader" / "config.pbtxt"
    longer, changed = re.subn(r'(key: "max_seconds" value: \{ string_value: )"20"', r'\1"6000"', config.read_text())
    assert changed == 1
    config.write_text(longer)
    with servers.Triton(tmp_path_factory.mktemp("documents"), [repository]) as server:
        yield server
        server.kill()


async def drawn_and_stopped(triton: servers.Triton) -> psutil.Process:
    """The process that draws the second page. It does not go on by itself, and no limit ends it."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        for process in drawing(triton):
            with suppress(psutil.NoSuchProcess, IndexError):
                if process.cmdline()[2] == "2":
                    found.append(process)
        return bool(found)

    await until(is_there, within=60)
    found[0].suspend()
    return found[0]


def document() -> dict[str, str]:
    """Its second page takes long to draw."""
    file = pdfs.of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>",
        *(_PAGE % content for content in (_TEXT, _SLOW, _TEXT)),
        pdfs.stream(b"BT /F 30 Tf 60 700 Td (Total 42.50) Tj ET"),
        pdfs.stream(b"q 595 0 0 842 0 0 cm /I Do Q " * 5000),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        pdfs.stream(bytes(9_000_000), IMAGE.replace(b"60000", b"3000")),
    )
    return {"base64": b64encode(file).decode()}


async def _is_well(client) -> None:
    page = images.written("Total 42.50")
    reading = await client.run(READ_IMAGE, image={"base64": b64encode(page).decode()})
    assert reading["readText"]["text"] == "Total 42.50"


async def test_a_page_is_not_drawn_on_when_its_caller_has_left(client, own_triton):
    call = asyncio.create_task(client.post(READ, file=document(), pages=[2]))
    process = await drawn_and_stopped(own_triton)

    call.cancel()

    await until(lambda: not process.is_running(), within=60)
    await _is_well(client)


async def test_a_page_is_not_drawn_on_when_its_time_is_over(client, own_triton):
    call = asyncio.create_task(client.post(READ, file=document(), pages=[2], timeout="PT15S"))
    process = await drawn_and_stopped(own_triton)

    assert (await call).json()["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    await until(lambda: not process.is_running(), within=60)
    await _is_well(client)


async def test_a_page_that_the_service_failed_to_read_costs_nothing_and_the_others_are_answered(client, own_triton):
    before = await used(client)
    call = asyncio.create_task(client.post(READ, file=document()))
    process = await drawn_and_stopped(own_triton)

    reader = process.parent()
    assert reader is not None
    reader.kill()
    process.kill()

    answer = (await call).json()
    assert "errors" not in answer
    reading = answer["data"]["readDocument"]
    first, second, third = [page["result"] for page in reading["pages"]]
    assert (reading["pageCount"], first, second) == (3, {"text": "Total 42.50"}, {"code": "MODEL_UNAVAILABLE"})
    # It may have been read before.
    assert third in (first, second)
    assert await used(client) == before + PRICE * [first, second, third].count(first)
    # Loaded again.
    await until(lambda: _is_read(client), within=60, every=0.5)


async def _is_read(client) -> bool:
    page = images.written("Total 42.50")
    return "errors" not in (await client.post(READ_IMAGE, image={"base64": b64encode(page).decode()})).json()
