"""Looks at everything side by side, each part within its deadline."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta

from doctor import configuration, objects, postgres, queue, redis_cluster, smtp, triton
from doctor.findings import Finding, Verdict, fail
from settings import Settings

Check = Callable[[Settings], AsyncGenerator[Finding, None]]

WITHIN = timedelta(seconds=5)

CHECKS: Mapping[str, Check] = {
    "settings": configuration.examine,
    "Postgres": postgres.examine,
    "Redis": redis_cluster.examine,
    "Triton": triton.examine,
    "SMTP": smtp.examine,
    "objects": objects.examine,
    "queue": queue.examine,
}


async def examine(
    settings: Settings, *, checks: Mapping[str, Check] = CHECKS, within: timedelta = WITHIN
) -> list[Finding]:
    """In the order of `checks`, whichever ends first."""
    found = await asyncio.gather(*(_examined(settings, name, check, within) for name, check in checks.items()))
    return [finding for findings in found for finding in findings]


def has_failed(findings: Sequence[Finding]) -> bool:
    """Whether a check failed. A warning is not a failure."""
    return any(finding.verdict is Verdict.FAIL for finding in findings)


async def _examined(settings: Settings, name: str, check: Check, within: timedelta) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(within.total_seconds()), aclosing(check(settings)) as findings:
            async for finding in findings:
                found.append(finding)
    except TimeoutError:
        found.append(fail(name, f"does not answer within {within.total_seconds():g} s, so the rest was not checked."))
    return found
