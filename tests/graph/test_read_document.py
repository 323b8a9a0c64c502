"""Reading documents of several pages, over the wire, with the shipped model."""

from base64 import b64encode

import pytest
from PIL import Image

from tests import images, pdfs
from tests.graph.spending import used

READ = """query ($file: ImageInput!, $pages: [Int!]! = [1, 2, 3]) { readDocument(file: $file, pages: $pages) {
  pageCount pages { number result {
    __typename ... on TextReading { text rotation width height } ... on UserError { code message } } } } }"""
COUNT = "query ($file: ImageInput!) { readDocument(file: $file) { pageCount pages { number } } }"

WORDS = ["first page", "second page", "third page"]
PAGES = [images.page(text).convert("L") for text in WORDS]
PDF = pdfs.of_pages(*PAGES)
TIFF = images.encoded(PAGES[0], "TIFF", save_all=True, append_images=PAGES[1:], compression="tiff_lzw")
PRICE = 5


def in_base64(file: bytes) -> dict[str, str]:
    return {"base64": b64encode(file).decode()}


def read(number: int, *, rotation: int = 0) -> dict[str, object]:
    page = PAGES[number - 1]
    reading = {"__typename": "TextReading", "text": WORDS[number - 1], "rotation": rotation}
    return {"number": number, "result": {**reading, "width": page.width, "height": page.height}}


def refused(number: int, message: str) -> dict[str, object]:
    return {"number": number, "result": {"__typename": "ImageRefused", "code": "INVALID_IMAGE", "message": message}}


@pytest.mark.parametrize("file", [PDF, TIFF, b"\xef\xbb\xbf\n" + PDF], ids=["PDF", "TIFF", "PDF behind other bytes"])
async def test_each_page_of_a_document_is_read_and_paid_for(visitor, file):
    before = await used(visitor)

    answer = await visitor.run(READ, file=in_base64(file))

    assert answer["readDocument"] == {"pageCount": 3, "pages": [read(1), read(2), read(3)]}
    assert await used(visitor) == before + 3 * PRICE


@pytest.mark.parametrize("file", [PDF, TIFF], ids=["PDF", "TIFF"])
async def test_pages_come_in_the_order_asked_for_and_those_beyond_the_end_cost_nothing(visitor, file):
    before = await used(visitor)

    answer = await visitor.run(READ, file=in_base64(file), pages=[3, 900, 1])

    assert answer["readDocument"] == {"pageCount": 3, "pages": [read(3), read(1)]}
    assert await used(visitor) == before + 2 * PRICE


@pytest.mark.parametrize("file", [PDF, TIFF], ids=["PDF", "TIFF"])
async def test_a_document_is_counted_for_the_price_of_a_page(visitor, file):
    before = await used(visitor)

    answer = await visitor.run(READ, file=in_base64(file), pages=[2**31 - 1, 4])

    assert answer["readDocument"] == {"pageCount": 3, "pages": []}
    assert await used(visitor) == before + PRICE


async def test_the_first_ten_pages_are_read_by_default_and_all_are_counted(visitor):
    file = pdfs.of_pages(*[Image.new("L", (60, 40), "white")] * 12)
    before = await used(visitor)

    answer = await visitor.run(COUNT, file=in_base64(file))

    assert answer["readDocument"] == {"pageCount": 12, "pages": [{"number": number} for number in range(1, 11)]}
    assert await used(visitor) == before + 10 * PRICE


async def test_the_price_is_known_before_anything_runs(visitor):
    query = "query ($file: ImageInput!) { readDocument(file: $file, pages: [4, 5, 6]) { pageCount } DRY }"

    answer = await visitor.run(query.replace("DRY", "rateLimit(dryRun: true) { cost }"), file=in_base64(b"no document"))

    assert answer == {"readDocument": None, "rateLimit": {"cost": 3 * PRICE}}


async def test_an_image_is_a_document_of_one_page(visitor):
    answer = await visitor.run(READ, file=in_base64(images.written("first page")))

    assert answer["readDocument"] == {"pageCount": 1, "pages": [read(1)]}


async def test_a_page_is_turned_by_the_pdf_and_by_what_it_shows(visitor):
    turned = pdfs.of_pages(PAGES[0], rotate=180)
    lying = pdfs.of_pages(PAGES[0].rotate(90, expand=True), rotate=90)

    answers = [await visitor.run(READ, file=in_base64(file), pages=[1]) for file in (turned, lying)]

    assert [answer["readDocument"]["pages"] for answer in answers] == [[read(1, rotation=180)], [read(1)]]


async def test_a_page_that_cannot_be_read_does_not_spoil_the_others(visitor):
    large = images.encoded(
        PAGES[0], "TIFF", save_all=True, append_images=[Image.new("1", (7000, 6000)), PAGES[2]], compression="tiff_lzw"
    )

    answer = await visitor.run(READ, file=in_base64(large))

    why = "The image is too large: 7000 x 6000 is 42000000 pixels. Reduce it to at most 40000000 pixels."
    assert answer["readDocument"] == {"pageCount": 3, "pages": [read(1), refused(2, why), read(3)]}


NUMBERS = {
    "none": ([], "`pages` must have 1 to 50 numbers, not 0."),
    "too many": (list(range(1, 52)), "`pages` must have 1 to 50 numbers, not 51."),
    "zero": ([1, 0], "`pages` has a number below 1. The first page is 1."),
    "twice": ([1, 2, 1], "`pages` has a number twice. Name each page once."),
}


@pytest.mark.parametrize(("pages", "why"), NUMBERS.values(), ids=NUMBERS.keys())
async def test_wrong_numbers_of_pages_are_refused(visitor, pages, why):
    refusal = await visitor.refusal(READ, file=in_base64(PDF), pages=pages)

    assert refusal == {"code": "BAD_REQUEST", "message": why, "path": ["readDocument"]}


DAMAGED = "This PDF cannot be read: it is truncated or damaged."
LOCKED = b"/Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"41" * 32, b"42" * 32)
REFUSED = {
    "no document": (b"some text", "This is not an image that can be read. Send JPEG, PNG, WebP, TIFF or BMP."),
    "empty": (b"", "The image is empty."),
    "half a PDF": (PDF[: len(PDF) // 3], DAMAGED),
    "nothing but a header": (b"%PDF-1.7\n", DAMAGED),
    "a password": (
        pdfs.of_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", trailer=LOCKED),
        "This PDF needs a password. Send a copy without one.",
    ),
}


@pytest.mark.parametrize(("file", "why"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_document_that_cannot_be_opened_is_refused_and_costs_one_page(visitor, file, why):
    before = await used(visitor)

    refusal = await visitor.refusal(READ, file=in_base64(file))

    assert refusal == {"code": "INVALID_IMAGE", "message": why, "path": ["readDocument"]}
    assert await used(visitor) == before + PRICE


async def test_pages_that_were_not_begun_in_time_are_said_and_cost_nothing(visitor):
    query = READ.replace("pages: $pages", 'pages: $pages, timeout: "PT0.001S"')
    before = await used(visitor)

    refusal = await visitor.refusal(query, file=in_base64(PDF))

    assert (refusal["code"], refusal["path"]) == ("DEADLINE_EXCEEDED", ["readDocument"])
    assert await used(visitor) == before + PRICE
