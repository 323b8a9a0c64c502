"""What is left of the jobs of a history, and what of it breaks a promise of docs/jobs.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.histories.history import Job

_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
# Calls, failed calls and units.
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class EndedJob:
    """Times in ms: `admitted_at` by Redis' clock, None if it has not started; the others by Postgres'."""

    job: Job
    state: str
    units: int
    made_at: int
    admitted_at: int | None
    ended_at: int | None


def broken(
    ended: Sequence[EndedJob], usage: Mapping[tuple[int, bool], Counts], revoked: Mapping[int, int]
) -> Iterator[str]:
    """`usage` is by person and whether it was the API token; `revoked` is when the API token of a person was."""
    for one in ended:
        if fault := _fault(one, revoked.get(one.job.person)):
            yield f"job {one.job.number} of person {one.job.person}: {fault}"
    for person, is_token in {*usage, *((one.job.person, one.job.is_token) for one in ended)}:
        of_credential = [one for one in ended if (one.job.person, one.job.is_token) == (person, is_token)]
        started = [one for one in of_credential if one.admitted_at is not None]
        failed = sum(one.state != "SUCCEEDED" for one in started)
        # Whatever was killed or lost: the row and its charge are one transaction.
        expected = len(started), failed, sum(one.units for one in of_credential)
        counted = usage.get((person, is_token), (0, 0, 0))
        if counted != expected:
            who = f"person {person}, {'token' if is_token else 'session'}"
            yield f"{who}: jobs are {expected} calls, failed calls and units, and {counted} are in usage"


def _fault(one: EndedJob, revoked: int | None) -> str | None:
    cost, has_started = one.job.cost, one.admitted_at is not None
    if one.state not in _FINAL or one.ended_at is None:
        return f"it is {one.state} at the end"
    if one.units not in (0, cost) or (one.units and not has_started):
        return f"{one.state} with {one.units} units of {cost}"
    if one.state == "SUCCEEDED" and (one.units != cost or one.job.is_ours):
        return f"it succeeded with {one.units} units of {cost}"
    if one.state == "FAILED" and one.units:
        return f"it failed by a fault of the service and kept {one.units} units"
    if one.state == "EXPIRED" and has_started:
        return "it expired after its start"
    if one.job.is_token and revoked is not None and one.admitted_at is not None and one.admitted_at > revoked:
        return f"it was admitted {one.admitted_at - revoked} ms after the revocation"
    return None
