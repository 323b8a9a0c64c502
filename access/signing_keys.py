"""The key file of the service: what it holds, which of its keys is used now, and how the first file is written.

Ed25519 keys sign credentials. Secret keys encrypt stored secrets, and derive keys that must be the
same in every process.
"""

import errno
import fcntl
import glob
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey

from settings import SettingsError

K = TypeVar("K", OKPKey, OctKey)

# The member of a key with the unix second from which on it is used. Without it, the key is always used.
BEGINS_AT = "gatehouse_begins_at"
LARGEST = 64 * 1024

ALONE_WITHIN = timedelta(seconds=10)
_LOOK_AGAIN_SECONDS = 0.05
_DRAFT_BYTES = 8

_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET_BYTES = 32
# 32 random bytes have about 30 different values. A key typed by hand, or all zeros, has few.
_FEWEST_DIFFERENT_BYTES = 16
# Of the year 9999, the last one of Python's calendar.
_LAST_SECOND = 253_402_214_400


@dataclass(frozen=True, slots=True)
class Keys:
    """In the order of the file. `begins_at`: the unix second from which on a key is used, where the file has one.

    `retired`: names of retired keys, in the file or not. They are not used any more, and what they have signed is
    refused.
    """

    signing: tuple[OKPKey, ...]
    secret: tuple[OctKey, ...]
    begins_at: Mapping[str, int] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()

    @property
    def verifying(self) -> tuple[OKPKey, ...]:
        return tuple(key for key in self.signing if key.kid not in self.retired)

    def signing_at(self, at: datetime) -> OKPKey | None:
        """The key that signs at this time. None where all are retired."""
        return self._used(self.verifying, at) if self.verifying else None

    def encrypting_at(self, at: datetime) -> OctKey:
        """The key that encrypts at this time. A retired one where all are retired: what it encrypts can be opened."""
        return self._used([key for key in self.secret if key.kid not in self.retired] or self.secret, at)

    def _used(self, keys: Sequence[K], at: datetime) -> K:
        """The newest key that has started; of those that started together, the first."""
        started = [key for key in keys if self._begins_at(key) <= at.timestamp()]
        return max(started, key=self._begins_at) if started else min(keys, key=self._begins_at)

    def _begins_at(self, key: OKPKey | OctKey) -> int:
        return self.begins_at.get(str(key.kid), 0)


def always(keys: Keys) -> Callable[[], Keys]:
    """For a caller that wants a callable, because keys may change. These do not."""
    return lambda: keys


def read(file: Path) -> Keys:
    """The keys of a JSON Web Key Set of private Ed25519 keys and secret keys for A256GCM.

    Raises SettingsError for a file that is missing, readable by other users, malformed, or holds a weak key or one of
    another kind. No message holds any content of the file.
    """
    numbered = list(enumerate(_members(file), 1))
    keys = [_key(number, member, file) for number, member in numbered]
    if len({key.kid for key in keys}) != len(keys):
        raise _refusal(file, "two keys in it have the same `kid`")
    signing = tuple(key for key in keys if isinstance(key, OKPKey))
    secret = tuple(key for key in keys if isinstance(key, OctKey))
    if not signing or not secret:
        missing = "secret key for A256GCM" if signing else "Ed25519 key"
        raise _refusal(file, f"it holds no {missing}; `gatehouse keys new FILE` makes a file with both")
    begins_at = {member["kid"]: _second(number, member, file) for number, member in numbered if BEGINS_AT in member}
    return Keys(signing, secret, begins_at)


def create(file: Path) -> str:
    """Writes a new file with one new key of each kind, readable only by its owner. Returns the signing key's `kid`.

    Raises OSError. Never replaces a file, but raises FileExistsError: every credential signed by its keys would become
    invalid.
    """
    key = new_signing_key()
    with alone(file.parent):
        draft = write_draft(file, {"keys": [key, new_secret_key()]})
        try:
            # Others see either no file or a whole one. Of two processes that create it at once, the second is refused.
            os.link(draft, file)
        finally:
            draft.unlink()
    return str(key["kid"])


def new_signing_key() -> dict[str, Any]:
    return _named_well(lambda: OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True))


def new_secret_key() -> dict[str, Any]:
    return _named_well(lambda: OctKey.generate_key(256, {"use": "enc", "alg": "A256GCM"}, auto_kid=True))


def _named_well(generate: Callable[[], OKPKey | OctKey]) -> dict[str, Any]:
    # The name is the thumbprint, and one in 64 begins with a hyphen: `keys retire` would take that for an option.
    while not (made := dict(generate().as_dict(private=True)))["kid"][0].isalnum():
        pass
    return made


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """A lock for changes of a key file in this folder. Raises OSError, also where another process holds it too long."""
    # Not on the file itself, which is replaced, and not on a lock file, which would be left behind.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def write_draft(file: Path, content: Mapping[str, Any]) -> Path:
    """Writes the content to a new file beside `file`, readable only by its owner and synced to the disk.

    The caller holds the lock of `alone` and renames the draft. Drafts of processes that were killed are removed first:
    they hold keys, and no operator would look for them. Raises OSError.
    """
    for left in file.parent.glob(f"{glob.escape(f'.{file.name}.')}{'[0-9a-f]' * 2 * _DRAFT_BYTES}"):
        left.unlink()
    draft = file.with_name(f".{file.name}.{token_hex(_DRAFT_BYTES)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as out:
            out.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        draft.unlink()
        raise
    return draft


def _lock(folder: int) -> None:
    end = time.monotonic() + ALONE_WITHIN.total_seconds()
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise TimeoutError(errno.ETIMEDOUT, "another command is changing it") from None
        time.sleep(_LOOK_AGAIN_SECONDS)


def _members(file: Path) -> list[Mapping[str, Any]]:
    try:
        with file.open("rb") as keys:
            _check_mode(file, os.fstat(keys.fileno()))
            text = keys.read(LARGEST + 1)
        parsed = orjson.loads(text) if len(text) <= LARGEST else None
    except OSError as error:
        raise _refusal(file, f"it cannot be read ({error.strerror}); `gatehouse keys new FILE` makes one") from error
    except orjson.JSONDecodeError:
        parsed = None
    members = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(members, list) or not members or not all(isinstance(member, dict) for member in members):
        raise _refusal(file, "it must be a JSON Web Key Set with at least one key")
    return members


def _check_mode(file: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _refusal(file, "it must be a file")
    # Its group may read it: so Kubernetes mounts secrets for a user who is not root.
    if found.st_mode & 0o027:
        raise _refusal(file, "other users may read or change it: set its mode to 600")


def _key(number: int, member: Mapping[str, Any], file: Path) -> OKPKey | OctKey:
    if not isinstance(member.get("kid"), str) or not _KID.fullmatch(member["kid"]):
        raise _refusal(file, f"key {number} in it needs a `kid` of 1 to 64 letters, digits, - and _")
    return _secret_key(number, member, file) if member.get("kty") == "oct" else _signing_key(number, member, file)


def _second(number: int, member: Mapping[str, Any], file: Path) -> int:
    second = member[BEGINS_AT]
    # `type`, because True is an int too.
    if type(second) is not int or not 0 <= second <= _LAST_SECOND:
        raise _refusal(file, f"key {number} in it has a `{BEGINS_AT}` that is not a whole number of seconds since 1970")
    return second


def _secret_key(number: int, member: Mapping[str, Any], file: Path) -> OctKey:
    if (member.get("use"), member.get("alg")) != ("enc", "A256GCM"):
        raise _refusal(file, f"key {number} in it is not a key for encryption by A256GCM")
    try:
        key = OctKey.import_key({name: member[name] for name in ("kty", "kid", "k")})
        raw = key.raw_value
    except (JoseError, ValueError, TypeError, KeyError):
        # Not chained: the library's message may hold a part of the key.
        raise _refusal(file, f"key {number} in it is malformed") from None
    if len(raw) != _SECRET_BYTES or len(set(raw)) < _FEWEST_DIFFERENT_BYTES:
        raise _refusal(file, f"key {number} in it is weak; `gatehouse keys new FILE` makes a good one")
    return key


def _signing_key(number: int, member: Mapping[str, Any], file: Path) -> OKPKey:
    if (member.get("kty"), member.get("crv"), member.get("use", "sig"), member.get("alg", "Ed25519")) != (
        "OKP",
        "Ed25519",
        "sig",
        "Ed25519",
    ):
        raise _refusal(file, f"key {number} in it is not an Ed25519 key for signatures")
    given = {name: member.get(name) for name in ("kty", "crv", "kid", "x", "d")}
    if not isinstance(given["d"], str) or not isinstance(given["x"], str):
        raise _refusal(file, f"key {number} in it is not a private key: it needs `d` and `x`")
    return _checked(number, given, file)


def _checked(number: int, given: dict[str, Any], file: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(given)
        secret = key.private_key
    except (JoseError, ValueError, TypeError):
        # Not chained: the library's message may hold a part of the key.
        raise _refusal(file, f"key {number} in it is malformed") from None
    if secret is None or len(set(secret.private_bytes_raw())) < _FEWEST_DIFFERENT_BYTES:
        raise _refusal(file, f"key {number} in it is weak; `gatehouse keys new FILE` makes a good one")
    if OKPKey.import_key(secret).as_dict(private=False)["x"] != given["x"]:
        raise _refusal(file, f"key {number} in it has a public half that does not belong to its private half")
    return key


def _refusal(file: Path, reason: str) -> SettingsError:
    return SettingsError(f"GATEHOUSE_SIGNING_KEYS_FILE, {file}: {reason}.")
