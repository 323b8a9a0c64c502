"""The interface of this room: a catalogue of models, and calls with a deadline."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from datetime import timedelta
from functools import cache

import errors
from inference import answers
from inference.answers import WrongAnswer
from inference.catalogue import Catalogue, Model
from inference.declarations import Declaration
from inference.fleet import Fleet
from inference.member import Member
from inference.tensors import Tensor
from inference.triton import Triton
from inference.turns import Turns
from settings import Settings
from telemetry import metrics, traces

_LARGEST_CONFIG = 64 * 1024**2
# To find a label takes longer than to count.
_calls = cache(metrics.TRITON_CALLS.labels)


class ModelServer:
    """One per process. It has no models until `watch` runs. Raises SettingsError for a malformed URL."""

    def __init__(self, settings: Settings) -> None:
        self._fleet = Fleet(settings)
        self._turns = Turns()

    @property
    def catalogue(self) -> Catalogue:
        return self._fleet.catalogue

    @property
    def up(self) -> bool:
        """Whether a Triton answers."""
        return self._fleet.up

    def reached(self) -> list[str] | None:
        """The models of the Tritons that answer; None if all answer."""
        return self._fleet.reached()

    async def watch(self) -> None:
        await self._fleet.watch()

    async def first_look(self) -> bool:
        """Waits until the models of each Triton were read or it is down. False if none was read."""
        return await self._fleet.first_look()

    async def aclose(self) -> None:
        await self._fleet.aclose()

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
        with _counted(model):
            asked = answers.asked_of_triton(model.declaration, outputs)
            answered, given = await self._fleet.infer(model, version or "", inputs=inputs, outputs=asked, within=within)
            traces.note(version=answered)
            names, declared = {tensor.name for tensor in inputs}, model.declared(answered)
            return answered, answers.checked(declared, given, inputs=names, outputs=outputs, may_lack=may_lack)

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
        with _counted(model):
            call = self._fleet.stream(model, version or "", inputs=inputs, outputs=asked, within=within)
            async with aclosing(call) as given:
                async for answered, tensors in given:
                    declared = model.declared(answered)
                    yield answers.checked(declared, tensors, inputs=names, outputs=outputs, may_lack=may_lack)


async def declarations(urls: Sequence[str]) -> Sequence[Declaration]:
    """The declarations of all models that these Tritons serve now, by name. Others are logged.

    Raises ModelUnavailable if those of one cannot be read, SettingsError for a malformed URL.
    """
    async with AsyncExitStack() as closing:
        members = []
        for url in urls:
            members.append(Member(Triton(url, slots=1, output_bytes=_LARGEST_CONFIG), url, _nothing))
            closing.push_async_callback(members[-1].aclose)
        catalogue = Catalogue([member.reading for member in members], urls)
        for member in members:
            await member.reading.refresh()
            if not member.reading.seen.is_set():
                raise errors.ModelUnavailable(f"The models of Triton at {member.address} cannot be read.")
        catalogue.join()
        return catalogue.declarations


@contextmanager
def _counted(model: Model) -> Iterator[None]:
    """Wraps a call, for traces and metrics."""
    # An exception that is no refusal is a bug, and is answered as INTERNAL.
    result = "INTERNAL"
    with traces.span(f"triton {model.name}", model=model.name):
        try:
            yield
            result = "ok"
        except WrongAnswer as error:
            raise errors.ModelFailed(model.name, how=str(error)) from error
        except errors.GatehouseError as error:
            result = error.code
            raise
        except (asyncio.CancelledError, GeneratorExit):
            result = "CANCELLED"
            raise
        finally:
            _calls(model.name, result).inc()


def _nothing() -> None:
    """These models are read once."""
