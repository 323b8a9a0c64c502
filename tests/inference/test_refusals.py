"""Texts as tritonserver 2.51.0 says them."""

import pytest

import errors
from inference import refusals
from inference.transports.transport import CallFailed, Status

UNKNOWN = "Request for unknown model: "
GONE = [
    f"{UNKNOWN}'m.1' is not found",
    f"{UNKNOWN}'m.1' has no available versions",
    f"{UNKNOWN}'m.1' version 7 is not found",
    f"{UNKNOWN}'m.1' version 7 is not at ready state",
    f"in ensemble 'm.1', {UNKNOWN}'step' has no available versions",
    f"in ensemble 'm.1', in ensemble 'o'brien', {UNKNOWN}'it's' is not found",
]
NOT_GONE = [
    f"{UNKNOWN}'m-1' is not found",
    f"{UNKNOWN}'step' is not found",
    f"{UNKNOWN}'m.1' is not found in the shop",
    f"No. {UNKNOWN}'m.1' is not found",
    f"in ensemble 'm.1', no. {UNKNOWN}'step' is not found",
    "",
]
BUSY = [
    "[request id: <id_unknown>] Exceeds maximum queue size",
    "Exceeds maximum queue size",
    "Request timeout expired",
    "in ensemble 'm.1', Request timeout expired",
]


def of(status: Status, details: str) -> type[Exception]:
    return type(refusals.of("m.1", status, details))


@pytest.mark.parametrize("details", GONE)
def test_a_model_that_triton_does_not_have_is_unavailable(details):
    assert of(Status.NOT_FOUND, details) is errors.ModelUnavailable
    assert of(Status.INTERNAL, details) is errors.ModelFailed


@pytest.mark.parametrize("details", NOT_GONE)
def test_what_only_resembles_it_is_the_models_own_failure(details):
    assert of(Status.NOT_FOUND, details) is errors.ModelFailed


@pytest.mark.parametrize("details", BUSY)
def test_a_queue_that_is_full_or_too_slow_is_busy(details):
    assert of(Status.UNAVAILABLE, details) is errors.ModelBusy
    assert of(Status.INTERNAL, details) is errors.ModelFailed
    assert of(Status.UNAVAILABLE, f"{details}!") is errors.ModelUnavailable


def test_a_model_that_started_to_stream_is_unavailable_until_the_next_refresh():
    said = "ModelInfer RPC doesn't support models with decoupled transaction policy"

    assert of(Status.UNIMPLEMENTED, said) is errors.ModelUnavailable
    assert of(Status.UNIMPLEMENTED, "no kernel for this card") is errors.ModelFailed


@pytest.mark.parametrize("code", [Status.UNAVAILABLE, Status.OTHER])
def test_statuses_of_a_proxy_or_a_broken_connection_are_unavailable(code):
    assert of(code, "no healthy upstream") is errors.ModelUnavailable


@pytest.mark.parametrize(
    ("status", "details"),
    [
        (Status.NOT_FOUND, "Request for unknown model: 'm.1' is not found"),
        (Status.NOT_FOUND, "Request for unknown model: 'm.1' has no available versions"),
        (Status.NOT_FOUND, "Request for unknown model: 'm.1' version 7 is not found"),
        (Status.UNAVAILABLE, "Request for unknown model: 'm.1' version 1 is not at ready state"),
        (Status.UNAVAILABLE, "[request id: <id_unknown>] Exceeds maximum queue size"),
    ],
)
def test_a_call_that_triton_refused_has_not_run(status, details):
    assert refusals.has_not_run("m.1", CallFailed(status, details))


@pytest.mark.parametrize(
    ("status", "details"),
    [
        (Status.UNAVAILABLE, "Socket closed"),
        (Status.UNAVAILABLE, "the connection ended before the answer: closed"),
        (Status.UNAVAILABLE, "Request timeout expired"),
        # Steps before this one have run.
        (Status.UNAVAILABLE, "in ensemble 'm.1', Exceeds maximum queue size"),
        (Status.NOT_FOUND, "in ensemble 'm.1', Request for unknown model: 'm.1' is not found"),
        (Status.NOT_FOUND, "Request for unknown model: 'other' is not found"),
        (Status.NOT_FOUND, "no row: Request for unknown model: 'm.1' is not found"),
        (Status.INTERNAL, "Exceeds maximum queue size"),
        (Status.DROPPED, "it was given up here"),
        (Status.DEADLINE_EXCEEDED, "no answer in time"),
    ],
)
def test_any_other_call_may_have_run(status, details):
    assert not refusals.has_not_run("m.1", CallFailed(status, details))


def test_a_call_that_was_not_sent_has_not_run():
    assert refusals.has_not_run("m.1", CallFailed(Status.UNAVAILABLE, "no connection", was_sent=False))
