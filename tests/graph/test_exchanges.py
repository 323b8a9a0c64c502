"""What is recorded of a request is of the answer that is sent."""

import errors
from graph.http.exchanges import Exchange, answer_refusal
from graph.http.fields import IndexedRequest


async def unused(*_):
    raise AssertionError("Nothing is read or sent here.")


def test_an_answer_that_is_not_sent_leaves_no_codes():
    # Its settlement has failed.
    exchange = Exchange(IndexedRequest({"type": "http", "headers": []}, unused, unused))
    try:
        exchange.answer(200, b"{}", ["INVALID_INPUT", "INVALID_INPUT"], [], {})
        made = exchange.record.codes
        answer = answer_refusal(errors.DeadlineExceeded("late"), exchange)
        refused = exchange.record.codes
    finally:
        exchange.end()

    assert (made, refused) == (["INVALID_INPUT"], ["DEADLINE_EXCEEDED"])
    assert answer.status_code == 504
