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

# A script's keys and arguments.
ScriptCall = tuple[Sequence[str], Command]
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


@dataclass(slots=True, eq=False)
class ScriptRequest:
    """`prepare` and `unclaimed` are as in `Store.run`. Times are in seconds, by `time.monotonic`."""

    script: Script
    prepare: Callable[[Stamp], ScriptCall]
    unclaimed: Callable[[Outcome], None] | None
    answered: "asyncio.Future[Answer]"
    asked_at: float
    # What the script's keys hash to in a cluster, how often it was sent elsewhere, and whether the next server has its
    # keys only for this one time.
    slot: int = 0
    redirections: int = 0
    is_asking: bool = False
    # Both are set when it is written.
    written_at: float | None = None
    connection: RedisConnection | None = None
    outcome: Outcome | None = None
    _call: ScriptCall = ((), ())
    _has_left: bool = False

    def pack(self, stamp: Stamp) -> bytes:
        """The command that names the script by its digest. Raises what `prepare` raises."""
        keys, arguments = self._call = self.prepare(stamp)
        head = (_kept_head if len(keys) <= _MOST_KEPT_KEYS else _head)(self.script.digest, tuple(keys))
        # Without the line that says how many arguments these are.
        _, _, rest = packed(arguments).partition(b"\r\n")
        return b"*%d\r\n%b%b" % (_BEFORE_KEYS + len(keys) + len(arguments), head, rest)

    def pack_whole(self) -> bytes:
        """The same command with the script's text."""
        keys, arguments = self._call
        return packed(("EVAL", self.script.text, len(keys), *keys, *arguments))

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


def _head(digest: bytes, keys: tuple[str, ...]) -> bytes:
    _, _, packed_head = packed(("EVALSHA", digest, len(keys), *keys)).partition(b"\r\n")
    return packed_head


_kept_head = lru_cache(_KEPT)(_head)
