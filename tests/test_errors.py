"""What callers read: what happened, why, and what to do next, in at most two sentences."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import GraphQLError

import errors
from errors.base import CallerError
from graph import failures

SECOND = timedelta(seconds=1)
LIMITS = Path(__file__).parent.parent / "docs" / "limits.md"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            errors.Unauthenticated(),
            "The credential is not accepted: it has ended, was revoked, is not from this service, or did not come as "
            "one `Authorization: Bearer` header. Log in again, or use another API token.",
        ),
        (
            errors.RateLimited("minute", 12 * SECOND),
            "The limit 'minute' is reached: the units of any 60 seconds are spent. Try again in 12 s.",
        ),
        (
            errors.RateLimited("concurrency", SECOND),
            "The limit 'concurrency' is reached: too many of your operations run at once. Try again in 1 s, and wait "
            "for the answers of those first.",
        ),
        (
            errors.RateLimited("processor-time", SECOND),
            "The limit 'processor-time' is reached: reading your new documents and large bodies took too much "
            "processor time. Try again in 1 s, and send values as variables, so that documents repeat.",
        ),
        (
            errors.NotFound("session"),
            "You have no session with this id, or it has ended. `me` lists those that you have.",
        ),
    ],
)
def test_messages(error, message):
    assert str(error) == message


def test_each_limit_has_words_of_its_own():
    names = re.findall(r"^\| `?([\w-]+)`? \| a(?:n API token's| user's)", LIMITS.read_text(), re.M)
    names += ["processor-time"]

    assert names == [
        "minute",
        "day",
        "token-minute",
        "account-minute",
        "token-account-minute",
        "concurrency",
        "introspection-minute",
        "processor-time",
    ]
    assert [name for name in names if "it is used up" in str(errors.RateLimited(name, SECOND))] == []


def every_error() -> Iterator[type[errors.GatehouseError]]:
    return (
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GatehouseError)
    )


def test_each_error_has_its_status():
    found = {kind.__name__: kind.status for kind in every_error() if kind is not errors.GatehouseError}

    assert found == {
        "PersistedQueryNotFound": 200,
        "PersistedQueryNotSupported": 200,
        "BadRequest": 400,
        "CodeRefused": 400,
        "InvalidImage": 400,
        "InvalidInput": 400,
        "InvalidTensor": 400,
        "ModelRefused": 400,
        "QueryTooComplex": 400,
        "CredentialMissing": 401,
        "Unauthenticated": 401,
        "Forbidden": 403,
        "NetworkNotAllowed": 403,
        "LoginRefused": 403,
        "WrongPassword": 403,
        "ModelNotFound": 404,
        "DownloadGone": 404,
        "NotFound": 404,
        "TextReaderNotFound": 404,
        "MethodNotAllowed": 405,
        "NotAcceptable": 406,
        "RequestTimeout": 408,
        "UserNotFound": 404,
        "UserTokenNotFound": 404,
        "IdempotencyConflict": 409,
        "JobLimitReached": 409,
        "LastAdministrator": 409,
        "LimitReached": 409,
        "NameTaken": 409,
        "PayloadTooLarge": 413,
        "UnsupportedEncoding": 415,
        "UnsupportedMediaType": 415,
        "RateLimited": 429,
        "TooManyAttempts": 429,
        "ModelFailed": 500,
        "DataMissing": 500,
        "ModelBusy": 503,
        "ModelUnavailable": 503,
        "ServiceUnavailable": 503,
        "StreamEnded": 503,
        "DeadlineExceeded": 504,
    }


def test_units_come_back_for_faults_of_the_service_but_not_for_a_model_that_worked_too_long():
    codes = {kind.code for kind in every_error() if kind is not errors.GatehouseError and kind.refunds_units}

    assert codes == {"INTERNAL", "SERVICE_UNAVAILABLE", "MODEL_UNAVAILABLE", "MODEL_BUSY"}


def test_of_several_codes_the_gravest_fault_of_the_service_comes_first():
    codes = {kind.code for kind in every_error() if kind is not errors.GatehouseError}
    ours = sorted((code for code in codes if errors.fault_of(code) > 0), key=errors.fault_of, reverse=True)

    assert ours == ["INTERNAL", "SERVICE_UNAVAILABLE", "MODEL_UNAVAILABLE", "DEADLINE_EXCEEDED", "MODEL_BUSY"]


def test_an_error_that_leaves_something_out_cannot_be_written():
    with pytest.raises(TypeError, match=r"^Forgotten must set code, status, fault, refunds_units, logs_cause\.$"):
        type("Forgotten", (errors.GatehouseError,), {})
    with pytest.raises(TypeError, match=r"^Forgotten must set status\.$"):
        type("Forgotten", (CallerError,), {"code": "NEW"})
    with pytest.raises(TypeError, match=r"^Twice must have the same fault as other errors with code BAD_REQUEST\.$"):
        type("Twice", (errors.ServiceUnavailable,), {"code": "BAD_REQUEST"})


def test_a_more_exact_error_is_answered_like_the_one_it_is_made_from():
    kind = type("Unfinished", (errors.NotAcceptable,), {})

    assert (kind.status, kind.code, kind.fault) == (406, "BAD_REQUEST", errors.Fault.CALLER)  # type: ignore[attr-defined]


def test_every_code_is_one_of_the_schemas():
    codes = {kind.code for kind in every_error() if kind is not errors.GatehouseError}

    assert codes == {code.value for code in failures.ErrorCode}


def test_an_unforeseen_failure_gives_the_id_to_ask_the_operator_about():
    problem = GraphQLError("boom", original_error=ValueError("boom"))

    shown = failures.show(problem, "0123")

    assert shown == {
        "message": (
            "The service failed at this, and the fault is not in your request. Try again once; if it fails again, give "
            "the request id 0123 to the operator."
        ),
        "extensions": {"code": "INTERNAL", "requestId": "0123"},
    }
