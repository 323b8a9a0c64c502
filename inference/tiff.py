"""Reads the tags of a TIFF's first directory, which is the image that is read: its size and its kind; and its pages.

Each function takes at most a thousand steps, also for hostile files. Those of the first directory raise struct.error,
IndexError or OverflowError for a file that ends too early.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

_WIDTH, _HEIGHT = 256, 257
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _FORMAT = 258, 259, 262, 277, 339
# The type of a value, and how struct spells it.
_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
# Some dozens are usual.
_MOST_TAGS = 1000
MOST_PAGES = 1000
# The kind of an image (NewSubfileType), and the bits that say that it is a small copy of another one, or a mask.
_KIND, _NO_PAGE = 254, 0b101
# The compressions that the shipped model's Pillow decodes.
_READ = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34925, 50000})
_COMPRESSIONS = {
    9: "JBIG",
    10: "JBIG",
    32809: "ThunderScan",
    32908: "PixarFilm",
    32909: "PixarLog",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of a raw photograph",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_FORMATS = {1: "unsigned", 2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_COLOURS = {8: "CIE L*a*b*", 32803: "raw photograph", 32844: "LogL", 32845: "LogLuv", 34892: "raw photograph"}


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height; None if a tag is missing."""
    sides = _values(data, frozenset({_WIDTH, _HEIGHT}), most=1)
    return (sides[_WIDTH], sides[_HEIGHT]) if len(sides) == 2 else None


class Page(NamedTuple):
    """Where the directory of a page begins, and where it names the next one."""

    directory: int
    link: int


def pages(data: bytes) -> list[Page]:
    """At most `MOST_PAGES` + 1. Previews and masks are none, unless there is nothing else. It raises nothing.

    A page whose directory is cut off is one, so that it is refused and not left out.
    """
    directories: list[tuple[Page, bool]] = []
    seen: set[int] = set()
    with suppress(struct.error, IndexError, OverflowError):
        order, is_big = _form(data)
        offset, number, head = ("Q", 8, "Q") if is_big else ("I", 4, "H")
        start = _first_directory(data)
        while 0 < start < len(data) and start not in seen and len(directories) <= MOST_PAGES:
            seen.add(start)
            # Without a link, unless it is found.
            directories.append((Page(start, len(data)), True))
            (tags,) = struct.unpack_from(order + head, data, start)
            first = start + struct.calcsize(order + head)
            link = first + (20 if is_big else 12) * tags
            directories[-1] = Page(start, link), True
            # Tags are in ascending order, and this is the lowest one.
            tag, type_, _ = struct.unpack_from(f"{order}HH{offset}", data, first)
            if tag == _KIND and type_ in _TYPES:
                kind = _first(data, type_, 1, first + 4 + number)
                directories[-1] = Page(start, link), not kind & _NO_PAGE
            (start,) = struct.unpack_from(order + offset, data, link)
    return [page for page, is_page in directories if is_page] or [page for page, _ in directories[:1]]


def is_alone(data: bytes, page: Page) -> bool:
    """Whether the file has this directory only."""
    order, is_big = _form(data)
    form = order + ("Q" if is_big else "I")
    if _first_directory(data) != page.directory:
        return False
    end = page.link + struct.calcsize(form)
    # A file that ends here has no other directory either.
    return end > len(data) or not any(data[page.link : end])


def alone(data: bytes, page: Page) -> bytes:
    """The same file with this page only."""
    order, is_big = _form(data)
    form, start = (f"{order}Q", 8) if is_big else (f"{order}I", 4)
    file = bytearray(data)
    struct.pack_into(form, file, start, page.directory)
    # A truncated file may end before it.
    if page.link + struct.calcsize(form) <= len(file):
        struct.pack_into(form, file, page.link, 0)
    return bytes(file)


def is_compressed_unreadably(data: bytes) -> bool:
    """Whether the model cannot decode its compression, even if the file is intact."""
    return _values(data, frozenset({_COMPRESSION})).get(_COMPRESSION, 1) not in _READ


def kind(data: bytes) -> str:
    """The kind of TIFF in words, for a message: "3 samples of 32-bit floating-point numbers a pixel"."""
    tags = _values(data, frozenset({_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _FORMAT}))
    samples, compression = tags.get(_SAMPLES, 1), tags.get(_COMPRESSION, 1)
    number = f"{tags.get(_BITS, 1)}-bit {_FORMATS.get(tags.get(_FORMAT, 1), 'untyped')}"
    parts = [f"{samples} {'sample' if samples == 1 else 'samples'} of {number} numbers a pixel"]
    if tags.get(_PHOTOMETRIC) in _COLOURS:
        parts.append(_COLOURS[tags[_PHOTOMETRIC]])
    if compression not in _READ:
        parts.append(f"compressed by {_COMPRESSIONS.get(compression, f'method {compression}')}")
    return ", ".join(parts)


def _values(data: bytes, wanted: frozenset[int], *, most: int = 2**32) -> Mapping[int, int]:
    """The first value of each wanted tag that exists, has at most `most` values, and holds whole numbers."""
    found: dict[int, int] = {}
    for tag, kind, count, offset in _entries(data):
        if tag in wanted and tag not in found and kind in _TYPES and 0 < count <= most:
            found[tag] = _first(data, kind, count, offset)
            if len(found) == len(wanted):
                break
    return found


def _entries(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, number of values, and the offset of the value or of its own offset."""
    order, is_big = _form(data)
    directory = _first_directory(data)
    head, entry, step = ("Q", "HHQ", 20) if is_big else ("H", "HHI", 12)
    (tags,) = struct.unpack_from(order + head, data, directory)
    first = directory + struct.calcsize(order + head)
    for offset in range(first, first + step * min(tags, _MOST_TAGS), step):
        tag, type_, count = struct.unpack_from(order + entry, data, offset)
        yield tag, type_, count, offset + struct.calcsize(order + entry)


def _first_directory(data: bytes) -> int:
    order, is_big = _form(data)
    return int(struct.unpack_from(*((f"{order}Q", data, 8) if is_big else (f"{order}I", data, 4)))[0])


def _first(data: bytes, type_: int, count: int, offset: int) -> int:
    order, is_big = _form(data)
    spelled = order + _TYPES[type_]
    if struct.calcsize(spelled) * count > (8 if is_big else 4):
        (offset,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, offset)
    return int(struct.unpack_from(spelled, data, offset)[0])


def _form(data: bytes) -> tuple[str, bool]:
    """The byte order in struct's notation, and whether it is a BigTIFF."""
    return "<" if data[:2] == b"II" else ">", data[2:4] in (b"\x2b\0", b"\0\x2b")
