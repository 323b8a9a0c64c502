"""PDF files that ask for much work or memory, or that are broken on purpose; harmless without a guard, too: a viewer is
done with each after some seconds."""

import zlib
from collections.abc import Callable
from contextlib import suppress

import psutil

from local import servers
from tests import pdfs

DRAWING = "page_drawing.py"
SLOW = "The page takes too long to draw or to read. Split it, or send it as an image."
HEAVY = "The page takes too much memory to draw. Send it as an image."
LARGE = "An image on the page has too many pixels. Send it as a smaller image."
DAMAGED = "This PDF cannot be read: it is truncated or damaged."


def blown_up(part: bytes, times: int) -> bytes:
    """`part` so many times, compressed twice, so that the file is small."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(part) for _ in range(times)) + packer.flush()
    twice = zlib.compress(once, 9)
    return b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream" % (len(twice), twice)


def forms(depth: int, width: int, *, content: bytes = b"") -> list[bytes]:
    """Forms, each of which draws the next one `width` times; from object 5 on."""
    facts = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F %d 0 R>>>>"
    drawn = [pdfs.stream(b"/F Do " * width, facts % (number + 1)) for number in range(5, 5 + depth)]
    return [*drawn, pdfs.stream(content or b"0 0 9 9 re f", facts % 5)]


IMAGE = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceGray"
# Of pages that are drawn in the end: a whole one is looked through for three seconds.
_SMALL = (0, 0, 99, 99)
LONG = "an image of 9 million pixels, many times"
# Each is made by its test: the huge one takes a second, and every worker of a run imports this.
BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    LONG: (
        lambda: pdfs.of_content(
            b"q 595 0 0 842 0 0 cm /I Do Q " * 600,
            pdfs.stream(bytes(9_000_000), IMAGE.replace(b"60000", b"3000")),
            resources=b"/XObject<</I 5 0 R>>",
        ),
        {SLOW},
    ),
    "an endless page": (lambda: pdfs.of_content(b"0 0 9 9 re f", box=(0, 0, 10**9, 10**9)), {""}),
    "a page without a size": (lambda: pdfs.of_content(b"0 0 9 9 re f", box=(0, 0, 0, 0)), {"", DAMAGED}),
    "a huge content stream": (
        lambda: pdfs.of_objects(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
            blown_up(b"0 0 9 9 re f " * 8000, 200),
        ),
        {HEAVY, SLOW},
    ),
    "an image of 3,600 million pixels": (
        lambda: pdfs.of_content(
            b"500 0 0 500 0 0 cm /I Do", pdfs.stream(b"", IMAGE), resources=b"/XObject<</I 5 0 R>>"
        ),
        {LARGE},
    ),
    "a thousand forms": (
        lambda: pdfs.of_content(b"/F Do", *forms(3, 10), resources=b"/XObject<</F 5 0 R>>", box=_SMALL),
        {""},
    ),
    "deep arrays": (lambda: pdfs.of_content(b"[" * 40_000 + b"]" * 40_000 + b" TJ", box=_SMALL), {"", DAMAGED, SLOW}),
    "a million saved states": (lambda: pdfs.of_content(b"q " * 1_000_000), {"", HEAVY, SLOW}),
    "a tree of pages in a circle": (
        lambda: pdfs.of_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
        {"", DAMAGED, SLOW},
    ),
    "a table of objects in a circle": (
        lambda: b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
        {DAMAGED},
    ),
}


def drawing(triton: servers.Triton) -> list[psutil.Process]:
    """This Triton's: other tests draw, too."""
    found = []
    for process in psutil.Process(triton.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if any(part.endswith(DRAWING) for part in process.cmdline()):
                found.append(process)
    return found
