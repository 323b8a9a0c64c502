"""Limits emails: to one address, known or not, and on request of one network."""

from datetime import datetime, timedelta
from enum import StrEnum
from hmac import digest

from tortoise import Tortoise

from access.callers import Caller
from db.postgres import as_service_unavailable
from resolvers.tools import Tools

# The longest that a registration takes if it waits for a hashing slot. A killed one keeps its claim this long.
_LONGEST = timedelta(seconds=10)

# One statement, so that of a hundred concurrent registrations exactly one gets the claim.
_CLAIM = """
INSERT INTO mail_cooldowns AS cooldown (digest, at) VALUES ($1, $2)
ON CONFLICT (digest) DO UPDATE SET at = excluded.at WHERE cooldown.at <= $3
RETURNING digest
"""
# Only its own claim: a registration that took too long has lost it to another.
_END = "UPDATE mail_cooldowns SET at = $3 WHERE digest = $1 AND at = $2"


class Cause(StrEnum):
    """Each cause has its own limit.

    Otherwise attackers could use up a user's emails with requests that send nothing, such as another verification code
    for a verified address, and block the email that recovers the account.
    """

    REGISTER = "register"
    RESEND = "resend"
    RESET = "reset"
    CHANGE_EMAIL = "change"


async def spend(tools: Tools, cause: Cause, address: str, caller: Caller) -> None:
    """Counts one email in this hour. Raises TooManyAttempts if the address, known or not, or the network has none left.

    Raises ServiceUnavailable, too.
    """
    settings = tools.settings
    await tools.attempts.reserve_mail(
        network=caller.network,
        per_network=settings.mails_per_network,
        address=f"{cause} {address}",
        per_address=settings.mails_per_address,
    )


async def claim(tools: Tools, address: str, *, arrived_at: datetime) -> bool:
    """True if no other registration of this address was running when this one arrived. Then `end` the claim later."""
    values = [_digest(tools, address), arrived_at + _LONGEST, arrived_at]
    async with as_service_unavailable():
        return bool(await Tortoise.get_connection("default").execute_query_dict(_CLAIM, values))


async def end(tools: Tools, address: str, *, arrived_at: datetime, at: datetime) -> None:
    """Ends the claim of the registration that arrived then. One that arrives after `at` is a new registration."""
    values = [_digest(tools, address), arrived_at + _LONGEST, at]
    async with as_service_unavailable():
        await Tortoise.get_connection("default").execute_query_dict(_END, values)


def _digest(tools: Tools, address: str) -> str:
    # Neither the address nor a plain hash that guessing would reveal: most of these addresses may belong to no user.
    return digest(tools.sealer.key("registrations"), address.encode(), "sha256").hex()
