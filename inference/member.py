"""One Triton of the fleet: its connection, what was read of its models, and the revival of those that died."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import errors
from inference import refusals
from inference.capacity import Capacity
from inference.catalogue import Model
from inference.reading import Reading
from inference.revival import Revival
from inference.tensors import Tensor
from inference.transports.transport import CallFailed
from inference.triton import ProcessDied, Triton
from telemetry import metrics


class Member:
    """`address` is that of its setting. `then` is called after each refresh of its models."""

    def __init__(self, triton: Triton, address: str, then: Callable[[], None]) -> None:
        self.triton = triton
        self.address = address
        self.revival = Revival(triton, self._look_again)
        self.reading = Reading(triton, self.revival, self._on_refresh)
        triton.when_answered, triton.when_failed = self.revival.answered, self._notice
        self._then = then
        # How many probes it had answered when it last took no call, and the models that it did not have then.
        self._refused_at = -1
        self._gone: set[str] = set()
        metrics.TRITON_SERVER_UP.labels(address).set_function(lambda: triton.up is True)
        metrics.TRITON_SERVER_RUNNING.labels(address).set_function(lambda: self.calls)

    @property
    def calls(self) -> int:
        """In flight, streams included."""
        return self.triton.running + self.triton.streaming

    def ready(self, model: str) -> Sequence[str]:
        """The versions that are ready here now."""
        found = self.reading.current(model)
        return found.ready if found else ()

    def capacity(self, model: str) -> Capacity | None:
        """None if the model is not ready here now."""
        found = self.reading.current(model)
        return found.declaration.capacity if found and found.ready else None

    def load_with(self, model: str) -> float:
        """Calls in flight for each call of the model that runs at once here, with one more. Half the instances get half
        the calls.
        """
        found = self.capacity(model)
        return (self.calls + 1) / (found.at_once if found is not None else 1)

    async def first_look(self) -> None:
        """Waits for its first refresh, or until it counts as down."""
        await self.triton.probed.wait()
        if self.triton.up:
            await self.reading.seen.wait()

    async def aclose(self) -> None:
        await self.revival.aclose()
        await self.triton.aclose()

    def is_doubtful(self, model: str) -> bool:
        """Whether a call of the model would probably fail here, although it counts as up."""
        return (
            self.triton.misses_probes
            or self._refused_at == self.triton.answered_probes
            or model in self._gone
            or self.revival.is_suspected(model)
        )

    def refused(self, model: str, error: Exception) -> bool:
        """Whether a call that failed here with this error was not executed. If so, this one is doubtful for a while."""
        failed = error.__cause__
        if not isinstance(failed, CallFailed) or not refusals.has_not_run(model, failed):
            return False
        if not failed.was_sent:
            self._refused_at = self.triton.answered_probes
        elif refusals.is_gone(model, failed):
            self._gone.add(model)
        return True

    def infer(
        self,
        model: Model,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        when_sent: Callable[[], None] | None = None,
    ) -> Coroutine[Any, Any, tuple[str, list[Tensor]]]:
        """As Triton.infer. Refuses the call if the model is not ready, and looks for dead models if the call fails."""
        name = model.name
        if not model.ready or (self.revival.running and self.revival.is_reviving(name)):
            raise not_ready(name)
        return self.triton.infer(
            name,
            version,
            inputs=inputs,
            outputs=outputs,
            within=within,
            by_grpc=model.declaration.by_grpc,
            when_sent=when_sent,
        )

    async def stream(
        self, model: Model, version: str, *, inputs: Sequence[Tensor], outputs: Sequence[str], within: timedelta
    ) -> AsyncGenerator[tuple[str, list[Tensor]], None]:
        """The same for a call with any number of answers. Closing it cancels the call at Triton."""
        name = model.name
        if not model.ready or (self.revival.running and self.revival.is_reviving(name)):
            raise not_ready(name)
        try:
            answers = self.triton.stream(
                *(name, version), revivals=self._revivals(name), inputs=inputs, outputs=outputs, within=within
            )
            try:
                async for answer in answers:
                    yield answer
            finally:
                await answers.aclose()
        except Exception as error:
            self._notice(name, error)
            raise
        self.revival.answered(name)

    def _notice(self, model: str, error: Exception) -> None:
        """Looks for dead models after a call that failed. Raises ModelUnavailable for a process that died."""
        if isinstance(error, ProcessDied):
            self.revival.search(model, error.processes)
            raise not_ready(model) from error
        # A model may hide the error of one that it calls, and a short deadline ends before a dead one fails.
        if isinstance(error, errors.ModelFailed | errors.DeadlineExceeded):
            self.revival.search(model)

    def _revivals(self, model: str) -> int:
        found = (self.reading.models or {}).get(model)
        return found.declaration.revivals if found else 0

    async def _look_again(self) -> None:
        await self.reading.refresh()

    def _on_refresh(self) -> None:
        self._gone.clear()
        # Triton does not end the streams of a model whose process died, not even when the model is loaded again.
        for name in self.reading.models or ():
            self.triton.drop_streams(name, begun_before=self._revivals(name))
        self._then()


def not_ready(model: str) -> errors.ModelUnavailable:
    return errors.ModelUnavailable(f"Model {model!r} is not ready. Try again in a few seconds.")
