"""Whether another machine's clock agrees with ours."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from doctor.findings import Finding, fail, ok

_MOST = timedelta(seconds=1)
_LOOKS = 3


async def compare(subject: str, ask: Callable[[], Awaitable[datetime]]) -> Finding:
    """`ask` asks the other machine for its time."""
    looks = [await _look(ask) for _ in range(_LOOKS)]
    # The quickest round trip gives the best estimate: what makes one slow is rarely the same on the way there and back.
    _, ahead = min(looks)
    if abs(ahead) < _MOST:
        return ok(subject, f"agrees with this machine's within {abs(ahead).total_seconds():.3f} s.")
    return fail(
        subject,
        f"is {abs(ahead).total_seconds():.1f} s {'ahead of' if ahead > timedelta(0) else 'behind'} this machine's; "
        "set both clocks by NTP, slewed and not stepped: limits and the expiry of credentials depend on them.",
    )


async def _look(ask: Callable[[], Awaitable[datetime]]) -> tuple[timedelta, timedelta]:
    """How long the round trip took, and how far they are ahead if they looked at their clock in the middle of it."""
    asked_at = datetime.now(UTC)
    theirs = await ask()
    took = datetime.now(UTC) - asked_at
    return took, theirs - (asked_at + took / 2)
