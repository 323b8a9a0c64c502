"""When an address is registered again, the new user's limits continue where those of the former user were.

Otherwise a user could delete the account, register again, and start the minute and the day at zero. Nothing else of the
former user is carried over. docs/decisions/0027-accounts-and-windows.md describes what is kept, and for how long.
"""

from hmac import digest
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from resolvers.tools import Tools

_PURPOSE = "left addresses"
_LEAVE = "INSERT INTO left_addresses (digest, user_id, left_at) VALUES ($1, $2, clock_timestamp())"
# A row keeps its successor. A later user follows that one, and so all earlier ones (limits/credential_cache.py).
_FOLLOW = """
UPDATE left_addresses SET successor_id = $2 WHERE digest = ANY($1::text[]) AND user_id <> $2 AND successor_id IS NULL
"""


async def leave(tx: BaseDBAsyncClient, tools: Tools, address: str, user_id: UUID) -> None:
    """Part of the transaction after which the user no longer has this address."""
    await tx.execute_query(_LEAVE, [_digest(tools.sealer.key(_PURPOSE), address), user_id])


async def follow(tx: BaseDBAsyncClient, tools: Tools, address: str, user_id: UUID) -> None:
    """Part of the transaction that verifies the new user's address, before the user can spend units."""
    # A row may be older than the key that encrypts now.
    digests = [_digest(key, address) for key in tools.sealer.keys(_PURPOSE)]
    await tx.execute_query(_FOLLOW, [digests, user_id])


def _digest(key: bytes, address: str) -> str:
    return digest(key, address.encode(), "sha256").hex()
