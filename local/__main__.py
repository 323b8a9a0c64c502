"""What the Makefile calls: `python -m local run|setup|pins`. It runs outside of every environment."""

import argparse
import sys

from local import environments, paths, pins, repositories, stopping
from local.progress import tell
from local.run import RunOptions, run
from local.trouble import CannotRun


def main() -> int:
    stopping.listen()
    try:
        _obey(_arguments())
    except stopping.Stopped:
        tell("Gatehouse has stopped, and everything that it started.")
        return 0
    except CannotRun as trouble:
        print(f"Gatehouse cannot run: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        # A full disk, a folder without permission: about the machine, and for its owner to read.
        print(f"Gatehouse cannot run: {error.filename or 'the system'}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _obey(arguments: argparse.Namespace) -> None:
    match arguments.task:
        case "run":
            run(
                RunOptions(
                    port=arguments.port,
                    processes=arguments.processes,
                    data=paths.absolute(arguments.data_dir) if arguments.data_dir else paths.DATA,
                    models=repositories.named(arguments.models, default=paths.SHIPPED_MODELS),
                    models_named=bool(arguments.models),
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
    run_task.add_argument("--processes", type=_processes, default=1)
    run_task.add_argument("--data-dir", default="")
    run_task.add_argument("--models", default="")
    tasks.add_parser("setup", help="make the environments")
    tasks.add_parser("pins", help="renew the requirements")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _processes(text: str) -> int:
    # `gatehouse serve` has the same bound.
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise CannotRun(f"PROCESSES must be a number from 1 to 64, not {text!r}.")
    return int(text)


sys.exit(main())
