"""Reads the text in images with the shipped model `text_reader`."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

import base64_text
import errors
from access.callers import Caller
from inference import conversions, images, tensors
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers import calls, models
from resolvers.operation_bytes import OperationBytes

MODEL = "text_reader"
# The wording of the model's refusal.
_LINES = re.compile(r"lines: more than (?P<most>\d{1,6})")
# Of one `read_all`, so that one caller does not take every slot of the model.
_AT_ONCE = 4
_OUTPUTS = ("TEXTS", "CONFIDENCES", "OUTLINES", "SIZE", "ROTATION", "UNREAD", "PAGES")


@dataclass(frozen=True, slots=True)
class Line:
    """`outline` has four corners, clockwise from the text's top left, x to the right and y down, in pixels."""

    text: str
    confidence: float
    outline: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TextReading:
    """`width` and `height` are of the image as its EXIF block turns it, or of a page as it was drawn, in pixels.

    `rotation` is by how many degrees it was then turned clockwise to be read, 0 to 359. `unread_lines` are not in
    `lines`: they have letters that the model does not know.
    """

    lines: list[Line]
    width: int
    height: int
    rotation: int
    unread_lines: int
    total_ms: float

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


async def read(
    server: ModelServer, caller: Caller, image: bytes, *, max_pixels: int, within: timedelta, moved: OperationBytes
) -> TextReading:
    """Raises InvalidImage, before the model is called if the header shows the problem, and as ModelServer.infer."""
    model = text_reader(server, caller)
    image = images.single(image)
    images.check(image, max_pixels=max_pixels)
    try:
        reading, _ = await read_page(server, model, caller, lambda: image, len(image), within=within, moved=moved)
    except errors.ModelRefused as error:
        raise refusal(image, error.reason) from error
    require_legible(reading)
    return reading


async def read_page(
    server: ModelServer,
    model: Model,
    caller: Caller,
    data: Callable[[], bytes],
    size: int,
    *,
    page: int | None = None,
    is_counted: bool = False,
    within: timedelta,
    moved: OperationBytes,
) -> tuple[TextReading, int]:
    """An image that was checked, or a page of a PDF, from 1; and how many pages there are.

    `data` is asked for when there is room for its `size` and the copies of it. `is_counted`: the operation has counted
    these bytes before. Raises what `data` raises, and as ModelServer.infer.
    """
    started = perf_counter()
    if not conversions.is_loaded:
        await conversions.load()
    calling = calls.Calling(
        server, model, caller, moved, sent=size, is_counted=is_counted, outputs=_OUTPUTS, within=within
    )
    if calling.must_wait:
        await calling.wait()
    with calling:
        inputs = [_input(model, data())] if page is None else [_input(model, data()), _page(model, page)]
        _, outputs = await server.infer(
            model, inputs, outputs=_OUTPUTS, within=calling.left, when_sent=calling.when_sent
        )
        calling.kept = moved.received(sum(len(output.raw) for output in outputs))
    values: dict[str, Any] = {output.name: output.values() for output in outputs}
    (width, height), (rotation,), (unread,) = (values[name].tolist() for name in ("SIZE", "ROTATION", "UNREAD"))
    reading = TextReading(_lines(values), width, height, rotation, unread, (perf_counter() - started) * 1000)
    return reading, int(values["PAGES"][0])


def require_legible(reading: TextReading) -> None:
    """Raises InvalidImage if there is text, and none of it could be read."""
    if reading.unread_lines and not reading.lines:
        raise errors.InvalidImage(
            "The text cannot be read: its script is not supported, or it is too faint. Latin letters, Chinese and "
            "Japanese are supported."
        )


async def read_all(
    server: ModelServer,
    caller: Caller,
    files: Sequence[Callable[[], bytes]],
    *,
    max_pixels: int,
    within: timedelta,
    moved: OperationBytes,
) -> list[TextReading | errors.InvalidImage]:
    """In the order given; an image that cannot be read does not stop the others. All share one deadline.

    Each image is decoded when its turn comes, so that only a few are in memory. Raises DeadlineExceeded; what else, see
    `read`.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def read_one(image: Callable[[], bytes]) -> TextReading | errors.InvalidImage:
        async with slots:
            try:
                return await read(server, caller, image(), max_pixels=max_pixels, within=within, moved=moved)
            except errors.InvalidImage as refusal:
                return refusal

    try:
        async with asyncio.timeout(within.total_seconds()), asyncio.TaskGroup() as group:
            tasks = [group.create_task(read_one(image)) for image in files]
    except TimeoutError as error:
        raise errors.DeadlineExceeded(
            "The images were not all read in time. Send fewer images, or raise `timeout`."
        ) from error
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def refusal(image: bytes, reason: str) -> errors.InvalidImage:
    """`reason` is the model's text. It starts with one of a few words (refusals.py); the rest is not for the caller."""
    lines = _LINES.search(reason)
    if lines:
        return errors.InvalidImage(f"The image has more than {lines['most']} lines of text. Crop it or split it.")
    if "slow: " in reason:
        return errors.InvalidImage("The image takes too long to read. Crop it or split it.")
    return images.refused(image, is_known="format: " not in reason)


def from_base64(text: str) -> bytes:
    """Raises InvalidImage."""
    try:
        return base64_text.decode(text)
    except base64_text.NotCanonical as error:
        got, advice = base64_text.fault(text)
        sentence = f"The image must be standard base64 with padding; this is {got}."
        raise errors.InvalidImage(f"{sentence} {advice}".rstrip()) from error


def text_reader(server: ModelServer, caller: Caller) -> Model:
    # A model of the same name with other outputs is not the shipped one.
    try:
        model = models.find(server, caller, MODEL)
    except errors.ModelNotFound as error:
        raise errors.TextReaderNotFound(MODEL) from error
    if not {spec.name for spec in model.declaration.outputs}.issuperset(_OUTPUTS):
        raise errors.TextReaderNotFound(MODEL)
    return model


def _input(model: Model, image: bytes) -> tensors.Tensor:
    spec = tensors.declared(model.declaration.inputs, "IMAGE")
    return tensors.from_bytes(spec, len(image).to_bytes(4, "little") + image, [1])


def _page(model: Model, page: int) -> tensors.Tensor:
    return tensors.from_bytes(tensors.declared(model.declaration.inputs, "PAGE"), page.to_bytes(4, "little"), [1])


def _lines(values: dict[str, Any]) -> list[Line]:
    outlines: Sequence[Any] = values["OUTLINES"].reshape(-1, 4, 2).tolist()
    confidences: Sequence[float] = values["CONFIDENCES"].tolist()
    return [
        Line(text, confidence, [(x, y) for x, y in outline])
        for text, confidence, outline in zip(values["TEXTS"], confidences, outlines, strict=True)
    ]
