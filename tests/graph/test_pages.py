"""Pages of the catalogue."""

from base64 import urlsafe_b64encode

import pytest

pytestmark = pytest.mark.usefixtures("answers_as_before")

PAGE = """query ($first: Int!, $after: String) { models(first: $first, after: $after) {
  totalCount nodes { name } edges { cursor node { name } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
NAMES = [
    "batched", "costly", "dying", "failing", "identity", "large_output", "matrix", "odd.names-1", "similarity", "slow",
    "streaming", "text", "text_reader", "ticking",
]  # fmt: skip


async def page(visitor, first: int, after: str | None = None):
    return (await visitor.run(PAGE, first=first, after=after))["models"]


@pytest.mark.parametrize("first", [1, 2, 5, len(NAMES) - 1, len(NAMES), 100])
async def test_walking_by_cursors_meets_every_model_once(visitor, first: int):
    names, after = [], None
    while True:
        found = await page(visitor, first, after)
        names += [node["name"] for node in found["nodes"]]
        assert [edge["node"] for edge in found["edges"]] == found["nodes"]
        assert found["totalCount"] == len(NAMES)
        assert found["pageInfo"] == {
            "hasNextPage": len(names) < len(NAMES),
            "hasPreviousPage": after is not None,
            "startCursor": found["edges"][0]["cursor"],
            "endCursor": found["edges"][-1]["cursor"],
        }
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]

    assert names == NAMES


async def test_a_cursor_works_after_its_item_is_gone(visitor):
    found = await page(visitor, 1, urlsafe_b64encode(b"gone").decode())
    last = await page(visitor, 1, urlsafe_b64encode(b"zzz").decode())

    assert found["nodes"] == [{"name": "identity"}]
    assert last["nodes"] == []
    assert last["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1, -(2**31)])
async def test_a_page_has_one_to_a_hundred_items(visitor, first: int):
    assert await visitor.refusal(PAGE, first=first) == {
        "code": "BAD_REQUEST",
        "message": f"`first` must be from 1 to 100, not {first}.",
        "path": ["models"],
    }


@pytest.mark.parametrize(
    "after",
    ["", "x", "identity", "aWRlbnRpdHk", "aWRl!bnRpdHk=", " aWRlbnRpdHk=", "____", "AA==", "é", "=", "a" * 60_000],
)
async def test_a_cursor_that_no_page_gave_is_refused(visitor, after: str):
    assert await visitor.refusal(PAGE, first=1, after=after) == {
        "code": "BAD_REQUEST",
        "message": "`after` must be a cursor that an earlier page gave.",
        "path": ["models"],
    }
