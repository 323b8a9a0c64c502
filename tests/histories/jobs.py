"""The jobs of a history, simulated or real: the product's worker, with a model that waits as long as the job says."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

import orjson

import errors
from inference.capacity import ANY
from limits.admission_request import LEASE_MARGIN
from limits.charges import Admission
from resolvers.jobs import running
from resolvers.jobs.queue import End
from resolvers.jobs.running import Run
from resolvers.jobs.worker import Jobs
from tests.histories.history import JOB_MODEL, LONGEST_JOB, Job

if TYPE_CHECKING:
    from inference.server import ModelServer
    from resolvers.jobs.queue import Claimed

SETTINGS = {"JOB_TIMEOUT_SECONDS": str(LONGEST_JOB // 1000)}
# From its admission until the end of its lease, in ms.
LEASE = LONGEST_JOB + int((running.BESIDE_CALL + LEASE_MARGIN).total_seconds() * 1000)


def inputs(job: Job) -> bytes:
    """What the row of a job has in place of tensors."""
    return orjson.dumps([job.milliseconds, job.is_ours])


class HistoryRun(Run):
    async def _run(self, admission: Admission) -> End:
        assert self.job.inputs.in_row is not None
        milliseconds, is_ours = orjson.loads(self.job.inputs.in_row)
        with self._gate.running(self.job.credential, admission.at):
            await asyncio.sleep(milliseconds / 1000)
        if is_ours:
            raise errors.ModelFailed(JOB_MODEL, how="its history says so")
        return End(state="SUCCEEDED", units=self.job.units, milliseconds=1.0, version="1")


class _AnyModel:
    """Where a worker asks what Triton can take: any number of calls."""

    up = True

    def reached(self) -> None:
        return None

    def at_work(self, name: str) -> tuple[int, int]:
        return ANY, ANY


class HistoryJobs(Jobs):
    """`faults` are errors that no step of a job expects."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.faults: list[BaseException] = []

    async def _models(self) -> "ModelServer":
        return cast(Any, _AnyModel())  # type: ignore[no-any-return]

    def _begin(self, job: "Claimed", server: "ModelServer") -> None:
        run = HistoryRun(
            job,
            self._id,
            gate=self._gate,
            server=server,
            settings=self._settings,
            flight=self._flight,
            objects=self._objects,
        )
        task = asyncio.create_task(run.take())
        self._runs[task] = run
        task.add_done_callback(self._end)
        task.add_done_callback(self._keep_fault)

    def _keep_fault(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.faults.append(error)
