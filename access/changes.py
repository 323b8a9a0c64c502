"""What Redis has of a credential that was changed, and not ended, is forgotten, and so read again from Postgres."""

from uuid import UUID

import errors
from access import epoch, partitions
from access.records import PostgresDown
from access.store import Store, StoreDown


async def forget(store: Store, user_id: UUID, credential_id: UUID) -> None:
    """After the commit. Whoever reads Postgres for it meanwhile finds its nonce gone, and reads again.

    Raises ServiceUnavailable where it stays unknown whether the change is in force; asking for it again is safe.
    """
    places = partitions.of_user(user_id, credential_id)
    try:
        await store.batch([("DEL", places.credential_entry)])
    except StoreDown:
        try:
            await epoch.raise_it()
        except PostgresDown as error:
            raise errors.ServiceUnavailable() from error
