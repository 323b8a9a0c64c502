"""How often people may have a mail sent: to one address, known or not, and from one network."""

from datetime import datetime, timedelta
from enum import StrEnum
from hmac import digest

from tortoise import Tortoise

from access.callers import Caller
from access.transactions import reached
from resolvers.tools import Tools

_PAUSE = timedelta(minutes=1)

# One statement, so that of a hundred who ask at once one is told yes.
_CLAIM = """
INSERT INTO mail_cooldowns AS cooldown (digest, at) VALUES ($1, $2)
ON CONFLICT (digest) DO UPDATE SET at = excluded.at WHERE cooldown.at <= $3
RETURNING digest
"""
_GIVE_BACK = "DELETE FROM mail_cooldowns WHERE digest = $1 AND at = $2"


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


async def claim(tools: Tools, address: str, password: str, *, at: datetime) -> bool:
    """Whether this registration is a new one. The same one, sent again within a minute, is not.

    With another password it is: of somebody who registers another's address and its owner, who does so a moment later,
    each must have a mail.
    """
    values = [_digest(tools, address, password), at, at - _PAUSE]
    async with reached():
        return bool(await Tortoise.get_connection("default").execute_query_dict(_CLAIM, values))


async def give_back(tools: Tools, address: str, password: str, *, at: datetime) -> None:
    """For a claim, made at that time, that led to no mail."""
    async with reached():
        await Tortoise.get_connection("default").execute_query_dict(_GIVE_BACK, [_digest(tools, address, password), at])


def _digest(tools: Tools, address: str, password: str) -> str:
    # A quick one of a password may be stored only under a key that is not stored beside it.
    return digest(tools.sealer.key("registrations"), f"{address}\0{password}".encode(), "sha256").hex()
