"""Redis as this room uses it: every command has a deadline, is never tried twice, and knows which server it goes to.

A command that Redis leaves unanswered opens the circuit: from then on everything is refused at once, until a probe
finds that Redis answers again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from redis.asyncio.connection import parse_url

from access import deadlines, identities, lua
from access.clock import Clock
from access.epoch import Epoch
from access.links import Command, Link, StoreDown, StoreRefused
from access.lua import Script
from access.records import PostgresDown
from settings import Settings, SettingsError
from telemetry import loops, metrics, traces

__all__ = ["Answer", "Moment", "Store", "StoreDown"]

logger = logging.getLogger(__name__)
T = TypeVar("T")

Call = tuple[Sequence[str], Command]

DEADLINE = timedelta(milliseconds=100)
_MILLISECOND = timedelta(milliseconds=1)
_PLACES = 16
_PROBE_EVERY = timedelta(seconds=0.5)
# A look has deadlines of its own, and may register a new server in Postgres and open sixteen connections.
_PROBE_WITHIN = timedelta(seconds=8)
# Where Redis leaves something unanswered the circuit opens sooner, and nobody waits any more: this is for a crowd.
_WAIT_SECONDS = 1.0
_SCRIPTS = {script.digest: name.lower() for name, script in vars(lua).items() if isinstance(script, Script)}


@dataclass(frozen=True, slots=True)
class Moment:
    """What a command must know of the moment at which it is written. Times are Redis' as far as known, in ms."""

    epoch: int
    generation: int
    now: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The first value is the state, the second Redis' clock in ms, by which this process keeps its own idea of it."""

    values: list[Any]
    generation: int


class Store:
    """One per process. Without `watch` nothing is carried."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for an address that is none."""
        self.epoch = Epoch(settings)
        self.up = False
        self._url = _checked(str(settings.redis_url))
        self._generations: dict[str, int] = {}
        self._places = asyncio.Semaphore(_PLACES)
        self._idle: list[Link] = []
        self._in_use = 0
        self._prober: Link | None = None
        self._clock = Clock()
        self._failed = asyncio.Event()
        metrics.EPOCH.set_function(lambda: self.epoch.number)

    async def run(self, script: Script, prepare: Callable[[Moment], Call]) -> Answer:
        """`prepare` makes keys and arguments. Raises StoreRefused, and StoreDown: then it may still be done."""
        return await asyncio.shield(self.begin(script, prepare))

    def begin(self, script: Script, prepare: Callable[[Moment], Call]) -> "asyncio.Task[Answer]":
        """As `run`; a caller who is cancelled can still learn how it ended."""

        async def work(link: Link) -> Answer:
            # Made when it is written: what the caller knew at its beginning may have changed since.
            now = self._clock.now()
            moment = Moment(self.epoch.number, link.generation, now, now + DEADLINE // _MILLISECOND)
            values = await link.run(script, *prepare(moment))
            self._clock.set(values[1])
            return Answer(values, link.generation)

        return self._begin(_SCRIPTS[script.digest], work, DEADLINE)

    async def batch(self, commands: Sequence[Command], *, within: timedelta = DEADLINE) -> list[Any]:
        """Plain commands in one go, and their answers. Raises StoreDown."""
        name = str(commands[0][0]).lower()
        return await asyncio.shield(self._begin(name, lambda link: link.batch(commands), within))

    @property
    def generation(self) -> int:
        """Of the server that is in use."""
        return self.epoch.newest_generation

    async def answers(self) -> bool:
        """Whether Redis answers a new connection within the deadline."""
        link = Link(self._url)
        try:
            await deadlines.keep(link.open(), DEADLINE)
        except StoreDown as error:
            logger.info("Redis does not answer: %s", error)
            return False
        finally:
            await link.aclose()
        return True

    async def watch(self) -> None:
        """Looks for Redis twice a second, and at once when it has left something unanswered."""
        await loops.forever("store", self.probe, every=_PROBE_EVERY, within=_PROBE_WITHIN, wake=self._failed)

    async def probe(self) -> None:
        """Finds out whether Redis answers and which server it is. Raises only what is a fault of ours."""
        try:
            await self._look()
        except asyncio.CancelledError:
            # A link whose command was broken off is of no more use.
            await self._drop_links()
            raise
        except Exception as error:
            self._note_down(error)
            await self._drop_links()
            if not isinstance(error, StoreDown | PostgresDown):
                raise
        else:
            self.up = True
            await self._warm()

    async def aclose(self) -> None:
        self.up = False
        await self._drop_links()
        await self.epoch.aclose()

    async def _look(self) -> None:
        # By a name of its own: the store may be closed meanwhile.
        prober = self._prober
        if prober is None:
            prober = self._prober = Link(self._url)
            self._clock = Clock()
            await deadlines.keep(prober.open(), DEADLINE)
        elif await deadlines.keep(prober.read_identity(), DEADLINE) != prober.identity:
            # Promoted under an open connection.
            raise StoreDown("it is another server now")
        (clock,) = await deadlines.keep(prober.batch([("TIME",)]), DEADLINE)
        self._clock.set(int(clock[0]) * 1000 + int(clock[1]) // 1000)
        identity = prober.identity
        if self._generations.get(identity, -1) < self.epoch.newest_generation or identity not in self._generations:
            # Nothing that is carried meanwhile may go to a server that others have left.
            await self._drop_idle()
            registered = await identities.register(identity)
            self._generations[identity] = registered.generation
            self.epoch.observe(registered.epoch, registered.generation, registered.retired_keys)

    def _begin(self, name: str, work: Callable[[Link], Awaitable[T]], within: timedelta) -> "asyncio.Task[T]":
        # A task of its own: a caller who leaves does not break off a command in the middle, with its connection.
        return asyncio.create_task(self._carry(name, work, within))

    async def _carry(self, name: str, work: Callable[[Link], Awaitable[T]], within: timedelta) -> T:
        await self._wait_for_place()
        try:
            # The circuit may have opened meanwhile: then nobody else need find out.
            if not self.up:
                raise StoreRefused("the circuit is open")
            with traces.span(f"redis {name}"), metrics.REDIS_SECONDS.labels(name).time():
                return await self._ask(work, within)
        except StoreRefused as error:
            metrics.REDIS_FAILURES.labels("refused" if self.up else "circuit").inc()
            logger.info("Redis is not asked, or refuses: %s", error)
            raise
        except StoreDown as error:
            metrics.REDIS_FAILURES.labels("unanswered").inc()
            self._open_circuit(error)
            raise
        finally:
            self._places.release()

    async def _wait_for_place(self) -> None:
        if self.up and self._places.locked():
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await self._places.acquire()
            except TimeoutError:
                # Our own lack of places, not Redis' silence.
                metrics.REDIS_FAILURES.labels("places").inc()
                raise StoreRefused("every connection is in use") from None
        else:
            await self._places.acquire()

    async def _ask(self, work: Callable[[Link], Awaitable[T]], within: timedelta) -> T:
        link = self._idle_link() or Link(self._url)
        self._in_use += 1
        deadline = deadlines.Deadline(within)
        try:
            if not link.generation:
                await self._open(link)
                # Several round trips, in a burst on new connections alone as long as a command may take.
                deadline.restart()
            answer = await work(link)
        except asyncio.CancelledError:
            _let_go(link.aclose())
            raise StoreDown("no answer in time") from None
        except BaseException:
            _let_go(link.aclose())
            raise
        finally:
            deadline.stop()
            self._in_use -= 1
        if self._is_of_use(link) and len(self._idle) < _PLACES:
            self._idle.append(link)
        else:
            _let_go(link.aclose())
        return answer

    def _idle_link(self) -> Link | None:
        while self._idle:
            link = self._idle.pop()
            if self._is_of_use(link):
                return link
            _let_go(link.aclose())
        return None

    def _is_of_use(self, link: Link) -> bool:
        return self.up and link.generation == self.epoch.newest_generation

    async def _warm(self) -> None:
        """A burst finds connections open: to open many at once, on busy cores, takes longer than a command may."""
        while self.up and self._idle_or_in_use() < _PLACES:
            link = Link(self._url)
            try:
                await deadlines.keep(self._open(link), DEADLINE)
            except StoreDown:
                # Those that are missing are opened after the next look, in a moment.
                await link.aclose()
                return
            except asyncio.CancelledError:
                _let_go(link.aclose())
                raise
            # Meanwhile the store may have been closed.
            if not self._is_of_use(link):
                await link.aclose()
                return
            self._idle.append(link)

    def _idle_or_in_use(self) -> int:
        return len(self._idle) + self._in_use

    async def _open(self, link: Link) -> None:
        await link.open()
        link.generation = self._generations.get(link.identity, 0)
        if not link.generation or link.generation != self.epoch.newest_generation:
            raise StoreDown("a server that is not known, or was left for another")

    def _open_circuit(self, error: Exception) -> None:
        self._note_down(error)
        self._failed.set()

    def _note_down(self, error: Exception) -> None:
        if self.up:
            logger.warning("Redis does not serve: %s", error)
        self.up = False

    async def _drop_links(self) -> None:
        if self._prober is not None:
            await self._prober.aclose()
            self._prober = None
        await self._drop_idle()

    async def _drop_idle(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()


_closing: set[asyncio.Future[None]] = set()


def _let_go(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    _closing.add(task)
    task.add_done_callback(_closing.discard)


def _checked(url: str) -> str:
    try:
        parse_url(url)
    except ValueError as error:
        # Not in its own words: they may repeat the password.
        raise SettingsError(
            "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS."
        ) from error
    return url
