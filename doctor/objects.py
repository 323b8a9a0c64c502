"""The object store: that a value can be written, read and deleted there. Nothing of it stays."""

import secrets
from collections.abc import AsyncGenerator

from doctor.findings import Finding, fail, ok, warn
from objects.object_store import Missing, ObjectStore, Unreachable
from settings import Settings, SettingsError


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    if not settings.objects:
        yield ok("objects", "there is no object store, so inputs and results of jobs may be up to 1 MB.")
        return
    try:
        store = ObjectStore(settings)
        yield await _tried(store)
    except SettingsError as error:
        yield fail("objects", str(error))
        return
    if (folder := store.folder) and folder.is_dir() and folder.stat().st_mode & 0o077:
        yield warn("objects folder", f"other users of this machine may read it: chmod 700 {folder}.")


async def _tried(store: ObjectStore) -> Finding:
    name, written = f"doctor-{secrets.token_hex(8)}", secrets.token_bytes(32)
    try:
        await store.put(name, written)
        try:
            read = b"".join([piece async for piece in store.pieces(name)])
        finally:
            await store.delete(name)
    except Unreachable as error:
        return fail("objects", f"the object store {error}.")
    except Missing:
        return fail("objects", "the object store does not have what was just written to it.")
    if read != written:
        return fail("objects", "the object store gives back something else than was written.")
    return ok("objects", "an object can be written, read and deleted.")
