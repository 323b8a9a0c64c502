"""One script that a caller waits for, from the moment when it is asked for until Redis has answered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.connections import Answer, Command, RedisConnection, packed
from store.lua import Script

# So many keys are kept as they are written, a kilobyte each. Those of a caller are the same in each request. Longer
# lists, as of the users of a partition, are rarely the same and take far more.
_KEPT = 8192
_MOST_KEPT_KEYS = 16
# The name of the command, the script, and how many keys it has.
_BEFORE_KEYS = 3


class Packed:
    """Arguments that many calls have alike, packed once."""

    __slots__ = ("arguments", "octets")

    def __init__(self, arguments: Command) -> None:
        self.arguments = arguments
        self.octets = _without_count(packed(arguments))


# A script's keys and arguments. The last of these may be packed.
ScriptCall = tuple[Sequence[str], Command]
PackedCall = tuple[Sequence[str], Command, Packed]
# What became of a script: its answer, or the error that its caller gets.
Outcome = Answer | Exception


# Not frozen: a frozen one takes six times as long to make.
@dataclass(slots=True)
class Stamp:
    """The epoch, the Redis server and the time when a script is written. `now` and `not_after` are Redis' time in ms.

    It is never changed. `now` is an estimate. A script that Redis runs after `not_after` changes nothing. `generation`
    is the number of the Redis server.
    """

    epoch: int
    generation: int
    now: int
    not_after: int


Prepare = Callable[[Stamp], ScriptCall | PackedCall]


class ScriptRequest:
    """`prepare` and `unclaimed` are as in `Store.run`. Times are in seconds, by `time.monotonic`."""

    # What few requests change: how often it was sent elsewhere, and whether the next server has its keys only for this
    # one time.
    redirections = 0
    is_asking = False
    # Both are set when it is written.
    written_at: float | None = None
    connection: RedisConnection | None = None
    outcome: Outcome | None = None
    _call: ScriptCall | PackedCall = ((), ())
    _has_left = False

    def __init__(
        self,
        script: Script,
        prepare: Prepare,
        unclaimed: Callable[[Outcome], None] | None,
        answered: "asyncio.Future[Answer]",
        asked_at: float,
        at: str = "",
    ) -> None:
        self.script = script
        self.prepare = prepare
        self.unclaimed = unclaimed
        self.answered = answered
        self.asked_at = asked_at
        # One of the script's keys, or their partition, which says where they are in a cluster.
        self.at = at

    def pack(self, stamp: Stamp) -> bytes:
        """The command that names the script by its digest. Raises what `prepare` raises."""
        self._call = self.prepare(stamp)
        keys = self._call[0]
        head = (_kept_head if len(keys) <= _MOST_KEPT_KEYS else _head)(b"EVALSHA", self.script.digest, tuple(keys))
        return _command(head, self._call)

    def pack_whole(self) -> bytes:
        """The same command with the script's text."""
        return _command(_head(b"EVAL", self.script.text, tuple(self._call[0])), self._call)

    def end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        if self._has_left:
            self._hand_over(outcome)
        elif self.answered.done():
            pass  # The caller was cancelled and is about to leave: `leave` finds the outcome.
        elif isinstance(outcome, Answer):
            self.answered.set_result(outcome)
        else:
            self.answered.set_exception(outcome)

    def leave(self) -> None:
        """The caller was cancelled. The script may run all the same, or it has run already."""
        self._has_left = True
        if self.answered.done() and not self.answered.cancelled():
            # Otherwise asyncio would log an error that nobody has looked at.
            self.answered.exception()
        if self.outcome is not None:
            self._hand_over(self.outcome)

    def _hand_over(self, outcome: Outcome) -> None:
        if self.unclaimed is not None:
            self.unclaimed(outcome)


def _head(name: bytes, script: bytes, keys: tuple[str, ...]) -> bytes:
    return _without_count(packed((name, script, len(keys), *keys)))


def _command(head: bytes, call: ScriptCall | PackedCall) -> bytes:
    keys, arguments, *alike = call
    octets = packed(arguments)
    count, octets = _BEFORE_KEYS + len(keys) + len(arguments), octets[octets.index(b"\n") + 1 :]
    for more in alike:
        count += len(more.arguments)
        octets += more.octets
    return b"*%d\r\n%b%b" % (count, head, octets)


def _without_count(command: bytes) -> bytes:
    """Without the line that says how many arguments there are."""
    return command[command.index(b"\n") + 1 :]


_kept_head = lru_cache(_KEPT)(_head)
