"""What is read every few seconds while the load runs."""

import asyncio
import time
from dataclasses import dataclass, field

import psutil

from benchmarks.peers import meters
from limits import partitions
from tests.journey.installation import Installation
from tests.service import Process
from tests.telemetry.scraping import scraped

EVERY_SECONDS = 5
_MB = 1e6
_WAITING = {"gatehouse_jobs", "gatehouse_model_jobs", "gatehouse_webhooks_waiting"}
_LAG = "gatehouse_event_loop_lag_seconds"

Figures = dict[str, float]


@dataclass
class Readings:
    """`figures` are by the second of the run in which they were read."""

    installation: Installation
    figures: list[tuple[float, Figures]] = field(default_factory=list)
    _lags: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def take(self, seconds: float) -> None:
        """For so long."""
        began = time.monotonic()
        await self._all()
        while (passed := time.monotonic() - began) < seconds:
            await asyncio.sleep(min(EVERY_SECONDS, seconds - passed))
            self.figures.append((time.monotonic() - began, await self._all()))

    async def _all(self) -> Figures:
        found: Figures = {}
        for number, service in enumerate(self.installation.services, 1):
            found |= await self._of(service, f"API process {number}")
        worker = await scraped(self.installation.worker)
        found |= await self._of(self.installation.worker, "worker")
        found["rollup: lag, s"] = worker["gatehouse_rollup_lag_seconds",]
        async with self.installation.in_redis() as redis:
            found["Redis: memory, MB"] = (await redis.info("memory"))["used_memory"] / _MB
        found["calls in Redis' logs"] = await logged(self.installation)
        found["emails, webhooks and jobs that wait"] = sum(
            value for (name, *labels), value in worker.items() if name in _WAITING and labels != ["failed"]
        )
        return found

    async def _of(self, process: Process, name: str) -> Figures:
        samples = await scraped(process)
        lag = samples[f"{_LAG}_sum",], samples[f"{_LAG}_count",]
        before = self._lags.get(name, (0.0, 0.0))
        self._lags[name] = lag
        return {
            f"{name}: memory, MB": meters.rss_bytes(process.pid) / _MB,
            f"{name}: open files": psutil.Process(process.pid).num_fds(),
            f"{name}: event loop late, ms": (lag[0] - before[0]) / max(lag[1] - before[1], 1) * 1000,
        }


async def logged(installation: Installation) -> int:
    """Entries of all logs that are not in Postgres yet."""
    async with installation.in_redis() as redis:
        async with redis.pipeline(transaction=False) as asking:
            for partition in partitions.every():
                asking.smembers(partitions.logs(partition))
            known = zip(partitions.every(), await asking.execute(), strict=True)
        async with redis.pipeline(transaction=False) as asking:
            for partition, generations in known:
                for generation in generations:
                    asking.xlen(partitions.log(partition, int(generation)))
            return sum(await asking.execute())
