import re
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from errors import InvalidImage
from inference import images
from inference import tiff as tiffs
from tests.images import encoded
from tests.work import lines_run

PIXELS = 40_000_000


def refusal(data: bytes, max_pixels: int = PIXELS) -> str:
    with pytest.raises(InvalidImage) as refused:
        images.check(data, max_pixels=max_pixels)
    assert refused.value.code == "INVALID_IMAGE"
    return str(refused.value)


def image(format: str = "PNG", *, mode: str = "RGB", size: tuple[int, int] = (7, 5), **options: object) -> bytes:
    return encoded(Image.new(mode, size), format, **options)


def tiff(*tags: tuple[int, int, int, int], order: str = "<") -> bytes:
    start = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(f"{order}HHII", *tag) for tag in tags)
    return start + struct.pack(f"{order}IH", 8, len(tags)) + entries + bytes(4)


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, height) + bytes(28)


KINDS = [
    image("JPEG"),
    image("JPEG", progressive=True),
    image("JPEG", mode="CMYK"),
    image("MPO", save_all=True, append_images=[Image.new("RGB", (70, 50))]),
    image("PNG"),
    image("PNG", mode="1"),
    image("PNG", mode="I;16"),
    image("PNG", save_all=True, append_images=[Image.new("RGB", (7, 5), "red")]),
    image("WEBP"),
    image("WEBP", lossless=True),
    image("WEBP", mode="RGBA"),
    image("WEBP", save_all=True, append_images=[Image.new("RGB", (7, 5), "red")]),
    image("TIFF"),
    image("TIFF", compression="tiff_lzw"),
    image("TIFF", big_tiff=True),
    image("TIFF", save_all=True, append_images=[Image.new("RGB", (70, 50))]),
    image("BMP"),
    image("BMP", mode="1"),
    bmp(7, -5),
    b"BM" + bytes(12) + struct.pack("<IHH", 12, 7, 5),
    tiff((256, 3, 1, 7 << 16), (257, 3, 1, 5 << 16), order=">"),
]


@pytest.mark.parametrize("data", KINDS)
def test_an_image_passes_up_to_its_number_of_pixels(data):
    images.check(data, max_pixels=35)

    assert refusal(data, 34) == "The image is too large: 7 x 5 is 35 pixels. Reduce it to at most 34 pixels."


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_the_size_is_the_one_that_pillow_sees(format):
    data = image(format, size=(3001, 517))

    images.check(data, max_pixels=3001 * 517)

    assert "3001 x 517 is 1551517 pixels" in refusal(data, 1)


def test_a_jpeg_with_much_before_its_size_passes():
    data = image("JPEG", exif=b"Exif\0\0" + bytes(60_000), icc_profile=bytes(1_000_000), comment=b"\xff\xda" * 1000)

    images.check(data, max_pixels=35)

    assert refusal(data, 34) == "The image is too large: 7 x 5 is 35 pixels. Reduce it to at most 34 pixels."


def test_an_empty_file_is_refused():
    assert refusal(b"") == "The image is empty."


@pytest.mark.parametrize("data", [b"\0", b"hello", bytes(100), b"RIFF\x04\0\0\0WAVE", b"\0\0\0\x18ftypisom", b"<html>"])
def test_data_that_is_not_an_image_is_refused(data):
    assert refusal(data) == "This is not an image that can be read. Send JPEG, PNG, WebP, TIFF or BMP."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("GIF", image("GIF")),
        ("ICO", image("ICO", size=(16, 16))),
        ("AVIF", image("AVIF")),
        ("JPEG 2000", image("JPEG2000")),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("JPEG XL", b"\xff\x0a\xfa\x1f"),
        ("JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n"),
        ("Photoshop", b"8BPS\0\1"),
        ("SVG", b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ],
)
def test_a_format_that_is_not_read_is_named(name, data):
    assert refusal(data) == f"{name} is not supported. Send JPEG, PNG, WebP, TIFF or BMP."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("JPEG", b"\xff\xd8\xff"),
        ("JPEG", image("JPEG")[:160]),
        ("JPEG", b"\xff\xd8\xff\xd9"),
        ("JPEG", b"\xff\xd8\xff\xda\0\x08"),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x02junk and no marker"),
        ("PNG", image("PNG")[:20]),
        ("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT" + bytes(20)),
        ("WebP", image("WEBP")[:25]),
        ("WebP", b"RIFF\x04\0\0\0WEBPVP9 " + bytes(20)),
        ("TIFF", b"II*\0"),
        ("TIFF", b"II*\0\xff\xff\xff\xff"),
        ("TIFF", b"II+\0\x08\0\0\0" + b"\xff" * 8),
        ("TIFF", tiff((256, 3, 1, 7))),
        ("TIFF", tiff((256, 2, 1, 7), (257, 3, 1, 5))),
        ("TIFF", tiff((256, 3, 9, 7), (257, 3, 1, 5))),
        ("BMP", b"BM"),
        ("BMP", b"BM" + bytes(50)),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(name, data):
    assert refusal(data) == f"The header of this {name} cannot be read: it is truncated or damaged."


@pytest.mark.parametrize("data", KINDS)
def test_a_file_cut_anywhere_passes_or_is_refused_in_words(data):
    words = re.compile(
        r"The image is empty\.|This is not an image .+\.|\w+ is not supported.+\.|The header of this \w+ .+\."
    )
    found = [outcome(data[:length]) for length in range(min(len(data), 400))]

    assert found[0] == "The image is empty."
    assert [sentence for sentence in found if sentence is not None and not words.fullmatch(sentence)] == []


def outcome(data: bytes) -> str | None:
    """Why it is refused, if it is."""
    try:
        images.check(data, max_pixels=PIXELS)
    except InvalidImage as refused:
        return str(refused)
    return None


@pytest.mark.parametrize(
    ("size", "data"),
    [("0 x 5", bmp(0, 5)), ("-7 x 5", bmp(-7, 5)), ("7 x 0", tiff((256, 3, 1, 7), (257, 3, 1, 0)))],
)
def test_an_image_without_pixels_is_refused(size, data):
    assert refusal(data) == f"The image has no pixels: its header says {size}."


def test_a_size_beyond_all_reason_is_refused_without_a_warning():
    data = tiff((256, 4, 1, 2**32 - 1), (257, 4, 1, 2**32 - 1))

    assert "4294967295 x 4294967295 is 18446744065119617025 pixels" in refusal(data)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text_bombs() -> bytes:
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)))
    return image()[:33] + bomb * 60 + image()[33:]


# Made by their test: together they have 50 MB, which each worker would make and keep.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "text bombs in a PNG": text_bombs,
    "empty chunks in a PNG": lambda: image()[:33] + chunk(b"tIME", b"") * 600_000 + image()[33:],
    "markers in a JPEG": lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 2_000_000,
    "fill bytes in a JPEG": lambda: b"\xff\xd8" + b"\xff" * 8_000_000,
    "segments without length in a JPEG": lambda: b"\xff\xd8" + b"\xff\xe0\0\0" * 2_000_000,
    "tags in a TIFF": lambda: tiff(*((300, 4, 1, 100) for _ in range(65_535))),
    "tags in a BigTIFF": lambda: b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**64 - 1) + bytes(8_000_000),
    "SVG in spaces": lambda: b" " * 8_000_000,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_header_costs_neither_time_nor_memory(make):
    data = make()

    def check():
        with suppress(InvalidImage):
            images.check(data, max_pixels=PIXELS)

    tracemalloc.start()
    check()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 64 * 1024
    # At most a thousand parts of a file are looked at, of the millions in some of these. That takes a millisecond.
    assert lines_run(check) < 10_000


def chain(*directories: int) -> bytes:
    """A TIFF whose directories, of one tag each, lie at these offsets, and each name the next one."""
    file = bytearray(b"II*\0" + struct.pack("<I", directories[0]))
    for offset, following in zip(directories, (*directories[1:], 0), strict=True):
        file = file.ljust(offset + 18, b"\0")
        file[offset : offset + 18] = struct.pack("<HHHIII", 1, 256, 3, 1, 7, following)
    return bytes(file)


def test_the_pages_of_a_tiff_are_counted_and_taken_out_alone():
    colours = ["red", "green", "blue"]
    file = encoded(
        Image.new("RGB", (7, 5), colours[0]),
        "TIFF",
        save_all=True,
        append_images=[Image.new("RGB", (7, 5), colour) for colour in colours[1:]],
    )

    alone = [Image.open(BytesIO(tiffs.alone(file, page))) for page in images.pages(file)]

    assert [image.getpixel((0, 0)) for image in alone] == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]
    assert [getattr(image, "n_frames", None) for image in alone] == [1, 1, 1]


def test_a_tiff_whose_pages_go_in_a_circle_has_each_of_them_once():
    file = bytearray(chain(8, 26))
    struct.pack_into("<I", file, 26 + 14, 8)

    assert [page.directory for page in tiffs.pages(bytes(file))] == [8, 26]


def test_a_tiff_that_names_a_page_beyond_its_end_has_the_pages_before_it():
    file = bytearray(chain(8, 26))
    struct.pack_into("<I", file, 26 + 14, 10_000)

    assert [page.directory for page in tiffs.pages(bytes(file))] == [8, 26]


@pytest.mark.parametrize("cut", [1, 4])
def test_each_page_of_a_tiff_can_be_taken_out_although_the_last_directory_is_cut_off(cut):
    file = chain(8, 26)[: 26 + 18 - cut]

    alone = [tiffs.alone(file, page) for page in tiffs.pages(file)]

    assert [struct.unpack_from("<I", page, 4)[0] for page in alone] == [8, 26]
    assert [tiffs.size(page) for page in alone] == [None, None]


@pytest.mark.parametrize("cut", [5, 9, 16, 17])
def test_a_page_whose_directory_is_cut_off_in_its_first_tag_is_refused_and_not_left_out(cut):
    file = chain(8, 26)[: 26 + 18 - cut]

    pages = tiffs.pages(file)

    assert [page.directory for page in pages] == [8, 26]
    with pytest.raises(InvalidImage):
        images.check(tiffs.alone(file, pages[1]), max_pixels=35)


def test_a_tiff_of_too_many_pages_is_refused_in_a_bounded_number_of_steps():
    file = chain(*range(8, 8 + 18 * 10_000, 18))

    with pytest.raises(InvalidImage) as refused:
        images.pages(file)

    assert str(refused.value) == "This TIFF has more than 1000 pages. Split it."
    assert len(tiffs.pages(file)) == tiffs.MOST_PAGES + 1
    assert lines_run(lambda: tiffs.pages(file)) < 30_000
