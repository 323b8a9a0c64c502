"""What the log of a history says of each call, and its end of each job."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.histories.clients import Line
from tests.histories.ended_jobs import EndedJob
from tests.histories.history import Call, History
from tests.histories.jobs import LEASE as LEASE_OF_JOB

# A call that got no answer was admitted so many ms after it was sent, at the latest: three commands, each of which
# Redis runs 100 ms after it was written at most, and two cache loads.
_ADMITTED_WITHIN = 12_000
_LEASE_MARGIN = 5000


@dataclass(slots=True)
class Made:
    """One call or job, and what is known of it. Times in ms by Redis' clock; None: it is not known to have happened."""

    call: Call
    sent: int
    answered: int | None = None
    admitted: int | None = None
    lease_ends: int | None = None
    code: str | None = None
    window: str = ""
    settles: int | None = None
    settled: int | None = None
    is_late: bool = False
    is_job: bool = False

    @property
    def is_refused(self) -> bool:
        """Redis has refused it, so it has spent nothing. SERVICE_UNAVAILABLE does not say that."""
        return self.code in ("RATE_LIMITED", "QUERY_TOO_COMPLEX", "UNAUTHENTICATED")

    @property
    def kept(self) -> int:
        """The units that it has certainly kept."""
        return 0 if self.settled is None or self.is_late or self.call.is_ours else self.call.cost

    @property
    def last_possible(self) -> int:
        """When Redis may have admitted it at the latest."""
        return self.admitted if self.admitted is not None else (self.answered or self.sent + _ADMITTED_WITHIN)

    @property
    def ends(self) -> int:
        """When it has left its slot at the latest."""
        return self.lease_ends or self.last_possible + self.call.longest + _LEASE_MARGIN


@dataclass(frozen=True, slots=True)
class Loss:
    """Redis lost its data between `since` and `at`. The last rollup that ended before it began at `rolled_up`."""

    since: int
    at: int
    rolled_up: int


@dataclass(slots=True)
class Log:
    made: dict[int, Made] = field(default_factory=dict)
    jobs: list[Made] = field(default_factory=list)
    revokes: dict[int, int] = field(default_factory=dict)
    revoked: dict[int, int] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    # When each process was killed.
    killed: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def all(self) -> list[Made]:
        return [*self.made.values(), *self.jobs]


def read(history: History, lines: Sequence[Line], jobs: Sequence[EndedJob]) -> Log:
    log, calls, rolled_up = Log(jobs=[_made_of(one) for one in jobs]), history.calls, 0
    since = 0, 0
    for line in lines:
        what, at = line["what"], line["at"]
        if what == "flush":
            log.losses.append(Loss(at, at, rolled_up))
        elif what == "unsure":
            since = at, rolled_up
        elif what == "sure":
            log.losses.append(Loss(since[0], at, since[1]))
        elif what == "rolled_up":
            rolled_up = at
        elif what == "killed":
            log.killed[line["process"]].append(at)
        elif what == "revokes":
            log.revokes.setdefault(line["person"], at)
        elif what == "revoked":
            log.revoked.setdefault(line["person"], at)
        elif what == "restart":
            pass  # nothing is lost, so all promises hold
        elif what == "sent":
            log.made[line["call"]] = Made(calls[line["call"]], at)
        else:
            _note(log.made[line["call"]], line)
    return log


def _note(made: Made, line: Line) -> None:
    match line["what"]:
        case "admitted":
            made.answered, made.admitted, made.lease_ends = line["at"], line["admitted_at"], line["lease_ends"]
        case "refused":
            made.answered, made.code, made.window = line["at"], line["code"], line["window"]
        case "settles":
            made.settles = line["at"]
        case "settled":
            made.settled, made.is_late = line["at"], "code" in line


def _made_of(one: EndedJob) -> Made:
    """A job like a call that was answered when the job ended."""
    job, lease_ends = one.job, None if one.admitted_at is None else one.admitted_at + LEASE_OF_JOB
    call = Call(job.number, 0, job.at, job.person, job.is_token, job.cost, job.milliseconds, is_ours=one.units == 0)
    made = Made(call, one.made_at, one.ended_at, one.admitted_at, lease_ends, is_job=True)
    made.settles = made.settled = one.ended_at
    return made
