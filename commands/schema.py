"""`gatehouse schema`."""

import argparse
from pathlib import Path

from commands.stopped import Commands, Stopped

_SHIPPED = Path(__file__).parent.parent / "inference" / "models"


def add(commands: Commands) -> None:
    schema = commands.add_parser(
        "schema", help="print the GraphQL schema", description="Print the GraphQL schema for a model repository."
    )
    schema.add_argument(
        "--models", type=Path, default=_SHIPPED, metavar="FOLDER", help="the repository (default: the shipped one)"
    )
    schema.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from graph import schema
    from graph.typed import NameClash
    from inference import declarations

    if not options.models.is_dir():
        raise Stopped(f"There is no folder {options.models}: --models names a Triton model repository.")
    try:
        print(schema.build(declarations.read_repository(options.models)).as_str())
    except (declarations.DeclarationError, NameClash) as error:
        raise Stopped(str(error)) from error
    return 0
