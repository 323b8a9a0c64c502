"""Multipart forms: `operations`, `map` and files, after the GraphQL multipart request specification."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

import errors
from graph import json_bodies

_FIELDS = ("operations", "map")


@dataclass(frozen=True, slots=True)
class Form:
    """`files` are by the name of their part. Whoever reads the form closes them."""

    fields: dict[str, str]
    files: dict[str, UploadFile]

    @property
    def uploads(self) -> list[UploadFile]:
        return list(self.files.values())

    async def aclose(self) -> None:
        for upload in self.uploads:
            await upload.close()

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


async def read(headers: Headers, body: AsyncGenerator[bytes], *, files: int, field_bytes: int) -> Form:
    """Raises BadRequest, PayloadTooLarge, and whatever `body` raises; files above 1 MB wait on disk."""
    parser = _Parser(headers, body, max_files=files, max_fields=len(_FIELDS), max_part_size=field_bytes)
    try:
        parts = (await parser.parse()).multi_items()
    except MultiPartException as error:
        raise _refusal(error.message) from error
    form = Form(
        fields={name: part for name, part in parts if isinstance(part, str)},
        files={name: part for name, part in parts if isinstance(part, UploadFile)},
    )
    problem = _problem(form, parts)
    if problem:
        for _, part in parts:
            if isinstance(part, UploadFile):
                await part.close()
        raise errors.BadRequest(problem)
    return form


class _Parser(MultiPartParser):
    def on_part_end(self) -> None:
        # Starlette reads what is not UTF-8 as Latin-1; here it is refused.
        if self._current_part.file is None and not _is_utf8(self._current_part.data):
            raise MultiPartException("A field of the form is not valid UTF-8.")
        super().on_part_end()


def _is_utf8(data: bytearray) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refusal(message: str) -> errors.GatehouseError:
    too_much = message.startswith(("Part exceeded", "Too many"))
    return errors.PayloadTooLarge(message) if too_much else errors.BadRequest(message)


def _problem(form: Form, parts: list[tuple[str, Any]]) -> str | None:
    if len(form.fields) + len(form.files) != len(parts):
        return "The form has two parts of the same name."
    if unknown := sorted(set(form.fields) - set(_FIELDS)):
        return f"The form has a field {_quoted(unknown)}; `operations` and `map` are its only ones beside files."
    return None


def _places(mapping: Any) -> dict[str, list[str]]:
    if not isinstance(mapping, dict):
        raise errors.BadRequest("`map` must be an object from file names to lists of one path each.")
    places = {}
    for name, paths in mapping.items():
        if not (isinstance(paths, list) and len(paths) == 1 and isinstance(paths[0], str)):
            raise errors.BadRequest(f"`map` must give {name!r} a list of exactly one path.")
        places[name] = paths[0].split(".")
    return places


def _put(operations: Any, place: list[str], upload: UploadFile) -> None:
    """Files may stand in variables only, and only where a null keeps the place for them."""
    path = ".".join(place)
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
