"""The keys of a process: those in its key file now, without the retired ones."""

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
    """One per process. `retired` may grow while the keyring is used."""

    def __init__(self, file: Path, retired: Set[str] = frozenset()) -> None:
        """Raises SettingsError where the keys cannot be used."""
        self._file = file
        # As text, which a look at it need not make.
        self._path = os.fspath(file)
        self._retired = retired
        self._seen = self._logged = _identity(self._path)
        self._keys = replace(signing_keys.read(file), retired=frozenset(retired))

    def keys(self) -> Keys:
        """The same object for as long as nothing has changed.

        Each call looks at the file, which takes some microseconds. With a look now and then, a process would refuse a
        credential that another one has just signed with a new key.
        """
        seen = _identity(self._path)
        if seen != self._seen:
            self._read_again(seen)
        if len(self._retired) != len(self._keys.retired):
            self._keys = replace(self._keys, retired=frozenset(self._retired))
        return self._keys

    def _read_again(self, seen: tuple[int, ...] | None) -> None:
        try:
            self._keys = replace(signing_keys.read(self._file), retired=frozenset(self._retired))
        except SettingsError as error:
            # Logged once for each version of the file. An operator may be about to mend it.
            if seen != self._logged:
                logger.error("%s The keys stay as they were.", error)
            self._logged = seen
            # A file that could not be read, perhaps because no descriptor was free, is tried again. A file that was
            # read and is malformed is not.
            if not isinstance(error.__cause__, OSError):
                self._seen = seen
        else:
            self._seen = self._logged = seen
            logger.info("The keys in %s have changed.", self._file)


def _identity(file: str) -> tuple[int, ...] | None:
    """Differs for each version of the file: a new file has a new inode, one written in place has new times."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
