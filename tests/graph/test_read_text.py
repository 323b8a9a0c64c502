"""Reading pictures, over the wire, with the shipped model."""

from base64 import b64encode
from io import BytesIO

import psutil
import pytest
from PIL import Image

from tests import pictures
from tests.graph.test_infer import INFER, tensor
from tests.service import Client

READ = """query ($image: ImageInput!) { readText(image: $image) {
  text width height totalMs lines { text confidence outline { x y } } } }"""
MANY = """query ($images: [ImageInput!]!) { readTexts(images: $images) {
  __typename ... on TextReading { text } ... on UserError { code message } } }"""

PAGE = pictures.written("Gatehouse", "opens at nine")


def in_base64(picture: bytes) -> dict[str, str]:
    return {"base64": b64encode(picture).decode()}


def upside_down(picture: Image.Image) -> bytes:
    """Lying in the file, and upright by its EXIF block."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return pictures.encoded(picture.transpose(Image.Transpose.ROTATE_180), "JPEG", exif=exif, quality=95)


async def test_an_uploaded_picture_is_read(visitor):
    answer = (await visitor.upload(READ, {"variables.image.upload": PAGE}, image={"upload": None})).json()

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


async def test_a_picture_in_base64_is_read(visitor):
    assert (await visitor.run(READ, image=in_base64(PAGE)))["readText"]["text"] == "Gatehouse\nopens at nine"


async def test_a_picture_is_turned_upright(visitor):
    page = pictures.page("Gatehouse")

    reading = (await visitor.run(READ, image=in_base64(upside_down(page))))["readText"]

    assert (reading["text"], reading["width"], reading["height"]) == ("Gatehouse", *page.size)


async def test_a_picture_without_text_has_no_lines(visitor):
    reading = (await visitor.run(READ, image=in_base64(pictures.encoded(Image.new("RGB", (90, 60))))))["readText"]

    assert (reading["text"], reading["lines"], reading["width"], reading["height"]) == ("", [], 90, 60)


REFUSED = {
    "empty": (b"", "The picture is empty."),
    "no picture": (b"just some text", "This is no picture that can be read: send JPEG, PNG, WebP, TIFF or BMP."),
    "unlisted": (
        pictures.encoded(Image.new("P", (9, 9)), "GIF"),
        "GIF is not read: send JPEG, PNG, WebP, TIFF or BMP.",
    ),
    "cut in its header": (PAGE[:18], "The header of this PNG cannot be read: it is truncated or damaged."),
    "cut in its pixels": (PAGE[:-200], "The picture cannot be decoded: it is truncated or damaged."),
    "a lying header": (
        PAGE[:16] + (60_000).to_bytes(4) * 2 + PAGE[24:],
        "The picture is too large: 60000 x 60000 is 3600000000 pixels, at most 40000000 are read.",
    ),
    "no pixels": (PAGE[:16] + bytes(8) + PAGE[24:], "The picture has no pixels: it says 0 x 0."),
}


@pytest.mark.parametrize(("picture", "why"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_read_is_refused_with_the_reason(visitor, picture, why):
    refusal = await visitor.refusal(READ, image=in_base64(picture))

    assert refusal == {"code": "INVALID_IMAGE", "message": why, "path": ["readText"]}


@pytest.mark.parametrize("text", ["?", "AAA", "AAAA\n"])
async def test_text_that_is_not_base64_is_refused(visitor, text):
    refusal = await visitor.refusal(READ, image={"base64": text})

    assert (refusal["code"], refusal["message"]) == (
        "INVALID_IMAGE",
        "The picture is not standard base64 with padding.",
    )


async def test_a_bad_picture_does_not_spoil_the_others(visitor):
    images = [in_base64(PAGE), in_base64(b"GIF89a"), {"upload": None}]

    answer = (await visitor.upload(MANY, {"variables.images.2.upload": PAGE}, images=images)).json()

    read = {"__typename": "TextReading", "text": "Gatehouse\nopens at nine"}
    assert answer["data"]["readTexts"] == [
        read,
        {
            "__typename": "ImageRefused",
            "code": "INVALID_IMAGE",
            "message": "GIF is not read: send JPEG, PNG, WebP, TIFF or BMP.",
        },
        read,
    ]
    assert "errors" not in answer


async def test_no_pictures_are_no_readings(visitor):
    assert (await visitor.run(MANY, images=[]))["readTexts"] == []


async def test_pictures_that_are_not_all_read_in_time_fail_together(visitor):
    query = MANY.replace("images: $images", 'images: $images, timeout: "PT0.05S"')

    refusal = await visitor.refusal(query, images=[in_base64(PAGE)] * 3)

    assert (refusal["code"], refusal["path"]) == ("DEADLINE_EXCEEDED", ["readTexts"])


async def test_the_model_can_also_be_run_as_any_other(visitor):
    raw = len(PAGE).to_bytes(4, "little") + PAGE

    answer = await visitor.run(
        INFER, model="text_reader", inputs=[tensor("IMAGE", [1], base64=b64encode(raw).decode())], outputs=["TEXTS"]
    )

    assert answer["infer"]["outputs"][0]["values"] == ["Gatehouse", "opens at nine"]


async def test_hostile_pictures_leave_the_memory_of_the_service_as_it_was(visitor, service):
    hostile = [picture for picture, _ in REFUSED.values()] + [PAGE[:33] + bytes(4_000_000)]
    process = psutil.Process(service.pid)
    await _send_all(visitor, hostile)
    before = process.memory_info().rss

    for _ in range(5):
        await _send_all(visitor, hostile)

    assert process.memory_info().rss - before < 50 * 1024**2
    assert (await visitor.run(READ, image=in_base64(PAGE)))["readText"]["text"] == "Gatehouse\nopens at nine"


async def _send_all(visitor: Client, hostile: list[bytes]) -> None:
    for picture in hostile:
        answer = (await visitor.upload(READ, {"variables.image.upload": picture}, image={"upload": None})).json()
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_IMAGE"
