"""The process that draws a page of a PDF: its memory, which the kernel measures, and that no image is left out."""

import json
import re
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from local import paths
from tests import images, pdfs
from tests.conftest import SHIPPED_MODELS
from tests.graph.hostile_pdfs import BOMBS

MODEL = SHIPPED_MODELS / "text_reader"
MOST = 50_000_000
PIXELS = 4_000_000
# A small process of its own, because a child inherits the peak of its parent.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"""
FACTS = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/%s"
SPACES = {"L": b"DeviceGray", "RGB": b"DeviceRGB", "CMYK": b"DeviceCMYK"}


def drawn(file: bytes) -> tuple[int, int, Image.Image | None]:
    """Its exit code, the peak of its memory in bytes, and the page."""
    config = (MODEL / "config.pbtxt").read_text()
    limits = [
        re.findall(rf'key: "{name}" value: {{ string_value: "(\d+)"', config)[0]
        for name in ("max_pixels", "max_drawing_seconds", "max_drawing_memory")
    ]
    python = paths.MODELS / "bin" / "python"
    command: list[str | Path] = [python, "-c", MEASURED, python, MODEL / "1" / "page_drawing.py", "1", str(PIXELS)]
    done = subprocess.run([*command, *limits], input=file, capture_output=True, check=True)
    code, peak = done.stderr.split()[-2:]
    _, said, *pixels = [*done.stdout.split(b"\n", 2), b""]
    facts = json.loads(said or b"{}")
    if code != b"0" or "width" not in facts:
        return int(code), int(peak), None
    size = facts["width"], facts["height"]
    return int(code), int(peak), Image.frombytes("RGB", size, pixels[0], "raw", "BGR", facts["stride"])


@pytest.fixture(scope="module")
def least() -> int:
    """What it takes without a page worth the name."""
    return drawn(pdfs.of_content(b"", box=(0, 0, 9, 9)))[1]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_pdf_takes_less_than_50_mb(bomb, least):
    make, _ = BOMBS[bomb]

    # A thread watches the memory. On a busy machine its turn may come late, so one try of three must be below.
    assert any(drawn(make())[1] - least < MOST for _ in range(3))


def photograph(size: tuple[int, int], mode: str) -> Image.Image:
    """Without sharp edges, so that it is nearly the same at half the size."""
    small = Image.effect_noise((8, 12), 90).convert("RGB")
    return small.resize(size, Image.Resampling.BICUBIC).convert(mode)


@pytest.mark.parametrize(
    ("size", "mode"),
    [
        ((1654, 2339), "RGB"),
        ((2480, 3508), "RGB"),
        ((3000, 4000), "RGB"),
        ((3000, 4000), "CMYK"),
        ((4200, 6000), "RGB"),
    ],
    ids=["200 dots an inch", "300 dots an inch", "12 megapixels", "12 megapixels for print", "25 megapixels"],
)
def test_a_page_with_a_photograph_is_drawn_whole_in_less_than_50_mb(size, mode, least):
    page = photograph(size, mode)
    jpeg = images.encoded(page, "JPEG", quality=90)

    code, peak, found = drawn(with_image(jpeg))

    assert code == 0
    assert found is not None
    assert peak - least - len(jpeg) < MOST
    # What is left out is white.
    assert _distance(found, Image.new("RGB", found.size, "white")) > 60
    # PDFium has its own way from CMYK to RGB.
    assert mode == "CMYK" or _distance(found, page) < 12


def test_a_page_that_takes_more_is_not_drawn_without_its_image():
    code, _, found = drawn(with_image(images.encoded(photograph((3000, 4000), "RGB"), "JPEG", progressive=True)))

    assert (code, found) == (77, None)


def with_image(jpeg: bytes) -> bytes:
    with Image.open(BytesIO(jpeg)) as image:
        facts = FACTS % (*image.size, SPACES[image.mode])
    form = b"<<%s/Filter/DCTDecode/Length %d>>stream\n%s\nendstream" % (facts, len(jpeg), jpeg)
    return pdfs.of_content(b"595 0 0 842 0 0 cm /I Do", form, resources=b"/XObject<</I 5 0 R>>")


def test_strips_fit_together():
    """Lines across all of them; without them each pixel would be the same."""
    lines = b"".join(b"%d 0 m %d 842 l S " % (x, 595 - x) for x in range(0, 595, 17))
    code, _, found = drawn(pdfs.of_content(b"3 w " + lines))

    assert code == 0
    assert found is not None
    # The page is symmetric, and its strips are not.
    assert _distance(found, found.transpose(Image.Transpose.ROTATE_180)) < 2


def _distance(one: Image.Image, other: Image.Image) -> float:
    """Of the most different two pixels in a tenth of the size."""
    small = [page.resize((160, 230), Image.Resampling.BOX) for page in (one, other)]
    first, second = (np.asarray(page, dtype=np.int16) for page in small)
    return float(np.abs(first - second).max())
