"""The interface of this room: a catalogue of models, and calls with a deadline."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import Any

import errors
from inference import answers, capacity
from inference.answers import WrongAnswer
from inference.catalogue import Catalogue, Model
from inference.declarations import Declaration
from inference.fair_share import FairShare
from inference.fleet import Fleet
from inference.member import Member
from inference.slots import Slots
from inference.tensors import Tensor
from inference.triton import Triton
from settings import Settings
from telemetry import metrics, traces

_LARGEST_CONFIG = 64 * 1024**2
# To find a label takes longer than to count.
_calls = cache(metrics.TRITON_CALLS.labels)
_name_of = attrgetter("name")


class ModelServer:
    """One per process. It has no models until `watch` runs. Raises SettingsError for a malformed URL."""

    def __init__(self, settings: Settings) -> None:
        self._fleet = Fleet(settings)
        self.catalogue: Catalogue = self._fleet.catalogue
        self.limits = self._fleet.limits
        self._calls = _slots(settings, settings.inference_places, kind="calls")
        self._streams = _slots(settings, settings.stream_places, kind="streams")
        metrics.TRITON_SLOTS.set(settings.inference_places)
        metrics.TRITON_STREAM_SLOTS.set(settings.stream_places)

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

    def slots(self, model: Model) -> Slots:
        """Those that its calls wait for."""
        return self._streams if model.declaration.streaming else self._calls

    def at_work(self, name: str) -> tuple[int, int]:
        """How many calls of a model are worked on at once, of all callers and of one: more would wait."""
        try:
            model = self.catalogue.find(name)
        except errors.ModelUnavailable:
            model = None
        if model is None:
            return capacity.ANY, capacity.ANY
        limits = self.limits(model)
        return self.slots(model).at_work(limits), limits.of_one or capacity.ANY

    def look_again(self) -> None:
        """Calls that wait for memory may find some."""
        self._calls.look_again()
        self._streams.look_again()

    def tell_those_behind(self) -> None:
        """Tells the calls that wait for memory behind another call of the same caller."""
        self._calls.tell_those_behind()
        self._streams.tell_those_behind()

    def infer(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        *,
        version: str | None = None,
        outputs: Sequence[str] = (),
        may_lack: bool = False,
        within: timedelta,
        when_sent: Callable[[], None] | None = None,
    ) -> Coroutine[Any, Any, tuple[str, list[Tensor]]]:
        """Returns the version that answered and its checked outputs; no `outputs` means all. `inputs` must be checked.

        With `may_lack`, an answer with only some of the outputs is accepted, unless they are named. `when_sent` is
        called when Triton has the whole request, and again if another Triton gets it.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelRefused and ModelFailed.
        """
        work = self._infer(model, inputs, version or "", outputs, may_lack, within, when_sent)
        return traces.within(f"triton {model.name}", work, model=model.name) if traces.are_sent else work

    async def _infer(
        self,
        model: Model,
        inputs: Sequence[Tensor],
        version: str,
        outputs: Sequence[str],
        may_lack: bool,
        within: timedelta,
        when_sent: Callable[[], None] | None,
    ) -> tuple[str, list[Tensor]]:
        asked = answers.asked_of_triton(model.declaration, outputs) if outputs else ()
        try:
            answered, given = await self._fleet.infer(
                model, version, inputs=inputs, outputs=asked, within=within, when_sent=when_sent
            )
            if traces.are_sent:
                traces.note(version=answered)
            names, declared = set(map(_name_of, inputs)), model.declared(answered)
            found = answers.checked(declared, given, inputs=names, outputs=outputs, may_lack=may_lack)
        except BaseException as error:
            _note_failure(model.name, error)
            raise
        _calls(model.name, "ok").inc()
        return answered, found

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
        asked, names = answers.asked_of_triton(model.declaration, outputs), set(map(_name_of, inputs))
        with traces.span(f"triton {model.name}", model=model.name):
            call = self._fleet.stream(model, version or "", inputs=inputs, outputs=asked, within=within)
            try:
                try:
                    async for answered, tensors in call:
                        declared = model.declared(answered)
                        yield answers.checked(declared, tensors, inputs=names, outputs=outputs, may_lack=may_lack)
                finally:
                    await call.aclose()
            except BaseException as error:
                _note_failure(model.name, error)
                raise
            _calls(model.name, "ok").inc()


async def declarations(urls: Sequence[str]) -> Sequence[Declaration]:
    """The declarations of all models that these Tritons serve now, by name. Others are logged.

    Raises ModelUnavailable if those of one cannot be read, SettingsError for a malformed URL.
    """
    async with AsyncExitStack() as closing:
        members = []
        for url in urls:
            members.append(Member(Triton(url, output_bytes=_LARGEST_CONFIG), url, _nothing))
            closing.push_async_callback(members[-1].aclose)
        catalogue = Catalogue([member.reading for member in members], urls)
        for member in members:
            await member.reading.refresh()
            if not member.reading.seen.is_set():
                raise errors.ModelUnavailable(f"The models of Triton at {member.address} cannot be read.")
        catalogue.join()
        return catalogue.declarations


def _note_failure(model: str, error: BaseException) -> None:
    """For metrics. Raises ModelFailed for a wrong answer."""
    _calls(model, _result(error)).inc()
    if isinstance(error, WrongAnswer):
        raise errors.ModelFailed(model, how=str(error)) from error


def _result(error: BaseException) -> str:
    if isinstance(error, errors.GatehouseError):
        return error.code
    # An exception that is no refusal is a bug, and is answered as INTERNAL.
    return "CANCELLED" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "INTERNAL"


def _slots(settings: Settings, slots: int, *, kind: str) -> Slots:
    share = FairShare(slots, most_waiting=settings.queue_calls, most_bytes=settings.queue_bytes)
    return Slots(share, kind=kind, longest=settings.queue_longest)


def _nothing() -> None:
    """These models are read once."""
