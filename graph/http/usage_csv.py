"""The CSV file of an export of usage (RFC 4180, UTF-8)."""

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from graph import ids
from resolvers import usage_exports
from resolvers.downloads import Download
from resolvers.tools import Tools
from resolvers.usage_exports import Row

COLUMNS = (
    *("kind", "month", "user", "email", "apiToken", "apiTokenName", "model"),
    *("calls", "failed", "units", "inferenceMs"),
)
# With these a spreadsheet begins a formula, also after spaces. Users choose their addresses and the names of their
# tokens, and an administrator opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")  # noqa: RUF001 - as spreadsheets read them


async def written(tools: Tools, download: Download) -> AsyncGenerator[bytes, None]:
    """Piece by piece. The last one is the row with the sums, which shows that the file is complete."""
    calls = failed = units = 0
    milliseconds = 0.0
    yield _lines([COLUMNS])
    async with aclosing(usage_exports.pages(tools, download)) as pages:
        async for page in pages:
            yield _lines(_cells(row, download.month) for row in page)
            calls += sum(row.calls for row in page)
            failed += sum(row.failed for row in page)
            units += sum(row.units for row in page)
            milliseconds += sum(row.inference_ms for row in page)
    sums = (calls, failed, units, _decimal(milliseconds))
    yield _lines([("total", download.month, "", "", "", "", "", *sums)])


def _cells(row: Row, month: str) -> Sequence[object]:
    token = "" if row.token_id is None else ids.write("ApiToken", row.token_id)
    return (
        *("usage", month, ids.write("User", row.user_id), _text(row.email), token, _text(row.token_name)),
        *(_text(row.model), row.calls, row.failed, row.units, _decimal(row.inference_ms)),
    )


def _text(text: str | None) -> str:
    """With an apostrophe before what a spreadsheet would read as a formula."""
    text = text or ""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _decimal(number: float) -> str:
    return f"{number:.3f}"


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
