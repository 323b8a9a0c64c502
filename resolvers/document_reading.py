"""Reads the text in documents of several pages, PDF and TIFF, with the shipped model `text_reader`.

Each page is a call of the model. A PDF is opened and drawn by a process of the model's own, never here.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import errors
from access.callers import Caller
from inference import images, tiff
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers import text_reading
from resolvers.operation_bytes import OperationBytes
from resolvers.text_reading import TextReading

MOST_PAGES = 50
# The largest number that the model takes.
_LAST_PAGE = 2**31 - 1
# Of one document, so that one caller does not take every slot of the model.
_AT_ONCE = 4
# The wording of the model's refusal of a PDF (refusals.py).
_REASON = re.compile(r"\b(absent|password|memory|slow|large|lines|damaged): ")
_PAGES = re.compile(r"; pages: (\d{1,10})\b")
_REFUSALS = {
    "password": "This PDF needs a password. Send a copy without one.",
    "memory": "The page takes too much memory to draw. Send it as an image.",
    "slow": "The page takes too long to draw or to read. Split it, or send it as an image.",
    "large": "An image on the page has too many pixels. Send it as a smaller image.",
    "lines": "The page has too many lines of text. Split it.",
}
_DAMAGED = "This PDF cannot be read: it is truncated or damaged."
# It is left out of the answer.
_ABSENT = "There is no such page."
_LATE = "The page was not read in time. Ask for fewer pages, or raise `timeout`."


@dataclass(frozen=True, slots=True)
class Page:
    """`number` is from 1."""

    number: int
    result: TextReading | errors.GatehouseError


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """`pages` are those asked for that exist, in the order asked for."""

    page_count: int
    pages: list[Page]


class Charged:
    """Counts the pages that a call pays for: those that the model was asked to read."""

    def __init__(self, pages: int) -> None:
        self.of = max(1, pages)
        self._count = 0

    @property
    def count(self) -> int:
        """At least 1: to find out how many pages a document has is work, too."""
        return max(1, self._count)

    def begin(self) -> None:
        self._count += 1

    def give_back(self) -> None:
        self._count -= 1


async def read(
    server: ModelServer,
    caller: Caller,
    data: bytes,
    numbers: Sequence[int],
    *,
    max_pixels: int,
    within: timedelta,
    moved: OperationBytes,
    charged: Charged,
) -> DocumentReading:
    """A page that cannot be read does not affect the others; one that is not read within `within` is DeadlineExceeded.

    Raises BadRequest for wrong numbers, InvalidImage if the document cannot be opened, DeadlineExceeded if it was not
    opened in time, and as ModelServer.infer if every page failed so.
    """
    _check(numbers)
    model = text_reading.text_reader(server, caller)
    document = _Document(
        server, model, caller, data, max_pixels=max_pixels, within=within, moved=moved, charged=charged
    )
    first, *others = numbers
    pages = [Page(first, await document.read(first))]
    # Known from the first page on, which is why that is read alone.
    count = document.count
    if count is None:
        # Not even opened: no other page will be.
        result = pages[0].result
        raise result if isinstance(result, errors.GatehouseError) else errors.InvalidImage(_DAMAGED)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def read_one(number: int) -> Page:
        async with slots:
            return Page(number, await document.read(number))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read_one(number)) for number in others if number <= count]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    pages += [task.result() for task in tasks]
    found = [page for page in pages if page.number <= count]
    _raise_if_all_failed(found)
    return DocumentReading(count, found)


class _Document:
    """`count`: of its pages, or None until it is known."""

    def __init__(
        self,
        server: ModelServer,
        model: Model,
        caller: Caller,
        data: bytes,
        *,
        max_pixels: int,
        within: timedelta,
        moved: OperationBytes,
        charged: Charged,
    ) -> None:
        self._server = server
        self._model = model
        self._caller = caller
        self._data = data
        self._max_pixels = max_pixels
        self._moved = moved
        self._charged = charged
        self._end = asyncio.get_running_loop().time() + within.total_seconds()
        # The document counts once for the operation, although it is sent with each page.
        self._is_counted = False
        self._is_pdf = images.is_pdf(data)
        self._tiff = images.pages(data)
        self.count = None if self._is_pdf else max(1, len(self._tiff))
        if self.count == 1:
            # It is no document, or no image, in which case there are no pages to be refused.
            images.check(images.single(data), max_pixels=max_pixels)

    async def read(self, number: int) -> TextReading | errors.GatehouseError:
        """The error if this page cannot be read. A page that does not exist costs nothing."""
        if self.count is not None and number > self.count:
            return errors.InvalidImage(_ABSENT)
        left = self._end - asyncio.get_running_loop().time()
        if left <= 0:
            return errors.DeadlineExceeded(_LATE)
        self._charged.begin()
        try:
            if self._is_pdf:
                reading = await self._read_pdf(number, timedelta(seconds=left))
            else:
                reading = await self._read_image(number, timedelta(seconds=left))
            text_reading.require_legible(reading)
            return reading
        except errors.DeadlineExceeded:
            return errors.DeadlineExceeded(_LATE)
        except errors.GatehouseError as error:
            if error.refunds_units:
                self._charged.give_back()
            return error

    async def _read_image(self, number: int, left: timedelta) -> TextReading:
        try:
            return await self._read(partial(self._image, number), None, left)
        except errors.ModelRefused as error:
            raise text_reading.refusal(self._image(number), error.reason) from error

    def _image(self, number: int) -> bytes:
        """A copy of the file with this page only. Raises InvalidImage."""
        image = tiff.alone(self._data, self._tiff[number - 1]) if len(self._tiff) > 1 else images.single(self._data)
        images.check(image, max_pixels=self._max_pixels)
        return image

    async def _read_pdf(self, number: int, left: timedelta) -> TextReading:
        try:
            return await self._read(lambda: self._data, number, left)
        except errors.ModelRefused as error:
            counted = _PAGES.search(error.reason)
            if counted:
                self.count = int(counted[1])
            reason = _REASON.search(error.reason)
            if reason and reason[1] == "absent":
                self._charged.give_back()
            raise errors.InvalidImage(_REFUSALS.get(reason[1] if reason else "", _DAMAGED)) from error

    async def _read(self, data: Callable[[], bytes], page: int | None, left: timedelta) -> TextReading:
        is_counted, self._is_counted = self._is_counted, True
        reading, count = await text_reading.read_page(
            *(self._server, self._model, self._caller, data, len(self._data)),
            page=page,
            is_counted=is_counted,
            within=left,
            moved=self._moved,
        )
        if self._is_pdf:
            self.count = count
        return reading


def _check(numbers: Sequence[int]) -> None:
    if not 1 <= len(numbers) <= MOST_PAGES:
        raise errors.BadRequest(f"`pages` must have 1 to {MOST_PAGES} numbers, not {len(numbers)}.")
    if not all(1 <= number <= _LAST_PAGE for number in numbers):
        raise errors.BadRequest("`pages` has a number below 1. The first page is 1.")
    if len(set(numbers)) < len(numbers):
        raise errors.BadRequest("`pages` has a number twice. Name each page once.")


def _raise_if_all_failed(pages: Sequence[Page]) -> None:
    """A failure of the service is the field's, so that monitoring and clients see it."""
    errors_ = [page.result for page in pages if isinstance(page.result, errors.GatehouseError)]
    failures = [error for error in errors_ if error.refunds_units]
    if failures and len(failures) == len(pages):
        raise failures[0]
