"""PDF files for tests, written by hand: pages of images, and hostile ones."""

import zlib
from collections.abc import Sequence

from PIL import Image

A4 = (595, 842)


def of_objects(*objects: bytes, trailer: bytes = b"", root: int = 1) -> bytes:
    """A file of these objects, numbered from 1; `root` is the number of the catalogue."""
    written, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, root, trailer, len(written))
    )


def stream(data: bytes, facts: bytes = b"", *, packed: bool = True) -> bytes:
    if packed:
        data, facts = zlib.compress(data, 9), facts + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (facts, len(data), data)


def of_pages(*pages: Image.Image, rotate: int = 0) -> bytes:
    """A page of 200 dots per inch for each image."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for image in pages:
        width, height = image.size
        points = (width * 72 / 200, height * 72 / 200)
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Rotate %d/Contents %d 0 R"
            b"/Resources<</XObject<</I %d 0 R>>>>>>" % (*points, rotate, len(objects) + 2, len(objects) + 3),
            stream(b"%.2f 0 0 %.2f 0 0 cm /I Do" % points),
            stream(
                image.convert("L").tobytes(),
                b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray"
                % (width, height),
            ),
        ]
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    return of_objects(*objects)


def of_content(
    content: bytes, *more: bytes, resources: bytes = b"", box: Sequence[int] = (0, 0, *A4), count: int = 1
) -> bytes:
    """One page with this content; `more` are objects from number 5 on."""
    return of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count,
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s>>>>"
        % (" ".join(map(str, box)).encode(), resources),
        stream(content),
        *more,
    )
