"""Reading the text in a picture, by the shipped model `text_reader`."""

import re
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

import errors
from access.callers import Caller
from inference import images, tensors
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers import calls, models
from resolvers.operation_bytes import OperationBytes

MODEL = "text_reader"
# As the model says it.
_LINES = re.compile(r"lines: more than (?P<most>\d{1,6})")
_OUTPUTS = ("TEXTS", "CONFIDENCES", "OUTLINES", "SIZE")


@dataclass(frozen=True, slots=True)
class Line:
    """`outline` has four corners, clockwise from the top left, x to the right and y down, in pixels."""

    text: str
    confidence: float
    outline: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TextReading:
    """`width` and `height` are of the upright picture, in pixels."""

    lines: list[Line]
    width: int
    height: int
    total_ms: float

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


async def read(
    server: ModelServer, caller: Caller, picture: bytes, *, max_pixels: int, within: timedelta, moved: OperationBytes
) -> TextReading:
    """Raises InvalidImage, before the model is asked where the header tells; what else, see ModelServer.infer."""
    begun = perf_counter()
    model = _text_reader(server, caller)
    images.check(picture, max_pixels=max_pixels)
    try:
        async with calls.calling(server, model, moved, sent=len(picture), outputs=_OUTPUTS, within=within) as left:
            _, outputs = await server.infer(model, [_input(model, picture)], outputs=_OUTPUTS, within=left)
            moved.receive(sum(len(output.raw) for output in outputs))
    except errors.ModelRefused as error:
        raise errors.InvalidImage(_why(error.reason)) from error
    values: dict[str, Any] = {output.name: output.values() for output in outputs}
    width, height = values["SIZE"].tolist()
    return TextReading(_lines(values), width, height, (perf_counter() - begun) * 1000)


def _why(reason: str) -> str:
    """`reason` is the model's own and begins with a word of a few; what follows is not shown."""
    lines = _LINES.search(reason)
    if lines:
        return f"The image has more than {lines['most']} lines of text. Crop it or split it."
    if "slow: " in reason:
        return "The image takes too long to read. Crop it or split it."
    return "The picture cannot be decoded: it is truncated or damaged."


def from_base64(text: str) -> bytes:
    """Raises InvalidImage."""
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise errors.InvalidImage("The picture is not standard base64 with padding.") from error


def _text_reader(server: ModelServer, caller: Caller) -> Model:
    # A model of the same name that gives something else is not the one this field reads.
    model = models.find(server, caller, MODEL)
    if not {spec.name for spec in model.declaration.outputs}.issuperset(_OUTPUTS):
        raise errors.ModelNotFound(MODEL)
    return model


def _input(model: Model, picture: bytes) -> tensors.Tensor:
    spec = tensors.declared(model.declaration.inputs, "IMAGE")
    return tensors.from_bytes(spec, len(picture).to_bytes(4, "little") + picture, [1])


def _lines(values: dict[str, Any]) -> list[Line]:
    outlines: Sequence[Any] = values["OUTLINES"].reshape(-1, 4, 2).tolist()
    confidences: Sequence[float] = values["CONFIDENCES"].tolist()
    return [
        Line(text, confidence, [(x, y) for x, y in outline])
        for text, confidence, outline in zip(values["TEXTS"], confidences, outlines, strict=True)
    ]
