"""The table `jobs`, and the trigger that counts a job when it ends. Statements are known as in simulated_postgres."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from access.credentials import Credential, Kind
from tests.histories import jobs
from tests.histories.history import JOB_MODEL, Job
from tests.histories.simulated_redis import START

_Rows = list[dict[str, Any]]
_FORGOTTEN = {"call_id": None, "worker": None, "worker_until": None}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the trigger adds for one job."""

    user_id: UUID
    token_id: UUID | None
    day: datetime
    failed: int
    units: int


class SimulatedJobs:
    """`count` is called for each job that had started when it ended. `is_live` tells whether a credential is valid."""

    def __init__(self, count: Callable[[Counted], None], is_live: Callable[[UUID], bool]) -> None:
        self.table: dict[UUID, dict[str, Any]] = {}
        self._count = count
        self._is_live = is_live
        self.statements: list[tuple[str, Callable[[Sequence[Any], Any], Any]]] = [
            (r"^SELECT EXISTS \(SELECT FROM jobs", self._is_any),
            (r"^UPDATE jobs SET worker = \$1, .* started_at = CASE", self._take_over),
            (r"^UPDATE jobs SET worker = \$1, .* call_id = \$3 WHERE id = \(", self._claim),
            (r"^UPDATE jobs SET state = 'RUNNING'", self._start),
            (r"^WITH limited AS", self._wait),
            (r"^UPDATE jobs SET state = 'QUEUED', started_at = NULL", self._unstart),
            (r"^UPDATE jobs SET call_id = NULL, .* call_ends = 0", self._back),
            (r"^UPDATE jobs SET state = \$3, code = \$4", self._end),
            (r"^UPDATE jobs SET call_id = NULL, worker = NULL, worker_until = NULL WHERE", self._settled),
            (r"^UPDATE jobs SET worker = NULL, worker_until", self._leave),
            (r"^UPDATE jobs SET worker_until =", self._alive),
            (r"^SELECT id, user_id, .* FROM jobs WHERE call_id", self._call),
            (r"^UPDATE jobs SET state = 'EXPIRED'", self._expire),
            (r"string_agg\(DISTINCT credential_id", self._credentials),
            (r"^UPDATE jobs SET state = 'CANCELLED', code", self._cancel_of),
            (r"AS ended FROM unnest", self._ended),
            (r"^SELECT call_id FROM jobs WHERE call_id = ANY", self._held),
        ]

    def add(self, job_id: UUID, job: Job, credential: Credential) -> None:
        """What `createJob` commits."""
        now = self._now()
        table = self.table.values()
        turns = [row["turn"] for row in table if row["started_at"] is not None or self._is_own(row, credential)]
        is_token = credential.kind is Kind.API_TOKEN
        self.table[job_id] = {
            **{"id": job_id, "number": job.number, "user_id": credential.user_id, "credential_id": credential.id},
            **{"credential_kind": credential.kind.value, "scopes": '["INFER"]', "signed_by": None},
            **{"credential_expires_at": credential.expires_at, "limit_key": credential.id, "address": "127.0.0.1"},
            **{"model": JOB_MODEL, "version": None, "outputs": None, "inputs": jobs.inputs(job), "inputs_object": None},
            **{"state": "QUEUED", "attempts": 0, "units": 0, "milliseconds": 0.0, "turn": 1 + max(turns, default=0)},
            **{"created_at": now, "available_at": now, "expires_at": now + job.expires_after / 1000},
            **{"started_at": None, "ended_at": None, "call_units": job.cost, "is_token": is_token},
            **{"call_ends": 0, "call_hour": None, "call_generation": 0, **_FORGOTTEN},
        }

    def cancel(self, job_id: UUID) -> None:
        """What `cancelJob` commits."""
        row = self.table[job_id]
        if row["state"] in ("QUEUED", "RUNNING"):
            self._finish(row, "CANCELLED")
            if row["worker_until"] is not None:
                row["worker_until"] = min(row["worker_until"], self._now() + 2)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    @staticmethod
    def _is_own(row: dict[str, Any], credential: Credential) -> bool:
        return row["user_id"] == credential.user_id and row["ended_at"] is None

    def _finish(self, row: dict[str, Any], state: str) -> None:
        row |= {"state": state, "ended_at": self._now()}
        if row["started_at"] is not None:
            token = row["credential_id"] if row["is_token"] else None
            self._count(Counted(row["user_id"], token, row["call_hour"], int(state != "SUCCEEDED"), row["units"]))

    def _in(self, *states: str) -> Iterator[dict[str, Any]]:
        return (row for row in self.table.values() if row["state"] in states)

    def _mine(self, values: Sequence[Any], *states: str) -> _Rows:
        """The row with this call and worker, in any state where none is named."""
        rows = self._in(*states) if states else self.table.values()
        return [row for row in rows if [row["call_id"], row["worker"]] == [*values[:2]]]

    def _is_any(self, _values: Sequence[Any], _: Any) -> _Rows:
        return [{"is_any": any(self._in("QUEUED"))}]

    def _claim(self, values: Sequence[Any], _: Any) -> _Rows:
        worker, lease, call_id, full, only, users, models = values
        full_for = {*zip(users, models, strict=True)}
        asking = {(row["user_id"], row["limit_key"]) for row in self._in("QUEUED") if row["call_id"] is not None}
        now = self._now()
        found = [
            row
            for row in self._in("QUEUED")
            if row["call_id"] is None
            and row["available_at"] <= now < row["expires_at"]
            and row["model"] not in full
            and (only is None or row["model"] in only)
            and (row["user_id"], row["model"]) not in full_for
            and (row["user_id"], row["limit_key"]) not in asking
        ]
        if not found:
            return []
        first = min(found, key=lambda row: (row["turn"], row["created_at"], row["id"]))
        first |= {"worker": worker, "worker_until": now + lease, "call_id": call_id}
        return [dict(first)]

    def _start(self, values: Sequence[Any], _: Any) -> _Rows:
        found = self._mine(values, "QUEUED")
        for row in found:
            row |= {"state": "RUNNING", "started_at": self._now(), "units": row["call_units"]}
            row |= {"attempts": row["attempts"] + 1}
            row |= dict(zip(("call_ends", "call_hour", "call_generation"), values[2:], strict=True))
        return found

    def _wait(self, values: Sequence[Any], _: Any) -> _Rows:
        until = self._now() + values[2]
        for row in self._mine(values, "QUEUED"):
            row |= {**_FORGOTTEN, "available_at": until}
            for other in self._in("QUEUED"):
                is_behind = (other["user_id"], other["limit_key"]) == (row["user_id"], row["limit_key"])
                if is_behind and other["call_id"] is None:
                    other["available_at"] = max(other["available_at"], until)
        return []

    def _unstart(self, values: Sequence[Any], _: Any) -> _Rows:
        found = self._mine(values, "RUNNING")
        for row in found:
            row |= {"state": "QUEUED", "started_at": None, "units": 0, "attempts": row["attempts"] - values[2]}
        return found

    def _back(self, values: Sequence[Any], _: Any) -> _Rows:
        found = self._mine(values, "QUEUED")
        for row in found:
            row |= {**_FORGOTTEN, "call_ends": 0, "call_hour": None, "call_generation": 0}
            row["available_at"] = self._now() + values[2]
        return found

    def _end(self, values: Sequence[Any], _: Any) -> _Rows:
        found = self._mine(values, "QUEUED", "RUNNING")
        for row in found:
            row |= {"units": values[5], "milliseconds": values[6], "worker_until": self._now() + values[11]}
            self._finish(row, values[2])
            if values[12]:
                row["call_id"] = None
        return found

    def _settled(self, values: Sequence[Any], _: Any) -> _Rows:
        for row in self._mine(values):
            row |= _FORGOTTEN
        return []

    def _leave(self, values: Sequence[Any], _: Any) -> _Rows:
        for row in self._mine(values):
            row |= {"worker": None, "worker_until": self._now() + 1}
        return []

    def _alive(self, values: Sequence[Any], _: Any) -> _Rows:
        worker, lease, calls = values
        found = [row for row in self._in("QUEUED", "RUNNING") if row["worker"] == worker and row["call_id"] in calls]
        for row in found:
            row["worker_until"] = self._now() + lease
        return found

    def _call(self, values: Sequence[Any], _: Any) -> _Rows:
        return [dict(row) for row in self._mine(values)]

    def _take_over(self, values: Sequence[Any], _: Any) -> _Rows:
        worker, lease = values
        now = self._now()
        lost = [row for row in self.table.values() if row["call_id"] is not None and row["worker_until"] < now]
        for row in lost[:20]:
            row |= {"worker": worker, "worker_until": now + lease}
            if row["state"] == "RUNNING":
                row |= {"state": "QUEUED", "started_at": None, "units": 0}
        return [dict(row) for row in lost[:20]]

    def _expire(self, _values: Sequence[Any], _: Any) -> _Rows:
        for row in self._in("QUEUED"):
            if row["call_id"] is None and row["expires_at"] <= self._now():
                self._finish(row, "EXPIRED")
        return []

    def _credentials(self, _values: Sequence[Any], _: Any) -> _Rows:
        return [{"ids": " ".join(sorted({str(row["credential_id"]) for row in self._in("QUEUED")}))}]

    def _cancel_of(self, values: Sequence[Any], _: Any) -> _Rows:
        ended = {*map(UUID, values[0].split())}
        for row in [*self._in("QUEUED")]:
            if row["credential_id"] in ended:
                self.cancel(row["id"])
        return []

    def _ended(self, values: Sequence[Any], _: Any) -> _Rows:
        return [{"ended": " ".join(one for one in values[0].split() if not self._is_live(UUID(one)))}]

    def _held(self, values: Sequence[Any], _: Any) -> _Rows:
        return [{"call_id": row["call_id"]} for row in self.table.values() if row["call_id"] in values[0]]


def milliseconds(at: float) -> int:
    """By Redis' clock."""
    return START + int(at * 1000)
