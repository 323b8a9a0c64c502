"""One script that a caller waits for, from the moment when it is asked for until Redis has answered."""

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import named_tuples
from store.connections import Answer, Command, RedisConnection, packed
from store.lua import Script

# So many keys are kept as they are written, a kilobyte each. Those of a caller are the same in each request. Longer
# lists, as of the users of a partition, are rarely the same and take far more.
_KEPT = 8192
_MOST_KEPT_KEYS = 16
# The name of the command, the script, and how many keys it has.
_BEFORE_KEYS = 3


class Packed:
    """A script's keys and its first arguments, which many calls have alike, packed once."""

    __slots__ = ("arguments", "count", "keys", "octets")

    def __init__(self, script: Script, keys: Sequence[str], arguments: Command = ()) -> None:
        self.keys = keys
        self.arguments = arguments
        self.count = _BEFORE_KEYS + len(keys) + len(arguments)
        self.octets = _without_count(packed((b"EVALSHA", script.digest, len(keys), *keys, *arguments)))


# A script's keys and arguments, or the arguments after those that are packed.
ScriptCall = tuple[Sequence[str] | Packed, Command]
# What became of a script: its answer, or the error that its caller gets.
Outcome = Answer | Exception


class Stamp(NamedTuple):
    """The epoch, the Redis server and the time when a script is written. `now` and `not_after` are Redis' time in ms.

    `now` is an estimate. A script that Redis runs after `not_after` changes nothing. `generation`
    is the number of the Redis server.
    """

    epoch: int
    generation: int
    now: int
    not_after: int


new_stamp = named_tuples.maker(Stamp)

Prepare = Callable[[Stamp], ScriptCall]


class Written(NamedTuple):
    """To which connection a script was written, and when, by `time.monotonic`."""

    connection: RedisConnection
    at: float


new_written = named_tuples.maker(Written)


class ScriptRequest:
    """`prepare` and `unclaimed` are as in `Store.run`. Times are in seconds, by `time.monotonic`."""

    # What few requests change: how often it was sent elsewhere, and whether the next server has its keys only for this
    # one time.
    redirections = 0
    is_asking = False
    # What came between a caller's cancellation and the moment when it leaves.
    _missed: Outcome | None = None
    _call: ScriptCall = ((), ())
    _has_left = False

    def __init__(
        self,
        script: Script,
        prepare: Prepare,
        unclaimed: Callable[[Outcome], None] | None,
        answered: "asyncio.Future[Answer]",
        asked_at: float,
        key: str = "",
    ) -> None:
        self.script = script
        self.prepare = prepare
        self.unclaimed = unclaimed
        self.answered = answered
        self.asked_at = asked_at
        # One of the script's keys, or their partition, which says where they are in a cluster.
        self.key = key

    def pack(self, stamp: Stamp) -> bytes:
        """The command that names the script by its digest. Raises what `prepare` raises."""
        self._call = head, arguments = self.prepare(stamp)
        octets = packed(arguments)
        if not isinstance(head, Packed):
            head = (_kept_head if len(head) <= _MOST_KEPT_KEYS else Packed)(self.script, tuple(head))
        return b"*%d\r\n%b%b" % (head.count + len(arguments), head.octets, octets[octets.index(b"\n") + 1 :])

    def pack_whole(self) -> bytes:
        """The same command with the script's text."""
        head, arguments = self._call
        keys, first = (head.keys, head.arguments) if isinstance(head, Packed) else (head, ())
        return packed((b"EVAL", self.script.text, len(keys), *keys, *first, *arguments))

    def end(self, outcome: Outcome) -> None:
        answered = self.answered
        if answered.done():
            if self._has_left:
                self._hand_over(outcome)
            else:
                self._missed = outcome
        elif type(outcome) is Answer:
            answered.set_result(outcome)
        else:
            answered.set_exception(cast("Exception", outcome))

    def leave(self) -> None:
        """The caller was cancelled. The script may run all the same, or it has run already."""
        self._has_left = True
        if self.answered.done() and not self.answered.cancelled():
            # It was answered just before the cancellation.
            error = cast("Exception | None", self.answered.exception())
            self._hand_over(self.answered.result() if error is None else error)
        elif self._missed is not None:
            self._hand_over(self._missed)

    def _hand_over(self, outcome: Outcome) -> None:
        if self.unclaimed is not None:
            self.unclaimed(outcome)


def _without_count(command: bytes) -> bytes:
    """Without the line that says how many arguments there are."""
    return command[command.index(b"\n") + 1 :]


_kept_head = lru_cache(_KEPT)(Packed)
