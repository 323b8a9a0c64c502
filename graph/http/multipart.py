"""Multipart forms: `operations`, `map` and files, after the GraphQL multipart request specification."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

import errors
from graph.http import json_bodies

_FIELDS = ("operations", "map")


@dataclass(frozen=True, slots=True)
class Form:
    """`files` are by the name of their part, in memory."""

    fields: dict[str, str]
    files: dict[str, UploadFile]

    def operations(self) -> Any:
        """The request with each file put where the map says. Raises BadRequest unless each has exactly one place."""
        operations = json_bodies.read(self._field("operations"), what="`operations`")
        places = _places(json_bodies.read(self._field("map"), what="`map`"))
        if names := sorted(set(self.files) ^ set(places)):
            raise errors.BadRequest(f"`map` and the files sent do not agree on {_quoted(names)}.")
        for name, place in places.items():
            _put(operations, place, self.files[name])
        return operations

    def _field(self, name: str) -> bytes:
        if name not in self.fields:
            raise errors.BadRequest(f"The form has no field `{name}`.")
        return self.fields[name].encode()


async def read(headers: Headers, body: AsyncGenerator[bytes], *, files: int, file_bytes: int, field_bytes: int) -> Form:
    """Raises BadRequest, PayloadTooLarge, and whatever `body` raises. `file_bytes` bounds all files together."""
    # While they arrive, which a slow client may draw out, files above 1 MB wait on disk.
    parser = _Parser(headers, body, max_files=files, max_fields=len(_FIELDS), max_part_size=field_bytes)
    parts = await parser.read()
    waiting = {name: part for name, part in parts.items() if isinstance(part, UploadFile)}
    try:
        if sum(upload.size or 0 for upload in waiting.values()) > file_bytes:
            raise errors.PayloadTooLarge(f"The files are larger than {file_bytes} bytes.")
        return Form(
            fields={name: part for name, part in parts.items() if isinstance(part, str)},
            files={name: await _in_memory(upload) for name, upload in waiting.items()},
        )
    finally:
        for upload in waiting.values():
            await upload.close()


async def _in_memory(upload: UploadFile) -> UploadFile:
    # Read once, in a thread: thirty fields may ask for the same file, and none of them waits for a disk.
    return UploadFile(BytesIO(await upload.read()), size=upload.size, filename=upload.filename, headers=upload.headers)


class _Parser(MultiPartParser):
    """Starlette's, which lets some things pass that two readers could understand in two ways."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._names: set[str] = set()
        self._ended = False

    async def read(self) -> dict[str, str | UploadFile]:
        try:
            form = await self.parse()
        except MultiPartException as error:
            too_much = error.message.startswith(("Part exceeded", "Too many files"))
            kind = errors.PayloadTooLarge if too_much else errors.BadRequest
            raise kind(error.message) from error
        if not self._ended:
            for file in self._files_to_close_on_error:  # also the one that was still being read
                file.close()
            raise errors.BadRequest("The form ends before its last boundary.")
        return dict(form.multi_items())

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        name = self._current_part.field_name
        if name in self._names:
            raise MultiPartException(f"The form has two parts named {name[:40]!r}.")
        if self._current_part.file is None and name not in _FIELDS:
            raise MultiPartException("Beside files, the fields of the form are `operations` and `map`.")
        self._names.add(name)

    def on_part_end(self) -> None:
        # Starlette reads what is not UTF-8 as Latin-1.
        if self._current_part.file is None and not _is_utf8(self._current_part.data):
            raise MultiPartException("A field of the form is not valid UTF-8.")
        super().on_part_end()

    def on_end(self) -> None:
        self._ended = True


def _is_utf8(data: bytearray) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _places(mapping: Any) -> dict[str, list[str]]:
    if not isinstance(mapping, dict):
        raise errors.BadRequest("`map` must be an object from file names to lists of one path each.")
    places = {}
    for name, paths in mapping.items():
        if not (isinstance(paths, list) and len(paths) == 1 and isinstance(paths[0], str)):
            raise errors.BadRequest(f"`map` must give {name[:40]!r} a list of exactly one path.")
        places[name] = paths[0].split(".")
    return places


def _put(operations: Any, place: list[str], upload: UploadFile) -> None:
    """Files may stand in variables only, and only where a null keeps the place for them."""
    path = ".".join(place)[:80]
    if place[0] != "variables" or len(place) < 2:
        raise errors.BadRequest(f"`map` leads to {path!r}; a path begins with `variables.`.")
    parent = operations
    for step in place[:-1]:
        parent = _below(parent, step, path)
    if _below(parent, place[-1], path) is not None:
        raise errors.BadRequest(f"`map` leads to {path!r}, which must be null in `operations`.")
    parent[int(place[-1]) if isinstance(parent, list) else place[-1]] = upload


def _below(parent: Any, step: str, path: str) -> Any:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list) and step.isdecimal() and step.isascii() and len(step) < 6 and int(step) < len(parent):
        return parent[int(step)]
    raise errors.BadRequest(f"`map` leads to {path!r}, which is not in `operations`.")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"{name[:40]!r}" for name in names[:5])
