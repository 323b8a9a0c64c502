"""Multipart forms: `operations`, `map` and files, after the GraphQL multipart request specification."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

import errors
from graph.http import json_bodies
from graph.http.bodies import Body
from graph.uploads import File

_FIELDS = ("operations", "map")
# A part's bytes are taken as they are.
_CODINGS = (b"content-encoding", b"content-transfer-encoding")
_NO_CODING = (b"", b"identity", b"7bit", b"8bit", b"binary")
# Of all files together. The variables of an operation hold 1,000 values by default, so more paths are of no use.
_MOST_PATHS = 1000


@dataclass(frozen=True, slots=True)
class Form:
    """`files` are by the name of their part."""

    fields: dict[str, str]
    files: dict[str, File]

    def operations(self) -> Any:
        """The request with each file at every path that the map names. All paths of a file share its bytes.

        Raises BadRequest unless each file has a path and each path leads to a null, and PayloadTooLarge for too many
        paths.
        """
        operations = json_bodies.read(self._field("operations"), what="`operations`")
        if not isinstance(operations, dict):
            raise errors.BadRequest("`operations` must be one GraphQL request. Send those of a batch one by one.")
        paths_of = _paths(json_bodies.read(self._field("map"), what="`map`"))
        if names := sorted(set(paths_of) - set(self.files)):
            raise errors.BadRequest(f"`map` names files that were not sent: {_quoted(names)}.")
        if names := sorted(set(self.files) - set(paths_of)):
            raise errors.BadRequest(f"`map` gives no path to the files {_quoted(names)}.")
        for name, paths in paths_of.items():
            for path in paths:
                _put(operations, path, self.files[name])
        return operations

    def _field(self, name: str) -> bytes:
        if name not in self.fields:
            raise errors.BadRequest(f"The form has no field `{name}`.")
        return self.fields[name].encode()


async def read(headers: Headers, body: Body, *, files: int, file_bytes: int, field_bytes: int) -> Form:
    """Raises BadRequest, PayloadTooLarge, and what `body` raises. `file_bytes` is the limit of all files together."""
    parser = _Parser(headers, body, max_files=files, max_fields=len(_FIELDS), max_part_size=field_bytes)
    fields, positions = await parser.read()
    if sum(position.stop - position.start for position in positions.values()) > file_bytes:
        raise errors.PayloadTooLarge(f"The files are larger than {file_bytes} bytes.")
    octets = memoryview(body.octets).toreadonly()
    return Form(fields, {name: File(octets[position]) for name, position in positions.items()})


class _Parser(MultiPartParser):
    """Starlette's parser, made strict: it accepts forms that two parsers could read in two ways."""

    def __init__(self, headers: Headers, body: Body, **options: Any) -> None:
        super().__init__(headers, self._pieces(body), **options)
        # What is being parsed, and where it begins in the body.
        self._piece, self._offset = b"", 0
        self._names: set[str] = set()
        self._places: dict[str, slice] = {}
        self._ended = False

    async def read(self) -> tuple[dict[str, str], dict[str, slice]]:
        """The fields, and where in the body the files are."""
        try:
            form = await self.parse()
        except MultiPartException as error:
            too_much = error.message.startswith(("Part exceeded", "Too many files"))
            kind = errors.PayloadTooLarge if too_much else errors.BadRequest
            raise kind(error.message) from error
        finally:
            for file in self._files_to_close_on_error:  # empty ones
                file.close()
        if not self._ended:
            raise errors.BadRequest("The form ends before its last boundary.")
        return {name: part for name, part in form.multi_items() if isinstance(part, str)}, self._places

    async def _pieces(self, body: Body) -> AsyncGenerator[bytes]:
        async for piece in body.chunks():
            self._piece = bytes(piece)
            yield self._piece
            self._offset += len(self._piece)

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        name = self._current_part.field_name
        if name in self._names:
            raise MultiPartException(f"The form has two parts named {name[:40]!r}.")
        if self._current_part.file is None and name not in _FIELDS:
            raise MultiPartException("Beside files, the fields of the form are `operations` and `map`.")
        self._names.add(name)
        if self._current_part.file is not None:
            self._places[name] = slice(0, 0)
        for header, coding in self._current_part.item_headers:
            if header in _CODINGS and coding.strip().lower() not in _NO_CODING:
                raise errors.UnsupportedEncoding(coding.decode("latin-1").strip(), what=f"Part {name[:40]!r}")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            super().on_part_data(data, start, end)
            return
        # Starlette would copy files, and write the large ones to a disk, in a thread. Here they stay in the body. Other
        # data than the piece is the end of the piece before, which might have been the start of a boundary.
        begin = self._offset + start if data is self._piece else self._offset - end
        name = self._current_part.field_name
        known = self._places[name]
        self._places[name] = slice(known.start if known.stop else begin, begin + end - start)

    def on_part_end(self) -> None:
        # Starlette reads text that is not UTF-8 as Latin-1.
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


def _paths(mapping: Any) -> dict[str, list[str]]:
    if not isinstance(mapping, dict):
        raise errors.BadRequest("`map` must be an object from file names to lists of paths.")
    for name, paths in mapping.items():
        if not (isinstance(paths, list) and paths and all(isinstance(path, str) for path in paths)):
            raise errors.BadRequest(f"`map` must give {name[:40]!r} a list of at least one path.")
    if sum(map(len, mapping.values())) > _MOST_PATHS:
        raise errors.PayloadTooLarge(f"`map` names more than {_MOST_PATHS} paths.")
    return mapping


def _put(operations: Any, written: str, upload: File) -> None:
    """Puts a file into the variables. Files may go only there, and only where there is a null."""
    steps, path = written.split("."), written[:80]
    if steps[0] != "variables" or len(steps) < 2:
        raise errors.BadRequest(f"`map` leads to {path!r}; a path begins with `variables.`.")
    parent = operations
    for step in steps[:-1]:
        parent = _below(parent, step, path)
    there = _below(parent, steps[-1], path)
    if isinstance(there, UploadFile):
        raise errors.BadRequest(f"`map` leads to {path!r} twice. Each path takes one file.")
    if there is not None:
        raise errors.BadRequest(f"`map` leads to {path!r}, which must be null in `operations`.")
    parent[int(steps[-1]) if isinstance(parent, list) else steps[-1]] = upload


def _below(parent: Any, step: str, path: str) -> Any:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list) and step.isdecimal() and step.isascii() and len(step) < 6 and int(step) < len(parent):
        return parent[int(step)]
    raise errors.BadRequest(f"`map` leads to {path!r}, which is not in `operations`.")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"{name[:40]!r}" for name in names[:5])
