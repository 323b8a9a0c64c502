"""Retires a key: once `retire` returns, no process accepts what the key has signed, or uses the key.

1. The key's name is committed, and every process is notified; each has read it two seconds later, as with the epoch.
2. What the key had encrypted is encrypted again. 3. The key is removed from the file, so that a restored database does
not bring it back.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from joserfc.jwk import OctKey, OKPKey
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from access import key_changes, signing_keys
from access.sealing import Sealer, Unsealable, sealed_with
from access.signing_keys import Keys
from db import postgres
from db.models.second_factors import SecondFactor
from db.models.webhooks import WebhookSecret
from store import epoch

logger = logging.getLogger(__name__)

_NOTE_WITHIN = timedelta(seconds=5)
_SEAL_WITHIN = timedelta(minutes=5)
OTHERS_WITHIN = timedelta(seconds=30)
_LOOK_AGAIN_SECONDS = 0.1
# A user who logs in with one of these second factors waits until the whole batch is done.
AT_ONCE = 200
_LEAST = UUID(int=0)

Owned = SecondFactor | WebhookSecret
# What users own that is sealed, by tables and columns.
_SEALED: Sequence[tuple[type[Owned], Sequence[str]]] = (
    (SecondFactor, ("sealed_secret",)),
    (WebhookSecret, ("sealed_secret", "sealed_previous")),
)

# Readers go on. Of two commands that retire two keys at once, the second sees the result of the first.
_LOCK = "LOCK TABLE retired_keys IN EXCLUSIVE MODE"
_RETIRED = "SELECT kid FROM retired_keys"
_NOTE = "INSERT INTO retired_keys (kid, retired_at) VALUES ($1, clock_timestamp()) ON CONFLICT DO NOTHING"
_TELL = "SELECT pg_notify('gatehouse_index', '')"
_NEWEST = "SELECT pg_current_xact_id()::text AS id"
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS id"


class CannotRetire(Exception):
    """Nothing was changed. The message has the reason."""


class NotSealedAgain(Exception):
    """The key is retired but stays in the file: what it had encrypted still needs it."""

    def __init__(self, kid: str, waited: timedelta) -> None:
        super().__init__(
            f"{kid} is retired: no process uses it. What it had encrypted is not encrypted again yet, because a "
            f"transaction in Postgres has been open for {waited.total_seconds():.0f} s. Run the command again when "
            "that has ended."
        )


@dataclass(frozen=True, slots=True)
class Retired:
    """`keys`: the file's keys, this one marked as retired. `sealed_again`: how many secrets were encrypted again.
    `still_in_file`: why the key could not be removed from the file; None where it was removed.
    """

    keys: Keys
    sealed_again: int
    still_in_file: str | None


async def retire(file: Path, kid: str) -> Retired:
    """May be repeated. Raises CannotRetire, NotSealedAgain, SettingsError, and PostgresDown: then the key may still be
    accepted."""
    keys = signing_keys.read(file)
    retired = await postgres.run(_note(keys, kid), within=_NOTE_WITHIN)
    noted_at = time.monotonic()
    left = Keys(keys.signing, keys.secret, keys.begins_at, retired)
    sealed_again = 0
    if kid in _names(keys.secret):
        await _known_everywhere(noted_at)
        sealed_again = await _seal_again(file, kid)
    # Before the wait: a process that cannot reach Postgres sees that the key is gone from the file.
    still_in_file = _remove(file, kid)
    await _known_everywhere(noted_at)
    return Retired(left, sealed_again, still_in_file)


async def retired() -> dict[str, datetime]:
    """The retired keys, with the time of each. Raises PostgresDown."""
    found = await postgres.rows("SELECT kid, retired_at FROM retired_keys ORDER BY retired_at, kid")
    return {row["kid"]: row["retired_at"] for row in found}


async def _note(keys: Keys, kid: str) -> frozenset[str]:
    """All keys that are retired now. Raises CannotRetire."""
    async with in_transaction("default") as tx:
        await tx.execute_query(_LOCK)
        before = {row["kid"] for row in await tx.execute_query_dict(_RETIRED)}
        _check(keys, kid, before)
        await tx.execute_query(_NOTE, [kid])
        await tx.execute_query_dict(_TELL)
    return frozenset({*before, kid})


def _check(keys: Keys, kid: str, retired: set[str]) -> None:
    for of_a_kind, what in ((keys.signing, "signs credentials"), (keys.secret, "encrypts")):
        if kid in _names(of_a_kind) and not _names(of_a_kind) - retired - {kid}:
            option = "--secret " if what == "encrypts" else ""
            raise CannotRetire(
                f"{kid} is the only key that {what}. Add another first with `gatehouse keys new {option}FILE`."
            )
    if kid not in _names(keys.signing) | _names(keys.secret) | retired:
        raise CannotRetire(f"There is no key {kid} in the file, and none was retired.")


def _names(keys: Sequence[OKPKey] | Sequence[OctKey]) -> set[str]:
    return {str(key.kid) for key in keys}


async def _known_everywhere(noted_at: float) -> None:
    await asyncio.sleep(max(0.0, noted_at + epoch.KNOWN_EVERYWHERE_AFTER.total_seconds() - time.monotonic()))


def _remove(file: Path, kid: str) -> str | None:
    try:
        key_changes.remove(file, kid)
    except OSError as error:
        return str(error.strerror)
    return None


async def _seal_again(file: Path, kid: str) -> int:
    """Encrypts with another key what this one had encrypted. Returns the number of secrets.

    Raises NotSealedAgain and PostgresDown.
    """
    # No process encrypts with it any more, but what one has encrypted may not be committed yet.
    if not await others_ended():
        raise NotSealedAgain(kid, OTHERS_WITHIN)
    sealed_again = 0
    for table, columns in _SEALED:
        last: UUID | None = _LEAST
        while last is not None:
            more, last = await postgres.run(
                _seal_some_again(file, kid, table, columns, after=last), within=_SEAL_WITHIN
            )
            sealed_again += more
    return sealed_again


async def others_ended() -> bool:
    """Waits for the transactions that are open now. Returns whether all have ended in time. Raises PostgresDown."""
    newest = int((await postgres.rows(_NEWEST))[0]["id"])
    end = time.monotonic() + OTHERS_WITHIN.total_seconds()
    while int((await postgres.rows(_OLDEST))[0]["id"]) <= newest:
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    return True


async def _seal_some_again(
    file: Path, kid: str, table: type[Owned], columns: Sequence[str], *, after: UUID
) -> tuple[int, UUID | None]:
    """The number of secrets encrypted again, and the user of the last one seen; None where no more are left."""
    sealed_again = 0
    async with in_transaction("default") as tx:
        # Until the commit no other command can retire the key that encrypts them now. One that does so later encrypts
        # them again.
        await tx.execute_query(_LOCK)
        retired = frozenset(row["kid"] for row in await tx.execute_query_dict(_RETIRED))
        # Read again: a key that was added since may be the only one that is not retired.
        sealer = Sealer(signing_keys.always(replace(signing_keys.read(file), retired=retired)))
        owners = table.filter(user_id__gt=after).order_by("user_id").limit(AT_ONCE)
        found = await owners.using_db(tx).select_for_update()
        for row in found:
            for column in columns:
                sealed = getattr(row, column)
                if sealed is not None and sealed_with(sealed) == kid:
                    sealed_again += await _seal_one_again(sealer, tx, row, column)
    return sealed_again, found[-1].user_id if found else None


async def _seal_one_again(sealer: Sealer, tx: BaseDBAsyncClient, row: Owned, column: str) -> bool:
    what, see = ("second factor", "docs/decisions/0014-two-factor.md")
    if isinstance(row, WebhookSecret):
        what, see = ("webhook secret", "docs/webhooks.md")
    try:
        sealed = sealer.seal_again(getattr(row, column))
    except Unsealable:
        # Its text was changed: no key opens it, and the retired one does not either.
        logger.error("The %s of user %s cannot be opened: %s.", what, row.user_id, see)
        return False
    await type(row).filter(user_id=row.user_id).using_db(tx).update(**{column: sealed})
    return True
