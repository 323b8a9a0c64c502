"""Finds in the log of a history what breaks a promise of docs/limits.md. An empty list means that all are kept."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from tests.histories import ended_jobs
from tests.histories.clients import Line
from tests.histories.ended_jobs import EndedJob
from tests.histories.history import MODEL, History
from tests.histories.made import Log, Loss, Made, read

_MINUTE = 60_000
# A unit is free again so many ms after it was spent, at the latest.
_FREE_AFTER = 60_100
# Without Redis a settlement is acknowledged, and confirmed when Redis is back: no outage of a history is longer. If its
# process is killed before that, the reaper ends the call and gives its units back.
_CONFIRMED_WITHIN = 4000


@dataclass(slots=True)
class End:
    """What is left when all calls have ended and are rolled up.

    `usage` is calls, failed calls and units by person and whether it was the API token. `days` are the units of the day
    in Redis by person, `slots` and `open` what is still in use.
    """

    usage: Mapping[tuple[int, bool], tuple[int, int, int]]
    days: Mapping[int, int]
    slots: int
    open: int
    # Log entries that could not be added to usage.
    rejected: int = 0
    jobs: Sequence[EndedJob] = ()
    # Apart from `usage`.
    usage_of_jobs: Mapping[tuple[int, bool], ended_jobs.Counts] = field(default_factory=dict)


def broken(history: History, lines: Sequence[Line], end: End, *, is_simulated: bool = True) -> list[str]:
    """Sentences about what is broken, the times in ms since the first line. The lines of each process are in order.

    On a busy machine a call may be refused though no fault was made, so a real run is not held to the exact counts of a
    calm history.
    """
    log = read(history, lines, end.jobs)
    first = min(line["at"] for line in lines)
    return [
        *_over_admitted(history, log, first),
        *_over_slots(history, log, first),
        *_wrongly_refused(history, log, first, is_calm=is_simulated and not history.has_faults),
        *_after_revocation(log, first),
        *_miscounted(history, log, end),
        *ended_jobs.broken(end.jobs, end.usage_of_jobs, log.revoked),
    ]


def _over_admitted(history: History, log: Log, first: int) -> Iterator[str]:
    """More units kept in 60 s, or on the day, than the limit. After a loss of Redis' data, once as many again."""
    certain = [made for made in log.all if made.admitted and made.kept and not _may_be_given_back(made, log)]
    for number, person in enumerate(history.people):
        kept = [made for made in certain if made.call.person == number]
        yield from _over("minute", number, kept, person.per_minute, log.losses, first)
        if person.own is not None:
            own = [made for made in kept if made.call.is_token]
            yield from _over("token-minute", number, own, person.own, log.losses, first)
        if person.of_model is not None:
            of_model = [made for made in kept if not made.is_job]
            yield from _over("model-minute", number, of_model, person.of_model, log.losses, first)
        units = sum(made.kept for made in kept)
        if units > person.per_day and not log.losses:
            yield f"person {number}: {units} units on a day of {person.per_day}"


def _over(name: str, person: int, kept: list[Made], limit: int, losses: list[Loss], first: int) -> Iterator[str]:
    kept = sorted(kept, key=lambda made: made.admitted or 0)
    times = [made.admitted or 0 for made in kept]
    sums = [0, *accumulate(made.kept for made in kept)]
    for last, time in enumerate(times):
        begin = bisect_right(times, time - _MINUTE)
        units = sums[last + 1] - sums[begin]
        lost = sum(time - _MINUTE <= loss.at and loss.since <= time for loss in losses)
        if units > limit * (1 + lost):
            yield f"person {person}: {units} units of {limit} in the {name} that ends at {time - first}"


def _over_slots(history: History, log: Log, first: int) -> Iterator[str]:
    for number, person in enumerate(history.people):
        changes: list[tuple[int, int]] = []
        for made in log.all:
            if made.call.person != number or made.admitted is None or made.lease_ends is None:
                continue
            # A process that was killed wrote no `settles`, and may have settled.
            until = min(made.settles or made.admitted, made.lease_ends)
            # A loss forgets what runs.
            until = min([until, *(loss.since for loss in log.losses if loss.at >= made.admitted)])
            if until > made.admitted:
                changes += [(made.admitted + 1, 1), (until, -1)]
        running = 0
        for time, change in sorted(changes):
            running += change
            if running > person.at_once:
                yield f"person {number}: {running} calls of {person.at_once} at once at {time - first}"
                break


def _wrongly_refused(history: History, log: Log, first: int, *, is_calm: bool) -> Iterator[str]:
    for made in log.made.values():
        if made.code is None or made.answered is None:
            continue
        person = history.people[made.call.person]
        others = [one for one in log.all if one.call.person == made.call.person and one is not made]
        where = f"call {made.call.number} of person {made.call.person} at {made.sent - first}"
        if made.code == "UNAUTHENTICATED":
            revokes = log.revokes.get(made.call.person) if made.call.is_token else None
            if revokes is None or revokes > made.answered:
                yield f"{where}: UNAUTHENTICATED, and was not revoked"
        elif made.code == "QUERY_TOO_COMPLEX":
            own = person.own if made.call.is_token and person.own is not None else made.call.cost
            of_model = made.call.cost if person.of_model is None else person.of_model
            if made.call.cost <= min(person.per_minute, person.per_day, own, of_model):
                yield f"{where}: QUERY_TOO_COMPLEX with a cost of {made.call.cost}"
        elif made.code == "RATE_LIMITED":
            yield from _wrongly_limited(history, made, others, where, is_calm=is_calm)
        elif is_calm:
            yield f"{where}: {made.code} without any fault"


def _wrongly_limited(
    history: History, made: Made, others: Sequence[Made], where: str, *, is_calm: bool
) -> Iterator[str]:
    person, sent, answered = history.people[made.call.person], made.sent, made.answered or 0
    if made.window == "concurrency":
        running = sum(
            one.sent <= answered and not one.is_refused and _ended(one, is_calm=is_calm) >= sent for one in others
        )
        if running < person.at_once:
            yield f"{where}: no slot, with {running} calls of {person.at_once} at most"
        return
    limits = {"minute": person.per_minute, "day": person.per_day, "token-minute": person.own}
    limit = (limits | {f"model-minute:{MODEL}": person.of_model})[made.window] or 0
    oldest = sent - (_FREE_AFTER if made.window != "day" else 10**9)
    spent = sum(
        one.call.cost
        for one in others
        if one.sent <= answered
        and not one.is_refused
        and one.last_possible >= oldest
        and not (is_calm and one.settled is not None and one.settled < sent and not one.kept)
        and (made.window != "token-minute" or one.call.is_token)
    )
    if spent + made.call.cost <= limit:
        yield f"{where}: {made.window} of {limit} refuses {made.call.cost}, with {spent} units at most"


def _ended(one: Made, *, is_calm: bool) -> int:
    return one.settled if is_calm and one.settled is not None else one.ends


def _after_revocation(log: Log, first: int) -> Iterator[str]:
    for made in log.made.values():
        revoked = log.revoked.get(made.call.person)
        if made.admitted is not None and made.call.is_token and revoked is not None and made.sent > revoked:
            at, ended = made.sent - first, revoked - first
            yield f"call {made.call.number} at {at} was admitted after the revocation at {ended}"


def _miscounted(history: History, log: Log, end: End) -> Iterator[str]:
    by_credential = defaultdict[tuple[int, bool], list[Made]](list)
    for made in log.made.values():
        by_credential[made.call.person, made.call.is_token].append(made)
    for (person, is_token), made_calls in by_credential.items():
        calls, _, units = end.usage.get((person, is_token), (0, 0, 0))
        possible = [made for made in made_calls if not made.is_refused]
        certain = [made for made in made_calls if made.settled is not None and _is_kept(made, log)]
        who = f"person {person}, {'token' if is_token else 'session'}"
        if not len(certain) <= calls <= len(possible):
            yield f"{who}: {calls} calls counted, {len(certain)} acknowledged, {len(possible)} sent"
        least = sum(made.kept for made in certain if not _may_be_given_back(made, log))
        # A call that ended without an answer may have kept its units.
        most = sum(
            made.kept if made.settled is not None else made.call.cost * (not made.call.is_ours) for made in possible
        )
        if not least <= units <= most:
            yield f"{who}: {units} units counted, at least {least} and at most {most} were kept"
    for person, units in end.days.items():
        usage = [*end.usage.items(), *end.usage_of_jobs.items()]
        counted = sum(of_one[2] for (number, _), of_one in usage if number == person)
        if units != counted and not log.losses:
            yield f"person {person}: {units} units on the day in Redis, {counted} in usage"
    if end.slots or end.open or end.rejected:
        yield f"{end.slots} slots and {end.open} calls are still in use, {end.rejected} entries were rejected"


def _may_be_given_back(made: Made, log: Log) -> bool:
    """Whether its process was killed after it was acknowledged, and perhaps before Redis confirmed it."""
    if made.is_job or made.settled is None:
        return False
    return any(made.settled <= at <= made.settled + _CONFIRMED_WITHIN for at in log.killed[made.call.process])


def _is_kept(made: Made, log: Log) -> bool:
    """Whether its entry must be in usage. A loss may take what was not rolled up, and the calls that run."""
    settled = (made.settled or 0) + _CONFIRMED_WITHIN
    return all((made.admitted or 0) > loss.at or settled < loss.rolled_up for loss in log.losses)
