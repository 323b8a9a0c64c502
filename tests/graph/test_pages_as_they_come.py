"""Pages that lie on their side, are tilted or pale, or have columns, over the wire, with the shipped model."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests import images
from tests.graph.infer_calls import INFER, tensor

READ = """query ($image: ImageInput!) { readText(image: $image) {
  text rotation unreadLines width height lines { outline { x y } } } }"""
LETTER = Path(__file__).parents[2] / "docs" / "letter.png"
TEXT = """\
Gatehouse Books
12 Mill Lane, Bristol
Receipt 2024-118
The Left Hand of Darkness
12.50
A Pattern Language
30.00
Total
42.50"""
LEFT = ["The mill stands at the", "river and grinds wheat", "for the whole valley,", "as it did before."]
RIGHT = ["Each morning a boat", "brings sacks of grain", "and leaves with flour", "for the town below."]


def in_base64(image: bytes) -> dict[str, str]:
    return {"base64": b64encode(image).decode()}


def page_of(
    lines: list[tuple[int, int, str]], *, size: tuple[int, int], ink="black", paper="white", mode="RGB"
) -> Image.Image:
    page = Image.new(mode, size, paper)
    for x, y, text in lines:
        ImageDraw.Draw(page).text((x, y), text, fill=ink, font=ImageFont.load_default(32))
    return page


@pytest.mark.parametrize(
    ("turned", "rotation"), [(0, 0), (90, 90), (180, 180), (270, 270), (3, 3), (-7, 353), (93, 93), (187, 187)]
)
async def test_a_page_is_read_however_it_lies(visitor, turned, rotation):
    """`turned` is anticlockwise."""
    with Image.open(LETTER) as letter:
        page = letter.convert("L").rotate(turned, Image.Resampling.BICUBIC, expand=True, fillcolor="white")

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page))))["readText"]

    assert (reading["text"], reading["rotation"], reading["unreadLines"]) == (TEXT, rotation, 0)
    assert (reading["width"], reading["height"]) == page.size


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
async def test_outlines_lie_where_the_text_is_in_the_image_that_was_sent(visitor, turned):
    page = page_of([(60, 40, "Corner Shop"), (60, 340, "Total 42.50")], size=(500, 420))
    ink = page.rotate(turned, expand=True).convert("L").point(lambda grey: 255 if grey < 128 else 0)
    # The half of the page with the first line is on another side each time.
    width, height = ink.size
    half = {
        0: (0, 0, width, height // 2),
        90: (0, 0, width // 2, height),
        180: (0, height // 2, width, height),
        270: (width // 2, 0, width, height),
    }[turned]
    left, top, right, bottom = ink.crop(half).getbbox() or (0, 0, 0, 0)
    left, right, top, bottom = left + half[0], right + half[0], top + half[1], bottom + half[1]

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page.rotate(turned, expand=True)))))["readText"]

    assert (reading["text"], reading["rotation"]) == ("Corner Shop\nTotal 42.50", turned)
    outline = reading["lines"][0]["outline"]
    found = [min(p["x"] for p in outline), min(p["y"] for p in outline)]
    found += [max(p["x"] for p in outline), max(p["y"] for p in outline)]
    assert found == pytest.approx([left, top, right, bottom], abs=16)
    # The first corner is at the top left of the text: anticlockwise, it moves from corner to corner of the image.
    first = (outline[0]["x"], outline[0]["y"])
    corner = {0: (left, top), 90: (left, bottom), 180: (right, bottom), 270: (right, top)}[turned]
    assert first == pytest.approx(corner, abs=16)


async def test_columns_of_print_are_read_one_after_the_other(visitor):
    lines = [(40, 40 + 50 * row, text) for row, text in enumerate(LEFT)]
    lines += [(520, 40 + 50 * row, text) for row, text in enumerate(RIGHT)]

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page_of(lines, size=(960, 280))))))["readText"]

    assert reading["text"].split("\n") == LEFT + RIGHT


async def test_the_prices_of_a_receipt_are_read_with_their_rows(visitor):
    names, prices = ["Corner Shop", "Bread", "Milk and honey", "Total"], ["2024-118", "3.10", "12.50", "15.60"]
    lines = [(40, 40 + 60 * row, text) for row, text in enumerate(names)]
    lines += [(600, 40 + 60 * row, text) for row, text in enumerate(prices)]

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page_of(lines, size=(800, 300))))))["readText"]

    assert reading["text"].split("\n") == [text for row in zip(names, prices, strict=True) for text in row]


def pale(mode: str) -> Image.Image:
    page = page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60), ink=200, paper=212, mode="L")
    if mode == "I;16":
        page = page.convert("I").point(lambda grey: grey * 257)
    return page.convert(mode)


FORMS: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "pale grey": (pale("L"), {}),
    "pale colour": (pale("RGB"), {}),
    "pale, 16 bits": (pale("I;16"), {}),
    "palette": (page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60)).convert("P"), {}),
    "two colours": (page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60)).convert("1"), {}),
    "CMYK": (
        page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60)).convert("CMYK"),
        {"format": "TIFF", "compression": "tiff_lzw"},
    ),
    "white on nothing": (
        page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60), ink="white", paper=(0, 0, 0, 0), mode="RGBA"),
        {},
    ),
    "black on nothing": (
        page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60), paper=(0, 0, 0, 0), mode="RGBA"),
        {},
    ),
    "grey and white on nothing": (
        page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60), ink=(255, 255), paper=(255, 0), mode="LA"),
        {},
    ),
    "a palette with a colour for nothing": (
        page_of([(20, 10, "Paid with card ending 1234")], size=(520, 60), ink="white", paper=(0, 0, 255)).quantize(8),
        {"transparency": 0},
    ),
}


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_pixels_is_read(visitor, form):
    page, more = FORMS[form]
    options: dict[str, Any] = {"format": "PNG", **more}

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page, **options))))["readText"]

    assert reading["text"] == "Paid with card ending 1234"


async def test_a_script_that_is_not_read_is_refused_and_not_answered_with_its_digits(visitor):
    page = page_of([], size=(420, 60))
    font = ImageFont.truetype("DejaVuSans.ttf", 30) if cyrillic_font() else pytest.skip("there is no DejaVu Sans")
    ImageDraw.Draw(page).text((12, 10), "Привет мир 2024", fill="black", font=font)

    refusal = await visitor.refusal(READ, image=in_base64(images.encoded(page)))

    assert refusal == {
        "code": "INVALID_IMAGE",
        "message": (
            "The text cannot be read: its script is not supported, or it is too faint. Latin letters, Chinese and "
            "Japanese are supported."
        ),
        "path": ["readText"],
    }


async def test_lines_in_a_script_that_is_not_read_are_counted_beside_the_others(visitor):
    page = page_of([(20, 20, "Corner Shop"), (20, 220, "Total 42.50")], size=(640, 300))
    font = ImageFont.truetype("DejaVuSans.ttf", 30) if cyrillic_font() else pytest.skip("there is no DejaVu Sans")
    ImageDraw.Draw(page).text((20, 120), "Привет, как дела? Это письмо", fill="black", font=font)

    reading = (await visitor.run(READ, image=in_base64(images.encoded(page))))["readText"]

    assert (reading["text"], reading["unreadLines"]) == ("Corner Shop\nTotal 42.50", 1)


def cyrillic_font() -> bool:
    try:
        ImageFont.truetype("DejaVuSans.ttf", 30)
    except OSError:
        return False
    return True


TWO = [page_of([(20, 10, text)], size=(300, 60)) for text in ("first page", "second page")]


@pytest.mark.parametrize("big", [False, True])
async def test_a_tiff_of_several_pages_is_refused_and_the_field_for_it_named(visitor, big):
    file = images.encoded(TWO[0], "TIFF", save_all=True, append_images=TWO[1:], big_tiff=big, compression="tiff_lzw")

    refusal = await visitor.refusal(READ, image=in_base64(file))

    message = "This TIFF has 2 pages. Read it with `readDocument`."
    assert refusal == {"code": "INVALID_IMAGE", "message": message, "path": ["readText"]}


async def test_the_model_itself_refuses_a_tiff_of_several_pages_too(visitor):
    file = images.encoded(TWO[0], "TIFF", save_all=True, append_images=TWO[1:], compression="tiff_lzw")
    raw = b64encode(len(file).to_bytes(4, "little") + file).decode()

    refusal = await visitor.refusal(
        INFER, model="text_reader", inputs=[tensor("IMAGE", [1], base64=raw)], outputs=["TEXTS"]
    )

    assert (refusal["code"], refusal["path"]) == ("BAD_REQUEST", ["infer"])


@pytest.mark.parametrize("preview_first", [False, True])
async def test_a_preview_beside_the_page_of_a_tiff_is_no_page(visitor, preview_first):
    page, preview = TWO[0].convert("L"), Image.new("L", (30, 6), "white")
    page.encoderinfo, preview.encoderinfo = {"tiffinfo": {254: 0}}, {"tiffinfo": {254: 1}}
    pages = [preview, page] if preview_first else [page, preview]
    file = images.encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], **pages[0].encoderinfo)

    reading = (await visitor.run(READ, image=in_base64(file)))["readText"]

    assert (reading["text"], reading["width"], reading["height"]) == ("first page", 300, 60)


async def test_a_pdf_is_refused_and_the_field_for_it_named(visitor):
    refusal = await visitor.refusal(READ, image=in_base64(images.encoded(TWO[0], "PDF")))

    message = "This is a PDF. Read it with `readDocument`."
    assert refusal == {"code": "INVALID_IMAGE", "message": message, "path": ["readText"]}
