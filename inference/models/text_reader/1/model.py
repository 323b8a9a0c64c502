"""Reads the text of one image per call: RapidOCR on ONNX Runtime, with the models in its wheel."""

import io
import json
import os
import resource
import time
import warnings

import cv2
import numpy as np
import triton_python_backend_utils as triton
from PIL import Image, ImageCms
from rapidocr import RapidOCR

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
# The longest side of a square image: as it is kept, and as it is searched for lines.
KEPT_SIDE = 2000
SEARCHED_SIDE = 960
# The largest ratio of length to width; a thinner image gets margins.
THINNEST = 20
# A progressive JPEG has about ten scans, each over the whole image. A small file can hold 100,000 and take hours.
# The count is rough: a video that a phone appends to a photograph contains the marker by chance, too.
MAX_SCANS = 500


class Refused(Exception):
    """The image is refused. The reason starts with `empty:`, `format:`, `large:`, `damaged:`, `lines:`, `slow:`."""


class Abandoned(Exception):
    """The caller has cancelled the call."""


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        names = ("threads", "max_pixels", "max_lines", "max_seconds", "max_memory")
        settings = {name: int(parameters[name]["string_value"]) for name in names}
        threads = min(settings["threads"], os.cpu_count())
        self.max_pixels = settings["max_pixels"]
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (settings["max_memory"], hard))
        # Pillow itself refuses more than twice this, also for formats that allocate before we know the size.
        Image.MAX_IMAGE_PIXELS = (self.max_pixels + 1) // 2
        warnings.simplefilter("ignore")
        cv2.setNumThreads(threads)
        self.reader = RapidOCR(
            params={
                "Global.log_level": "error",
                # The direction classifier turns upright lines upside down.
                "Global.use_cls": False,
                # Both enlarge a long thin image without limit; `fit` replaces them.
                "Global.use_preprocess_img": False,
                "Global.use_vertical_padding": False,
                "Det.limit_type": "max",
                # Lines in a batch are padded to the longest one, which is slower on a page and takes twice the memory.
                "Rec.rec_batch_num": 1,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        self._warm_up()
        self.lines = self.reader.text_rec.session = LineReader(self.reader.text_rec.session, settings["max_seconds"])
        self.reader.text_det = LineSearch(self.search, settings["max_lines"])

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        self.lines.begin(request)
        data = triton.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0]
        try:
            self.lines.stop_if_abandoned()
            size, page = decode(data, self.max_pixels)
            texts, confidences, outlines = self.read(page, size)
        except Refused as refusal:
            return _failure(str(refusal), triton.TritonError.INVALID_ARG)
        except Abandoned:
            return _failure("cancelled", triton.TritonError.CANCELLED)
        finally:
            # A reference to the request would keep its image in shared memory.
            self.lines.request = None
        return triton.InferenceResponse(
            [
                triton.Tensor("TEXTS", np.array([text.encode() for text in texts], dtype=np.object_)),
                triton.Tensor("CONFIDENCES", np.array(confidences, dtype=np.float32)),
                triton.Tensor("OUTLINES", outlines),
                triton.Tensor("SIZE", np.array(size, dtype=np.int32)),
            ]
        )

    def read(self, page, size):
        """Lines of an RGB image; outlines, float32 (lines, 4, 2), are scaled to `size`, (width, height)."""
        pixels, scale, margins = fit(page, size)
        self.search.limit_side_len = longest(SEARCHED_SIDE, *page.size)
        found = self.reader(pixels)
        if found.txts is None:
            return (), (), np.zeros((0, 4, 2), dtype=np.float32)
        outlines = (np.asarray(found.boxes, dtype=np.float32) - margins) * scale
        return found.txts, found.scores, np.clip(outlines, 0, size).astype(np.float32)

    def _warm_up(self):
        """The first call takes seconds because it loads the models, so do it before Triton calls this model ready."""
        page = np.full((320, 640, 3), 255, dtype=np.uint8)
        cv2.putText(page, "Gatehouse", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (0, 0, 0), 5)
        # Both models are loaded at their first use.
        self.reader(page)
        self.search = self.reader.text_det
        texts, _, _ = self.read(Image.fromarray(page), (640, 320))
        if not texts:
            raise RuntimeError("The text reader found nothing on its own test page.")


def _failure(reason, code):
    return triton.InferenceResponse(output_tensors=[], error=triton.TritonError(reason, code))


class LineReader:
    """The session that reads lines, one per call. It stops when the call is cancelled, or after `max_seconds`."""

    def __init__(self, session, max_seconds):
        self.session = session
        self.max_seconds = max_seconds
        self.request = None
        self.end = 0.0

    def begin(self, request):
        self.request = request
        self.end = time.monotonic() + self.max_seconds

    def __call__(self, line):
        self.stop_if_abandoned()
        if time.monotonic() > self.end:
            raise Refused(f"slow: more than {self.max_seconds} s")
        return self.session(line)

    def stop_if_abandoned(self):
        if self.request.is_cancelled():
            raise Abandoned


class LineSearch:
    """The search for lines. It refuses a page with too many lines before the first one is read, to save the time."""

    def __init__(self, search, max_lines):
        self.search = search
        self.max_lines = max_lines

    def __call__(self, pixels):
        found = self.search(pixels)
        if found.boxes is not None and len(found.boxes) > self.max_lines:
            raise Refused(f"lines: more than {self.max_lines}")
        return found


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
            page, orientation = _load(image)
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
    return page, orientation


def _orientation(image):
    # Images with a broken EXIF block are common, and their pixels are intact. Pillow rotates a TIFF itself.
    try:
        return image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1


def _opaque(image):
    """In RGB: transparency on white, deep grey stretched to its range, Lab converted by its profile."""
    if image.mode[0] in "IF":
        return _stretched(np.asarray(image))
    if image.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        page = Image.new("RGB", layer.size, "white")
        page.paste(layer, mask=layer.getchannel("A"))
        return page
    return image.convert("RGB")


def _stretched(deep):
    # Scanners often use 12 of 16 bits, so the largest value of the type is not white.
    grey = np.nan_to_num(deep.astype(np.float32), copy=False, posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    grey -= low
    grey *= 255 / ((high - low) or 1)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


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
