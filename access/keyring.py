"""The keys of a process: those that its file holds now, without those that were retired."""

import logging
import os
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from access import signing_keys
from access.signing_keys import Keys
from settings import SettingsError

logger = logging.getLogger(__name__)


class Keyring:
    """One per process. `retired` may grow while it is used."""

    def __init__(self, file: Path, retired: Set[str] = frozenset()) -> None:
        """Raises SettingsError where the keys cannot be used."""
        self._file = file
        self._retired = retired
        self._seen = self._told = _identity(file)
        self._keys = replace(signing_keys.read(file), retired=frozenset(retired))

    def keys(self) -> Keys:
        """The same object for as long as nothing has changed.

        The file is looked at each time, which takes some microseconds: were it looked at now and then, a process would
        refuse what another has just signed with a key that is new.
        """
        seen = _identity(self._file)
        if seen != self._seen:
            self._read_again(seen)
        if len(self._retired) != len(self._keys.retired):
            self._keys = replace(self._keys, retired=frozenset(self._retired))
        return self._keys

    def _read_again(self, seen: tuple[int, ...] | None) -> None:
        try:
            self._keys = replace(signing_keys.read(self._file), retired=frozenset(self._retired))
        except SettingsError as error:
            # Told once for each state of the file. Whoever replaces it may be about to mend it.
            if seen != self._told:
                logger.error("%s The keys stay as they were.", error)
            self._told = seen
            # What could not be read at all, for the lack of a descriptor perhaps, is tried again; what was read and is
            # of no use is not.
            if not isinstance(error.__cause__, OSError):
                self._seen = seen
        else:
            self._seen = self._told = seen
            logger.info("The keys in %s have changed.", self._file)


def _identity(file: Path) -> tuple[int, ...] | None:
    """Another for each version of the file: a new one by its number, one that is written in place by its times."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
