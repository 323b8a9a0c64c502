"""`gatehouse schema`."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.stopped import Commands, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.declarations import Declaration

_SHIPPED = Path(__file__).parent.parent / "inference" / "models"


def add(commands: Commands) -> None:
    schema = commands.add_parser(
        "schema",
        help="print the GraphQL schema",
        description="Print the GraphQL schema for the models of a repository or of a running Triton. Exits with 1 if a "
        "public model had to be left out.",
    )
    models = schema.add_mutually_exclusive_group()
    models.add_argument(
        "--models",
        default=str(_SHIPPED),
        metavar="FOLDER[:FOLDER...]",
        help="the repositories, as for make run (default: the shipped one)",
    )
    models.add_argument(
        "--triton",
        metavar="URL[,URL...]",
        help="the Tritons that serve the models, each as HOST:PORT of its gRPC service",
    )
    schema.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from graph import schema
    from graph.typed import NameClash
    from inference.declarations import DeclarationError

    try:
        if options.triton:
            declared, is_whole = _of_triton(options.triton), True
        else:
            declared, is_whole = _of_folders([Path(part) for part in options.models.split(":") if part])
        print(schema.sdl(schema.build(declared)))
    except (DeclarationError, NameClash) as error:
        raise Stopped(str(error)) from error
    return 0 if is_whole else 1


def _of_triton(url: str) -> "Sequence[Declaration]":
    from errors import ModelUnavailable
    from inference import server
    from settings import SettingsError

    try:
        return asyncio.run(server.declarations([part.strip() for part in url.split(",")]))
    except SettingsError as error:
        raise Stopped(str(error).replace("GATEHOUSE_TRITON_URL", "--triton")) from error
    except ModelUnavailable as error:
        raise Stopped(
            f"Triton does not answer at {url}, or does not list its models. --triton needs the port of its "
            "gRPC service, by default 8001, not 8000 (HTTP/1)."
        ) from error


def _of_folders(folders: "Sequence[Path]") -> "tuple[Sequence[Declaration], bool]":
    """With whether every public model is among them. Raises Stopped for a model that two folders have."""
    declared: dict[str, Declaration] = {}
    is_whole = True
    for folder in dict.fromkeys(folders):
        found, all_found = _of_files(folder)
        is_whole = is_whole and all_found
        for declaration in found:
            if declaration.name in declared:
                raise Stopped(f"Two folders of --models have a model {declaration.name!r}: rename one, or take it out.")
            declared[declaration.name] = declaration
    return list(declared.values()), is_whole


def _of_files(folder: Path) -> "tuple[Sequence[Declaration], bool]":
    """With whether every public model is among them."""
    from inference import repository

    if not folder.is_dir():
        raise Stopped(f"There is no folder {folder}: --models names a Triton model repository.")
    if (folder / "config.pbtxt").exists():
        raise Stopped(
            f"{folder} is a model, not a repository: name the folder that holds it, "
            f"--models {folder.absolute().parent}."
        )
    files = repository.read_files(folder)
    if not (files.declarations or files.incomplete or files.undescribed):
        raise Stopped(f"{folder} holds no model: a repository has a folder NAME with config.pbtxt for each model.")
    for name, missing in files.incomplete.items():
        _warn(
            f"Model {name!r} is left out: its config.pbtxt has no {missing}, which Triton adds when it loads the "
            "model. For a schema with it, use --triton."
        )
    for name in files.undescribed:
        _warn(f"Model {name!r} is left out: it has no config.pbtxt, and so no gatehouse.public.")
    for name in files.uncertain:
        _warn(
            f"Model {name!r} may have more tensors than its config.pbtxt says, as its code has auto_complete_config. "
            "To be sure, use --triton."
        )
    return files.declarations, not files.incomplete


def _warn(sentence: str) -> None:
    print(f"gatehouse: {sentence}", file=sys.stderr)
