"""Reading the text in images."""

from datetime import timedelta
from typing import Annotated, cast

import strawberry
from strawberry import Some

import errors
from graph import uploads
from graph.arguments import Within, given
from graph.context import Context, Info, Timed
from graph.execution.cost_directive import Cost, CostWindow
from graph.failures import ErrorCode, UserError
from graph.inference import deadline
from graph.scalars import Upload
from resolvers import text_reading
from resolvers.text_reading import Line as FoundLine
from resolvers.text_reading import TextReading as Reading


@strawberry.input(
    one_of=True,
    description=(
        "An image file: exactly one of `upload` and `base64`. JPEG, PNG, WebP, TIFF or BMP; in `readDocument` also PDF."
    ),
)
class ImageInput:
    upload: strawberry.Maybe[Upload] = strawberry.field(description="The image as an uploaded file.")
    base64: strawberry.Maybe[str] = strawberry.field(
        description="The bytes of the image file in standard base64, with padding."
    )

    def read(self) -> bytes:
        if self.upload:
            return bytes(uploads.content(self.upload.value))
        # GraphQL has checked that exactly one is set.
        return text_reading.from_base64(cast(Some[str], self.base64).value)


@strawberry.type(description="A point in the image as it is shown, upright or not, in pixels.")
class Point:
    x: float = strawberry.field(description="The distance from the left edge, in pixels.")
    y: float = strawberry.field(description="The distance from the top edge, in pixels.")


@strawberry.type(description="A line of text in an image.")
class TextLine:
    text: str = strawberry.field(description="The text of the line.")
    confidence: float = strawberry.field(
        description=(
            "How certain the model is of the characters that it read, from 0 to 1. It does not show whether characters "
            "are missing."
        )
    )
    outline: list[Point] = strawberry.field(
        description=(
            "The four corners of the line, clockwise from the top left of its text. If the page lies upside down, that "
            "is the bottom right in the image."
        )
    )

    @classmethod
    def of(cls, line: FoundLine) -> "TextLine":
        return cls(text=line.text, confidence=line.confidence, outline=[Point(x=x, y=y) for x, y in line.outline])


@strawberry.type(description="The text in an image.")
class TextReading:
    reading: strawberry.Private[Reading]

    @strawberry.field(description="All lines, separated by line breaks. Empty if no text was found.")
    def text(self) -> str:
        return self.reading.text

    @strawberry.field(
        description="The lines in reading order: columns of print one after the other, tables and receipts row by row."
    )
    def lines(self) -> list[TextLine]:
        return [TextLine.of(line) for line in self.reading.lines]

    @strawberry.field(description="The width of the image as its EXIF data turns it, in pixels.")
    def width(self) -> int:
        return self.reading.width

    @strawberry.field(description="The height of the image as its EXIF data turns it, in pixels.")
    def height(self) -> int:
        return self.reading.height

    @strawberry.field(
        description=(
            "By how many degrees the page was turned clockwise to be read, from 0 to 359. 0: it was upright. 180: it "
            "was upside down. 3: it was tilted anticlockwise by 3 degrees. What the EXIF data turn is not part of it."
        )
    )
    def rotation(self) -> int:
        return self.reading.rotation

    @strawberry.field(
        description=(
            "How many more lines could not be read: their script is not supported, or they are too faint. Their text "
            "is not part of the answer. Short words of another script can look like Latin letters, and are not counted."
        )
    )
    def unread_lines(self) -> int:
        return self.reading.unread_lines

    @strawberry.field(description="The time from the check of the image to the answer, in milliseconds.")
    def total_ms(self) -> float:
        return self.reading.total_ms


@strawberry.type(
    description="An image of `readTexts` or a page of `readDocument` that cannot be read. The others are not affected."
)
class ImageRefused(UserError):
    pass


ReadTextResult = Annotated[
    TextReading | ImageRefused,
    strawberry.union("ReadTextResult", description="The result for one image or page: the text or an error."),
]


@strawberry.type
class TextReadingQueries:
    @strawberry.field(
        description=(
            "Read the printed text in an image of a document. It reads Latin letters with accents, digits, Chinese and "
            "Japanese. Lines in other scripts, such as Cyrillic, Arabic, Korean or Thai, are counted in `unreadLines`; "
            "an image without other text is INVALID_IMAGE. The page may lie on its side or upside down, and be tilted "
            "by 20 degrees. A TIFF of several pages, and an image with too many lines, more than 300 by default, are "
            "INVALID_IMAGE. An API token needs scope INFER. Do not cache the answer: caches compare variables, and two "
            "different uploads look the same to them."
        ),
        directives=[Cost(window=CostWindow.PLAN, from_model=True)],
        metadata={"model": text_reading.MODEL},
    )
    async def read_text(
        self,
        info: Info,
        image: Annotated[ImageInput, strawberry.argument(description="The image.")],
        within: Within = strawberry.UNSET,
    ) -> TextReading | None:
        with Timed(info):
            return await _read(info.context, image, deadline(info.context, given(within)))

    @strawberry.field(
        description=(
            "Read the printed text in several images, as `readText` does. An image that cannot be read becomes an "
            "`ImageRefused` and does not affect the others. All images share one `timeout`. If they are not all read "
            "in time, the field fails with DEADLINE_EXCEEDED and all images are charged."
        ),
        directives=[Cost(window=CostWindow.PLAN, from_model=True, per_item_of="images")],
        metadata={"model": text_reading.MODEL},
    )
    async def read_texts(
        self,
        info: Info,
        images: Annotated[list[ImageInput], strawberry.argument(description="The images.")],
        within: Within = strawberry.UNSET,
    ) -> list[ReadTextResult] | None:
        with Timed(info):
            return await _read_all(info.context, images, deadline(info.context, given(within)))


async def _read_all(context: Context, images: list[ImageInput], within: timedelta) -> list[ReadTextResult]:
    found = await text_reading.read_all(
        context.models,
        context.caller,
        [image.read for image in images],
        max_pixels=context.tools.settings.image_pixels,
        within=within,
        moved=context.moved,
    )
    return [result_of(one) for one in found]


def result_of(found: Reading | errors.GatehouseError) -> ReadTextResult:
    if isinstance(found, errors.GatehouseError):
        return ImageRefused(code=ErrorCode(found.code), message=str(found))
    return TextReading(reading=found)


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
