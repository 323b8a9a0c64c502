"""The Tritons of a process: which of them gets a call, and which calls another one gets after a refusal."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from datetime import timedelta
from typing import Any, Protocol

import errors
from inference import capacity
from inference.catalogue import Catalogue, Model
from inference.lanes import Limits
from inference.member import Member, not_ready
from inference.tensors import Tensor
from inference.triton import Triton
from settings import Settings
from telemetry import metrics


class Infer(Protocol):
    """A call of a model with one answer."""

    def __call__(
        self,
        model: Model,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        when_sent: Callable[[], None] | None = None,
    ) -> Coroutine[Any, Any, tuple[str, list[Tensor]]]:
        """Returns the version that answered and its outputs. No `version` means the newest, no `outputs` all.
        `when_sent` is called when a Triton has the whole request.

        Raises ModelBusy, ModelUnavailable, DeadlineExceeded, BadRequest, ModelFailed and WrongAnswer.
        """


class Fleet:
    """A call goes to the Triton with the fewest calls of this process in flight for each instance of its model, of
    those that have the model ready.

    If that one refuses it before any of it was executed, another one gets it ([decision
    67](../docs/decisions/0067-several-tritons.md)). Raises SettingsError for a malformed URL.
    """

    def __init__(self, settings: Settings) -> None:
        self._members = _members(settings, self._join)
        self._alone = self._members[0] if len(self._members) == 1 else None
        self.infer: Infer = self._infer if self._alone is None else self._alone.infer
        self.catalogue = Catalogue(
            [member.reading for member in self._members], [member.address for member in self._members]
        )
        # Counts calls. Of several that have equally few calls in flight, they take turns.
        self._turn = 0
        metrics.TRITON_RUNNING.set_function(lambda: sum(member.triton.running for member in self._members))
        metrics.TRITON_STREAMS.set_function(lambda: sum(member.triton.streaming for member in self._members))

    @property
    def up(self) -> bool:
        """Whether one of them answers."""
        return any(member.triton.up for member in self._members)

    def reached(self) -> list[str] | None:
        """The models of those that answer. None if all answer and were read: what is missing then is nowhere."""
        if all(member.triton.up and member.reading.seen.is_set() for member in self._members):
            return None
        names = [found.name for found in self.catalogue.declarations]
        return [name for name in names if any(self._members[host].triton.up for host in self.catalogue.hosts(name))]

    def limits(self, model: Model) -> Limits:
        """Of the model on all Tritons that have it ready now. `slots` are those of the process, on all of them."""
        found = model.declaration.limits
        if self._alone is not None or found.slots is not None:
            return found
        hosts = [self._members[host].capacity(model.name) for host in self.catalogue.hosts(model.name)]
        at_once, ahead = capacity.together(host for host in hosts if host is not None)
        return found._replace(at_once=at_once, ahead=ahead) if at_once else found

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as watchers:
            for member in self._members:
                watchers.create_task(member.triton.watch())
                watchers.create_task(member.reading.watch())

    async def first_look(self) -> bool:
        """Waits until the models of each were read or it is down. False if none was read."""
        await asyncio.gather(*(member.first_look() for member in self._members))
        return self.catalogue.seen.is_set()

    async def aclose(self) -> None:
        await asyncio.gather(*(member.aclose() for member in self._members))

    def stream(
        self, model: Model, version: str, *, inputs: Sequence[Tensor], outputs: Sequence[str], within: timedelta
    ) -> AsyncGenerator[tuple[str, list[Tensor]], None]:
        """The same for a call with any number of answers. Closing it cancels the call at Triton."""
        if self._alone is not None:
            return self._alone.stream(model, version, inputs=inputs, outputs=outputs, within=within)
        return self._stream(model, version, inputs, outputs, within)

    async def _infer(
        self,
        model: Model,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        when_sent: Callable[[], None] | None = None,
    ) -> tuple[str, list[Tensor]]:
        attempts = _Attempts(self, model.name, version, within)
        while True:
            member, left = attempts.next()
            try:
                return await member.infer(
                    model, version, inputs=inputs, outputs=outputs, within=left, when_sent=when_sent
                )
            except (errors.ModelUnavailable, errors.ModelBusy) as error:
                if not attempts.may_go_on(error):
                    raise

    async def _stream(
        self, model: Model, version: str, inputs: Sequence[Tensor], outputs: Sequence[str], within: timedelta
    ) -> AsyncGenerator[tuple[str, list[Tensor]], None]:
        attempts = _Attempts(self, model.name, version, within)
        has_answered = False
        while True:
            member, left = attempts.next()
            answers = member.stream(model, version, inputs=inputs, outputs=outputs, within=left)
            try:
                try:
                    async for answer in answers:
                        has_answered = True
                        yield answer
                finally:
                    await answers.aclose()
                return
            except (errors.ModelUnavailable, errors.ModelBusy) as error:
                if has_answered or not attempts.may_go_on(error):
                    raise

    def choose(self, model: str, version: str, *, without: Collection[Member]) -> Member | None:
        """The one that a call goes to now; None if the model, or this version of it, is ready on no other.

        Without `version`, those with the newest version come into question.
        """
        hosts = [self._members[host] for host in self.catalogue.hosts(model)]
        ready = {member: versions for member in hosts if member not in without and (versions := member.ready(model))}
        if not version:
            version = max((versions[-1] for versions in ready.values()), key=int, default="")
        able = [member for member, versions in ready.items() if version in versions]
        if not able:
            return None
        self._turn += 1
        start = self._turn % len(able)
        return min(
            (*able[start:], *able[:start]), key=lambda member: (member.is_doubtful(model), member.load_with(model))
        )

    def _join(self) -> None:
        self.catalogue.join()


class _Attempts:
    """Those to which one call was sent, each once, and the time that it has left."""

    def __init__(self, fleet: Fleet, model: str, version: str, within: timedelta) -> None:
        self._fleet = fleet
        self._model = model
        self._version = version
        self._within = within
        self._started_at = asyncio.get_running_loop().time()
        self._next = fleet.choose(model, version, without=())
        self._tried: list[Member] = []

    def next(self) -> tuple[Member, timedelta]:
        """Raises ModelUnavailable."""
        if self._next is None:
            raise not_ready(self._model)
        self._tried.append(self._next)
        return self._next, self._left() if len(self._tried) > 1 else self._within

    def may_go_on(self, error: Exception) -> bool:
        """Whether another one may get the call, after the last one failed with this error."""
        last = self._tried[-1]
        if not last.refused(self._model, error):
            return False
        self._next = self._fleet.choose(self._model, self._version, without=self._tried)
        if self._next is None or self._left() <= timedelta(0):
            return False
        metrics.TRITON_MOVED_CALLS.labels(last.address).inc()
        return True

    def _left(self) -> timedelta:
        return self._within - timedelta(seconds=asyncio.get_running_loop().time() - self._started_at)


def _members(settings: Settings, then: Callable[[], None]) -> list[Member]:
    urls = settings.triton_url
    members = []
    for url, http_url in zip(urls, settings.triton_http_url or [""] * len(urls), strict=True):
        triton = Triton(
            url,
            http_url=http_url,
            address=url if len(urls) > 1 else "",
            output_bytes=settings.output_bytes,
        )
        members.append(Member(triton, url, then))
    return members
