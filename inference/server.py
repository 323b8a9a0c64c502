"""The interface of this room: a catalogue of models, and calls with a deadline."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import timedelta
from functools import cache

import errors
from inference import answers
from inference.answers import WrongAnswer
from inference.catalogue import Catalogue, Model
from inference.declarations import Declaration
from inference.fair_share import FairShare
from inference.lanes import Call, Room
from inference.revival import Revival
from inference.slots import Slots
from inference.tensors import Tensor
from inference.triton import ProcessDied, Triton
from settings import Settings
from telemetry import metrics, traces

_LARGEST_CONFIG = 64 * 1024**2
# To find a label takes longer than to count.
_calls = cache(metrics.TRITON_CALLS.labels)


class ModelServer:
    """One per process. It has no models until `watch` runs. Raises SettingsError for a malformed URL."""

    def __init__(self, settings: Settings) -> None:
        self._triton = Triton(
            settings.triton_url,
            http_url=settings.triton_http_url,
            output_bytes=settings.output_bytes,
        )
        self._revival = Revival(self._triton, self._look_again)
        self.catalogue = Catalogue(self._triton, self._revival, self._end_dead_streams)
        self._calls = _slots(settings, settings.inference_places, kind="calls")
        self._streams = _slots(settings, settings.stream_places, kind="streams")
        metrics.TRITON_SLOTS.set(settings.inference_places)
        metrics.TRITON_STREAM_SLOTS.set(settings.stream_places)

    @property
    def up(self) -> bool:
        return self._triton.up is True

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            watchers.create_task(self._triton.watch())
            watchers.create_task(self.catalogue.watch())

    async def first_look(self) -> bool:
        """Waits for the first refresh: True if the catalogue was read, False as soon as the server is down."""
        await self._triton.probed.wait()
        if self.up:
            await self.catalogue.seen.wait()
        return self.catalogue.seen.is_set()

    async def aclose(self) -> None:
        await self._revival.aclose()
        await self._triton.aclose()

    async def _look_again(self) -> None:
        await self.catalogue.refresh()

    def _end_dead_streams(self) -> None:
        """Triton does not end the streams of a model whose process died, not even when the model is loaded again."""
        for declaration in self.catalogue.declarations:
            self._triton.drop_streams(declaration.name, begun_before=declaration.revivals)

    def enter(self, model: Model, caller: str, *, weight: int, size: int, room: Room) -> Call:
        """A call that has a slot, or that `wait` waits for; `leave` gives the slot back. Raises ModelBusy.

        `weight` is the caller's in the fair share, `size` the bytes of its inputs, `room` the memory that it needs.
        """
        try:
            return self._of(model).enter(model.declaration.limits, caller, weight=weight, size=size, room=room)
        except errors.ModelBusy as error:
            _calls(model.name, error.code).inc()
            raise

    async def wait(self, call: Call, model: Model, within: timedelta) -> timedelta:
        """Returns the rest of `within` when the call has its slot. Raises ModelBusy and DeadlineExceeded."""
        try:
            return await self._of(model).wait(call, within)
        except errors.GatehouseError as error:
            _calls(model.name, error.code).inc()
            raise

    def leave(self, call: Call, model: Model, *, answered: bool) -> None:
        self._of(model).end(call, answered=answered)

    def look_again(self) -> None:
        """Calls that wait for memory may find some."""
        self._calls.look_again()
        self._streams.look_again()

    def _of(self, model: Model) -> Slots:
        return self._streams if model.declaration.streaming else self._calls

    async def infer(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None = None,
        outputs: Sequence[str] = (),
        may_lack: bool = False,
        within: timedelta,
    ) -> tuple[str, list[Tensor]]:
        """Returns the version that answered and its checked outputs; no `outputs` means all. `inputs` must be checked.

        With `may_lack`, an answer with only some of the outputs is accepted, unless they are named.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelRefused and ModelFailed.
        """
        with _counted(model), self._noticing(model):
            answer = await self._ask(model, inputs, version=version, outputs=outputs, may_lack=may_lack, within=within)
            self._revival.answered(model.name)
            return answer

    async def stream(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None = None,
        outputs: Sequence[str] = (),
        may_lack: bool = False,
        within: timedelta,
    ) -> AsyncGenerator[list[Tensor], None]:
        """The same for a call with any number of answers: the outputs of each, as they come. Closing it cancels the
        call at Triton.
        """
        asked, names = answers.asked_of_triton(model.declaration, outputs), {tensor.name for tensor in inputs}
        with _counted(model), self._noticing(model):
            call = self._triton.stream(
                *(model.name, version or ""),
                revivals=model.declaration.revivals,
                inputs=inputs,
                outputs=asked,
                within=within,
            )
            async with aclosing(call) as given:
                async for answered, tensors in given:
                    declared = model.declared(answered)
                    yield answers.checked(declared, tensors, inputs=names, outputs=outputs, may_lack=may_lack)
            self._revival.answered(model.name)

    @contextmanager
    def _noticing(self, model: Model) -> Iterator[None]:
        """Wraps a call. Refuses it if the model is not ready, and looks for dead models if it fails."""
        name = model.name
        if self._revival.is_reviving(name) or not model.ready:
            raise _not_ready(model)
        try:
            yield
        except ProcessDied as error:
            self._revival.search(name, error.processes)
            raise _not_ready(model) from error
        except WrongAnswer as error:
            raise errors.ModelFailed(name, how=str(error)) from error
        except (errors.ModelFailed, errors.DeadlineExceeded):
            # A model may hide the error of one that it calls, and a short deadline ends before a dead one fails.
            self._revival.search(name)
            raise

    async def _ask(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None,
        outputs: Sequence[str],
        may_lack: bool,
        within: timedelta,
    ) -> tuple[str, list[Tensor]]:
        """Raises WrongAnswer, and what `Triton.infer` raises."""
        asked = answers.asked_of_triton(model.declaration, outputs)
        answered, given = await self._triton.infer(
            model.name,
            version or "",
            inputs=inputs,
            outputs=asked,
            within=within,
            by_grpc=model.declaration.by_grpc,
        )
        traces.note(version=answered)
        names, declared = {tensor.name for tensor in inputs}, model.declared(answered)
        return answered, answers.checked(declared, given, inputs=names, outputs=outputs, may_lack=may_lack)


async def declarations(url: str) -> Sequence[Declaration]:
    """The declarations of all models that a Triton serves now, by name. Others are logged.

    Raises ModelUnavailable if they cannot be read, SettingsError for a malformed URL.
    """
    triton = Triton(url, output_bytes=_LARGEST_CONFIG)
    try:
        catalogue = Catalogue(triton, Revival(triton, _nothing))
        await catalogue.refresh()
        return [model.declaration for model in catalogue.models()]
    finally:
        await triton.aclose()


@contextmanager
def _counted(model: Model) -> Iterator[None]:
    """Wraps a call, for traces and metrics."""
    # An exception that is no refusal is a bug, and is answered as INTERNAL.
    result = "INTERNAL"
    with traces.span(f"triton {model.name}", model=model.name):
        try:
            yield
            result = "ok"
        except errors.GatehouseError as error:
            result = error.code
            raise
        except (asyncio.CancelledError, GeneratorExit):
            result = "CANCELLED"
            raise
        finally:
            _calls(model.name, result).inc()


def _slots(settings: Settings, slots: int, *, kind: str) -> Slots:
    share = FairShare(slots, most_waiting=settings.queue_calls, most_bytes=settings.queue_bytes)
    return Slots(share, kind=kind, longest=settings.queue_longest)


async def _nothing() -> None:
    """Does nothing: this catalogue is read once."""


def _not_ready(model: Model) -> errors.ModelUnavailable:
    return errors.ModelUnavailable(f"Model {model.name!r} is not ready. Try again in a few seconds.")
