"""What cannot work is said in one sentence, at once, before anything is started."""

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from local import preflight, stub
from local.trouble import CannotRun
from tests.local.conftest import Run


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none(
    refusal: Callable[..., str], launch: Callable[..., Run], tmp_path: Path, port: str
) -> None:
    assert refusal(PORT=port) == f"PORT must be a number from 1 to 65535, not {port!r}."


@pytest.mark.parametrize("processes", ["0", "65", "-1", "two"])
def test_a_number_of_processes_that_is_none_is_refused(refusal: Callable[..., str], processes: str) -> None:
    assert refusal(PROCESSES=processes) == f"PROCESSES must be a number from 1 to 64, not {processes!r}."


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


def test_the_http_port_of_a_triton_whose_grpc_port_is_not_named(refusal: Callable[..., str]) -> None:
    sentence = refusal(GATEHOUSE_TRITON_HTTP_URL="http://127.0.0.1:9")

    assert sentence == (
        "GATEHOUSE_TRITON_HTTP_URL is set and GATEHOUSE_TRITON_URL is not: set both, for a Triton of your own, or "
        "neither."
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

    assert sentence == ("PYTHON=/nowhere/python3.11 does not run: install Python 3.11 or 3.12 with venv and libpython.")


def test_the_python_of_the_tests_fits() -> None:
    assert preflight.problem() == ""


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 13, 0)])
def test_another_version_of_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]) -> None:
    short = f"{version[0]}.{version[1]}"
    python = types.SimpleNamespace(
        version_info=version, implementation=sys.implementation, executable="/usr/bin/python3"
    )
    monkeypatch.setattr(preflight, "sys", python)

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
    def fails(library: str) -> None:
        raise OSError(f"{library}: cannot open shared object file")

    monkeypatch.setattr("os.path.exists", lambda path: False)
    monkeypatch.setattr("ctypes.CDLL", fails)

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


def test_a_setting_that_cannot_be_read_is_not_blamed_on_the_database(
    launch: Callable[..., Run], tmp_path: Path
) -> None:
    run = launch(tmp_path / "data", GATEHOUSE_ALLOWED_ORIGINS="http://127.0.0.1:3000/")

    assert run.refusal == "A setting is missing or wrong: see the message above."
    assert "GATEHOUSE_ALLOWED_ORIGINS" in run.errors
    assert run.left() == []


def test_servers_of_ones_own_that_do_not_answer_are_named_soon(launch: Callable[..., Run], tmp_path: Path) -> None:
    run = launch(
        tmp_path / "data", GATEHOUSE_TRITON_URL="127.0.0.1:9", GATEHOUSE_REDIS_URL="redis://:secret@127.0.0.1:9"
    )
    sentences = {
        "Triton does not answer at 127.0.0.1:9 (GATEHOUSE_TRITON_URL). It must be the address of its gRPC service, by "
        "default port 8001, not 8000.",
        "Redis does not answer at GATEHOUSE_REDIS_URL. Start it, or correct the address.",
    }

    run.until(lambda: sentences <= set(run.errors.splitlines()))

    run.stop()
    assert len([line for line in run.errors.splitlines() if line in sentences]) == 2
    assert (run.output, "secret" in run.errors) == ("", False)
