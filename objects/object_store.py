"""The object store: a folder, or a bucket of an S3-compatible store. The only code that knows obstore."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from settings import Settings, SettingsError

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

T = TypeVar("T")

_CONNECT_WITHIN = timedelta(seconds=2)
# For one request with its body, over a slow line.
_ANSWER_WITHIN = timedelta(seconds=30)
# For an operation with its retries, and for one on a folder: a network file system may hang for ever.
DONE_WITHIN = timedelta(seconds=40)
_RETRIES = 2
_PIECE = 2**20
_SCHEME = "s3://"
_ERROR_CODE = re.compile(r"<Code>(\w+)</Code>")


class Unreachable(Exception):
    """The store cannot be used now. The message says why, to follow "The object store "; it holds no key."""


class Missing(Exception):
    """The store has no such object."""


class ObjectStore:
    """The methods raise Unreachable if the store does not answer, or refuses."""

    def __init__(self, settings: Settings) -> None:
        """`settings.objects` is not empty. Raises SettingsError."""
        self._settings = settings
        self.is_bucket = settings.objects.startswith(_SCHEME)
        if self.is_bucket:
            _check_bucket(settings)
        elif not Path(settings.objects).is_absolute():
            raise SettingsError("GATEHOUSE_OBJECTS must be the absolute path of a folder, or s3://bucket/prefix.")

    @property
    def folder(self) -> Path | None:
        return None if self.is_bucket else Path(self._settings.objects)

    async def put(self, name: str, data: bytes | bytearray | memoryview) -> None:
        """All of it or nothing. When this returns, it is on the disk."""
        import obstore

        # obstore would create a missing folder, for example below a mount that is gone.
        if self._has_no_folder():
            raise Unreachable(f"has no folder {self.folder}")
        # In one request: the parts of an interrupted upload would stay in the bucket, and no listing shows them.
        await self._done(lambda: obstore.put_async(self._store, name, data, use_multipart=False))
        if folder := self.folder:
            await self._done(lambda: asyncio.to_thread(_sync, folder / name, folder))

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """1 MiB or more each, but for the last. Raises Missing."""
        import obstore

        found = await self._done(lambda: obstore.get_async(self._store, name))
        stream = found.stream(min_chunk_size=_PIECE)
        while piece := await self._done(lambda: anext(stream, None)):
            yield bytes(piece)

    async def delete(self, name: str) -> None:
        """Does nothing if there is no such object."""
        import obstore

        with suppress(Missing):
            await self._done(lambda: obstore.delete_async(self._store, name))
        if folder := self.folder:
            await self._done(lambda: asyncio.to_thread(_delete_drafts, folder, name))

    @cached_property
    def _store(self) -> "LocalStore | S3Store":
        from obstore import store

        if self.folder:
            return store.LocalStore(self.folder)
        settings, url = self._settings, urlsplit(self._settings.objects)
        # Without a key obstore looks for one as AWS' own programs do: variables, a role, the machine's metadata.
        key = {"access_key_id": settings.objects_key, "secret_access_key": str(settings.objects_secret)}
        return store.S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            region=settings.objects_region,
            client_options={
                "allow_http": settings.objects_endpoint.startswith("http://"),
                "connect_timeout": _CONNECT_WITHIN,
                "timeout": _ANSWER_WITHIN,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _ANSWER_WITHIN},
            **({"endpoint": settings.objects_endpoint} if settings.objects_endpoint else {}),  # type: ignore[arg-type]
            **(key if settings.objects_key else {}),  # type: ignore[arg-type]
        )

    async def _done(self, begin: Callable[[], Awaitable[T]]) -> T:
        """Returns the result of `begin`. Raises Missing and Unreachable in place of obstore's errors."""
        from obstore.exceptions import BaseError

        try:
            async with asyncio.timeout(DONE_WITHIN.total_seconds()):
                return await begin()
        except FileNotFoundError as error:
            if self._has_no_folder():
                raise Unreachable(f"has no folder {self.folder}") from error
            if (code := _ERROR_CODE.search(str(error))) and code[1] == "NoSuchBucket":
                raise Unreachable("has no such bucket") from error
            raise Missing from error
        except TimeoutError as error:
            raise Unreachable(f"does not answer within {DONE_WITHIN.seconds} s") from error
        except (BaseError, OSError) as error:
            raise Unreachable(f"has no folder {self.folder}" if self._has_no_folder() else _why(error)) from error

    def _has_no_folder(self) -> bool:
        return self.folder is not None and not self.folder.is_dir()


def _check_bucket(settings: Settings) -> None:
    if not urlsplit(settings.objects).netloc:
        raise SettingsError("GATEHOUSE_OBJECTS must be the absolute path of a folder, or s3://bucket/prefix.")
    if settings.objects_endpoint and not settings.objects_endpoint.startswith(("https://", "http://")):
        raise SettingsError("GATEHOUSE_OBJECTS_ENDPOINT must be an address like https://s3.example.org.")
    if bool(settings.objects_key) != bool(settings.objects_secret):
        raise SettingsError("GATEHOUSE_OBJECTS_KEY and GATEHOUSE_OBJECTS_SECRET must be set together, or neither.")


def _why(error: Exception) -> str:
    """The first line without the server's document, which may repeat what was sent."""
    if code := _ERROR_CODE.search(str(error)):
        return f"refuses: {code[1]}"
    return f"fails: {str(error).partition(chr(10))[0][:300]}"


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _delete_drafts(folder: Path, name: str) -> None:
    """obstore writes to `name#1` first. A process that is killed leaves that."""
    for draft in folder.glob(f"{name}#*"):
        draft.unlink(missing_ok=True)
