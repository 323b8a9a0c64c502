"""MODELS: which folders `make run` serves models from, and what is wrong with them before Triton is started.

Triton's own answers to these mistakes are a wait without end, a crash, or a path in a temporary folder.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import model_code
from local import paths
from local.trouble import CannotRun

# As in PATH, so that a folder's name may have a space.
_SEPARATOR = ":"
# The largest that Triton can serve; it aborts at a larger one, or does not find its folder.
_NEWEST_VERSION = 2**63 - 2
_HOLDS = "a Triton model repository has a folder NAME with config.pbtxt and 1/model.py for each model"


def named(text: str, *, default: Path) -> list[Path]:
    """The folders in `text`, separated by colons, each once; raises CannotRun for the home of an unknown user."""
    folders = [paths.absolute(part) for part in text.split(_SEPARATOR) if part]
    return list(dict.fromkeys(folders)) or [default]


def check(repositories: Sequence[Path]) -> None:
    """Raises CannotRun for what Triton could not load; the sentence names the folder."""
    seen: dict[str, Path] = {}
    for repository in repositories:
        for model in models(repository):
            if (other := seen.setdefault(model.name, repository)) != repository:
                raise CannotRun(
                    f"Two folders of MODELS have a model {model.name}, {other} and {repository}: rename one, in its "
                    "config.pbtxt too, or take it out."
                )


def models(repository: Path) -> list[Path]:
    """The models' folders, by name; raises CannotRun where one could not be served."""
    try:
        found = list(_models(repository))
    except OSError as error:
        raise CannotRun(
            f"{error.filename} cannot be read ({error.strerror}): let this user read it, or take it out of MODELS."
        ) from error
    if not found:
        raise CannotRun(f"{repository} holds no model: {_HOLDS}.")
    return found


def _models(repository: Path) -> Iterator[Path]:
    if not repository.exists():
        raise CannotRun(
            f"There is no folder {repository}: MODELS names Triton model repositories, with : between them."
        )
    if not repository.is_dir():
        raise CannotRun(f"{repository} is not a folder: MODELS names Triton model repositories, which are folders.")
    if _is_model(repository):
        raise CannotRun(
            f"{repository} is a model, not a repository: name the folder that holds it, MODELS={repository.parent}."
        )
    for entry in sorted(repository.iterdir()):
        if entry.is_symlink() and not entry.exists():
            # With one of these Triton cannot even list its models.
            raise CannotRun(f"{entry} is a link to nothing: repair it or remove it.")
        if entry.is_dir() and _is_served(entry):
            yield entry


def _is_served(folder: Path) -> bool:
    if _is_model(folder):
        _check_model(folder)
        return True
    if folder.name.startswith((".", "__")):
        return False  # .git, __pycache__
    raise CannotRun(f"{str(folder)!r} is no model: {_HOLDS}. Complete it, or move it out of the repository.")


def _is_model(folder: Path) -> bool:
    return (folder / "config.pbtxt").exists() or any(folder.glob("[0-9]*/model.py"))


def _check_model(folder: Path) -> None:
    # The Python backend puts the name unquoted into a shell command, and takes no other letters in a path.
    if shlex.quote(folder.name) != folder.name:
        raise CannotRun(
            f"{str(folder)!r} cannot be served: Triton's Python models have only letters without accents, digits and "
            "_ - . + @ % = : , in their names. Rename the folder, and the name in its config.pbtxt."
        )
    versions = [entry for entry in folder.iterdir() if model_code.is_version(entry)]
    if not versions:
        raise CannotRun(f"{folder} has no folder of a version: make one named 1 in it, and put model.py there.")
    config = folder / "config.pbtxt"
    if config.exists() and not config.is_file():
        raise CannotRun(f"{config} is not a file: it must be the text that declares the model.")
    for version in versions:
        if int(version.name) > _NEWEST_VERSION:
            raise CannotRun(f"{version} is a version above {_NEWEST_VERSION}, which Triton cannot serve: rename it.")
        if (code := version / "model.py").exists() and not code.is_file():
            raise CannotRun(f"{code} is not a file: it must be the code of the model.")
    # For a file that this user may not read, Triton gives no reason, or waits without end.
    for file in [config, *(version / "model.py" for version in versions)]:
        if file.is_file():
            file.open("rb").close()


def completes_itself(repositories: Sequence[Path]) -> bool:
    """Whether the configuration of at least one model may be incomplete until Triton loads the model."""
    folders = [folder for repository in repositories for folder in models(repository)]
    return any(not (folder / "config.pbtxt").is_file() or model_code.completes_itself(folder) for folder in folders)
