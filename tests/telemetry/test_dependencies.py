"""How the log shows that a server starts or stops answering."""

import logging

import pytest

from telemetry.dependencies import log_change

logger = logging.getLogger(__name__)


@pytest.mark.parametrize(
    ("before", "up", "logged"),
    [
        (None, True, [("INFO", "Triton answers.")]),
        (None, False, [("WARNING", "Triton does not answer.")]),
        (True, False, [("WARNING", "Triton does not answer.")]),
        (False, True, [("WARNING", "Triton answers.")]),
        (True, True, []),
        (False, False, []),
    ],
)
def test_a_change_is_logged_and_the_first_answer_is_no_warning(caplog, before, up, logged):
    with caplog.at_level(logging.INFO, logger=__name__):
        log_change(logger, "Triton", before=before, up=up)

    assert [(record.levelname, record.message) for record in caplog.records] == logged
