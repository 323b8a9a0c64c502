"""Whole runs of `make run`, with a model that loads at once."""

import os
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from local import ports
from local.workroom import Workroom
from tests.ports import share

ROOT = Path(__file__).parent.parent.parent
MAKE_RUN = ("make", "--no-print-directory", "run")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - Triton's place for it

# Apart from those of the embedded servers.
_PORTS = share(range(12_000, 20_000))

_CONFIG = """\
backend: "python"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]
"""
_MODEL = """\
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([triton.Tensor("Y", request.inputs()[0].as_numpy())]) for request in requests]
"""


def write_model(repository: Path, name: str, *, config: str = _CONFIG, code: str = _MODEL) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(config)
    (repository / name / "1" / "model.py").write_text(code)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = Path(tmp_path_factory.mktemp("tiny models"))
    write_model(repository, "echo")
    return repository


class Run:
    """`make run` in a process group of its own, as a terminal gives it one."""

    def __init__(
        self,
        data: Path,
        *,
        models: Path | str,
        record: str,
        variables: dict[str, str],
        command: Sequence[str] = MAKE_RUN,
        folder: Path = ROOT,
    ) -> None:
        self.data = data
        self.port = ports.choose(data, _PORTS)
        self._output, self._errors = data.with_name(f"{record}.out"), data.with_name(f"{record}.err")
        choices = {"PORT": str(self.port), "DATA_DIR": str(data), "MODELS": str(models)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "MAKE"))}
        with self._output.open("w") as output, self._errors.open("w") as errors:
            self.make = psutil.Popen(
                command,
                cwd=folder,
                env=kept | choices | variables,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        self._seen: set[psutil.Process] = set()

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    @property
    def refusal(self) -> str:
        """The one line that says why it cannot run, once it has ended."""
        assert self.make.wait(60) == 2
        (line,) = [line for line in self.errors.splitlines() if line.startswith("Gatehouse cannot run: ")]
        assert "Traceback" not in self.errors
        return line.removeprefix("Gatehouse cannot run: ")

    def until(self, condition: Callable[[], object], *, within: float = 90) -> None:
        end = time.monotonic() + within
        while not condition():
            assert self.make.poll() is None, self.errors
            assert time.monotonic() < end, self.errors
            # `named` reads about every process of the machine, which takes as long as a tenth of this.
            time.sleep(0.05)
        self.processes()

    def until_ready(self) -> "Run":
        self.until(lambda: self.output)
        return self

    def processes(self) -> list[psutil.Process]:
        """All that run now, make first; they are remembered for `left()`."""
        try:
            now = [psutil.Process(self.make.pid), *self.make.children(recursive=True)]
        except psutil.NoSuchProcess:
            now = []
        self._seen.update(now)
        return now

    def named(self, *words: str) -> list[psutil.Process]:
        """Those whose command line holds all the words, the oldest first."""
        return [one for one in self.processes() if all(word in _line(one) for word in words)]

    def env(self) -> dict[str, str]:
        lines = [shlex.split(line) for line in (self.data / "env").read_text().splitlines()]
        return dict(word.split("=", 1) for (word,) in lines)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Returns when make has ended."""
        self.processes()
        self.make.send_signal(number)
        self.make.wait(60)

    def left(self, *, within: float = 0, folder: bool = True) -> list[str]:
        """The processes, shared memory and (with `folder`) temporary folder of this run that are still there."""
        end = time.monotonic() + within
        while (left := self._left(folder)) and time.monotonic() < end:
            time.sleep(0.05)
        return left

    def _left(self, folder: bool) -> list[str]:
        alive = [one for one in self._seen if is_alive(one)]
        room = Workroom(self.data / "triton")
        files = [*SHARED_MEMORY.glob(f"{room.name}*"), *([room.path] if folder and room.path.exists() else [])]
        return [_line(one) for one in alive] + [str(file) for file in files]


def is_alive(process: psutil.Process) -> bool:
    """Not ended, nor ended and not yet waited for."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two questions
        return False


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="session")
def launch(tiny_models: Path) -> Iterator[Callable[..., Run]]:
    """`launch(data, PORT="8001")` starts a run, which writes beside its data what it prints.

    What a test leaves running is ended with the session.
    """
    runs: list[Run] = []

    def begin(
        data: Path,
        *,
        command: Sequence[str] = MAKE_RUN,
        folder: Path = ROOT,
        models: Path | str = tiny_models,
        record: str = "run",
        **variables: str,
    ) -> Run:
        run = Run(data, command=command, folder=folder, models=models, record=record, variables=variables)
        runs.append(run)
        return runs[-1]

    yield begin
    for run in runs:
        if run.make.poll() is None:
            run.stop()


@pytest.fixture
def refusal(launch: Callable[..., Run], tmp_path: Path) -> Callable[..., str]:
    """Why a run with these variables is refused; nothing of it stays."""

    def ask(data: Path = tmp_path / "data", **variables: str) -> str:
        run = launch(data, **variables)
        sentence = run.refusal
        assert run.left() == []
        assert run.output == ""
        return sentence

    return ask
