"""How often strangers may have a mail sent: to one address, known or not, and from one network."""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from tortoise import Tortoise

import errors
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
    """Each has a pause of its own: whoever has just registered may ask for the mail again."""

    REGISTER = "register"
    RESEND = "resend"
    RESET = "reset"
    CHANGE_EMAIL = "change"


async def claim(cause: Cause, address: str, *, at: datetime) -> bool:
    """Whether a mail may go now. If so, the next of this cause may in a minute."""
    async with reached():
        rows = await Tortoise.get_connection("default").execute_query_dict(
            _CLAIM, [_digest(cause, address), at, at - _PAUSE]
        )
    return bool(rows)


async def spend(tools: Tools, cause: Cause, address: str, caller: Caller, *, at: datetime) -> None:
    """One mail of this hour's, for a claim made at that time.

    Raises TooManyAttempts where the address, known or not, or the network has had them all, and ServiceUnavailable;
    the claim is then given back.
    """
    # Each cause has mails of its own: else strangers, who ask for what is never sent to a user, a code to verify an
    # address that is verified, would keep the mail from them by which they recover their account.
    settings = tools.settings
    try:
        await tools.guesses.reserve_mail(
            network=caller.network,
            per_network=settings.mails_per_network,
            address=f"{cause} {address}",
            per_address=settings.mails_per_address,
        )
    except errors.GatehouseError:
        await give_back(cause, address, at=at)
        raise


async def give_back(cause: Cause, address: str, *, at: datetime) -> None:
    """For a claim, made at that time, that led to no mail."""
    async with reached():
        await Tortoise.get_connection("default").execute_query_dict(_GIVE_BACK, [_digest(cause, address), at])


def _digest(cause: Cause, address: str) -> str:
    # Not the address: most of those here may be nobody's users.
    return sha256(f"{cause}:{address}".encode()).hexdigest()
