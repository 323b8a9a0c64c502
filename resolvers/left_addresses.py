"""An address that is registered again: the limits of its new user go on where those of the former user were.

Otherwise a user could delete the account, register again, and begin the minute and the day at zero. Nothing else of the
former user is passed on. docs/decisions/0027-accounts-and-windows.md says what is kept, and for how long.
"""

from hmac import digest
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from resolvers.tools import Tools

_PURPOSE = "left addresses"
_LEAVE = "INSERT INTO left_addresses (digest, user_id, left_at) VALUES ($1, $2, clock_timestamp())"
# A row that has a successor keeps it: a later user follows that one, and so all before (access/index.py).
_FOLLOW = """
UPDATE left_addresses SET successor_id = $2 WHERE digest = ANY($1::text[]) AND user_id <> $2 AND successor_id IS NULL
"""


async def leave(tx: BaseDBAsyncClient, tools: Tools, address: str, user_id: UUID) -> None:
    """Part of the transaction by which the user has this address no more."""
    await tx.execute_query(_LEAVE, [_digest(tools.sealer.key(_PURPOSE), address), user_id])


async def follow(tx: BaseDBAsyncClient, tools: Tools, address: str, user_id: UUID) -> None:
    """Part of the transaction that verifies the new user's address, before they can spend anything."""
    # A row may have been written before another key began to encrypt.
    digests = [_digest(key, address) for key in tools.sealer.keys(_PURPOSE)]
    await tx.execute_query(_FOLLOW, [digests, user_id])


def _digest(key: bytes, address: str) -> str:
    return digest(key, address.encode(), "sha256").hex()
