"""A long text of the caller's that stands in many errors: each of them quotes its beginning."""

from typing import Any

import pytest

from tests.service import Client

LONG = "n" * 20_000
TENSOR = {"name": LONG, "shape": [1], "data": {"values": [1]}}
MODELS = " ".join(f"f{number}: model(name: $m) {{ name }}" for number in range(10))
CALLS = " ".join(f'f{number}: infer(model: "identity", inputs: $i) {{ version }}' for number in range(10))


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (f"query ($m: String!) {{ {MODELS} }}", {"m": LONG}),
        (f"query ($i: [TensorInput!]!) {{ {CALLS} }}", {"i": [TENSOR]}),
    ],
    ids=["model", "tensor"],
)
async def test_an_answer_does_not_repeat_a_long_text_in_every_error(
    visitor: Client, document: str, given: dict[str, Any]
):
    answer = await visitor.post(document, **given)

    problems = answer.json()["errors"]
    assert len(problems) == 10
    assert all("nnn..." in problem["message"] for problem in problems)
    assert max(len(problem["message"]) for problem in problems) == 2003
    assert len(answer.content) < 50_000
