"""The stub of Triton's Python backend: the program that runs a Python model, one for each version of Python."""

import shutil
import subprocess
from pathlib import Path

from local import paths
from local.trouble import CannotRun

_NAME = "triton_python_backend_stub"
_REMEDY = "on Debian and Ubuntu install the package libpython3.11 or libpython3.12, as your Python is"


def install() -> None:
    """Copies the stub for the models' Python to where tritonserver looks for it; the wheel has it in another folder."""
    installed = paths.packages(paths.MODELS) / "pytriton" / "tritonserver"
    stub = installed / "backends" / "python" / _NAME
    draft = stub.with_name(f"{_NAME}.new")
    shutil.copyfile(installed / "python_backend_stubs" / _version() / _NAME, draft)
    draft.chmod(0o755)
    draft.replace(stub)


def check(installed: Path, libraries: Path) -> None:
    """Raises CannotRun if the stub cannot run: Triton itself would wait for it until a time-out."""
    stub = installed / "backends" / "python" / _NAME
    if not stub.exists():
        raise CannotRun("The models' environment is not complete: delete .models-venv and run `make run` again.")
    environment = {"LD_LIBRARY_PATH": str(libraries)}
    tried = subprocess.run([stub], env=environment, capture_output=True, text=True)  # noqa: S603 - a file of ours
    # A stub that can run reports, without arguments, that its arguments are missing.
    if "Expected" not in tried.stdout + tried.stderr:
        reason = (tried.stderr.strip() or f"status {tried.returncode}").splitlines()[-1]
        raise CannotRun(f"Triton cannot run Python models: {reason}; {_REMEDY}.")


def libpython() -> Path | None:
    """The shared library of the models' Python, if it is not installed in the system, as with pyenv or conda."""
    library = _home() / "lib" / f"libpython{_version()}.so.1.0"
    return library if library.exists() else None


def _version() -> str:
    return paths.packages(paths.MODELS).parent.name.removeprefix("python")


def _home() -> Path:
    return (paths.MODELS / "bin" / "python").resolve().parent.parent
