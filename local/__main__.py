"""What the Makefile calls: `python -m local run|setup|pins`. It runs outside of every environment."""

import argparse
import sys
from pathlib import Path

from local import environments, pins, places, stopping
from local.run import Wishes, run
from local.trouble import CannotRun


def main() -> int:
    stopping.listen()
    try:
        _obey(_arguments())
    except stopping.Stopped:
        return 0
    except CannotRun as trouble:
        print(f"Gatehouse cannot run: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        # A full disk, a folder without permission: about the machine, and for its owner to read.
        print(f"Gatehouse cannot run: {error.filename or 'the system'}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _obey(wish: argparse.Namespace) -> None:
    match wish.task:
        case "run":
            run(
                Wishes(
                    port=wish.port,
                    data=_absolute(wish.data_dir, places.DATA),
                    models=_absolute(wish.models, places.SHIPPED_MODELS),
                )
            )
        case "setup":
            environments.make_ready(environments.SERVICE, environments.MODELS)
        case "pins":
            pins.renew()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description="Gatehouse on one machine, with its servers.")
    tasks = parser.add_subparsers(dest="task", required=True)
    run_task = tasks.add_parser("run", help="set everything up and serve")
    run_task.add_argument("--port", type=_port, default=8000)
    run_task.add_argument("--data-dir", default="")
    run_task.add_argument("--models", default="")
    tasks.add_parser("setup", help="make the environments")
    tasks.add_parser("pins", help="renew the requirements")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _absolute(path: str, default: Path) -> Path:
    return Path(path).expanduser().absolute() if path else default


sys.exit(main())
