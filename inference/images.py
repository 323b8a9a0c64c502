"""Refuses what is no picture, or too large a one, by its first bytes, before anything is sent to a model.

Pillow is not asked: its `open` takes up to three seconds and 100 MB for a hostile header of 8 MB (text chunks of a
PNG, millions of markers in a JPEG). Here every format costs a bounded number of steps, well below a millisecond, so
the event loop may do it. Whether the pixels can be decoded is for the model to say.
"""

import struct
from collections.abc import Callable

import errors

_READ = "JPEG, PNG, WebP, TIFF or BMP"
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
# The type of a TIFF value, and how struct spells it.
_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
# A camera's JPEG has some dozens of segments before its size, a TIFF some dozens of tags.
_MOST_PARTS = 1000


def check(data: bytes, *, max_pixels: int) -> None:
    """Raises InvalidImage, which says what is wrong, unless this begins as a picture of at most `max_pixels`."""
    if not data:
        raise errors.InvalidImage("The picture is empty.")
    name, measure = _reader(data)
    try:
        width, height = measure(data)
    except (struct.error, IndexError, OverflowError, _Damaged) as error:
        raise errors.InvalidImage(f"The header of this {name} cannot be read: it is truncated or damaged.") from error
    if width < 1 or height < 1:
        raise errors.InvalidImage(f"The picture has no pixels: it says {width} x {height}.")
    if width * height > max_pixels:
        raise errors.InvalidImage(
            f"The picture is too large: {width} x {height} is {width * height} pixels, at most {max_pixels} are read."
        )


class _Damaged(Exception):
    """The header breaks the rules of its format."""


_Measure = Callable[[bytes], tuple[int, int]]


def _reader(data: bytes) -> tuple[str, _Measure]:
    for name, prefix, measure in _FORMATS:
        if data.startswith(prefix):
            return name, measure
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP", _webp
    unlisted = _unlisted(data)
    if unlisted:
        raise errors.InvalidImage(f"{unlisted} is not read: send {_READ}.")
    raise errors.InvalidImage(f"This is no picture that can be read: send {_READ}.")


def _unlisted(data: bytes) -> str | None:
    for name, prefix in _UNLISTED:
        if data.startswith(prefix):
            return name
    if data[4:8] == b"ftyp":
        return "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC" if data[8:12] in _HEIC else None
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "SVG" if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start else None


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MOST_PARTS):
        if data[at] != 0xFF:
            raise _Damaged
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_PIXELS:
            break
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            at += 2 + length
    raise _Damaged


def _png(data: bytes) -> tuple[int, int]:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise _Damaged
    return width, height


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            low, middle, high = struct.unpack_from("<HHH", data, 24)
            return (low | (middle & 0xFF) << 16) + 1, (middle >> 8 | high << 8) + 1
        case b"VP8L" if data[20] == 0x2F:
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    raise _Damaged


def _tiff(data: bytes) -> tuple[int, int]:
    """The size of the first directory's picture, which is the one that is read."""
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"\x2b\0", b"\0\x2b"):
        (at,) = struct.unpack_from(f"{order}Q", data, 8)
        head, entry, step = "Q", "HHQ", 20
    else:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        head, entry, step = "H", "HHI", 12
    (tags,) = struct.unpack_from(order + head, data, at)
    first = at + struct.calcsize(order + head)
    sides: dict[int, int] = {}
    for place in range(first, first + step * min(tags, _MOST_PARTS), step):
        tag, kind, count = struct.unpack_from(order + entry, data, place)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_TYPES and count == 1:
            (value,) = struct.unpack_from(order + _TIFF_TYPES[kind], data, place + struct.calcsize(order + entry))
            sides.setdefault(tag, value)
        if len(sides) == 2:
            return sides[_TIFF_WIDTH], sides[_TIFF_HEIGHT]
    raise _Damaged


def _bmp(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    elif 40 <= header <= 124:
        width, height = struct.unpack_from("<ii", data, 18)
    else:
        raise _Damaged
    # A negative height only says that the first row is the upper one.
    return width, abs(height)


_FORMATS: tuple[tuple[str, bytes, _Measure], ...] = (
    ("JPEG", b"\xff\xd8\xff", _jpeg),
    ("PNG", b"\x89PNG\r\n\x1a\n", _png),
    ("TIFF", b"II*\0", _tiff),
    ("TIFF", b"MM\0*", _tiff),
    ("TIFF", b"II+\0", _tiff),
    ("TIFF", b"MM\0+", _tiff),
    ("BMP", b"BM", _bmp),
)
_UNLISTED = (
    ("GIF", b"GIF8"),
    ("PDF", b"%PDF-"),
    ("JPEG 2000", b"\0\0\0\x0cjP  "),
    ("JPEG 2000", b"\xff\x4f\xff\x51"),
    ("JPEG XL", b"\0\0\0\x0cJXL "),
    ("JPEG XL", b"\xff\x0a"),
    ("Photoshop", b"8BPS"),
    ("ICO", b"\0\0\1\0"),
)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# SOF0 to SOF15 without DHT, JPG and DAC, which share their range.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
_JPEG_PIXELS = frozenset((0x00, 0xD8, 0xD9, 0xDA))
