"""The environments: `.tools` has uv, `.venv` the service and its servers, `.models-venv` Triton and its models."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local import environ, paths, stub
from local.child import Child
from local.progress import say
from local.trouble import CannotRun

_PYPROJECT = paths.ROOT / "pyproject.toml"
_UV = paths.TOOLS / "bin" / "uv"


@dataclass(frozen=True)
class Environment:
    """`pins` are all the files it is made from. What it was made from stands in a stamp, so that it is made once."""

    folder: Path
    pins: tuple[Path, ...]

    def is_current(self) -> bool:
        return self._stamp() == [_place(), self._digest()]

    def make(self) -> None:
        stamp = self._stamp()
        if not self._can_be_mended(stamp):
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        # An environment whose making was interrupted is made anew: half a package looks like a whole one.
        self._stamp_file.write_text("unfinished\n")
        _MAKERS[self.folder](self)
        draft = self._stamp_file.with_name("gatehouse-stamp.new")
        draft.write_text(f"{_place()}\n{self._digest()}\n")
        draft.replace(self._stamp_file)

    @property
    def _stamp_file(self) -> Path:
        return self.folder / "gatehouse-stamp"

    def _stamp(self) -> list[str]:
        return self._stamp_file.read_text().splitlines() if self._stamp_file.exists() else []

    def _can_be_mended(self, stamp: list[str]) -> bool:
        """Only its pins changed; the same holds for one that was made by hand with this Python."""
        return stamp[:1] == [_place()] or (not stamp and (self.folder / "bin" / "python").resolve() == _python())

    def _digest(self) -> str:
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in self.pins)).hexdigest()


_TOOLS = Environment(paths.TOOLS, (paths.REQUIREMENTS / "uv.txt",))
SERVICE = Environment(paths.SERVICE, (paths.REQUIREMENTS / "dev.txt", _PYPROJECT))
MODELS = Environment(paths.MODELS, (paths.REQUIREMENTS / "models.txt", paths.REQUIREMENTS / "triton.txt"))


def make_ready(*environments: Environment) -> None:
    """Makes those that are missing or were made from other pins. Nothing is written where all are as they should be."""
    if all(one.is_current() for one in environments):
        return
    with _one_at_a_time():
        for one in [_TOOLS, *environments]:
            if not one.is_current():
                one.make()


def uv(*arguments: str | Path) -> None:
    """uv from `.tools`, which `make_ready()` has made."""
    _run([_UV, *arguments])


def tools() -> None:
    with _one_at_a_time():
        if not _TOOLS.is_current():
            _TOOLS.make()


def _make_tools(made: Environment) -> None:
    say("Fetching uv, which fetches the rest")
    _run([_python(), "-m", "venv", made.folder])
    python = made.folder / "bin" / "python"
    _run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", made.pins[0]])


def _make_service(made: Environment) -> None:
    say("Setting up the service's environment")
    python = _venv(made.folder)
    uv("pip", "sync", "--python", python, "--require-hashes", made.pins[0])
    uv("pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "--quiet", "-e", paths.ROOT)


def _make_models(made: Environment) -> None:
    say("Setting up Triton and the environment of its models")
    python = _venv(made.folder)
    # `sync` installs what is listed and nothing that it asks for, as nvidia-pytriton's dependencies.
    uv("pip", "sync", "--python", python, "--require-hashes", *made.pins)
    stub.install()


_MAKERS = {paths.TOOLS: _make_tools, paths.SERVICE: _make_service, paths.MODELS: _make_models}


def _venv(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        # The folder is there already, for the stamp.
        uv("venv", "--quiet", "--allow-existing", "--python", _python(), folder)
    return python


def _python() -> Path:
    return Path(sys.executable).resolve()


def _place() -> str:
    """Scripts of an environment name its folder and its Python: elsewhere it is of no use."""
    return f"{paths.ROOT} {_python()} {sys.version.split()[0]}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = os.open(paths.ROOT, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up in this folder")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _run(command: Sequence[str | Path]) -> None:
    child = Child(Path(command[0]).name)
    try:
        # Interrupted, it leaves nothing that would be kept; so it may die at once.
        child.start(command, env=environ.inherited() | {"UV_PYTHON_DOWNLOADS": "never"}, dies_by="KILL")
        status = child.wait()
    finally:
        child.end(within=timedelta(seconds=1))
    if status != 0:
        raise CannotRun("The environments are not complete, for the reason above; the next run tries again.")
