"""The inference server as the rest of Gatehouse sees it: a catalogue, and calls that are answered in time."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta

import errors
from inference.catalogue import Catalogue, Model
from inference.revival import Revival
from inference.tensors import Tensor
from inference.triton import StubDied, Triton
from inference.turns import Turns
from settings import Settings
from telemetry import metrics, traces


class ModelServer:
    """One per process. Until `watch` runs it knows no model. Raises SettingsError for a URL that is none."""

    def __init__(self, settings: Settings) -> None:
        self._triton = Triton(settings.triton_url, places=settings.inference_places, output_bytes=settings.output_bytes)
        self.catalogue = Catalogue(self._triton)
        self._turns = Turns()
        self._revival = Revival(self._triton, self.catalogue.refresh)

    @property
    def up(self) -> bool:
        return self._triton.up is True

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            watchers.create_task(self._triton.watch())
            watchers.create_task(self.catalogue.watch())

    async def first_look(self) -> bool:
        """Whether the catalogue could be read; False as soon as the server is found to be down."""
        await self._triton.probed.wait()
        if self.up:
            await self.catalogue.seen.wait()
        return self.catalogue.seen.is_set()

    async def aclose(self) -> None:
        await self._revival.aclose()
        await self._triton.aclose()

    def turn(self, model: Model, caller: str, within: timedelta) -> AbstractAsyncContextManager[timedelta]:
        """Around a call of the model, where it says how many each caller may have in flight. Gives what is left of
        `within`; raises DeadlineExceeded."""
        return self._turns.turn(model.name, caller, places=model.declaration.calls_per_caller, within=within)

    async def infer(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None = None,
        outputs: Sequence[str] = (),
        within: timedelta,
    ) -> tuple[str, list[Tensor]]:
        """The version that answered and its outputs; no `outputs` means all. `inputs` are taken as checked.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelRefused and ModelFailed.
        """
        with traces.span(f"triton {model.name}", model=model.name), _counted(model.name):
            if self._revival.is_reviving(model.name) or not model.ready:
                raise _not_ready(model)
            asking = self._triton.infer(model.name, version or "", inputs=inputs, outputs=outputs, within=within)
            try:
                answer = await asking
            except StubDied as error:
                self._revival.begin(model.name)
                raise _not_ready(model) from error
            self._revival.answered(model.name)
            traces.note(version=answer[0])
            return answer


@contextmanager
def _counted(model: str) -> Iterator[None]:
    # What is no refusal is a bug, and answered so.
    result = "INTERNAL"
    try:
        yield
        result = "ok"
    except errors.GatehouseError as error:
        result = error.code
        raise
    except asyncio.CancelledError:
        result = "CANCELLED"
        raise
    finally:
        metrics.TRITON_CALLS.labels(model, result).inc()


def _not_ready(model: Model) -> errors.ModelUnavailable:
    return errors.ModelUnavailable(f"Model {model.name!r} is not ready. Try again in a few seconds.")
