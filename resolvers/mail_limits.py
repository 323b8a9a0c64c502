"""How often people may have a mail sent: to one address, known or not, and from one network."""

from datetime import datetime, timedelta
from enum import StrEnum
from hmac import digest

from tortoise import Tortoise

from access.callers import Caller
from access.transactions import reached
from resolvers.tools import Tools

# As long as a registration may take, had it to wait for every place to hash; a killed one holds its claim as long.
_LONGEST = timedelta(seconds=10)

# One statement, so that of a hundred who ask at once one is told yes.
_CLAIM = """
INSERT INTO mail_cooldowns AS cooldown (digest, at) VALUES ($1, $2)
ON CONFLICT (digest) DO UPDATE SET at = excluded.at WHERE cooldown.at <= $3
RETURNING digest
"""
# Only its own: one that took longer than it may has left the claim to another.
_END = "UPDATE mail_cooldowns SET at = $3 WHERE digest = $1 AND at = $2"


class Cause(StrEnum):
    """Each has mails of its own: else strangers, who ask for what is never sent to a user, a code to verify an address
    that is verified, would keep the mail from them by which they recover their account."""

    REGISTER = "register"
    RESEND = "resend"
    RESET = "reset"
    CHANGE_EMAIL = "change"


async def spend(tools: Tools, cause: Cause, address: str, caller: Caller) -> None:
    """One mail of this hour's. Raises TooManyAttempts where the address, known or not, or the network has had them all.

    Raises ServiceUnavailable, too.
    """
    settings = tools.settings
    await tools.guesses.reserve_mail(
        network=caller.network,
        per_network=settings.mails_per_network,
        address=f"{cause} {address}",
        per_address=settings.mails_per_address,
    )


async def claim(tools: Tools, address: str, *, arrived_at: datetime) -> bool:
    """Whether no other registration of this address was under way when this one arrived. If so, `end` it."""
    values = [_digest(tools, address), arrived_at + _LONGEST, arrived_at]
    async with reached():
        return bool(await Tortoise.get_connection("default").execute_query_dict(_CLAIM, values))


async def end(tools: Tools, address: str, *, arrived_at: datetime, at: datetime) -> None:
    """Of the claim of what arrived then. What arrives after `at` is another registration."""
    values = [_digest(tools, address), arrived_at + _LONGEST, at]
    async with reached():
        await Tortoise.get_connection("default").execute_query_dict(_END, values)


def _digest(tools: Tools, address: str) -> str:
    # Not the address, and nothing that could be found by trying: most of those here may be nobody's users.
    return digest(tools.sealer.key("registrations"), address.encode(), "sha256").hex()
