"""How this process uses Redis: one server, or the masters of a cluster. Each of them is a node (store/node.py)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import Any

from settings import Settings, SettingsError
from store import address, identities
from store.cluster import Cluster
from store.connections import Answer, ClusterMissing, Command, StoreDown
from store.epoch import Epoch
from store.lua import Script
from store.node import Node, Redirect, Register
from store.pipeline import DEADLINE
from store.raising import Raising
from store.script_requests import Outcome, Packed, Prepare, ScriptCall, Stamp
from telemetry import loops, metrics, traces

__all__ = ["Answer", "Outcome", "Packed", "ScriptCall", "Stamp", "Store", "StoreDown"]

_PROBE_EVERY = timedelta(seconds=0.5)
# Each step of a probe has a shorter deadline. A probe may register a new server in Postgres and open 16 connections.
_PROBE_WITHIN = timedelta(seconds=8)


class Store:
    """One per process. Commands are refused until `watch` runs.

    The functions that are about keys take a key, or a partition.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for a malformed address."""
        self.epoch = Epoch(settings)
        self.raising = Raising()
        self._failed = asyncio.Event()
        url = str(settings.redis_url)
        urls = _urls_of_cluster(url)
        if urls is None:
            self._servers: _OneServer | Cluster = _OneServer(self._new_node(url, identities.register), self.epoch)
        else:
            self._servers = Cluster(urls, self._new_node, self._failed.set)
        metrics.EPOCH.set_function(lambda: self.epoch.number)
        for state in ("up", "down"):
            metrics.REDIS_MASTERS.labels(state).set_function(self._counting(is_up=state == "up"))

    @property
    def nodes(self) -> Sequence[Node]:
        """The only server, or the masters of the cluster that are known."""
        return self._servers.nodes

    @property
    def up(self) -> bool:
        """Whether Redis answers; of a cluster, whether any master does."""
        return any(node.up for node in self.nodes)

    @property
    def is_unexpected_cluster(self) -> bool:
        """Whether the URL names one server, and the last probe found a Redis Cluster. It cannot be used."""
        return any(node.is_unexpected_cluster for node in self.nodes)

    @property
    def is_missing_cluster(self) -> bool:
        """Whether the URL names a cluster, and the last probe found a server without one. It cannot be used."""
        return isinstance(self._servers, Cluster) and isinstance(self._servers.trouble, ClusterMissing)

    def is_up(self, key: str) -> bool:
        """Whether the server that has these keys answers."""
        node = self._servers.owner(key)
        return node is not None and node.up

    def may_answer(self, key: str) -> bool:
        """Whether that server answers, or a script would wait for the probe that finds out."""
        node = self._servers.owner(key)
        return node is not None and node.may_answer

    def generation(self, key: str) -> int:
        """The number of the server that has these keys; 0 if that is not known."""
        return self._servers.generation(key)

    def shares(self, keys: Iterable[str]) -> list[list[str]]:
        """The same keys, by the server that has them. What fails for one list need not fail for the others."""
        found: defaultdict[Node | None, list[str]] = defaultdict(list)
        for key in keys:
            found[self._servers.owner(key)].append(key)
        return [*found.values()]

    def run(
        self,
        script: Script,
        prepare: Prepare,
        *,
        key: str,
        unclaimed: Callable[[Outcome], None] | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """The answer of the script, which is asked for by the call itself. Await it in the same step of the task:
        otherwise `unclaimed` does not hear of a task that is cancelled before.

        `prepare` returns its keys and arguments, or raises an error for the caller. It is called just before they are
        written; in a cluster perhaps again, for another server. A caller who leaves does not stop the script:
        `unclaimed` then gets the answer, or the error. Raises StoreRefused if the script did not run, and StoreDown if
        it may still run.
        """
        answer = self._servers.run(script, prepare, unclaimed, key)
        return traces.within(f"redis {script.name}", answer) if traces.are_sent else answer

    async def drain(self) -> None:
        """Returns when no script of this process waits or is unanswered."""
        await self._servers.drain()

    async def batch(self, commands: Sequence[Command], *, within: timedelta = DEADLINE) -> list[Any]:
        """Sends plain commands in one go and returns their answers. Raises StoreDown.

        In a cluster each goes where its key is. One without a key, such as TIME, goes where the one before it goes.
        """
        return await self._servers.batch(commands, within)

    async def answers(self) -> bool:
        """Whether Redis answers a new connection within the deadline; of a cluster, whether any master does."""
        return any(await asyncio.gather(*(node.answers() for node in self.nodes)))

    async def watch(self) -> None:
        """Probes Redis twice a second, and at once after a command without an answer."""
        await loops.forever("store", self.probe, every=_PROBE_EVERY, within=_PROBE_WITHIN, wake=self._failed)

    async def probe(self) -> None:
        """Finds out which servers answer and which they are. Raises no errors of Redis or Postgres, only bugs."""
        await self._servers.look()
        for error in await asyncio.gather(*(node.probe() for node in self.nodes), return_exceptions=True):
            if error is not None:
                raise error

    async def aclose(self) -> None:
        self._servers.close()
        await self.epoch.aclose()

    def _new_node(self, url: str, register: Register, redirect: Redirect | None = None) -> Node:
        return Node(url, self.epoch, register=register, failed=self._failed, redirect=redirect)

    def _counting(self, *, is_up: bool) -> Callable[[], float]:
        return lambda: sum(node.up == is_up for node in self.nodes)


class _OneServer:
    """What `Cluster` is, for a single server."""

    def __init__(self, node: Node, epoch: Epoch) -> None:
        self.nodes = (node,)
        self.run = node.pipeline.run
        self._node = node
        self._epoch = epoch

    def owner(self, key: str) -> Node:
        return self._node

    def generation(self, key: str) -> int:
        return max(self._epoch.live, default=0)

    async def batch(self, commands: Sequence[Command], within: timedelta) -> list[Any]:
        return await self._node.batch(commands, within)

    async def drain(self) -> None:
        await self._node.pipeline.drain()

    async def look(self) -> None:
        """There is no map to read."""

    def close(self) -> None:
        self._node.close()


def _urls_of_cluster(url: str) -> address.Cluster | None:
    try:
        return address.cluster(url)
    except ValueError as error:
        # Without the library's own message, which may repeat the password.
        raise SettingsError(
            "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS. For a "
            "cluster it is redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT or rediss+cluster://."
        ) from error
