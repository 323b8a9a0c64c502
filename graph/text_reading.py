"""Reading the text in pictures."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, cast

import strawberry
from strawberry import Some

import errors
from graph import uploads
from graph.arguments import Within, given
from graph.context import Context, Info, timed
from graph.costs import Cost
from graph.failures import ErrorCode, UserError
from graph.inference import deadline
from graph.scalars import Upload
from resolvers import text_reading
from resolvers.text_reading import Line as FoundLine
from resolvers.text_reading import TextReading as Reading

_AT_ONCE = 4


@strawberry.input(
    one_of=True,
    description="Exactly one: an uploaded file, or its bytes in base64. JPEG, PNG, WebP, TIFF or BMP.",
)
class ImageInput:
    upload: strawberry.Maybe[Upload] = strawberry.field(description="The picture as a file.")
    base64: strawberry.Maybe[str] = strawberry.field(description="The picture's file in standard base64.")

    def read(self) -> bytes:
        if self.upload:
            return uploads.content(self.upload.value)
        # GraphQL saw to it that exactly one is there.
        return text_reading.from_base64(cast(Some[str], self.base64).value)


@strawberry.type(description="Pixels of the upright image: x to the right, y down.")
class Point:
    x: float = strawberry.field(description="To the right of the left edge.")
    y: float = strawberry.field(description="Below the upper edge.")


@strawberry.type(description="One line of text in a picture.")
class TextLine:
    text: str = strawberry.field(description="What it says.")
    confidence: float = strawberry.field(description="How sure the model is, 0 to 1.")
    outline: list[Point] = strawberry.field(description="Corners, clockwise from the top left.")

    @classmethod
    def of(cls, line: FoundLine) -> TextLine:
        return cls(text=line.text, confidence=line.confidence, outline=[Point(x=x, y=y) for x, y in line.outline])


@strawberry.type(description="The text in a picture.")
class TextReading:
    reading: strawberry.Private[Reading]

    @strawberry.field(description="All lines, one below the other.")
    def text(self) -> str:
        return self.reading.text

    @strawberry.field(description="The lines, from top to bottom.")
    def lines(self) -> list[TextLine]:
        return [TextLine.of(line) for line in self.reading.lines]

    @strawberry.field(description="Pixels from left to right in the upright picture.")
    def width(self) -> int:
        return self.reading.width

    @strawberry.field(description="Pixels from top to bottom in the upright picture.")
    def height(self) -> int:
        return self.reading.height

    @strawberry.field(description="Milliseconds from the checks to the answer.")
    def total_ms(self) -> float:
        return self.reading.total_ms


@strawberry.type(description="One of several pictures that could not be read; the others were.")
class ImageRefused(UserError):
    pass


ReadTextResult = Annotated[
    TextReading | ImageRefused,
    strawberry.union("ReadTextResult", description="What was read in one of several pictures, or why it was not."),
]


@strawberry.type
class TextReadingQueries:
    @strawberry.field(
        description=(
            "Read the text in an image of a document. An image with more lines than the service reads (300, unless its "
            "operator has chosen another number) is INVALID_IMAGE. Not for caches, as `infer`."
        ),
        directives=[Cost(from_model=True)],
        metadata={"model": text_reading.MODEL},
    )
    async def read_text(
        self,
        info: Info,
        image: Annotated[ImageInput, strawberry.argument(description="The picture.")],
        within: Within = strawberry.UNSET,
    ) -> TextReading | None:
        if info.context.dry_run:
            return None
        with timed(info):
            return await _read(info.context, image, deadline(info.context, given(within)))

    @strawberry.field(
        description=(
            "Read several images; one that cannot be read does not spoil the others. All of them share one `timeout`: "
            "where it ends first, the field is DEADLINE_EXCEEDED, and every image is paid."
        ),
        directives=[Cost(from_model=True, per_item_of="images")],
        metadata={"model": text_reading.MODEL},
    )
    async def read_texts(
        self,
        info: Info,
        images: Annotated[list[ImageInput], strawberry.argument(description="The pictures.")],
        within: Within = strawberry.UNSET,
    ) -> list[ReadTextResult] | None:
        if info.context.dry_run:
            return None
        with timed(info):
            return await _read_all(info.context, images, deadline(info.context, given(within)))


async def _read_all(context: Context, images: list[ImageInput], within: timedelta) -> list[ReadTextResult]:
    """A few at a time, so that one caller does not take every place at the model; all within one deadline."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def read_one(image: ImageInput) -> ReadTextResult:
        async with places:
            try:
                return await _read(context, image, within)
            except errors.InvalidImage as error:
                return ImageRefused(code=ErrorCode(error.code), message=str(error))

    try:
        async with asyncio.timeout(within.total_seconds()), asyncio.TaskGroup() as group:
            tasks = [group.create_task(read_one(image)) for image in images]
    except TimeoutError as error:
        raise errors.DeadlineExceeded("The pictures were not all read in time.") from error
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def _read(context: Context, image: ImageInput, within: timedelta) -> TextReading:
    reading = await text_reading.read(
        context.models,
        context.caller,
        image.read(),
        max_pixels=context.tools.settings.image_pixels,
        within=within,
        moved=context.moved,
    )
    return TextReading(reading=reading)
