"""A real tritonserver from nvidia-pytriton's wheel. It has the Python backend only."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from local import environ, places, stub, triton_log, workroom
from local.server import Server
from local.trouble import CannotRun

# The port is only part of the socket's name: tritonserver appends it and then binds the socket.
_SOCKET = "triton"
_PORT = "1"
_FLAGS = (
    f"--grpc-port={_PORT}",
    "--allow-http=false",
    "--allow-metrics=false",
    "--model-control-mode=explicit",
    "--load-model=*",
    # A model may go on with the trace of its call.
    "--grpc-header-forward-pattern=traceparent",
    "--exit-timeout-secs=3",
    # Of the threads and buffers it would make for GPUs and many models.
    "--pinned-memory-pool-byte-size=0",
    "--buffer-manager-thread-count=0",
    "--model-load-thread-count=2",
    "--backend-config=python,shm-default-byte-size=1048576",
    "--backend-config=python,stub-timeout-seconds=30",
)


class Triton(Server):
    """Serves every model of `repositories`, on a socket in a folder closed to other users."""

    name = "triton"
    title = "Triton"
    complaint = re.compile(r"^error: (.*)", re.MULTILINE)

    def __init__(self, data: Path, repositories: Sequence[Path], *, held: tuple[int, ...] = ()) -> None:
        super().__init__(data, held=held)
        self._repositories = [path.absolute() for path in repositories]
        self._room = workroom.Workroom(self.folder)

    @property
    def url(self) -> str:
        return f"unix:{self._room.path}/{_SOCKET}:{_PORT}"

    def inspect(self) -> None:
        for repository in self._repositories:
            _check_repository(repository)

    def stop(self) -> None:
        super().stop()
        self.clean()

    def clean(self) -> None:
        """Takes away what one that was killed has left in the temporary folder and in shared memory."""
        self._room.remove()

    def _launch(self) -> None:
        installed = places.packages(places.MODELS) / "pytriton" / "tritonserver"
        with self._room.made() as held:
            libraries = self._room.folder("lib")
            if library := stub.libpython():
                self._room.link(f"lib/{library.name}", library)
            stub.check(installed, libraries)
            # The Python backend puts both paths unquoted into a shell command: links in a plain folder hide any space.
            backends = self._room.link("backends", installed / "backends")
            models = [self._room.link(f"models-{n}", path) for n, path in enumerate(self._repositories)]
            self._child.start(
                [installed / "bin" / "tritonserver", *self._flags(backends, models)],
                env=_environment(libraries),
                cwd=self.folder,
                held=(held,),
            )

    def _flags(self, backends: Path, models: Sequence[Path]) -> list[str]:
        # To ask a model for the rest of its configuration takes a process and a start of its own for each.
        whole = not any(map(_completes_itself, self._repositories))
        return [
            *(["--disable-auto-complete-config"] if whole else []),
            *(f"--model-repository={repository}" for repository in models),
            f"--backend-directory={backends}",
            f"--grpc-address=unix:{self._room.path}/{_SOCKET}",
            f"--backend-config=python,shm-region-prefix-name={self._room.name}",
            *_FLAGS,
        ]

    def _says_ready(self) -> bool:
        # Said at once, for another model may go on loading for minutes.
        if refusal := self._refusal():
            raise CannotRun(refusal)
        # Triton says this after all models have loaded.
        return self._log_says("Started GRPCInferenceService at")

    def _why_it_ended(self) -> str:
        return self._refusal() or super()._why_it_ended()

    def _refusal(self) -> str | None:
        said = triton_log.refusal(self.log.read_text(errors="replace"))
        return said and f"In MODELS, {said}; the whole story is in {self.log}."


def _check_repository(repository: Path) -> None:
    if not repository.is_dir():
        raise CannotRun(f"There is no folder {repository}: MODELS must name a Triton model repository.")
    if not any(_is_model(folder) for folder in repository.iterdir()):
        raise CannotRun(
            f"{repository} holds no model: a Triton model repository has a folder NAME with config.pbtxt and "
            "1/model.py for each model."
        )


def _is_model(folder: Path) -> bool:
    return (folder / "config.pbtxt").is_file() or any(folder.glob("[0-9]*/model.py"))


def _completes_itself(repository: Path) -> bool:
    """Whether a model of it may leave something to be filled in."""
    models = [folder for folder in repository.iterdir() if _is_model(folder)]
    return any(
        not (model / "config.pbtxt").is_file()
        or any("auto_complete_config" in code.read_text(errors="replace") for code in model.glob("[0-9]*/model.py"))
        for model in models
    )


def _environment(libraries: Path) -> dict[str, str]:
    """The caller's, for a model may need a proxy or a GPU's number, with the models' Python first in the path."""
    return environ.inherited() | {
        "PATH": os.pathsep.join([str(places.MODELS / "bin"), os.environ.get("PATH", os.defpath)]),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, [str(libraries), os.environ.get("LD_LIBRARY_PATH")])),
    }
