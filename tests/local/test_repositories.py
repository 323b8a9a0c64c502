"""Folders of models that `make run` takes or refuses before it starts anything."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest

from local import paths, repositories, servers
from local.trouble import CannotRun
from tests.local.conftest import write_model
from tests.local.loading import loaded

HOLDS = "a Triton model repository has a folder NAME with config.pbtxt and 1/model.py for each model"


def why(folder: Path) -> str:
    """Why this folder is refused before Triton is started."""
    with pytest.raises(CannotRun) as refused:
        repositories.check([folder])
    return str(refused.value)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Without root's right to read everything; another user than root has none."""
    before = os.geteuid()
    os.seteuid(before or 65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_folders_are_separated_by_colons_and_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    default = paths.SHIPPED_MODELS

    assert repositories.named("inference/models:my models::~/more:my models", default=default) == [
        tmp_path / "inference/models",
        tmp_path / "my models",
        Path("/home/ada/more"),
    ]
    assert repositories.named("", default=default) == repositories.named(":", default=default) == [default]


def test_the_home_of_an_unknown_user_is_refused(refusal: Callable[..., str]) -> None:
    assert refusal(MODELS="inference/models:~nobody-here/models") == (
        "'~nobody-here/models' names the home of a user who is not known here: write the whole path."
    )


def test_one_missing_folder_of_two_is_named(refusal: Callable[..., str], tiny_models: Path, tmp_path: Path) -> None:
    assert refusal(MODELS=f"{tiny_models}:{tmp_path}/nowhere") == (
        f"There is no folder {tmp_path}/nowhere: MODELS names Triton model repositories, with : between them."
    )


def test_two_models_of_one_name_are_refused(refusal: Callable[..., str], tiny_models: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "mine", "echo")

    assert refusal(MODELS=f"{tiny_models}:{tmp_path}/mine") == (
        f"Two folders of MODELS have a model echo, {tiny_models} and {tmp_path}/mine: rename one, in its config.pbtxt "
        "too, or take it out."
    )


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert why(tmp_path / "file") == (
        f"{tmp_path}/file is not a folder: MODELS names Triton model repositories, which are folders."
    )


def test_a_folder_without_models(refusal: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert refusal(MODELS=str(tmp_path / "empty")) == f"{tmp_path}/empty holds no model: {HOLDS}."


def test_a_folder_beside_the_models_that_is_none(tmp_path: Path) -> None:
    write_model(tmp_path, "echo")
    (tmp_path / "my docs").mkdir()

    assert why(tmp_path) == (
        f"'{tmp_path}/my docs' is no model: {HOLDS}. Complete it, or move it out of the repository."
    )


def test_the_folders_of_git_and_python_are_passed_over(tmp_path: Path) -> None:
    write_model(tmp_path / "models", "echo")
    for name in (".git", "__pycache__"):
        (tmp_path / "models" / name).mkdir()
    (tmp_path / "models" / "README.md").touch()

    assert loaded(servers.Triton(tmp_path / "data", [tmp_path / "models"])) == ["echo"]


@pytest.mark.parametrize("file", ["config.pbtxt", "1/model.py"])
def test_a_model_in_the_place_of_a_repository(tmp_path: Path, file: str) -> None:
    (tmp_path / "doubler" / file).parent.mkdir(parents=True)
    (tmp_path / "doubler" / file).touch()

    assert why(tmp_path / "doubler") == (
        f"{tmp_path}/doubler is a model, not a repository: name the folder that holds it, MODELS={tmp_path}."
    )


def test_a_link_to_nothing(tmp_path: Path) -> None:
    write_model(tmp_path, "echo")
    (tmp_path / "linked").symlink_to(tmp_path / "nowhere")

    assert why(tmp_path) == f"{tmp_path}/linked is a link to nothing: repair it or remove it."


@pytest.mark.parametrize("name", ["my model", "größe", "it's", 'a"b', "a\nb", "$(id)", "a;b", "*", "~x"])
def test_a_name_that_tritons_shell_or_python_cannot_take(tmp_path: Path, name: str) -> None:
    write_model(tmp_path, name)

    assert why(tmp_path) == (
        f"{str(tmp_path / name)!r} cannot be served: Triton's Python models have only letters without accents, digits "
        "and _ - . + @ % = : , in their names. Rename the folder, and the name in its config.pbtxt."
    )


def test_a_name_of_all_signs_that_are_allowed_works(tmp_path: Path) -> None:
    names = ["..dots", "a_B-1.+@%=:,"]
    for name in names:
        write_model(tmp_path / "models", name)

    assert loaded(servers.Triton(tmp_path / "data", [tmp_path / "models"])) == names


@pytest.mark.parametrize("version", ["v1", "01", "1 old"])
def test_a_model_without_a_version(tmp_path: Path, version: str) -> None:
    write_model(tmp_path, "echo")
    (tmp_path / "echo" / "1").rename(tmp_path / "echo" / version)

    assert why(tmp_path) == (
        f"{tmp_path}/echo has no folder of a version: make one named 1 in it, and put model.py there."
    )


def test_a_declaration_that_is_a_folder(tmp_path: Path) -> None:
    write_model(tmp_path, "echo")
    (tmp_path / "echo" / "config.pbtxt").unlink()
    (tmp_path / "echo" / "config.pbtxt").mkdir()

    assert why(tmp_path) == f"{tmp_path}/echo/config.pbtxt is not a file: it must be the text that declares the model."


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_code_that_is_no_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    write_model(tmp_path, "m")
    (tmp_path / "m" / "2").mkdir()
    make(tmp_path / "m" / "2" / "model.py")

    assert why(tmp_path) == f"{tmp_path}/m/2/model.py is not a file: it must be the code of the model."
    # A folder that is no version is not looked into.
    (tmp_path / "m" / "2").rename(tmp_path / "m" / "02")
    repositories.check([tmp_path])
    assert repositories.completes_itself([tmp_path]) is False


def test_a_version_that_triton_has_no_number_for(tmp_path: Path) -> None:
    write_model(tmp_path, "m")
    version = tmp_path / "m" / str(2**64)
    version.mkdir()

    assert why(tmp_path) == f"{version} is a version above {2**63 - 2}, which Triton cannot serve: rename it."


@pytest.mark.parametrize("closed", ["", "echo", "echo/config.pbtxt", "echo/1", "echo/1/model.py"])
def test_what_this_user_may_not_read(tmp_path: Path, closed: str) -> None:
    folder = tmp_path / "models"
    write_model(folder, "echo")
    for parent in [tmp_path, *tmp_path.parents]:
        # All that pytest has made: how many there are depends on whether the tests run in parallel.
        if parent.is_relative_to(gettempdir()) and parent != Path(gettempdir()):
            parent.chmod(0o711)
    (folder / closed).chmod(0)

    with ordinary_user():
        reason = why(folder)

    named, rest = reason.split(" cannot be read ")
    assert rest == "(Permission denied): let this user read it, or take it out of MODELS."
    assert Path(named).is_relative_to(folder / closed)
