"""The data of Postgres, made once in a run of the tests and copied for each server: to make it takes a second of
processor time, and a run has thirty servers."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from local import servers

_shared: Path | None = None


def share(folder: Path) -> None:
    """From now on `fill` copies what is in `folder`, which all workers of the run share."""
    global _shared
    _shared = folder


def fill(folder: Path) -> None:
    """Gives `Postgres(folder)` the data and the password that it would make at its first start.

    Does nothing outside of a run of the tests: the server then makes them itself.
    """
    if _shared is None:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The data belongs to another user where the tests run as root.
    subprocess.run(["cp", "-a", _made(_shared) / servers.Postgres.name, folder], check=True)


def _made(shared: Path) -> Path:
    complete = shared / "complete"
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            draft = shared / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            with servers.Postgres(draft, durable=False):
                pass
            draft.rename(complete)
    return complete
