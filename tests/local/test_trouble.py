"""What cannot work is said in one sentence, at once, before anything is started."""

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from local import preflight, stub
from local.trouble import CannotRun
from tests.local.conftest import Run, write_model


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


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none(
    refusal: Callable[..., str], launch: Callable[..., Run], tmp_path: Path, port: str
) -> None:
    assert refusal(PORT=port) == f"PORT must be a number from 1 to 65535, not {port!r}."


def test_data_where_no_folder_can_be(refusal: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    sentence = refusal(DATA_DIR=str(file / "data"))

    assert sentence == f"DATA_DIR {file}/data cannot be used (Not a directory): choose another with DATA_DIR=path."


def test_data_of_another_postgres(refusal: Callable[..., str], tmp_path: Path) -> None:
    data = tmp_path / "data" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")

    sentence = refusal()

    assert sentence == f"{data} holds data of PostgreSQL 16, this is 18: move it away or choose another DATA_DIR."
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_models_that_are_not_there(refusal: Callable[..., str], tmp_path: Path) -> None:
    sentence = refusal(MODELS=str(tmp_path / "nowhere"))

    assert sentence == f"There is no folder {tmp_path}/nowhere: MODELS must name a Triton model repository."


def test_a_folder_without_models(refusal: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty" / "docs").mkdir(parents=True)

    assert refusal(MODELS=str(tmp_path / "empty")) == (
        f"{tmp_path}/empty holds no model: a Triton model repository has a folder NAME with config.pbtxt and "
        "1/model.py for each model."
    )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            {"code": "import a_module_that_is_not_there"},
            "Internal: ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
        ),
        (
            {"config": "colour: 1"},
            'config.pbtxt, 1:7: Message type "inference.ModelConfig" has no field named "colour"',
        ),
        (
            {"config": 'platform: "onnxruntime_onnx"'},
            "Invalid argument: unable to find backend library for backend 'onnxruntime', try specifying runtime on the "
            "model configuration",
        ),
    ],
    ids=["import", "config", "backend"],
)
def test_a_model_that_does_not_load_is_named(
    refusal: Callable[..., str], tmp_path: Path, broken: dict[str, str], reason: str
) -> None:
    write_model(tmp_path / "my models", "broken", **broken)

    assert refusal(MODELS=str(tmp_path / "my models")) == (
        f"In MODELS, the model broken does not load ({reason}); the whole story is in {tmp_path}/data/triton/log."
    )


def test_another_machine(refusal: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    uname = tmp_path / "bin" / "uname"
    uname.write_text('#!/bin/sh\n[ "$1" = -m ] && echo aarch64 || echo Linux\n')
    uname.chmod(0o755)

    sentence = refusal(PATH=f"{tmp_path}/bin:/usr/bin:/bin")

    assert sentence == "This is Linux on aarch64; the embedded servers need Linux on x86_64."


def test_a_python_that_is_not_there(refusal: Callable[..., str]) -> None:
    sentence = refusal(PYTHON="/nowhere/python3.11")

    assert sentence == "There is no working /nowhere/python3.11: install Python 3.11 or 3.12 with venv and libpython."


def test_the_python_of_the_tests_fits() -> None:
    assert preflight.problem() == ""


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 13, 0)])
def test_another_version_of_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]) -> None:
    short = f"{version[0]}.{version[1]}"
    python = types.SimpleNamespace(
        version_info=version, implementation=sys.implementation, executable="/usr/bin/python3"
    )
    monkeypatch.setattr(preflight, "sys", python)
    monkeypatch.setattr(preflight, "_SHORT", short)

    assert preflight.problem() == (
        f"/usr/bin/python3 is cpython {short}; Gatehouse needs CPython 3.11 or 3.12: install one, or name it with "
        "PYTHON=path."
    )


@pytest.mark.parametrize(
    ("library", "said"),
    [("glibc 2.34", "This system has glibc 2.34"), (None, "This system's C library is not glibc")],
)
def test_another_c_library(monkeypatch: pytest.MonkeyPatch, library: str | None, said: str) -> None:
    monkeypatch.setattr("os.confstr", lambda name: library)

    assert preflight.problem() == (
        f"{said}; the embedded servers need glibc 2.35 or newer, as in Debian 12 and Ubuntu 22.04."
    )


def test_a_python_without_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert preflight.problem() == (
        f"{sys.executable} has no venv: on Debian and Ubuntu install the package python{version}-venv."
    )


def test_a_python_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.exists", lambda path: False)
    monkeypatch.setattr(preflight, "_loads", lambda library: False)

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert preflight.problem() == (
        f"{sys.executable} has no shared library libpython{version}.so.1.0, which Triton needs for models in Python: "
        f"on Debian and Ubuntu install the package libpython{version}."
    )


def test_a_stub_that_cannot_start_is_found_before_triton_waits_for_it(tmp_path: Path) -> None:
    program = tmp_path / "backends" / "python" / "triton_python_backend_stub"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'libpython9.so: cannot open shared object file' >&2\nexit 127\n")
    program.chmod(0o755)

    with pytest.raises(CannotRun) as refused:
        stub.check(tmp_path, tmp_path)

    assert str(refused.value) == (
        "Triton cannot run Python models: libpython9.so: cannot open shared object file; on Debian and Ubuntu install "
        "the package libpython3.11 or libpython3.12, as your Python is."
    )
