"""A real tritonserver from nvidia-pytriton's wheel. It has the Python backend only."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from local import environ, paths, repositories, stub, triton_log, workroom
from local.server import Server
from local.trouble import CannotRun

# For gRPC tritonserver appends the port to the socket's name, as if it were one, and then binds the socket.
_SOCKET = "triton"
_HTTP_SOCKET = "http"
_PORT = "1"
_ALL_MODELS = "--load-model=*"
# Advice, by words of the reason that Triton gives.
_ADVICE = {
    "unable to find backend library": "; the Triton of make run has Python models only: see "
    "docs/models.md#an-onnx-model, or use a Triton of your own",
    "ModuleNotFoundError": "; models have the packages of requirements/models.txt, and docs/models.md says "
    "how to add one",
}
FLAGS = (
    f"--grpc-port={_PORT}",
    f"--http-port={_PORT}",
    "--allow-metrics=false",
    "--model-control-mode=explicit",
    _ALL_MODELS,
    # A model may go on with the trace of its call.
    "--grpc-header-forward-pattern=traceparent",
    "--http-header-forward-pattern=traceparent",
    "--exit-timeout-secs=3",
    # Of the threads and buffers it would make for GPUs and many models.
    "--pinned-memory-pool-byte-size=0",
    "--buffer-manager-thread-count=0",
    "--model-load-thread-count=2",
    "--backend-config=python,shm-default-byte-size=1048576",
    "--backend-config=python,stub-timeout-seconds=30",
)


class Triton(Server):
    """Serves every model of the repositories `folders`, on two sockets in a folder closed to other users."""

    name = "triton"
    title = "Triton"
    complaint = re.compile(r"^error: (.*)", re.MULTILINE)

    def __init__(
        self, data: Path, folders: Sequence[Path], *, held: tuple[int, ...] = (), flags: Sequence[str] = ()
    ) -> None:
        """`flags` are for tritonserver, beside those that every one of ours has."""
        super().__init__(data, held=held)
        self._more_flags = tuple(flags)
        self._repositories = [path.absolute() for path in folders]
        self._models: dict[str, Path] = {}
        self._room = workroom.Workroom(self.folder)

    @property
    def url(self) -> str:
        return f"unix:{self._room.path}/{_SOCKET}:{_PORT}"

    @property
    def http_url(self) -> str:
        return f"unix:{self._room.path}/{_HTTP_SOCKET}"

    def inspect(self) -> None:
        repositories.check(self._repositories)

    def stop(self) -> None:
        super().stop()
        self.clean()

    def clean(self) -> None:
        """Removes what a killed Triton has left in the temporary folder and in shared memory."""
        self._room.remove()

    def _launch(self) -> None:
        self._models = {model.name: model for folder in self._repositories for model in repositories.models(folder)}
        installed = paths.packages(paths.MODELS) / "pytriton" / "tritonserver"
        with self._room.made() as held:
            libraries = self._room.folder("lib")
            if library := stub.libpython():
                self._room.link(f"lib/{library.name}", library)
            stub.check(installed, libraries)
            # The Python backend puts both paths unquoted into a shell command: links in a plain folder hide any space.
            backends = self._room.link("backends", installed / "backends")
            self._room.link("caches", installed / "caches")
            linked = [self._room.link(f"models-{n}", path) for n, path in enumerate(self._repositories)]
            self._child.start(
                [installed / "bin" / "tritonserver", *self._flags(backends, linked)],
                env=_environment(libraries),
                cwd=self.folder,
                held=(held,),
            )

    def _flags(self, backends: Path, linked: Sequence[Path]) -> list[str]:
        # Asking a model for the rest of its configuration takes an extra process and start for each model.
        whole = not repositories.completes_itself(self._repositories)
        return [
            *(["--disable-auto-complete-config"] if whole else []),
            *(f"--model-repository={repository}" for repository in linked),
            f"--backend-directory={backends}",
            f"--cache-directory={self._room.path}/caches",
            f"--grpc-address=unix:{self._room.path}/{_SOCKET}",
            f"--http-address={self.http_url}",
            f"--backend-config=python,shm-region-prefix-name={self._room.name}",
            *(one for flag in FLAGS for one in (self._loads() if flag == _ALL_MODELS else [flag])),
            *self._more_flags,
        ]

    def _loads(self) -> list[str]:
        # By name, as Triton's `*` takes a folder such as .git for a model.
        return [f"--load-model={model}" for model in self._models]

    def loading(self) -> list[str]:
        """The models that Triton is still loading, by name."""
        return triton_log.loading(self._said())

    def _says_ready(self) -> bool:
        # Reported at once, because another model may load for minutes.
        if refusal := self._refusal():
            raise CannotRun(refusal)
        # Triton logs this after all models have loaded.
        return self._log_says("Started GRPCInferenceService at") and self._log_says("Started HTTPService at")

    def _why_it_ended(self) -> str:
        return self._refusal() or super()._why_it_ended()

    def _refusal(self) -> str | None:
        refused = triton_log.refusal(self._said())
        if refused is None:
            return None
        where = self._models.get(refused.model, refused.model)
        reason = refused.reason + "".join(said for words, said in _ADVICE.items() if words in refused.reason)
        return f"The model {where} does not load ({reason}): correct it or take it out. Triton's log is {self.log}."

    def _said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def _environment(libraries: Path) -> dict[str, str]:
    """The caller's, for a model may need a proxy or a GPU's number, with the models' Python first in the path."""
    return environ.inherited() | {
        "PATH": os.pathsep.join([str(paths.MODELS / "bin"), os.environ.get("PATH", os.defpath)]),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, [str(libraries), os.environ.get("LD_LIBRARY_PATH")])),
    }
