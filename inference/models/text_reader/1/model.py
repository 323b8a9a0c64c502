"""Reads the text of one page per call: RapidOCR on ONNX Runtime, with the models in its wheel."""

import json
import os
import resource
import warnings

import cv2
import numpy as np
import triton_python_backend_utils as triton
from drawing import draw, is_pdf
from lines import Lines
from PIL import Image
from pixels import decode, fit, longest
from rapidocr import RapidOCR
from reading_order import order
from refusals import Abandoned, Refused
from turning import Directions, back, level, slant, turned

# The longest side of a square image, as it is searched for lines.
SEARCHED_SIDE = 960
# The mean confidence of a page whose direction needs no second look.
CERTAIN = 0.85
# In degrees. The outline of a short line is no more precise.
LEAST_TILT = 1.5


class Reading:
    """Lines in reading order. `outlines` is (lines, 4, 2), in pixels of the page as it came.

    `rotation` is by how many degrees the page was turned clockwise to be read, 0 to 359. `unread` is how many more
    lines there are, which have letters that the model does not know.
    """

    def __init__(self, texts=(), confidences=(), outlines=None, rotation=0, unread=0):
        self.texts = texts
        self.confidences = confidences
        self.outlines = np.zeros((0, 4, 2), dtype=np.float32) if outlines is None else outlines
        self.rotation = rotation
        self.unread = unread

    @property
    def certainty(self):
        """The mean confidence of a letter, 0 to 1."""
        letters = [len(text) for text in self.texts]
        return float(np.average(self.confidences, weights=letters)) if letters else 0.0


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        names = ("threads", "max_pixels", "max_lines", "max_seconds", "max_memory")
        names += ("max_drawing_seconds", "max_drawing_memory")
        settings = {name: int(parameters[name]["string_value"]) for name in names}
        threads = min(settings["threads"], os.cpu_count())
        self.max_pixels = settings["max_pixels"]
        self.drawing = {"seconds": settings["max_drawing_seconds"], "memory": settings["max_drawing_memory"]}
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (settings["max_memory"], hard))
        # Pillow itself refuses more than twice this, also for formats that allocate before we know the size.
        Image.MAX_IMAGE_PIXELS = (self.max_pixels + 1) // 2
        warnings.simplefilter("ignore")
        cv2.setNumThreads(threads)
        self.reader = RapidOCR(
            params={
                "Global.log_level": "error",
                # The direction classifier turns upright lines upside down. `Directions` looks at the whole page.
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
        self.directions = Directions()
        self._warm_up(settings)

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        self.lines.begin(request)
        try:
            self.lines.stop_if_late()
            pages, size, page = self._page(request)
            try:
                reading = self.read(page, size)
            except Refused as refusal:
                raise Refused(f"{refusal}; pages: {pages}") from refusal
        except Refused as refusal:
            return _failure(str(refusal), triton.TritonError.INVALID_ARG)
        except Abandoned:
            return _failure("cancelled", triton.TritonError.CANCELLED)
        finally:
            # A reference to the request would keep its image in shared memory.
            self.lines.request = None
        return triton.InferenceResponse(
            [
                triton.Tensor("TEXTS", np.array([text.encode() for text in reading.texts], dtype=np.object_)),
                triton.Tensor("CONFIDENCES", np.array(reading.confidences, dtype=np.float32)),
                triton.Tensor("OUTLINES", reading.outlines),
                triton.Tensor("SIZE", np.array(size, dtype=np.int32)),
                triton.Tensor("ROTATION", np.array([reading.rotation], dtype=np.int32)),
                triton.Tensor("UNREAD", np.array([reading.unread], dtype=np.int32)),
                triton.Tensor("PAGES", np.array([pages], dtype=np.int32)),
            ]
        )

    def _page(self, request):
        """How many pages the document has, the size of the page, and the page in RGB. Raises Refused."""
        data = triton.get_input_tensor_by_name(request, "IMAGE").as_numpy()[0]
        asked = triton.get_input_tensor_by_name(request, "PAGE")
        if not is_pdf(data):
            if asked is not None and asked.as_numpy()[0] != 1:
                raise Refused("absent: no such page; pages: 1")
            return 1, *decode(data, self.max_pixels)
        if asked is None or asked.as_numpy()[0] < 1:
            raise Refused("page: a PDF needs PAGE, from 1")
        pages, page = draw(data, int(asked.as_numpy()[0]), image_pixels=self.max_pixels, **self.drawing)
        return pages, page.size, page

    def read(self, page, size):
        """The reading of an RGB image; outlines are scaled to `size`, (width, height)."""
        first, *others = self.directions(page)[:2]
        reading = self._read_turned(page, size, first)
        # The next likely direction, if this one makes little sense. A script that is not read makes none in any.
        if others and not reading.unread and reading.certainty < CERTAIN:
            try:
                other = self._read_turned(page, size, others[0])
            except Refused:
                return reading
            return other if other.certainty >= CERTAIN else reading
        return reading

    def _read_turned(self, page, size, quarters):
        upright = turned(page, quarters)
        lies = size[::-1] if quarters % 2 else size
        pixels, scale, margins = fit(upright, lies)
        outlines, texts, confidences, unread = self.lines.read(pixels, longest(SEARCHED_SIDE, *upright.size))
        if len(outlines) == 0:
            return Reading(rotation=90 * quarters, unread=unread)
        outlines = np.clip((outlines - margins) * scale, 0, lies).astype(np.float32)
        degrees = slant(outlines)
        chosen = order(level(outlines, degrees))
        return Reading(
            [texts[index] for index in chosen],
            [confidences[index] for index in chosen],
            back(outlines[chosen], quarters, size),
            round(90 * quarters - (degrees if abs(degrees) >= LEAST_TILT else 0)) % 360,
            unread,
        )

    def _warm_up(self, settings):
        """The first call takes seconds because it loads the models, so do it before Triton calls this model ready."""
        page = np.full((320, 640, 3), 255, dtype=np.uint8)
        cv2.putText(page, "Gatehouse", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (0, 0, 0), 5)
        # Both models are loaded at their first use.
        self.reader(page)
        self.lines = Lines(self.reader, settings["max_lines"], settings["max_seconds"])
        if not self.read(Image.fromarray(page), (640, 320)).texts:
            raise RuntimeError("The text reader found nothing on its own test page.")


def _failure(reason, code):
    return triton.InferenceResponse(output_tensors=[], error=triton.TritonError(reason, code))
