"""Finds models whose process died, from Triton's statistics.

Triton still calls such a model ready. Each of its calls fails after a second and counts as a failure of this model,
also if an ensemble or another model made the call. Nothing is executed, so the time of its last inference does not
change. It does change if a model raises an exception.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping

from tritonclient.grpc import model_config_pb2, service_pb2

from inference.triton import Triton

# How long Triton waits for an answer before it checks the process, with a margin.
_WAITED_NS = 900_000_000

_Reading = Mapping[tuple[str, str], service_pb2.ModelStatistics]


class Deaths:
    """Compares the current statistics with one of the last two readings, which are seconds old."""

    def __init__(self, triton: Triton) -> None:
        self._triton = triton
        self._readings: deque[_Reading] = deque(maxlen=2)

    def note(self, statistics: Iterable[service_pb2.ModelStatistics]) -> None:
        self._readings.append({(version.name, version.version): version for version in statistics})

    async def find(self, processes: Collection[str]) -> dict[str, bool]:
        """The dead models by name, each with whether one of `processes`, which an error named, belongs to it.

        A name alone proves nothing: a model may repeat a caller's text in its error, and processes of two models may
        have the same name. So the model must also have failed slowly. Raises grpc.aio.AioRpcError.
        """
        suspects: dict[str, bool] = {}
        for version in await self._triton.statistics():
            counted_from, seen = self._before(version)
            failed = version.inference_stats.fail.ns - counted_from.inference_stats.fail.ns
            if failed >= _WAITED_NS:
                suspects[version.name] = suspects.get(version.name, False) or _is_idle(version, seen)
        dead = {}
        for name, idle in suspects.items():
            config = await self._triton.config(name)
            named = any(is_process_of(config, process) for process in processes)
            # A model with several processes still executes calls after one of them died. Then the name is needed.
            if named or (idle and config.backend == "python" and not _refuses_waiting_calls(config)):
                dead[name] = named
        return dead

    def _before(
        self, now: service_pb2.ModelStatistics
    ) -> tuple[service_pb2.ModelStatistics, service_pb2.ModelStatistics]:
        """The reading from which failures count, and the oldest reading since the model was loaded; empty if there is
        none.

        If the model was loaded after the oldest reading of all, its failures count from zero, because loading resets
        the statistics. That a model executed nothing shows only against a reading since it was loaded: a failure that
        this reading has already may be a slow exception of a living model.
        """
        empty = service_pb2.ModelStatistics()
        found = [reading.get((now.name, now.version), empty) for reading in self._readings]
        seen = next((reading for reading in found if _is_of_one_load(reading, now)), empty)
        return (seen if found and seen is found[0] else empty), seen


def _is_idle(now: service_pb2.ModelStatistics, before: service_pb2.ModelStatistics) -> bool:
    """Whether each call since then failed slowly on average, and the model executed nothing.

    Each call of a dead model takes a second to fail. Calls that ended while they waited for a slot count as failures
    too, and may be many short ones.
    """
    failed, before_it = now.inference_stats.fail, before.inference_stats.fail
    ns, count = failed.ns - before_it.ns, failed.count - before_it.count
    return bool(ns >= _WAITED_NS * max(count, 1) and now.last_inference == before.last_inference)


def _is_of_one_load(before: service_pb2.ModelStatistics, now: service_pb2.ModelStatistics) -> bool:
    """Whether the model was not loaded again between these readings, as far as its statistics show.

    Another process may have loaded it, and one failure of a dead model takes as long as the next one: so the count
    alone tells nothing, and neither does the time.
    """
    earlier, later = before.inference_stats, now.inference_stats
    if (before.name, before.version) != (now.name, now.version) or later.success.count < earlier.success.count:
        return False
    if later.fail.count == earlier.fail.count:
        return bool(later.fail.ns == earlier.fail.ns)
    return bool(later.fail.count > earlier.fail.count and later.fail.ns > earlier.fail.ns)


def _refuses_waiting_calls(config: model_config_pb2.ModelConfig) -> bool:
    """Whether calls may fail because they waited for a slow one.

    Triton counts them as slow failures and executes nothing, although the model is alive.
    """
    batching = config.dynamic_batching
    policies = (batching.default_queue_policy, *batching.priority_queue_policy.values())
    return any(
        policy.timeout_action == policy.REJECT
        and (policy.default_timeout_microseconds or policy.allow_timeout_override)
        for policy in policies
    )


def is_process_of(config: model_config_pb2.ModelConfig, process: str) -> bool:
    """Triton names a process by its instance group, a number and perhaps a device."""
    return any(re.fullmatch(rf"{re.escape(group.name)}_\d+(_.*)?", process) for group in config.instance_group)
