"""Commands of the service as processes of their own, forked from one that has imported everything.

The imports take an interpreter a second and a half, and a run of all tests starts more than a hundred. The installed
command itself is started by tests/test_cli.py, tests/local and others.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).parent.parent
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT
_FORKSERVER = multiprocessing.get_context("forkserver")
_PRELOADED = ["tests.preloaded"]
_FORKSERVER.set_forkserver_preload(_PRELOADED)


def preload(module: str) -> None:
    """Before the first process is forked: all of them begin with this module imported, too."""
    _PRELOADED.append(module)
    _FORKSERVER.set_forkserver_preload(_PRELOADED)


class Forked:
    """`gatehouse` with these arguments and these variables alone; what it says is appended to `log`.

    With `out`, that is where standard output goes instead. It reads nothing, or the file `given`. It begins with the
    signals `ignoring` ignored, as what has started it may have done.
    """

    def __init__(
        self,
        *arguments: str,
        environ: Mapping[str, str],
        log: Path,
        out: Path | None = None,
        given: Path = Path(os.devnull),
        ignoring: Sequence[signal.Signals] = (),
    ) -> None:
        # A daemon: a test that forgets to end one does not keep the run from ending.
        self._process: ForkServerProcess = _FORKSERVER.Process(
            target=_become,
            args=(arguments, dict(environ), given, out or log, log, ignoring, tuple(_PRELOADED)),
            daemon=True,
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.exitcode is None

    def send(self, number: signal.Signals) -> None:
        # It may end just now.
        if self.is_running():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float = 60) -> int:
        """Its exit status, or minus the signal that has killed it. Raises TimeoutError."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"process {self.pid} has not ended within {seconds} s")
        return self._process.exitcode

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.wait()


def run(*arguments: str, environ: Mapping[str, str], given: str = "") -> subprocess.CompletedProcess[str]:
    """To its end, within a minute."""
    with TemporaryDirectory() as folder:
        read, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        read.write_text(given)
        status = Forked(*arguments, environ=environ, log=err, out=out, given=read).wait(60)
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())


def _become(
    arguments: tuple[str, ...],
    environ: Mapping[str, str],
    given: Path,
    out: Path,
    err: Path,
    ignoring: Sequence[signal.Signals],
    preloaded: Sequence[str],
) -> None:
    # Without it every start would be as slow as before, and nobody would know.
    assert sys.modules.keys() >= set(preloaded)
    import cli

    os.setsid()
    # Where the tests run in the background or below nohup, these are ignored, and every process inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    for ignored in ignoring:
        signal.signal(ignored, signal.SIG_IGN)
    for number, file, flags in ((0, given, os.O_RDONLY), (1, out, _APPENDING), (2, err, _APPENDING)):
        descriptor = os.open(file, flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    # The interpreter's own was closed by multiprocessing.
    sys.stdin = open(0, closefd=False)
    os.chdir(_ROOT)
    os.environ.clear()
    os.environ.update(environ)
    warnings.simplefilter("error")
    sys.exit(cli.main(arguments))
