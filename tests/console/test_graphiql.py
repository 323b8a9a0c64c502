"""GraphiQL at /graphql reads a subscription as a stream."""

import json

from tests.console.visitor import Visitor

RANK = """subscription { typed {
  similarity(query: {data: {values: [1, 0]}}, candidates: {data: {values: [[0, 1], [1, 1]]}}) {
    ... on TypedChunk_similarity { index outputs { order { values } } } ... on InferenceDone { chunks units } } } }"""
EVENTS = [
    {"data": {"typed": {"similarity": {"index": 0, "outputs": {"order": {"values": [1, 0]}}}}}},
    {"data": {"typed": {"similarity": {"chunks": 1, "units": 1}}}},
]


async def test_it_shows_the_events_of_a_subscription(visitor: Visitor) -> None:
    await visitor.join()
    page = visitor.page

    await page.goto("/graphql")
    await page.evaluate(
        "text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text)", RANK
    )
    await page.get_by_role("button", name="Execute query").click()

    shown = page.locator(".result-window")
    await shown.get_by_text("chunks").wait_for()
    text = await page.evaluate("document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()")
    assert json.loads(text) == {"events": EVENTS}
