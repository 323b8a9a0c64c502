"""Refuses data that is not an image, or too large an image, by its header, before it is sent to a model.

Pillow is not used: its `open` takes up to three seconds and 100 MB for a hostile header of 8 MB (text chunks of a
PNG, millions of markers in a JPEG). Here every format takes a limited number of steps, well below a millisecond, so it
can run on the event loop. The model finds out whether the pixels can be decoded.
"""

import struct
from collections.abc import Callable

import errors
from inference import tiff

_READ = "JPEG, PNG, WebP, TIFF or BMP"
# A camera's JPEG has some dozens of segments before its size.
_MOST_PARTS = 1000


def check(data: bytes, *, max_pixels: int) -> None:
    """Raises InvalidImage unless this starts like an image of at most `max_pixels`."""
    if not data:
        raise errors.InvalidImage("The image is empty.")
    name, measure = _reader(data)
    try:
        width, height = measure(data)
    except (struct.error, IndexError, OverflowError, _Damaged) as error:
        raise errors.InvalidImage(f"The header of this {name} cannot be read: it is truncated or damaged.") from error
    if width < 1 or height < 1:
        raise errors.InvalidImage(f"The image has no pixels: its header says {width} x {height}.")
    if width * height > max_pixels:
        raise errors.InvalidImage(
            f"The image is too large: {width} x {height} is {width * height} pixels. Reduce it to at most "
            f"{max_pixels} pixels."
        )


def refused(data: bytes, *, is_known: bool) -> errors.InvalidImage:
    """Why the model refused an image that `check` accepted.

    `is_known`: the model's library recognised the format and failed to decode it. That also happens for a compression
    that the library does not support.
    """
    name, _ = _reader(data)
    try:
        kind = _unsupported(data, name, is_known=is_known)
    except (struct.error, IndexError, OverflowError, _Damaged):
        kind = None
    if kind is None:
        return errors.InvalidImage("The image cannot be decoded: it is truncated or damaged.")
    return errors.InvalidImage(f"This kind of {name} is not supported: {kind}. Save it as an 8-bit PNG or JPEG.")


def _unsupported(data: bytes, name: str, *, is_known: bool) -> str | None:
    """The kind of image, if this kind is not supported; None if the file itself must be damaged."""
    if name == "TIFF" and (not is_known or tiff.is_compressed_unreadably(data)):
        return tiff.kind(data)
    if name == "JPEG":
        marker, bits, channels, *_ = _jpeg_frame(data)
        if not is_known or marker in _JPEG_HIERARCHICAL:
            process = "hierarchical, " if marker in _JPEG_HIERARCHICAL else ""
            return f"{process}{channels} {'channel' if channels == 1 else 'channels'} of {bits} bits"
    if name == "BMP" and len(data) >= _BMP_HEAD:
        bits, method = struct.unpack_from("<HI", data, 28)
        if bits not in _BMP_BITS or method not in _BMP_METHODS:
            packed = f", compressed by {_BMP_FILES.get(method, f'method {method}')}" if method else ""
            return f"{bits} bits a pixel{packed}"
    return None


def single(data: bytes) -> bytes:
    """The data with its only page alone, if it is a TIFF. Raises InvalidImage if that has several pages."""
    found = tiff.pages(data) if data.startswith(_TIFF) else []
    if len(found) > 1:
        count = len(found) if len(found) <= tiff.MOST_PAGES else f"more than {tiff.MOST_PAGES}"
        raise errors.InvalidImage(f"This TIFF has {count} pages. Read it with `readDocument`.")
    # Previews may stand before it and behind it.
    return tiff.alone(data, found[0]) if found and not tiff.is_alone(data, found[0]) else data


def pages(data: bytes) -> list[tiff.Page]:
    """The pages of a TIFF; none for other data. Raises InvalidImage if there are too many."""
    found = tiff.pages(data) if data.startswith(_TIFF) else []
    if len(found) > tiff.MOST_PAGES:
        raise errors.InvalidImage(f"This TIFF has more than {tiff.MOST_PAGES} pages. Split it.")
    return found


def is_pdf(data: bytes) -> bool:
    # Some programs put a few bytes before it, which readers accept.
    return b"%PDF-" in data[:1024] and not any(data.startswith(prefix) for _, prefix, _ in _FORMATS)


class _Damaged(Exception):
    """The header breaks the rules of its format."""


_Measure = Callable[[bytes], tuple[int, int]]


def _reader(data: bytes) -> tuple[str, _Measure]:
    for name, prefix, measure in _FORMATS:
        if data.startswith(prefix):
            return name, measure
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP", _webp
    if is_pdf(data):
        raise errors.InvalidImage("This is a PDF. Read it with `readDocument`.")
    unlisted = _unlisted(data)
    if unlisted:
        raise errors.InvalidImage(f"{unlisted} is not supported. Send {_READ}.")
    raise errors.InvalidImage(f"This is not an image that can be read. Send {_READ}.")


def _unlisted(data: bytes) -> str | None:
    for name, prefix in _UNLISTED:
        if data.startswith(prefix):
            return name
    if data[4:8] == b"ftyp":
        return "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC" if data[8:12] in _HEIC else None
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "SVG" if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start else None


def _jpeg(data: bytes) -> tuple[int, int]:
    *_, width, height = _jpeg_frame(data)
    return width, height


def _jpeg_frame(data: bytes) -> tuple[int, int, int, int, int]:
    """Marker, bits per sample, colour channels, width and height."""
    offset = 2
    for _ in range(_MOST_PARTS):
        if data[offset] != 0xFF:
            raise _Damaged
        marker = data[offset + 1]
        if marker == 0xFF:
            offset += 1
        elif marker in _JPEG_FRAMES:
            bits, height, width = struct.unpack_from(">BHH", data, offset + 4)
            return marker, bits, data[offset + 9] if len(data) > offset + 9 else 0, width, height
        elif marker in _JPEG_BARE:
            offset += 2
        elif marker in _JPEG_PIXELS:
            break
        else:
            (length,) = struct.unpack_from(">H", data, offset + 2)
            offset += 2 + length
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
    size = tiff.size(data)
    if size is None:
        raise _Damaged
    return size


def _bmp(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    elif 40 <= header <= 124:
        width, height = struct.unpack_from("<ii", data, 18)
    else:
        raise _Damaged
    # A negative height only means that the first row is the top one.
    return width, abs(height)


_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_FORMATS: tuple[tuple[str, bytes, _Measure], ...] = (
    ("JPEG", b"\xff\xd8\xff", _jpeg),
    ("PNG", b"\x89PNG\r\n\x1a\n", _png),
    *(("TIFF", prefix, _tiff) for prefix in _TIFF),
    ("BMP", b"BM", _bmp),
)
_UNLISTED = (
    ("GIF", b"GIF8"),
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
_JPEG_HIERARCHICAL = frozenset((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF))
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
_JPEG_PIXELS = frozenset((0x00, 0xD8, 0xD9, 0xDA))
# What Pillow reads: no compression, the two run-length ones and masks. Others contain a file of another format.
_BMP_HEAD = 34
_BMP_BITS = frozenset((1, 4, 8, 16, 24, 32))
_BMP_METHODS = frozenset((0, 1, 2, 3))
_BMP_FILES = {4: "JPEG", 5: "PNG"}
