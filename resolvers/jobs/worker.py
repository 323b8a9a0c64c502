"""The jobs of one worker process: it takes as many from the queue as the settings allow, and runs them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from db.postgres import PostgresDown
from limits.gate import Gate
from objects.objects import Objects
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.jobs import queue
from settings import Settings
from telemetry import loops, metrics

if TYPE_CHECKING:
    from inference.server import ModelServer
    from resolvers.jobs.queue import Claimed
    from resolvers.jobs.running import Run

logger = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(seconds=0.5)
_ALIVE_EVERY = timedelta(seconds=1)
_TURN_WITHIN = timedelta(seconds=20)
# How long stopped jobs have to give their units back and to return to the queue.
_STOPS_WITHIN = timedelta(seconds=5)


class Jobs:
    """One per worker. `grace` is how long jobs may go on after SIGTERM."""

    def __init__(self, settings: Settings, gate: Gate, objects: Objects) -> None:
        self._objects = objects
        self._settings = settings
        self._gate = gate
        self._id = uuid4()
        self._flight = BytesInFlight(settings.bytes_in_flight)
        self._runs: dict[asyncio.Task[None], Run] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._server: ModelServer | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def grace(self) -> timedelta:
        return self._settings.job_grace if self._settings.jobs_running else timedelta(0)

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs until `stopping` is set. Then jobs have their grace; those that are left start again elsewhere."""
        if not self._settings.jobs_running:
            await stopping.wait()
            return
        self._stopping = stopping
        # A worker that is stopping still renews the leases of its jobs.
        has_stopped = asyncio.Event()
        alive = asyncio.create_task(self._forever("jobs_alive", self.stay_alive, _ALIVE_EVERY, has_stopped))
        taking = asyncio.create_task(self._forever("jobs", self.take, _LOOK_EVERY, stopping, wake=self._wake))
        try:
            await stopping.wait()
            self._wake.set()
            await taking
            await self._drain()
        finally:
            has_stopped.set()
            await asyncio.wait({alive, taking})
            await self._close()

    @staticmethod
    async def _forever(
        name: str,
        turn: loops.Turn,
        every: timedelta,
        until: asyncio.Event,
        *,
        wake: asyncio.Event | None = None,
    ) -> None:
        await loops.forever(
            name,
            turn,
            every=every,
            within=_TURN_WITHIN,
            wake=wake,
            until=until,
            is_outage=lambda error: isinstance(error, PostgresDown),
        )

    async def take(self) -> None:
        """Takes jobs until the queue is empty or this worker has enough."""
        if not self._has_room() or not await queue.is_any():
            return
        server = await self._models()
        # A job waits while Redis or Triton is down, or each Triton that has its model. That uses up none of its starts.
        while server.up and self._gate.is_redis_up and self._has_room():
            full, full_for = self._full(server)
            job = await queue.claim(self._id, full=full, full_for=full_for, only=server.reached())
            if job is None:
                return
            self._begin(job, server)

    def _has_room(self) -> bool:
        return len(self._runs) < self._settings.jobs_running and not self._stopping.is_set()

    def _full(self, server: ModelServer) -> tuple[list[str], list[tuple[UUID, str]]]:
        """The models, and the pairs of user and model, of which Triton would work on no further job now. Such a job
        would only wait here, where a job of another model could run.
        """
        jobs = [run.job for run in self._runs.values()]
        running = Counter(job.model for job in jobs)
        of_users = Counter((job.credential.user_id, job.model) for job in jobs)
        full = [model for model, most in self._settings.jobs_running_by_model.items() if running[model] >= most]
        at_work = {model: server.at_work(model) for model in running}
        full += [model for model, (most, _) in at_work.items() if running[model] >= most]
        return full, [(user, model) for (user, model), count in of_users.items() if count >= at_work[model][1]]

    def _begin(self, job: Claimed, server: ModelServer) -> None:
        from resolvers.jobs.running import Run

        run = Run(
            job,
            self._id,
            gate=self._gate,
            server=server,
            settings=self._settings,
            flight=self._flight,
            objects=self._objects,
        )
        task = asyncio.create_task(run.take(), name=f"job {job.id}")
        self._runs[task] = run
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        run = self._runs.pop(task)
        # There is room for another job, and later jobs of this user may start.
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("Job %s was abandoned because of an unexpected error.", run.job.id, exc_info=error)

    async def stay_alive(self) -> None:
        """Renews the leases of the jobs that run here, and stops those that this worker no longer has."""
        runs = list(self._runs.values())
        if not runs:
            return
        alive = await queue.stay_alive(self._id, [run.job.call_id for run in runs])
        for run in runs:
            if run.job.call_id not in alive:
                run.lose()

    async def _models(self) -> ModelServer:
        """Connects to Triton when the first job comes: without jobs neither it nor its libraries are needed."""
        if self._watching is not None and self._watching.done():
            self._watching.result()
        if self._server is None:
            from inference.server import ModelServer

            server = self._server = ModelServer(self._settings)
            metrics.DEPENDENCY_UP.labels("triton").set_function(lambda: server.up)
            self._flight.serve(server)
            self._watching = asyncio.create_task(self._server.watch())
            await self._server.first_look()
        return self._server

    async def _drain(self) -> None:
        if not self._runs:
            return
        await asyncio.wait({*self._runs}, timeout=self.grace.total_seconds())
        for run in self._runs.values():
            logger.info("Job %s goes back to the queue: this worker stops.", run.job.id)
            run.stop()
        if self._runs:
            await asyncio.wait({*self._runs}, timeout=_STOPS_WITHIN.total_seconds())
        for task in self._runs:
            task.cancel()

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        if self._server is not None:
            await self._server.aclose()
