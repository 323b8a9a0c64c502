"""One Redis server in this process: the commands that the product uses, and its Lua scripts in a real Lua 5.1.

The clock is the event loop's. Only what the scripts and the rollup need is there; an unknown command is an error.
"""

import asyncio
import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

from lupa.lua51 import LuaRuntime

from store.lua import Script

# 12 November 2026, 09:40 UTC, in ms: not near the end of a day.
START = 1_794_476_400_000

_Id = tuple[int, int]
_PART = struct.Struct("<HIIQd")


class Stream:
    def __init__(self) -> None:
        self.entries: list[tuple[_Id, list[bytes]]] = []
        self.last: _Id = (0, 0)


class SimulatedRedis:
    """`identity` is another one after each restart. `texts` are replacements in the text of the scripts."""

    def __init__(self, texts: Sequence[tuple[str, str]] = ()) -> None:
        self.identity = 0
        self._texts = texts
        self._data: dict[bytes, Any] = {}
        self._ends: dict[bytes, int] = {}
        self._compiled: dict[bytes, Any] = {}
        self._lua = LuaRuntime(encoding=None, unpack_returned_tuples=True)
        of_redis = {b"redis": {b"call": self._call_of_lua}, b"struct": {b"unpack": _unpack}}
        of_redis[b"cjson"] = {b"decode": self._decode, b"encode": _encode}
        for name, functions in of_redis.items():
            self._lua.globals()[name] = self._lua.table_from(functions)
        self._commands: dict[str, Callable[..., Any]] = {
            name[1:].upper(): getattr(self, name) for name in dir(self) if name.startswith("_") and name[1:].isalpha()
        }

    @property
    def now(self) -> int:
        """In ms since 1970."""
        return START + int(asyncio.get_running_loop().time() * 1000)

    def flush(self) -> None:
        self._data.clear()
        self._ends.clear()

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> list[Any]:
        compiled = self._compiled.get(script.digest)
        if compiled is None:
            compiled = self._compiled[script.digest] = self._compile(script)
        answer = compiled(
            self._lua.table_from([key.encode() for key in keys]),
            self._lua.table_from([_bytes(argument) for argument in arguments]),
        )
        found: list[Any] = _from_lua(answer)
        return found

    def command(self, name: str, *arguments: Any) -> Any:
        return self._commands[name](*[_bytes(argument) for argument in arguments])

    def _compile(self, script: Script) -> Any:
        text = script.text.decode()
        for old, new in self._texts:
            text = text.replace(old, new)
        return self._lua.execute(f"return function(KEYS, ARGV)\n{text}\nend".encode())

    def _call_of_lua(self, name: bytes, *arguments: Any) -> Any:
        return self._to_lua(self._commands[name.decode()](*map(_bytes, arguments)))

    def _decode(self, text: bytes) -> Any:
        return self._lua.table_from(_keys_as_bytes(json.loads(text)), recursive=True)

    def _to_lua(self, answer: Any) -> Any:
        if answer is None:
            return False
        if isinstance(answer, list):
            return self._lua.table_from([self._to_lua(one) for one in answer])
        return answer

    def _of(self, key: bytes, make: Callable[[], Any]) -> Any:
        """The value at `key`, or a new one that is not stored."""
        ends = self._ends.get(key)
        if ends is not None and ends <= self.now:
            self._del(key)
        return self._data.get(key, None) or make()

    def _put(self, key: bytes, value: Any) -> None:
        if value:
            self._data[key] = value
        else:
            self._del(key)

    def _time(self) -> list[bytes]:
        microseconds = int(asyncio.get_running_loop().time() * 1_000_000) + START * 1000
        return [b"%d" % (microseconds // 1_000_000), b"%d" % (microseconds % 1_000_000)]

    def _del(self, *keys: bytes) -> int:
        for key in keys:
            self._data.pop(key, None)
            self._ends.pop(key, None)
        return len(keys)

    def _exists(self, *keys: bytes) -> int:
        return sum(bool(self._of(key, dict)) for key in keys)

    def _pexpire(self, key: bytes, milliseconds: bytes) -> int:
        return self._pexpireat(key, self.now + int(milliseconds))

    def _pexpireat(self, key: bytes, time: bytes | int) -> int:
        if key in self._data:
            self._ends[key] = int(time)
        return 1

    def _setrange(self, key: bytes, offset: bytes, text: bytes) -> int:
        assert text == b""
        return 0

    def _hget(self, key: bytes, field: bytes) -> bytes | None:
        found: bytes | None = self._of(key, dict).get(field)
        return found

    def _hmget(self, key: bytes, *fields: bytes) -> list[bytes | None]:
        stored = self._of(key, dict)
        return [stored.get(field) for field in fields]

    def _hgetall(self, key: bytes) -> list[bytes]:
        return [part for pair in self._of(key, dict).items() for part in pair]

    def _hkeys(self, key: bytes) -> list[bytes]:
        return list(self._of(key, dict))

    def _hset(self, key: bytes, *pairs: bytes) -> int:
        self._put(key, self._of(key, dict) | dict(zip(pairs[::2], pairs[1::2], strict=True)))
        return 1

    def _hdel(self, key: bytes, *fields: bytes) -> int:
        stored = self._of(key, dict)
        count = sum(stored.pop(field, None) is not None for field in fields)
        self._put(key, stored)
        return count

    def _hlen(self, key: bytes) -> int:
        return len(self._of(key, dict))

    def _hexists(self, key: bytes, field: bytes) -> int:
        return int(field in self._of(key, dict))

    def _hincrby(self, key: bytes, field: bytes, by: bytes) -> int:
        stored = self._of(key, dict)
        stored[field] = b"%d" % (int(stored.get(field, 0)) + int(by))
        self._put(key, stored)
        return int(stored[field])

    def _lindex(self, key: bytes, index: bytes) -> bytes | None:
        stored = self._of(key, list)
        found: bytes | None = stored[int(index)] if stored else None
        return found

    def _lpop(self, key: bytes) -> bytes | None:
        stored = self._of(key, list)
        found: bytes | None = stored.pop(0) if stored else None
        self._put(key, stored)
        return found

    def _rpush(self, key: bytes, *values: bytes) -> int:
        self._put(key, [*self._of(key, list), *values])
        return 1

    def _lrange(self, key: bytes, first: bytes, last: bytes) -> list[bytes]:
        found: list[bytes] = self._of(key, list)[int(first) : int(last) + 1]
        return found

    def _ltrim(self, key: bytes, first: bytes, last: bytes) -> int:
        assert last == b"-1"
        self._put(key, self._of(key, list)[int(first) :])
        return 1

    def _zadd(self, key: bytes, score: bytes, member: bytes) -> int:
        self._put(key, self._of(key, dict) | {member: int(score)})
        return 1

    def _zrem(self, key: bytes, member: bytes) -> int:
        return self._hdel(key, member)

    def _zcard(self, key: bytes) -> int:
        return len(self._of(key, dict))

    def _zscore(self, key: bytes, member: bytes) -> bytes | None:
        score = self._of(key, dict).get(member)
        return None if score is None else b"%d" % score

    def _zcount(self, key: bytes, least: bytes, most: bytes) -> int:
        assert most == b"+inf"
        return sum(score >= int(least) for score in self._of(key, dict).values())

    def _zremrangebyscore(self, key: bytes, least: bytes, most: bytes) -> int:
        assert least == b"-inf"
        self._put(key, {member: score for member, score in self._of(key, dict).items() if score > int(most)})
        return 1

    def _sadd(self, key: bytes, member: bytes) -> int:
        self._put(key, self._of(key, set) | {member})
        return 1

    def _srem(self, key: bytes, member: bytes) -> int:
        self._put(key, self._of(key, set) - {member})
        return 1

    def _smembers(self, key: bytes) -> list[bytes]:
        return sorted(self._of(key, set))

    def _xadd(self, key: bytes, identity: bytes, *fields: bytes) -> bytes:
        assert identity == b"*"
        stream = self._of(key, Stream)
        milliseconds, number = stream.last
        stream.last = (self.now, 0) if self.now > milliseconds else (milliseconds, number + 1)
        stream.entries.append((stream.last, list(fields)))
        self._data[key] = stream
        return _text(stream.last)

    def _xlen(self, key: bytes) -> int:
        return len(self._of(key, Stream).entries)

    def _xrange(self, key: bytes, first: bytes, last: bytes, count: bytes, most: bytes) -> list[Any]:
        assert (last, count) == (b"+", b"COUNT")
        after = (-1, 0) if first == b"-" else _id(first.removeprefix(b"("))
        assert first == b"-" or first.startswith(b"(")
        found = [[_text(one), fields] for one, fields in self._of(key, Stream).entries if one > after]
        return found[: int(most)]

    def _xtrim(self, key: bytes, how: bytes, least: bytes) -> int:
        assert how == b"MINID"
        stream = self._of(key, Stream)
        stream.entries = [entry for entry in stream.entries if entry[0] >= _id(least)]
        return 1

    def _xdel(self, key: bytes, identity: bytes) -> int:
        stream = self._of(key, Stream)
        stream.entries = [entry for entry in stream.entries if entry[0] != _id(identity)]
        return 1

    def _xinfo(self, what: bytes, key: bytes) -> list[bytes]:
        return [b"last-generated-id", _text(self._of(key, Stream).last)]


def _id(text: bytes) -> _Id:
    milliseconds, _, number = text.partition(b"-")
    return int(milliseconds), int(number or 0)


def _text(identity: _Id) -> bytes:
    return b"%d-%d" % identity


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    # As Redis turns Lua's numbers into text.
    return f"{value:.17g}".encode() if isinstance(value, float) else str(value).encode()


def _encode(table: Any) -> bytes:
    return json.dumps({key.decode(): value for key, value in table.items()}).encode()


def _unpack(form: bytes, packed: bytes, position: int) -> tuple[Any, ...]:
    """As `struct.unpack` of Redis' Lua, for the one form that settle.lua uses."""
    assert form == b"<I2I4I4I8d"
    return *_PART.unpack_from(packed, position - 1), position + _PART.size


def _keys_as_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.encode(): _keys_as_bytes(one) for key, one in value.items()}
    return value


def _from_lua(value: Any) -> Any:
    if value is None or value is False:
        return None
    if isinstance(value, bytes | int):
        return value
    if isinstance(value, float):
        return int(value)
    found: list[Any] = []
    while (one := value[len(found) + 1]) is not None:
        found.append(_from_lua(one))
    return found
