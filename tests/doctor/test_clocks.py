from datetime import UTC, datetime, timedelta

import pytest

from doctor import clocks


@pytest.mark.parametrize(
    ("ahead", "line"),
    [
        (
            timedelta(seconds=90),
            "FAIL Redis clock: is 90.0 s ahead of this machine's; keep both by NTP, slewed and not stepped: limits and "
            "the ends of credentials go by them.",
        ),
        (
            timedelta(seconds=-90),
            "FAIL Redis clock: is 90.0 s behind this machine's; keep both by NTP, slewed and not stepped: limits and "
            "the ends of credentials go by them.",
        ),
    ],
)
async def test_a_clock_that_goes_wrong_is_told(ahead, line):
    async def ask():
        return datetime.now(UTC) + ahead

    assert str(await clocks.compare("Redis clock", ask)) == line
