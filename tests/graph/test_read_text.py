"""Reading images, over the wire, with the shipped model."""

from base64 import b64encode
from io import BytesIO

import psutil
import pytest
from PIL import Image

from tests import images
from tests.graph import kinds
from tests.graph.infer_calls import INFER, tensor
from tests.service import Client

READ = """query ($image: ImageInput!) { readText(image: $image) {
  text width height totalMs lines { text confidence outline { x y } } } }"""
MANY = """query ($images: [ImageInput!]!) { readTexts(images: $images) {
  __typename ... on TextReading { text } ... on UserError { code message } } }"""

PAGE = images.written("Gatehouse", "opens at nine")


def in_base64(image: bytes) -> dict[str, str]:
    return {"base64": b64encode(image).decode()}


def upside_down(image: Image.Image) -> bytes:
    """Lying in the file, and upright by its EXIF block."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return images.encoded(image.transpose(Image.Transpose.ROTATE_180), "JPEG", exif=exif, quality=95)


async def test_an_uploaded_image_is_read(visitor):
    answer = (await visitor.upload(READ, {"variables.image.upload": PAGE}, image={"upload": None})).json()

    assert "errors" not in answer
    reading = answer["data"]["readText"]
    assert reading["text"] == "Gatehouse\nopens at nine"
    assert [line["text"] for line in reading["lines"]] == ["Gatehouse", "opens at nine"]
    assert (reading["width"], reading["height"]) == Image.open(BytesIO(PAGE)).size
    assert reading["totalMs"] > 0
    for line in reading["lines"]:
        left_top, right_top, right_bottom, left_bottom = line["outline"]
        assert left_top["x"] < right_top["x"]
        assert left_bottom["x"] < right_bottom["x"]
        assert left_top["y"] < left_bottom["y"]
        assert right_bottom["x"] <= reading["width"]
        assert 0.5 < line["confidence"] <= 1


async def test_an_image_in_base64_is_read(visitor):
    assert (await visitor.run(READ, image=in_base64(PAGE)))["readText"]["text"] == "Gatehouse\nopens at nine"


async def test_an_image_is_turned_upright(visitor):
    page = images.page("Gatehouse")

    reading = (await visitor.run(READ, image=in_base64(upside_down(page))))["readText"]

    assert (reading["text"], reading["width"], reading["height"]) == ("Gatehouse", *page.size)


async def test_an_image_without_text_has_no_lines(visitor):
    reading = (await visitor.run(READ, image=in_base64(images.encoded(Image.new("RGB", (90, 60))))))["readText"]

    assert (reading["text"], reading["lines"], reading["width"], reading["height"]) == ("", [], 90, 60)


REFUSED = {
    "empty": (b"", "The image is empty."),
    "no image": (b"just some text", "This is not an image that can be read. Send JPEG, PNG, WebP, TIFF or BMP."),
    "unlisted": (
        images.encoded(Image.new("P", (9, 9)), "GIF"),
        "GIF is not supported. Send JPEG, PNG, WebP, TIFF or BMP.",
    ),
    "cut in its header": (PAGE[:18], "The header of this PNG cannot be read: it is truncated or damaged."),
    "cut in its pixels": (PAGE[:-200], "The image cannot be decoded: it is truncated or damaged."),
    "a lying header": (
        PAGE[:16] + (60_000).to_bytes(4) * 2 + PAGE[24:],
        "The image is too large: 60000 x 60000 is 3600000000 pixels. Reduce it to at most 40000000 pixels.",
    ),
    "no pixels": (PAGE[:16] + bytes(8) + PAGE[24:], "The image has no pixels: its header says 0 x 0."),
}


@pytest.mark.parametrize(("image", "why"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_read_is_refused_with_the_reason(visitor, image, why):
    refusal = await visitor.refusal(READ, image=in_base64(image))

    assert refusal == {"code": "INVALID_IMAGE", "message": why, "path": ["readText"]}


UNSUPPORTED = {
    "float": (
        kinds.tiff(bits=32, format=3, samples=3),
        "TIFF is not supported: 3 samples of 32-bit floating-point numbers a pixel",
    ),
    "half float": (
        kinds.tiff(bits=16, format=3, samples=1),
        "TIFF is not supported: 1 sample of 16-bit floating-point numbers a pixel",
    ),
    "double": (
        kinds.tiff(bits=64, format=3, samples=1),
        "TIFF is not supported: 1 sample of 64-bit floating-point numbers a pixel",
    ),
    "complex": (
        kinds.tiff(bits=64, format=6, samples=1),
        "TIFF is not supported: 1 sample of 64-bit complex numbers a pixel",
    ),
    "32-bit colour": (
        kinds.tiff(bits=32, format=1, samples=3),
        "TIFF is not supported: 3 samples of 32-bit unsigned numbers a pixel",
    ),
    "two samples": (
        kinds.tiff(bits=8, format=1, samples=2),
        "TIFF is not supported: 2 samples of 8-bit unsigned numbers a pixel",
    ),
    "raw photograph": (
        kinds.tiff(bits=16, format=1, samples=1, colours=32803),
        "TIFF is not supported: 1 sample of 16-bit unsigned numbers a pixel, raw photograph",
    ),
    "WebP": (
        kinds.tiff(bits=8, format=1, samples=3, compression=50001),
        "TIFF is not supported: 3 samples of 8-bit unsigned numbers a pixel, compressed by WebP",
    ),
    "WebP, big": (
        kinds.tiff(bits=8, format=1, samples=3, compression=50001, order=">"),
        "TIFF is not supported: 3 samples of 8-bit unsigned numbers a pixel, compressed by WebP",
    ),
    "JPEG 2000": (
        kinds.tiff(bits=8, format=1, samples=1, compression=34712),
        "TIFF is not supported: 1 sample of 8-bit unsigned numbers a pixel, compressed by JPEG 2000",
    ),
    "ThunderScan": (
        kinds.tiff(bits=4, format=1, samples=1, compression=32809),
        "TIFF is not supported: 1 sample of 4-bit unsigned numbers a pixel, compressed by ThunderScan",
    ),
    "unknown": (
        kinds.tiff(bits=8, format=1, samples=1, compression=12345),
        "TIFF is not supported: 1 sample of 8-bit unsigned numbers a pixel, compressed by method 12345",
    ),
    "JPEG of 12 bits": (kinds.jpeg(bits=12), "JPEG is not supported: 3 channels of 12 bits"),
    "JPEG of 2 channels": (kinds.jpeg(channels=2), "JPEG is not supported: 2 channels of 8 bits"),
    "JPEG, hierarchical": (kinds.jpeg(marker=0xC5), "JPEG is not supported: hierarchical, 3 channels of 8 bits"),
    "BMP with a PNG": (kinds.bmp(24, 5), "BMP is not supported: 24 bits a pixel, compressed by PNG"),
    "BMP of 2 bits": (kinds.bmp(2, 0), "BMP is not supported: 2 bits a pixel"),
    "BMP of 64 bits": (kinds.bmp(64, 0), "BMP is not supported: 64 bits a pixel"),
}


@pytest.mark.parametrize(("image", "why"), UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
async def test_a_kind_that_the_model_does_not_read_is_named_and_not_called_damaged(visitor, image, why):
    refusal = await visitor.refusal(READ, image=in_base64(image))

    message = f"This kind of {why}. Save it as an 8-bit PNG or JPEG."
    assert refusal == {"code": "INVALID_IMAGE", "message": message, "path": ["readText"]}


@pytest.mark.parametrize(
    "image",
    [
        kinds.tiff(bits=8, format=1, samples=3, compression=5),
        kinds.tiff(bits=8, format=1, samples=1, compression=50000),
        images.encoded(Image.new("RGB", (90, 60)), "TIFF")[:-200],
        images.encoded(Image.new("RGB", (90, 60)), "BMP")[:-200],
        kinds.jpeg(marker=0xC2),
    ],
    ids=["LZW", "Zstandard", "TIFF", "BMP", "JPEG"],
)
async def test_a_damaged_file_of_a_kind_that_is_read_is_called_damaged(visitor, image):
    refusal = await visitor.refusal(READ, image=in_base64(image))

    assert refusal["message"] == "The image cannot be decoded: it is truncated or damaged."


@pytest.mark.parametrize(
    "image",
    [
        kinds.tiff(bits=32, format=3, samples=1),
        kinds.tiff(bits=32, format=1, samples=1),
        kinds.tiff(bits=16, format=2, samples=1),
        kinds.tiff(bits=16, format=1, samples=3),
        kinds.tiff(bits=16, format=1, samples=4, colours=5),
        kinds.tiff(bits=8, format=1, samples=3, colours=8),
        images.encoded(Image.new("CMYK", (40, 30)), "JPEG"),
        images.encoded(Image.new("RGB", (40, 30)), "WEBP", save_all=True, append_images=[Image.new("RGB", (40, 30))]),
        images.encoded(Image.new("RGB", (40, 30)), "PNG", save_all=True, append_images=[Image.new("RGB", (40, 30))]),
    ],
    ids=["float", "int", "signed", "deep", "deep CMYK", "Lab", "CMYK", "animated WebP", "animated PNG"],
)
async def test_these_kinds_are_read(visitor, image):
    reading = (await visitor.run(READ, image=in_base64(image)))["readText"]

    assert (reading["width"], reading["height"]) == (40, 30)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("?", "other text."),
        ("AA*A", "other text."),
        ("AAA", "text without its padding. Add = until its length is a multiple of four."),
        ("AAAA\n", "text with line breaks. Send it in one line."),
        ("AAAA\r\nAAAA", "text with line breaks. Send it in one line."),
        ("AAAA AAAA", "text with spaces. Send it without them."),
        ("data:image/png;base64,AAAA", "a data: URL. Send only the part after its comma."),
        ("DATA:,AAAA", "a data: URL. Send only the part after its comma."),
        ("AA-_", "the URL-safe alphabet. Use + and / instead of - and _."),
    ],
)
async def test_text_that_is_not_base64_is_refused_with_the_reason(visitor, text, why):
    refusal = await visitor.refusal(READ, image={"base64": text})

    message = f"The image must be standard base64 with padding; this is {why}"
    assert (refusal["code"], refusal["message"]) == ("INVALID_IMAGE", message)


async def test_a_bad_image_does_not_spoil_the_others(visitor):
    images = [in_base64(PAGE), in_base64(b"GIF89a"), {"upload": None}]

    answer = (await visitor.upload(MANY, {"variables.images.2.upload": PAGE}, images=images)).json()

    read = {"__typename": "TextReading", "text": "Gatehouse\nopens at nine"}
    assert answer["data"]["readTexts"] == [
        read,
        {
            "__typename": "ImageRefused",
            "code": "INVALID_IMAGE",
            "message": "GIF is not supported. Send JPEG, PNG, WebP, TIFF or BMP.",
        },
        read,
    ]
    assert "errors" not in answer


async def test_no_images_are_no_readings(visitor):
    assert (await visitor.run(MANY, images=[]))["readTexts"] == []


async def test_images_that_are_not_all_read_in_time_fail_together(visitor):
    query = MANY.replace("images: $images", 'images: $images, timeout: "PT0.05S"')

    refusal = await visitor.refusal(query, images=[in_base64(PAGE)] * 3)

    assert (refusal["code"], refusal["path"]) == ("DEADLINE_EXCEEDED", ["readTexts"])


async def test_the_model_can_also_be_run_as_any_other(visitor):
    raw = len(PAGE).to_bytes(4, "little") + PAGE

    answer = await visitor.run(
        INFER, model="text_reader", inputs=[tensor("IMAGE", [1], base64=b64encode(raw).decode())], outputs=["TEXTS"]
    )

    assert answer["infer"]["outputs"][0]["values"] == ["Gatehouse", "opens at nine"]


async def test_hostile_images_leave_the_memory_of_the_service_as_it_was(visitor, service):
    hostile = [image for image, _ in REFUSED.values()] + [PAGE[:33] + bytes(4_000_000)]
    process = psutil.Process(service.pid)
    await _send_all(visitor, hostile)
    before = process.memory_info().rss

    for _ in range(5):
        await _send_all(visitor, hostile)

    assert process.memory_info().rss - before < 50 * 1024**2
    assert (await visitor.run(READ, image=in_base64(PAGE)))["readText"]["text"] == "Gatehouse\nopens at nine"


async def _send_all(visitor: Client, hostile: list[bytes]) -> None:
    for image in hostile:
        answer = (await visitor.upload(READ, {"variables.image.upload": image}, image={"upload": None})).json()
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_IMAGE"
