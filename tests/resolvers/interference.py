"""Objects that interfere between two lines of an operation: a process is killed, something else happens."""

import errors
from access.passwords import Hasher


class Killed(BaseException):
    pass


class DyingGate:
    """Of a process that is killed between the commit and what follows it."""

    async def confirm(self, *events):
        raise Killed

    async def confirm_all(self, user_id, events=()):
        raise Killed

    async def confirm_for_all(self):
        raise Killed


class FullHasher(Hasher):
    async def hash(self, password):
        raise errors.ServiceUnavailable


class MeddlingHasher(Hasher):
    """While it works, something else happens."""

    def __init__(self, meanwhile, *, threads=1):
        super().__init__(threads, passes=1, memory_kib=8)
        self._meanwhile = meanwhile

    async def hash(self, password):
        digest = await super().hash(password)
        await self._meanwhile()
        return digest

    async def verify(self, password, digest):
        verified = await super().verify(password, digest)
        await self._meanwhile()
        return verified
