"""Reads text in one picture a call: RapidOCR on ONNX Runtime with the models that its wheel carries."""

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
# The longest sides, for a square, of what is kept of a picture and of what is searched for lines.
KEPT_SIDE = 2000
SEARCHED_SIDE = 960
# How many times longer than wide; what is thinner gets margins.
THINNEST = 20
# A progressive JPEG has about ten scans, each over the whole picture. A small file can hold 100,000 and take hours.
# The count is a rough one: the video that a telephone appends to a photograph holds the marker by chance, too.
MAX_SCANS = 500


class Refused(Exception):
    """The picture is at fault. The reason begins with `empty:`, `format:`, `large:`, `damaged:`, `lines:`, `slow:`."""


class Abandoned(Exception):
    """The caller has left."""


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        names = ("threads", "max_pixels", "max_lines", "max_seconds", "max_memory")
        settings = {name: int(parameters[name]["string_value"]) for name in names}
        threads = min(settings["threads"], os.cpu_count())
        self.max_pixels = settings["max_pixels"]
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (settings["max_memory"], hard))
        # Pillow refuses by itself beyond twice this, also where a format allocates before we have seen the size.
        Image.MAX_IMAGE_PIXELS = (self.max_pixels + 1) // 2
        warnings.simplefilter("ignore")
        cv2.setNumThreads(threads)
        self.reader = RapidOCR(
            params={
                "Global.log_level": "error",
                # The direction classifier turns upright lines over.
                "Global.use_cls": False,
                # Both of these enlarge a long thin picture without bound; `fit` does their work.
                "Global.use_preprocess_img": False,
                "Global.use_vertical_padding": False,
                "Det.limit_type": "max",
                # Lines read together are padded to the longest: on a page that is slower and takes twice the memory.
                "Rec.rec_batch_num": 1,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        self._warm_up()
        self.lines = self.reader.text_rec.session = Lines(self.reader.text_rec.session, settings["max_seconds"])
        self.reader.text_det = Places(self.search, settings["max_lines"])

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        self.lines.begin(request)
        data = triton.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0]
        try:
            self.lines.stop_if_abandoned()
            size, picture = decode(data, self.max_pixels)
            texts, confidences, outlines = self.read(picture, size)
        except Refused as refusal:
            return _failure(str(refusal), triton.TritonError.INVALID_ARG)
        except Abandoned:
            return _failure("cancelled", triton.TritonError.CANCELLED)
        finally:
            # A request that is kept keeps its picture in shared memory.
            self.lines.request = None
        return triton.InferenceResponse(
            [
                triton.Tensor("TEXTS", np.array([text.encode() for text in texts], dtype=np.object_)),
                triton.Tensor("CONFIDENCES", np.array(confidences, dtype=np.float32)),
                triton.Tensor("OUTLINES", outlines),
                triton.Tensor("SIZE", np.array(size, dtype=np.int32)),
            ]
        )

    def read(self, picture, size):
        """Lines of an RGB picture; outlines, float32 (lines, 4, 2), are scaled to `size`, (width, height)."""
        pixels, scale, margins = fit(picture, size)
        self.search.limit_side_len = longest(SEARCHED_SIDE, *picture.size)
        found = self.reader(pixels)
        if found.txts is None:
            return (), (), np.zeros((0, 4, 2), dtype=np.float32)
        outlines = (np.asarray(found.boxes, dtype=np.float32) - margins) * scale
        return found.txts, found.scores, np.clip(outlines, 0, size).astype(np.float32)

    def _warm_up(self):
        """The first call takes seconds, and loads the models: better before Triton calls this one ready."""
        page = np.full((320, 640, 3), 255, dtype=np.uint8)
        cv2.putText(page, "Gatehouse", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (0, 0, 0), 5)
        # Both models are loaded when they are first used.
        self.reader(page)
        self.search = self.reader.text_det
        texts, _, _ = self.read(Image.fromarray(page), (640, 320))
        if not texts:
            raise RuntimeError("The text reader found nothing on its own test page.")


def _failure(reason, code):
    return triton.InferenceResponse(output_tensors=[], error=triton.TritonError(reason, code))


class Lines:
    """The session that reads lines, one a call; it stops once nobody waits, or when the picture has had its time."""

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


class Places:
    """The search for lines. It takes as long as reading some: a page with too many is refused before one is read."""

    def __init__(self, search, max_lines):
        self.search = search
        self.max_lines = max_lines

    def __call__(self, pixels):
        found = self.search(pixels)
        if found.boxes is not None and len(found.boxes) > self.max_lines:
            raise Refused(f"lines: more than {self.max_lines}")
        return found


class Counted(io.BytesIO):
    """A file that ends early when it is read in too many pieces: millions of empty chunks take seconds to skip."""

    def __init__(self, data):
        super().__init__(data)
        self.left = 200_000 + len(data) // 64

    def read(self, size=-1):
        self.left -= 1
        return super().read(size) if self.left > 0 else b""


def decode(data, max_pixels):
    """The upright size and, no larger than needed, the upright picture in RGB. Raises Refused."""
    if not data:
        raise Refused("empty: there is no picture")
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        raise Refused("damaged: too many scans")
    # Whatever a decoder raises on a hostile file (and they raise nearly everything), the file is at fault.
    try:
        image = Image.open(Counted(data), formats=FORMATS)
        width, height = image.size
        if 0 < width * height <= max_pixels:
            picture, orientation = _load(image)
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
        picture = picture.transpose(UPRIGHT[orientation])
    return ((height, width) if orientation in (5, 6, 7, 8) else (width, height)), picture


def _load(image):
    # A JPEG decodes to a half, a quarter or an eighth at a fraction of the time and memory.
    side = longest(KEPT_SIDE, *image.size)
    image.draft(None, (side, side))
    image.load()
    orientation = _orientation(image)
    picture = _opaque(image)
    picture.thumbnail((side, side), Image.Resampling.BOX)
    return picture, orientation


def _orientation(image):
    # Pictures with a broken EXIF block are common and their pixels are fine. Pillow turns a TIFF by itself.
    try:
        return image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1


def _opaque(image):
    """In RGB: transparency on white, deep grey stretched to its own range, Lab through its profile."""
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
    # Scanners often use 12 of 16 bits, so the top of the type is not white.
    grey = np.nan_to_num(deep.astype(np.float32), copy=False, posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    grey -= low
    grey *= 255 / ((high - low) or 1)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def longest(side, width, height):
    """The longest side of a picture of this shape with the pixels of a square of `side`, so that a long receipt stays
    legible."""
    return round(side * min(max(width, height) / min(width, height), THINNEST) ** 0.5)


def fit(picture, size):
    """BGR pixels for the reader; `(point - margins) * scale` leads back to a picture of `size`.

    A thin strip gets margins in the colour of its edge, because detection shrinks it to nothing otherwise.
    """
    width, height = picture.size
    least = max(32, max(width, height) // THINNEST)
    right, down = (max(0, (least - side + 1) // 2) for side in (width, height))
    pixels = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)
    pixels = cv2.copyMakeBorder(pixels, down, down, right, right, cv2.BORDER_REPLICATE)
    scale = np.array(size, dtype=np.float32) / (width, height)
    return pixels, scale, np.array((right, down), dtype=np.float32)
