import json
import logging

import pytest

from telemetry import logs, metrics, requests


def counted(**labels):
    samples = [sample for metric in metrics.REQUESTS.collect() for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name.endswith("_total") and sample.labels == labels)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ([], "none"),
        (["__typename"], "__typename"),
        (["__typename", "infer"], "infer"),
        (["infer", "models"], "several"),
    ],
)
def test_a_request_is_counted_by_the_field_at_its_root(fields, field):
    before = counted(field=field, status="200", code="OK")

    with requests.answering() as request:
        requests.asked_for(None, fields)
        request.status = 200

    assert counted(field=field, status="200", code="OK") == before + 1


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (["INVALID_TENSOR"], "INVALID_TENSOR"),
        (["INVALID_TENSOR", "MODEL_BUSY", "INTERNAL"], "INTERNAL"),
        (["INVALID_TENSOR", "MODEL_BUSY"], "MODEL_BUSY"),
    ],
)
def test_of_several_errors_the_one_that_is_ours_is_counted(codes, code):
    before = counted(field="none", status="400", code=code)

    with requests.answering() as request:
        request.status, request.codes = 400, codes

    assert counted(field="none", status="400", code=code) == before + 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ReadText_2", "ReadText_2"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("ü", None),
        (None, None),
        ("gth_eyJhbGciOiJFZDI1NTE5", "[credential]"),
    ],
)
def test_a_short_operation_name_is_logged(caplog, name, told):
    caplog.set_level(logging.INFO)

    with requests.answering():
        requests.asked_for(name, ["infer"])

    (record,) = caplog.records
    assert (record.operation, record.fields) == (told, ["infer"])


def test_an_aborted_request_is_logged_too(caplog):
    caplog.set_level(logging.INFO)
    before = running()

    with pytest.raises(ValueError, match="broken"), requests.answering():
        raise ValueError("broken")

    assert [(record.status, record.codes) for record in caplog.records] == [(500, ())]
    assert (running(), requests.current_id()) == (before, None)


def test_the_line_is_the_same_as_of_any_other_record(caplog):
    caplog.set_level(logging.INFO)

    with requests.answering() as request:
        requests.came_from("203.0.113.7")
        requests.asked_for("ReadText", ["infer", "models"])
        request.cost, request.status, request.codes = 3, 200, ["MODEL_BUSY"]
    (record,) = caplog.records
    general = logging.makeLogRecord(vars(record))

    assert json.loads(logs.Objects().format(record)) == json.loads(logs.Objects().format(general))
    assert logs.Lines().format(record) == logs.Lines().format(general)


def test_outside_of_a_request_there_is_nothing_to_tell_of(caplog):
    caplog.set_level(logging.INFO)

    requests.came_from("203.0.113.7")
    requests.asked_for("Late", ["infer"])

    assert requests.current_id() is None
    assert caplog.records == []


def running():
    return [sample.value for metric in metrics.REQUESTS_RUNNING.collect() for sample in metric.samples]
