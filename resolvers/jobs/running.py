"""One job in a worker: admission, the call of the model, the end, and settlement.

Each step is written to the job's row first. If this process is killed between two steps, `settling.recover` goes on
from the row: a call that may be open is given back, and a job that has ended is settled as its row says.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import errors
from access.callers import Caller, network
from db.postgres import PostgresDown
from inference.server import ModelServer
from limits.charges import Admission
from limits.gate import Gate
from objects.objects import Objects
from resolvers import inference, limits
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.inference import Input
from resolvers.jobs import keeping, packing, queue, settling
from resolvers.jobs.queue import Claimed, End
from resolvers.operation_bytes import OperationBytes
from settings import Settings
from telemetry import metrics

logger = logging.getLogger(__name__)

# In addition to the call: reading the inputs, and storing the result.
BESIDE_CALL = timedelta(seconds=30)
# After a model was not available: 2 s, 4 s, 8 s, 16 s.
_FIRST_PAUSE = timedelta(seconds=1)
_BUSY_PAUSE = timedelta(seconds=1)
_FAILED = "The service failed to run this job, through no fault of the job. Its units were given back."
_AGAIN_AFTER = 0.5


class Run:
    """One start of a job. `stop` makes the job start again later; `lose` says that this worker no longer has it."""

    def __init__(
        self,
        job: Claimed,
        worker: UUID,
        *,
        gate: Gate,
        server: ModelServer,
        settings: Settings,
        flight: BytesInFlight,
        objects: Objects,
    ) -> None:
        self.job = job
        self._worker = worker
        self._gate = gate
        self._server = server
        self._settings = settings
        self._flight = flight
        self._objects = objects
        self._calling: asyncio.Task[End] | None = None
        self._is_stopping = False

    async def take(self) -> None:
        """Returns when this worker has finished with the job, or an outage ends its work: the row says what is left."""
        try:
            await self._take()
        except (PostgresDown, errors.ServiceUnavailable) as error:
            # Its lease ends, and this worker or another one takes it over.
            logger.info("Job %s is left for later: %s", self.job.id, error)

    def stop(self) -> None:
        self._is_stopping = True
        if self._calling is not None:
            self._calling.cancel()

    def lose(self) -> None:
        if self._calling is not None:
            self._calling.cancel()

    async def _take(self) -> None:
        admission = await self._admit()
        if admission is None:
            return
        lease = admission.lease
        if lease is None:
            raise RuntimeError("a job was admitted without a lease")
        started = replace(self.job, lease=lease)
        if self._is_stopping or not await queue.start(started, self._worker, lease):
            # It was cancelled, or this worker stood still for so long that another worker has it.
            await settling.put_back(self._gate, started, self._worker)
            return
        attempts = self.job.attempts + 1
        self.job = replace(started, state="RUNNING", has_started=True, attempts=attempts, units=lease.cost)
        await self._call(admission)

    async def _admit(self) -> Admission | None:
        """None if the job does not start now. Raises ServiceUnavailable: then Redis may have admitted it."""
        job = self.job
        longest = self._settings.job_timeout + BESIDE_CALL
        charge = limits.charge("plan", [(job.model, job.lease.cost)], longest=longest)
        try:
            return await self._gate.admit_job(job.credential, charge, job.call_id, address=job.address)
        except errors.RateLimited as refusal:
            await queue.wait(job, self._worker, refusal.retry_after)
        except errors.Unauthenticated:
            await self._end_unadmitted(End(state="CANCELLED", code=errors.Unauthenticated.code, message=settling.ENDED))
        except (errors.QueryTooComplex, errors.NetworkNotAllowed) as refusal:
            await self._end_unadmitted(End(state="FAILED", code=refusal.code, message=str(refusal)))
        except errors.ServiceUnavailable:
            await queue.leave(job, self._worker)
            raise
        return None

    async def _end_unadmitted(self, end: End) -> None:
        if await queue.end(self.job, self._worker, end, was_admitted=False):
            _count(end)
        else:
            await settling.settle_current(self._gate, self.job, self._worker)

    async def _call(self, admission: Admission) -> None:
        """Runs the model. The result is stored before the units are settled, so no units are kept without a result."""
        self._calling = asyncio.create_task(self._run(admission))
        if self._is_stopping:
            self._calling.cancel()
        await asyncio.wait({self._calling})
        if self._calling.cancelled():
            if self._is_stopping:
                await self._start_again(timedelta(0), forgive=True)
            else:
                await settling.settle_current(self._gate, self.job, self._worker)
            return
        error = self._calling.exception()
        if isinstance(error, errors.ModelBusy):
            await self._start_again(_BUSY_PAUSE, forgive=True)
        elif (
            isinstance(error, errors.ModelUnavailable | errors.ServiceUnavailable)
            and self.job.attempts < queue.MOST_ATTEMPTS
        ):
            logger.info("Job %s starts again: %s", self.job.id, error)
            await self._start_again(_FIRST_PAUSE * 2**self.job.attempts, forgive=False)
        else:
            await self._end(self._calling.result() if error is None else self._failure(error))

    async def _run(self, admission: Admission) -> End:
        job = self.job
        packed = await keeping.load(job.inputs, self._objects)
        # The declaration may have changed since the job was created, so the tensors are checked again.
        inputs = [Input(one.name, one.raw, one.shape, one.datatype.value) for one in packing.unpack(packed)]
        caller = Caller(
            credential=job.credential,
            rights=admission.rights,
            address=job.address,
            network=network(job.address),
            user_agent=None,
            visitor_inference=False,
            body_bytes=0,
        )
        with self._gate.running(job.credential, admission.at), self._flight.hold(job.credential.subject) as hold:
            answer = await inference.infer(
                self._server,
                caller,
                job.model,
                inputs=inputs,
                within=self._settings.job_timeout,
                moved=OperationBytes(hold, most=self._settings.operation_bytes, answer=self._settings.output_bytes),
                version=job.version,
                outputs=job.outputs,
            )
            result = packing.pack(answer.outputs)
            return End(
                state="SUCCEEDED",
                units=job.units,
                milliseconds=answer.total_ms,
                result=await keeping.keep(result, self._objects, of=job.credential.user_id),
                result_bytes=len(result),
                version=answer.version,
            )

    def _failure(self, error: BaseException) -> End:
        if isinstance(error, errors.Unauthenticated):
            return End(state="CANCELLED", units=self.job.units, code=error.code, message=settling.ENDED)
        if not isinstance(error, errors.GatehouseError):
            logger.error("Job %s failed.", self.job.id, exc_info=error)
            return End(state="FAILED", code="INTERNAL", message=_FAILED)
        if error.logs_cause and error.__cause__ is not None:
            logger.warning("Job %s: %s, because of %r", self.job.id, error, error.__cause__)
        # The model and the tensors were checked when the job was created. So these errors are not the caller's fault.
        is_ours = error.refunds_units or isinstance(error, errors.ModelNotFound | errors.InvalidTensor)
        return End(state="FAILED", units=0 if is_ours else self.job.units, code=error.code, message=str(error)[:2000])

    async def _start_again(self, pause: timedelta, *, forgive: bool) -> None:
        if await queue.unstart(self.job, self._worker, forgive=forgive):
            await settling.put_back(self._gate, self.job, self._worker, pause=pause)
        else:
            await settling.settle_current(self._gate, self.job, self._worker)

    async def _end(self, end: End) -> None:
        """Waits for Postgres if it is down: only this process has what the model returned."""
        while True:
            try:
                has_ended = await queue.end(self.job, self._worker, end)
                break
            except PostgresDown as error:
                logger.info("The end of job %s waits for Postgres: %s", self.job.id, error)
                if self._is_stopping:
                    raise
                await asyncio.sleep(_AGAIN_AFTER)
        if not has_ended:
            # It was cancelled, another worker has it, or an earlier try of this statement was executed after all.
            await settling.settle_current(self._gate, self.job, self._worker)
            return
        _count(end)
        ended = replace(self.job, state=end.state, units=end.units, milliseconds=end.milliseconds)
        await settling.settle(self._gate, ended, self._worker)


def _count(end: End) -> None:
    metrics.MODEL_JOBS_ENDED.labels(end.state, end.code or "").inc()
