from datetime import UTC, datetime, timedelta

import pytest

from doctor import clocks


@pytest.mark.parametrize(
    ("ahead", "line"),
    [
        (
            timedelta(seconds=90),
            "FAIL Redis clock: is 90.0 s ahead of this machine's; set both clocks by NTP, slewed and not stepped: "
            "limits and the expiry of credentials depend on them.",
        ),
        (
            timedelta(seconds=-90),
            "FAIL Redis clock: is 90.0 s behind this machine's; set both clocks by NTP, slewed and not stepped: "
            "limits and the expiry of credentials depend on them.",
        ),
    ],
)
async def test_a_wrong_clock_is_reported(ahead, line):
    async def ask():
        return datetime.now(UTC) + ahead

    assert str(await clocks.compare("Redis clock", ask)) == line
