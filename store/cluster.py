"""The nodes of a Redis Cluster: which of them has which keys, and how a command finds its way when keys move.

Nodes say themselves which keys they have, and refuse a command for any other. So a map that is old costs a detour, and
does no harm. What a server that was cut off may do until it knows that another has its keys is bounded as for a single
server: no process writes to a server that is not live in Postgres (store/identities.py).
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from redis.crc import key_slot

from store import address, deadlines, identities
from store.address import HostAndPort
from store.connections import Answer, Argument, Command, Moved, RedisConnection, StoreDown, StoreRefused, TryAgain
from store.identities import Registered
from store.lua import Script
from store.node import Node, Redirect, Register
from store.pipeline import DEADLINE
from store.script_requests import Outcome, Prepare, ScriptRequest
from telemetry import metrics

logger = logging.getLogger(__name__)

_SLOTS = 16384
_KEPT = 8192
_MOST_REDIRECTIONS = 8
# A command whose keys are on their way is sent again after each pause, and refused after this long.
_PAUSE_SECONDS = 0.025
_PATIENCE_SECONDS = 0.25
# Commands without a key, and the one whose key is not its first argument.
_KEYLESS = frozenset({"TIME", "INFO", "SCAN", "PING"})
_SECOND = "XINFO"

_NewNode = Callable[[str, Register, Redirect], Node]


@lru_cache(_KEPT)
def _slot(key: str) -> int:
    """Of a key, or of the partition that is its hash tag."""
    return key_slot(key.encode())


class Cluster:
    """One per process. `new_node` makes a node from its URL. `look_soon` makes the next look come at once."""

    def __init__(self, urls: address.Cluster, new_node: _NewNode, look_soon: Callable[[], None]) -> None:
        # Why the last look found no map.
        self.trouble: StoreDown | None = None
        self._nodes: dict[HostAndPort, Node] = {}
        self._urls = urls
        self._new_node = new_node
        self._look_soon = look_soon
        self._owners: list[Node | None] = [None] * _SLOTS
        # The ids of all nodes that have keys.
        self._masters: tuple[str, ...] = ()
        # Where a map can be had, also from nodes that are only replicas now.
        self._known: tuple[HostAndPort, ...] = ()
        self._source: tuple[HostAndPort, RedisConnection] | None = None
        # Scripts that wait for a pause to end.
        self._pausing: set[ScriptRequest] = set()

    @property
    def nodes(self) -> Sequence[Node]:
        """The masters that have keys."""
        return [*self._nodes.values()]

    def owner(self, key: str) -> Node | None:
        """The node that has this key, or this partition."""
        return self._owners[_slot(key)]

    def generation(self, key: str) -> int:
        node = self.owner(key)
        return 0 if node is None else node.generation

    def run(
        self,
        script: Script,
        prepare: Prepare,
        unclaimed: Callable[[Outcome], None] | None,
        key: str,
    ) -> Coroutine[Any, Any, Answer]:
        """As `Store.run`."""
        node = self._owners[_slot(key)]
        return _refused() if node is None else node.pipeline.run(script, prepare, unclaimed, key)

    async def drain(self) -> None:
        """Returns when no script waits or is unanswered, or is between two nodes."""
        # Meanwhile one of them may get a script that another one has not run.
        while self._pausing or not all(node.pipeline.is_idle for node in self.nodes):
            await asyncio.gather(*(node.pipeline.drain() for node in self.nodes))
            if self._pausing:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> None:
        """Reads the map. Raises no errors of Redis: without an answer the earlier map stays."""
        for server in dict.fromkeys((*self._sources(), *self._known, *self._urls.seeds)):
            try:
                answer = await deadlines.keep(self._ask(server), DEADLINE)
            except StoreDown as error:
                self.trouble = error
                self._close_source()
                logger.info("%s:%d has no map of the cluster: %s", *server, error)
            except asyncio.CancelledError:
                self._close_source()
                raise
            else:
                self.trouble = None
                self._read(answer, server.host)
                return

    def close(self) -> None:
        self._close_source()
        for node in self._nodes.values():
            node.close()
        for request in [*self._pausing]:
            self._refuse(request, "the store is closed")

    async def batch(self, commands: Sequence[Command], within: timedelta) -> list[Any]:
        """Each goes to the node of its key, those without a key to that of the command before. Raises StoreDown."""
        answers: list[Any] = [None] * len(commands)
        targets, asking = dict(enumerate(self._targets(commands))), set[int]()
        started_at = time.monotonic()
        for _ in range(_MOST_REDIRECTIONS):
            await self._send(commands, targets, asking, answers, within)
            again = [number for number in targets if isinstance(answers[number], Moved | TryAgain)]
            if not again:
                return answers
            if time.monotonic() - started_at > _PATIENCE_SECONDS:
                break
            found = {number: self._named(targets[number], answers[number], commands[number]) for number in again}
            asking = {one for one in again if found[one] is not None and answers[one].only_once}
            if None in found.values():
                await asyncio.sleep(_PAUSE_SECONDS)
            targets = {one: found[one] or self._targets([commands[one]])[0] for one in again}
        raise StoreRefused(str(answers[again[0]]))

    def redirect(self, node: Node, request: ScriptRequest, why: Moved | TryAgain) -> None:
        """For a script that `node` has not run."""
        request.redirections += 1
        request.is_asking = isinstance(why, Moved) and why.only_once
        if request.redirections > _MOST_REDIRECTIONS:
            self._refuse(request, str(why))
            return
        if isinstance(why, Moved):
            target = self._moved(_slot(request.key), node, why)
            if target is not None and target.up:
                target.pipeline.take(request)
                return
        request.is_asking = False
        self._pause(request)

    async def register(self, identity: str, node_id: str) -> Registered:
        """Raises PostgresDown; StoreDown if the node has no keys."""
        if node_id not in self._masters:
            raise StoreDown("this node has no keys, as far as this process knows")
        return await identities.register(identity, node_id, self._masters)

    async def _ask(self, server: HostAndPort) -> Any:
        # Only of a master that serves: others may have an outdated map.
        if self._source is None:
            connection = RedisConnection(self._urls.url(server), is_in_cluster=True)
            self._source = server, connection
            await connection.open()
        else:
            _, connection = self._source
            await connection.read_identity()
        (answer,) = await connection.batch([("CLUSTER", "SLOTS")])
        return answer

    def _sources(self) -> list[HostAndPort]:
        return [] if self._source is None else [self._source[0]]

    def _close_source(self) -> None:
        if self._source is not None:
            self._source[1].close()
            self._source = None

    def _read(self, answer: Any, asked: str) -> None:
        owners: list[Node | None] = [None] * _SLOTS
        masters, replicas, ids = list[HostAndPort](), list[HostAndPort](), list[str]()
        for first, last, master, *others in answer:
            server = _host_and_port(master, asked)
            masters.append(server)
            ids.append(master[2].decode())
            replicas += [_host_and_port(other, asked) for other in others]
            if server not in self._nodes:
                self._nodes[server] = self._new_node(self._urls.url(server), self.register, self.redirect)
            owners[first : last + 1] = [self._nodes[server]] * (last + 1 - first)
        self._owners, self._masters = owners, tuple(dict.fromkeys(ids))
        self._known = tuple(dict.fromkeys((*masters, *replicas)))
        for server in self._nodes.keys() - set(masters):
            self._nodes.pop(server).close()

    def _moved(self, slot: int, node: Node, why: Moved) -> Node | None:
        """The node that it is said to be on. None if that is not known yet."""
        host = why.host or next((server.host for server, one in self._nodes.items() if one is node), "")
        target = self._nodes.get(HostAndPort(host, why.port))
        if target is None:
            self._look_soon()
        elif not why.only_once:
            self._owners[slot] = target
        return target

    def _pause(self, request: ScriptRequest) -> None:
        self._pausing.add(request)
        asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._send_again, request)

    def _send_again(self, request: ScriptRequest) -> None:
        if request not in self._pausing:
            return
        self._pausing.discard(request)
        node = self._owners[_slot(request.key)]
        if node is not None and node.up:
            node.pipeline.take(request)
        elif time.monotonic() - request.asked_at < _PATIENCE_SECONDS:
            self._pause(request)
        else:
            self._refuse(request, "the node that has the keys does not serve")

    def _refuse(self, request: ScriptRequest, why: str) -> None:
        self._pausing.discard(request)
        metrics.REDIS_FAILURES.labels("refused").inc()
        request.end(StoreRefused(why))

    def _targets(self, commands: Sequence[Command]) -> list[Node | None]:
        """By command: the owner of its key."""
        found: list[Node | None] = []
        for command in commands:
            key = _key(command)
            if key is not None:
                found.append(self._owners[key_slot(key)])
            else:
                found.append(found[-1] if found else next((one for one in self._nodes.values() if one.up), None))
        return found

    def _named(self, node: Node | None, why: Moved | TryAgain, command: Command) -> Node | None:
        """The node that `node` has named for this command. None if it is not to be asked now."""
        key = _key(command)
        if not isinstance(why, Moved) or key is None or node is None:
            return None
        target = self._moved(key_slot(key), node, why)
        return target if target is not None and target.up else None

    async def _send(
        self,
        commands: Sequence[Command],
        targets: dict[int, Node | None],
        asking: set[int],
        answers: list[Any],
        within: timedelta,
    ) -> None:
        by_node: defaultdict[Node | None, list[int]] = defaultdict(list)
        for number, node in targets.items():
            by_node[node].append(number)
        if None in by_node:
            raise StoreRefused("no node is known that has these keys")
        found = await asyncio.gather(
            *(
                node.batch([part for one in numbers for part in _whole(commands[one], one in asking)], within)
                for node, numbers in by_node.items()
                if node is not None
            ),
            return_exceptions=True,
        )
        for numbers, of_node in zip(by_node.values(), found, strict=True):
            if isinstance(of_node, BaseException):
                raise of_node
            left = iter(of_node)
            for number in numbers:
                if number in asking:
                    next(left)
                answers[number] = next(left)


def _host_and_port(node: Sequence[Any], asked: str) -> HostAndPort:
    host = (node[0] or b"").decode()
    return HostAndPort(asked if host in ("", "?") else host, int(node[1]))


def _key(command: Command) -> bytes | None:
    name: Argument = command[0]
    if name in _KEYLESS:
        return None
    key = command[2 if name == _SECOND else 1]
    return key if isinstance(key, bytes) else str(key).encode()


def _whole(command: Command, is_asking: bool) -> list[Command]:
    return [("ASKING",), command] if is_asking else [command]


async def _refused() -> Answer:
    raise StoreRefused("no node is known that has these keys")
