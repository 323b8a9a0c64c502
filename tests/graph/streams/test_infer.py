"""`subscription { infer }` over server-sent events, before a real Triton."""

from tests.events import TICKS, Event, subscribed, ticks
from tests.service import Client


async def test_a_stream_has_each_answer_in_order_and_then_its_end(visitor: Client):
    async with subscribed(visitor.http, TICKS, inputs=ticks(3, size=2)) as events:
        found = await events.rest()

    assert events.response.status_code == 200
    assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert found == [
        *[
            Event(
                "next",
                {
                    "data": {
                        "infer": {
                            "index": number,
                            "outputs": [
                                {"name": "NUMBER", "datatype": "INT32", "shape": [1], "values": [number]},
                                {"name": "DATA", "datatype": "UINT8", "shape": [2], "values": [number, number]},
                            ],
                        }
                    }
                },
            )
            for number in range(3)
        ],
        Event("next", {"data": {"infer": {"chunks": 3, "calls": 1, "units": 3}}}),
        Event("complete"),
    ]
