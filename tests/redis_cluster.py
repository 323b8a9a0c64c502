"""A real Redis Cluster on the loopback: three masters, each with a replica."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from local import passwords, ports, servers
from local.server import Server

MASTERS = 3
SLOTS = 16384
# A master that is silent for so long is replaced.
NODE_TIMEOUT_MILLISECONDS = 1000
_CONFIG = f"""\
cluster-enabled yes
cluster-node-timeout {NODE_TIMEOUT_MILLISECONDS}
cluster-require-full-coverage no
cluster-allow-replica-migration no
cluster-replica-validity-factor 0
repl-diskless-sync-delay 0
appendfsync no
"""
_WITHIN_SECONDS = 60.0
# The port of a node, and the one on which it speaks to other nodes, are so far apart.
_BUS = 10_000


class ClusterNode(servers.Redis):
    """All nodes of a cluster have one password."""

    # Of the same cluster.
    others: Sequence[Self] = ()

    @property
    def port(self) -> int:
        """No other node has it, also one that does not listen yet, and the one for the other nodes is free, too."""
        folders = chain([self.folder], (self.folder / str(number) for number in count()))
        while self._port is None:
            port = ports.choose(next(folders), ports.BY_SERVER[self.name])
            if port not in [node._port for node in self.others] and ports.is_free(port + _BUS):
                self._port = port
        return self._port

    @property
    def password(self) -> str:
        return passwords.keep(self.folder.parent.parent / "password")

    def write_config(self) -> Path:
        config = super().write_config()
        config.write_text(f"{config.read_text()}masterauth {self.password}\n{_CONFIG}")
        return config

    def asks(self, *command: Any) -> Any:
        return self._client.execute_command(*command)

    @cached_property
    def _client(self) -> Redis:
        # It connects again where the node was restarted. To connect for each question would keep a core busy while a
        # test waits for the cluster.
        return Redis.from_url(self.url, decode_responses=True, socket_timeout=5, protocol=2)

    def deletes(self, slot: int) -> None:
        """The keys of a slot that it imports, and that no other node would delete here."""
        with self._client.pipeline(transaction=False) as commands:
            for key in self.asks("CLUSTER GETKEYSINSLOT", slot, 1000):
                commands.execute_command("ASKING")
                commands.execute_command("DEL", key)
            commands.execute()

    def stop(self) -> None:
        super().stop()
        self._client.close()

    def info(self) -> dict[str, Any]:
        return self.asks("INFO")  # type: ignore[no-any-return]

    @property
    def node_id(self) -> str:
        return str(self.asks("CLUSTER MYID"))


class RedisCluster:
    """It starts and ends as one server does. Node 0 to 2 are masters at first, and 3 to 5 their replicas."""

    def __init__(self, folder: Path, kind: type[ClusterNode] = ClusterNode) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.nodes = [kind(folder / str(number)) for number in range(2 * MASTERS)]
        for node in self.nodes:
            node.others = [other for other in self.nodes if other is not node]

    @property
    def url(self) -> str:
        places = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"redis+cluster://:{self.nodes[0].password}@{places}"

    def start(self) -> None:
        is_new = not (self.nodes[0].folder / "nodes.conf").exists()
        down = [node for node in self.nodes if not node.is_running()]
        for node in down:
            node.begin()
        servers_ready(down)
        if is_new:
            self._make()
        until(self.is_whole)

    def stop(self) -> None:
        servers.stop(*self.nodes)

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def pause(self) -> None:
        for node in self.nodes:
            node.pause()

    def resume(self) -> None:
        for node in self.nodes:
            node.resume()

    def is_running(self) -> bool:
        return all(node.is_running() for node in self.nodes)

    def __enter__(self) -> Self:
        with ExitStack() as undoing:
            undoing.callback(self.stop)
            self.start()
            undoing.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def configure(self, name: str, value: str) -> None:
        for node in self.nodes:
            node.asks("CONFIG SET", name, value)

    def is_whole(self) -> bool:
        """Whether all nodes run, agree, and each master has a replica that has its data."""
        try:
            states = [node.asks("CLUSTER INFO")["cluster_state"] for node in self.nodes]
            if states != ["ok"] * len(self.nodes):
                return False
            infos = [node.info() for node in self.nodes]
            views = {str(sorted(self._masters_by(node).items())) for node in self.nodes}
            replicas = {len(others) for node in self.nodes for _, _, _, *others in node.asks("CLUSTER SLOTS")}
        except RedisError:
            return False
        masters = [info for info in infos if info["role"] == "master"]
        linked = [info for info in infos if info.get("master_link_status") == "up"]
        return (
            (len(masters), len(linked)) == (MASTERS, MASTERS)
            and all(info["connected_slaves"] == 1 for info in masters)
            and (len(views), replicas) == (1, {1})
        )

    def master_of(self, slot: int) -> ClusterNode:
        """As the nodes that run say."""
        by_port = {node.port: node for node in self.nodes}
        for node in self.nodes:
            try:
                if node.is_running() and (port := self._owner_by(node, slot)):
                    return by_port[port]
            except RedisError:
                continue
        raise AssertionError(f"no node knows the master of slot {slot}")

    def owner(self, partition: str) -> ClusterNode:
        """The master of a partition's keys."""
        return self.master_of(key_slot(partition.encode()))

    def another(self, master: ClusterNode) -> ClusterNode:
        """Another master that has keys."""
        return next(found for slot in range(0, SLOTS, 64) if (found := self.master_of(slot)) is not master)

    def fail_over(self, master: ClusterNode) -> ClusterNode:
        """In good order, so that nothing is lost. Returns the replica that is the master now."""
        replica = self.replica_of(master)
        replica.asks("CLUSTER FAILOVER")
        until(lambda: replica.info()["role"] == "master")
        until(self.is_whole)
        return replica

    def replica_of(self, master: ClusterNode) -> ClusterNode:
        for node in self.nodes:
            if node is not master and node.is_running() and node.info().get("master_port") == master.port:
                return node
        raise AssertionError("this master has no replica")

    def move(self, slot: int, source: ClusterNode, target: ClusterNode) -> None:
        """With all its keys, as `redis-cli --cluster reshard` does it."""
        self.begin_move(slot, source, target)
        self.move_keys(slot, source, target)
        self.end_move(slot, source, target)

    def begin_move(self, slot: int, source: ClusterNode, target: ClusterNode) -> None:
        target.asks("CLUSTER SETSLOT", slot, "IMPORTING", source.node_id)
        source.asks("CLUSTER SETSLOT", slot, "MIGRATING", target.node_id)

    def move_keys(self, slot: int, source: ClusterNode, target: ClusterNode) -> None:
        while keys := source.asks("CLUSTER GETKEYSINSLOT", slot, 100):
            source.asks("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "AUTH", target.password, "KEYS", *keys)

    def end_move(self, slot: int, source: ClusterNode, target: ClusterNode) -> None:
        for node in (target, source):
            node.asks("CLUSTER SETSLOT", slot, "NODE", target.node_id)
        # The source has heard of the new owner, but not yet of its configuration epoch. If it got the slot back now, it
        # would claim it with an epoch that is not newer, and the nodes would never agree.
        until(lambda: all(self._is_known(slot, target, node) for node in self.nodes if node.is_running()))

    def _is_known(self, slot: int, owner: ClusterNode, node: ClusterNode) -> bool:
        return self._owner_by(node, slot) == owner.port and self._epoch_by(node, owner) == self._epoch_by(owner, owner)

    @staticmethod
    def _epoch_by(node: ClusterNode, master: ClusterNode) -> str:
        """The configuration epoch of a master, as a node knows it."""
        known = node.asks("CLUSTER NODES").values()
        return next(str(one["epoch"]) for one in known if one["node_id"] == master.node_id)

    def _make(self) -> None:
        masters, replicas = self.nodes[:MASTERS], self.nodes[MASTERS:]
        bounds = [number * SLOTS // MASTERS for number in range(MASTERS + 1)]
        for number, master in enumerate(masters):
            master.asks("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
        for number, node in enumerate(self.nodes):
            node.asks("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            node.asks("CLUSTER MEET", "127.0.0.1", self.nodes[0].port)
        until(lambda: all(node.asks("CLUSTER INFO")["cluster_known_nodes"] == "6" for node in self.nodes))
        until(lambda: all(len(self._masters_by(node)) == MASTERS for node in self.nodes))
        for master, replica in zip(masters, replicas, strict=True):
            replica.asks("CLUSTER REPLICATE", master.node_id)

    @staticmethod
    def _masters_by(node: ClusterNode) -> dict[tuple[int, int], int]:
        return {(first, last): int(master[1]) for first, last, master, *_ in node.asks("CLUSTER SLOTS")}

    def _owner_by(self, node: ClusterNode, slot: int) -> int | None:
        return next((port for (first, last), port in self._masters_by(node).items() if first <= slot <= last), None)


def until(claim: Callable[[], bool]) -> None:
    end = time.monotonic() + _WITHIN_SECONDS
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.05)


def servers_ready(nodes: list[ClusterNode]) -> None:
    ready: list[Server] = list(nodes)
    until(lambda: all(node.is_ready() for node in ready))
