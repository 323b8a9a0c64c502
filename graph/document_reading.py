"""Reading the text in documents of several pages."""

from datetime import timedelta
from typing import Annotated

import strawberry

from graph.arguments import Within, given
from graph.context import Context, Info, Timed
from graph.execution.cost_directive import Cost, CostWindow
from graph.inference import deadline
from graph.text_reading import ImageInput, ReadTextResult, result_of
from resolvers import document_reading, text_reading
from resolvers.document_reading import Charged, Page

# What most documents have at most, and the free plan allows twice a minute.
_FIRST_PAGES = range(1, 11)


@strawberry.type(description="A page of a document.")
class DocumentPage:
    page: strawberry.Private[Page]

    @strawberry.field(description="The number of the page, from 1.")
    def number(self) -> int:
        return self.page.number

    @strawberry.field(
        description=(
            "The text of the page, or why it cannot be read. The other pages are not affected. A page that was not "
            "read in time has code DEADLINE_EXCEEDED."
        )
    )
    def result(self) -> ReadTextResult:
        return result_of(self.page.result)


@strawberry.type(description="The text in a document.")
class DocumentReading:
    page_count: int = strawberry.field(description="How many pages the document has, read or not.")
    pages: list[DocumentPage] = strawberry.field(
        description="The pages that were asked for and exist, in the order of the argument `pages`."
    )


@strawberry.type
class DocumentReadingQueries:
    @strawberry.field(
        description=(
            "Read the printed text in a document of several pages, PDF or TIFF, as `readText` does. An image is a "
            "document of one page. A page of a PDF is drawn with 200 dots per inch, and with at most 4 million pixels; "
            "`width`, `height` and outlines are of that image. Hidden text in a PDF is not used. A PDF that needs a "
            "password is INVALID_IMAGE. The price is that of the model for each number in `pages`. Units are given "
            "back for pages that do not exist, were not started in time, or failed without a fault of the caller; at "
            "least one page is charged. An API token needs scope INFER. Do not cache the answer: caches compare "
            "variables, and two different uploads look the same to them."
        ),
        directives=[Cost(window=CostWindow.PLAN, from_model=True, per_item_of="pages")],
        metadata={"model": text_reading.MODEL},
    )
    async def read_document(
        self,
        info: Info,
        file: Annotated[
            ImageInput, strawberry.argument(description="The document: PDF, TIFF, or a file that `readText` reads.")
        ],
        pages: Annotated[
            list[int],
            strawberry.argument(
                description=(
                    "The numbers of the pages to read, from 1: at most 50, each once. Numbers beyond the last page are "
                    "not part of the answer. The default is the first ten pages; `pageCount` shows whether there are "
                    "more."
                )
            ),
        ] = list(_FIRST_PAGES),  # noqa: B006 - strawberry only reads it
        within: Within = strawberry.UNSET,
    ) -> DocumentReading | None:
        charged = Charged(len(pages))
        try:
            with Timed(info):
                return await _read(info.context, file, pages, deadline(info.context, given(within)), charged)
        finally:
            info.context.kept[tuple(map(str, info.path.as_list()))] = (charged.count, charged.of)


async def _read(
    context: Context, file: ImageInput, pages: list[int], within: timedelta, charged: Charged
) -> DocumentReading:
    reading = await document_reading.read(
        context.models,
        context.caller,
        file.read(),
        pages,
        max_pixels=context.tools.settings.image_pixels,
        within=within,
        moved=context.moved,
        charged=charged,
    )
    return DocumentReading(page_count=reading.page_count, pages=[DocumentPage(page=page) for page in reading.pages])
