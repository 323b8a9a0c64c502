"""The keys in Redis: which partition a subject belongs to, and the names of its keys.

A subject is a user or a network. All keys of one script share a hash tag, the partition. So one log for all subjects of
a partition can be in the same script. Names are made only here; the scripts are given them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

# Never changes: another number would give every subject other keys.
PARTITIONS = 256
# As many workers can roll up at once. Each has one transaction in Postgres then.
_GROUPS = 4
# Subjects whose key names a process keeps, with a credential or without: about two kilobytes for each.
KEPT = 4096


# What Redis' SCAN matches to find the days of users, and of networks.
EVERY_DAY = "{*}:d:*"
_DAY_OF_USER = re.compile(rb"\{([0-9]{1,3})\}:d:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class Log(NamedTuple):
    """The log of a partition's calls in one Redis server. `generation` is the number of that server."""

    partition: str
    generation: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.generation}"


# Compared as objects: what is kept for each of them is looked up several times for each call.
@dataclass(frozen=True, eq=False)
class SubjectKeys:
    """The keys of one subject, a user or a network, and of the credential in use.

    `first` is the first of the API tokens that were rotated to the credential; '' if it was not rotated from any.
    """

    partition: str
    subject: str
    credential: str = "-"
    first: str = ""

    @cached_property
    def names(self) -> bytes:
        """The subject and the limit key, as the reaper reads them."""
        return f"{self.subject}|{self.limit_key}|".encode()

    @property
    def credential_entry(self) -> str:
        return f"{{{self.partition}}}:c:{self.credential}"

    @property
    def subject_entry(self) -> str:
        return f"{{{self.partition}}}:u:{self.subject}"

    @property
    def minute(self) -> tuple[str, str]:
        return self._window("w", self.subject)

    @property
    def limit_key(self) -> str:
        """The name under which an API token's own windows are kept. Rotated tokens share one."""
        return self.first or self.credential

    @property
    def token_minute(self) -> tuple[str, str]:
        return self._window("v", self.limit_key)

    def account_minute(self, *, of_token: bool) -> tuple[str, str]:
        """A user's sessions share one window. Each API token has a separate one, so it cannot use up its owner's."""
        return self._window("a", self.limit_key if of_token else self.subject)

    @property
    def day(self) -> str:
        return f"{{{self.partition}}}:d:{self.subject}"

    @property
    def models_minute(self) -> tuple[str, str]:
        """The minute windows of single models, all in one."""
        return self._window("m", self.subject)

    @property
    def models_day(self) -> str:
        """The units of single models on one day, and what the running calls have spent of them."""
        return f"{{{self.partition}}}:md:{self.subject}"

    @property
    def slots(self) -> str:
        return f"{{{self.partition}}}:h:{self.subject}"

    def _window(self, kind: str, of: str) -> tuple[str, str]:
        return f"{{{self.partition}}}:{kind}:{of}", f"{{{self.partition}}}:{kind}o:{of}"


def of_user(user_id: UUID, credential_id: UUID | None = None, first_id: UUID | None = None) -> SubjectKeys:
    """`first_id` as in `Credential`."""
    credential = "-" if credential_id is None else str(credential_id)
    return of_subject(str(user_id), credential, "" if first_id is None else str(first_id))


# By text, of which Python compares and hashes none twice.
@lru_cache(KEPT)
def of_subject(subject: str, credential: str, first: str) -> SubjectKeys:
    """Of a user and a credential, as `Credential` has them."""
    return SubjectKeys(str(_number(subject)), subject, credential, first)


@lru_cache(KEPT)
def of_network(network: str) -> SubjectKeys:
    return SubjectKeys(f"n{_number(network)}", network)


def of(user_id: UUID) -> str:
    return str(_number(str(user_id)))


def attempts_of_network(network: str) -> tuple[str, str]:
    tag = f"{{n{_number(network)}}}"
    return f"{tag}:g:{network}", f"{tag}:go:{network}"


def attempts_at_account(digest: str) -> tuple[str, str]:
    tag = f"{{a{_number(digest)}}}"
    return f"{tag}:g:{digest}", f"{tag}:go:{digest}"


def address(digest: str) -> str:
    """What an address that answers once is for."""
    return f"{{x{_number(digest)}}}:x:{digest}"


def running(partition: str) -> str:
    return f"{{{partition}}}:open"


def nothing(partition: str) -> str:
    """A key that never exists."""
    return f"{{{partition}}}:nothing"


def log(partition: str, generation: int) -> str:
    return f"{{{partition}}}:log:{generation}"


def logs(partition: str) -> str:
    """The generations that have a log in this partition."""
    return f"{{{partition}}}:logs"


def compared(partition: str) -> str:
    """The mark of the comparison of counts."""
    return f"{{{partition}}}:compared"


def user_of_day(key: bytes) -> tuple[str, UUID] | None:
    """The partition and the user of a key of a day. None for a network's, and for any other key."""
    found = _DAY_OF_USER.fullmatch(key)
    return (found[1].decode(), UUID(found[2].decode())) if found else None


def of_users() -> Iterator[str]:
    for number in range(PARTITIONS):
        yield str(number)


def groups() -> list[list[str]]:
    """Users' partitions in parts of one size, which several workers share."""
    names = [*of_users()]
    return [names[first::_GROUPS] for first in range(_GROUPS)]


def every() -> Iterator[str]:
    """Users' partitions first, then networks'."""
    yield from of_users()
    for number in range(PARTITIONS):
        yield f"n{number}"


def _number(subject: str) -> int:
    return crc32(subject.encode()) % PARTITIONS
