"""Changes of the key file: each replaces the whole file at once, and of two at the same time none is lost."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from access import signing_keys
from settings import SettingsError


def add(file: Path, *, secret: bool, begins_at: int) -> str:
    """Adds a new key, used from unix second `begins_at` on, and returns its `kid`.

    Raises OSError, and SettingsError for a file that holds no usable keys. The file then stays as it was.
    """
    made = signing_keys.new_secret_key() if secret else signing_keys.new_signing_key()
    with signing_keys.alone(file.resolve().parent):
        members = _members(file)
        _replace(file, [*members, made | {signing_keys.BEGINS_AT: begins_at}])
    return str(made["kid"])


def remove(file: Path, kid: str) -> None:
    """Removes a key from the file, if it is there. Raises SettingsError and OSError; the file then stays as it was."""
    with signing_keys.alone(file.resolve().parent):
        members = _members(file)
        left = [member for member in members if member["kid"] != kid]
        if len(left) < len(members):
            _replace(file, left)


def _members(file: Path) -> list[Mapping[str, Any]]:
    # No key is added to a file that cannot be used.
    signing_keys.read(file)
    members: list[Mapping[str, Any]] = orjson.loads(file.read_bytes())["keys"]
    return members


def _replace(file: Path, members: list[Mapping[str, Any]]) -> None:
    """Keeps the owner and the mode of the file. A symbolic link to it stays one."""
    target = file.resolve()
    before = target.stat()
    draft = signing_keys.write_draft(target, {"keys": members})
    try:
        if draft.stat().st_size > signing_keys.LARGEST:
            raise SettingsError(f"{file} would have too many keys. Retire those that sign nothing any more.")
        if (before.st_uid, before.st_gid) != (os.geteuid(), draft.stat().st_gid):
            os.chown(draft, before.st_uid, before.st_gid)
        draft.chmod(stat.S_IMODE(before.st_mode))
        draft.rename(target)
    except BaseException:
        draft.unlink()
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
