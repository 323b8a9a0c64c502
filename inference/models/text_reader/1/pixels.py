"""Decodes an image file into upright RGB pixels, reduced to what the reader needs."""

import io

import cv2
import numpy as np
from PIL import Image, ImageCms
from refusals import Refused

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION = 0x0112
# The longest side of a square image, as it is kept.
KEPT_SIDE = 2000
# The largest ratio of length to width; a thinner image gets margins.
THINNEST = 20
# A progressive JPEG has about ten scans, each over the whole image. A small file can hold 100,000 and take hours.
# The count is rough: a video that a phone appends to a photograph contains the marker by chance, too.
MAX_SCANS = 500
# Of 255. Pale print on grey paper is stretched to the whole range; other images stay as they are.
LEAST_RANGE = 128


class Counted(io.BytesIO):
    """A file that ends early if it is read in too many pieces: millions of empty chunks take seconds to skip."""

    def __init__(self, data):
        super().__init__(data)
        self.left = 200_000 + len(data) // 64

    def read(self, size=-1):
        self.left -= 1
        return super().read(size) if self.left > 0 else b""


def decode(data, max_pixels):
    """The upright size, and the upright image in RGB, reduced to what is needed. Raises Refused."""
    if not data:
        raise Refused("empty: there is no image")
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        raise Refused("damaged: too many scans")
    # Decoders raise nearly every exception on hostile files; in each case the file is refused.
    try:
        image = Image.open(Counted(data), formats=FORMATS)
        width, height = image.size
        if 0 < width * height <= max_pixels:
            if image.format == "TIFF" and image.tag_v2.next:
                raise Refused("pages: a TIFF of several images")
            page, orientation = _load(image)
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused("large: too many pixels") from error
    except Image.UnidentifiedImageError as error:
        raise Refused("format: not a readable JPEG, PNG, WebP, TIFF or BMP") from error
    except Exception as error:
        raise Refused(f"damaged: {type(error).__name__}") from error
    if width * height > max_pixels:
        raise Refused("large: too many pixels")
    if width * height == 0:
        raise Refused("damaged: no pixels")
    if orientation in UPRIGHT:
        page = page.transpose(UPRIGHT[orientation])
    return ((height, width) if orientation in (5, 6, 7, 8) else (width, height)), page


def _load(image):
    # A JPEG decodes at a half, a quarter or an eighth of its size in a fraction of the time and memory.
    side = longest(KEPT_SIDE, *image.size)
    image.draft(None, (side, side))
    image.load()
    orientation = _orientation(image)
    page = _opaque(image)
    page.thumbnail((side, side), Image.Resampling.BOX)
    return _with_contrast(page), orientation


def _orientation(image):
    # Images with a broken EXIF block are common, and their pixels are intact. Pillow rotates a TIFF itself.
    try:
        return image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1


def _opaque(image):
    """In RGB: transparency on a plain page, deep grey stretched to its range, Lab converted by its profile."""
    if image.mode[0] in "IF":
        return _stretched(np.asarray(image))
    if image.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        page = Image.new("RGB", layer.size, _behind(layer))
        page.paste(layer, mask=layer.getchannel("A"))
        return page
    return image.convert("RGB")


def _behind(layer):
    """Black behind light print on nothing; otherwise white."""
    alpha = np.asarray(layer.getchannel("A"), dtype=np.float32)
    seen = alpha.sum()
    if seen == 0 or alpha.mean() > 127:
        return "white"
    return "black" if (np.asarray(layer.convert("L")) * alpha).sum() > 160 * seen else "white"


def _stretched(deep):
    # Scanners often use 12 of 16 bits, so the largest value of the type is not white.
    grey = np.nan_to_num(deep.astype(np.float32), copy=False, posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    grey -= low
    grey *= 255 / ((high - low) or 1)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def _with_contrast(page):
    lows, highs = zip(*page.getextrema(), strict=True)
    low, high = min(lows), max(highs)
    if not 0 < high - low < LEAST_RANGE:
        return page
    return page.point([min(255, max(0, round((value - low) * 255 / (high - low)))) for value in range(256)] * 3)


def longest(side, width, height):
    """The longest side of an image of this shape with the pixels of a square of `side`, so that a long receipt stays
    legible."""
    return round(side * min(max(width, height) / min(width, height), THINNEST) ** 0.5)


def fit(page, size):
    """BGR pixels for the reader; `(point - margins) * scale` leads back to an image of `size`.

    A thin strip gets margins in the colour of its edge, because detection shrinks it to nothing otherwise.
    """
    width, height = page.size
    least = max(32, max(width, height) // THINNEST)
    right, down = (max(0, (least - side + 1) // 2) for side in (width, height))
    pixels = cv2.cvtColor(np.asarray(page), cv2.COLOR_RGB2BGR)
    pixels = cv2.copyMakeBorder(pixels, down, down, right, right, cv2.BORDER_REPLICATE)
    scale = np.array(size, dtype=np.float32) / (width, height)
    return pixels, scale, np.array((right, down), dtype=np.float32)
