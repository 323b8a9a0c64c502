"""The interface of this room: a catalogue of models, and calls with a deadline."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import errors
from inference import answers
from inference.answers import WrongAnswer
from inference.catalogue import Catalogue, Model
from inference.declarations import Declaration
from inference.revival import Revival
from inference.tensors import Tensor
from inference.triton import ProcessDied, Triton
from inference.turns import Turns
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
            slots=settings.inference_places,
            output_bytes=settings.output_bytes,
        )
        self._revival = Revival(self._triton, self._look_again)
        self.catalogue = Catalogue(self._triton, self._revival)
        self._turns = Turns()

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

    async def take_turn(
        self, model: Model, caller: str, within: timedelta
    ) -> tuple[asyncio.Semaphore | None, timedelta]:
        """Waits for a slot of the caller, if the model limits calls per caller.

        Returns the slot, to be released after the call, and the rest of `within`. Raises DeadlineExceeded.
        """
        slots = model.declaration.calls_per_caller
        if slots is None:
            return None, within
        return await self._turns.take(model.name, caller, slots=slots, within=within)

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
        # An exception that is no refusal is a bug, and is answered as INTERNAL.
        result = "INTERNAL"
        with traces.span(f"triton {model.name}", model=model.name):
            try:
                answer = await self._infer(
                    model, inputs, version=version, outputs=outputs, may_lack=may_lack, within=within
                )
                result = "ok"
                return answer
            except errors.GatehouseError as error:
                result = error.code
                raise
            except asyncio.CancelledError:
                result = "CANCELLED"
                raise
            finally:
                _calls(model.name, result).inc()

    async def _infer(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None,
        outputs: Sequence[str],
        may_lack: bool,
        within: timedelta,
    ) -> tuple[str, list[Tensor]]:
        name = model.name
        if self._revival.is_reviving(name) or not model.ready:
            raise _not_ready(model)
        try:
            answer = await self._ask(model, inputs, version=version, outputs=outputs, may_lack=may_lack, within=within)
        except ProcessDied as error:
            self._revival.search(name, error.processes)
            raise _not_ready(model) from error
        except WrongAnswer as error:
            raise errors.ModelFailed(name, how=str(error)) from error
        except (errors.ModelFailed, errors.DeadlineExceeded):
            # A model may hide the error of one that it calls, and a short deadline ends before a dead one fails.
            self._revival.search(name)
            raise
        self._revival.answered(name)
        return answer

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
    triton = Triton(url, slots=1, output_bytes=_LARGEST_CONFIG)
    try:
        catalogue = Catalogue(triton, Revival(triton, _nothing))
        await catalogue.refresh()
        return [model.declaration for model in catalogue.models()]
    finally:
        await triton.aclose()


async def _nothing() -> None:
    """Does nothing: this catalogue is read once."""


def _not_ready(model: Model) -> errors.ModelUnavailable:
    return errors.ModelUnavailable(f"Model {model.name!r} is not ready. Try again in a few seconds.")
