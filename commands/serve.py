"""`gatehouse serve`."""

import argparse
import asyncio
import ctypes
import gc
import signal
import socket
from contextlib import AsyncExitStack, closing

from commands.imports import uncollected
from commands.processes import Member, Supervisor
from commands.stopped import Commands, Stopped, in_words
from settings import Settings
from telemetry import exposition, logs

_MOST_PROCESSES = 64
# M_MMAP_THRESHOLD of glibc's malloc.h.
_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1024**2


def add(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="serve the GraphQL API", description="Serve the API until SIGTERM.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen at (default: %(default)s)")
    serve.add_argument(
        "--processes", type=_count, default=1, help="processes that share the port, each uses a core (default: 1)"
    )
    serve.set_defaults(run=_run)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {_MOST_PROCESSES}, not {text!r}")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_environ()
    logs.configure(settings)
    _give_back_large_blocks()
    with uncollected():
        import graph.app
        import graph.serving  # noqa: F401 - before a fork: then it is in memory once
    with closing(_bound(options.host, options.port)) as listener:
        if options.processes == 1:
            _let_sigint_end_the_start()
            return _serve(listener, settings)
        # The collector would write to every object, and so copy the memory that the processes share.
        gc.freeze()
        # Made first: a signal must not leave behind what `shared` makes.
        supervisor = Supervisor(options.processes, listener)
        with exposition.shared(settings, options.processes) as metrics:
            member = supervisor.run()
            return member if isinstance(member, int) else _serve(listener, settings, member, metrics)


def _serve(
    listener: socket.socket,
    settings: Settings,
    member: Member | None = None,
    metrics: exposition.Shared | None = None,
) -> int:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serving(listener, settings, member, metrics))
    return 0


def _let_sigint_end_the_start() -> None:
    """As SIGTERM does. Python's own handler would cancel the server wherever it is, also when it has just begun."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _give_back_large_blocks() -> None:
    """glibc keeps freed blocks of up to 32 MiB for later, so that the memory of a process grows beyond what it holds.

    With this, blocks of 1 MiB and more go back to the system at once. Another C library may not have the call.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


async def _serving(
    listener: socket.socket, settings: Settings, member: Member | None, metrics: exposition.Shared | None
) -> None:
    from graph import app
    from graph.serving import CannotListen, Server
    from graph.typed import NameClash

    draining = asyncio.Event()
    exposed = exposition.serving(settings) if metrics is None or member is None else metrics.serving(member.number)
    async with AsyncExitStack() as running:
        try:
            application = await running.enter_async_context(app.running(settings, draining, metrics=exposed))
        except NameClash as clash:
            raise Stopped(f"{clash} Rename one of them, or make one not public.") from clash
        try:
            await Server(application, settings, draining, member).serve(sockets=[listener])
        except CannotListen as error:
            host, port = listener.getsockname()[:2]
            raise _refusal(host, port, error.__cause__ or error) from error


def _bound(host: str, port: int) -> socket.socket:
    """Not listening yet: until the application runs, connections are refused rather than left waiting."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    # Also what no name can be: the codec of host names raises a ValueError.
    except (OSError, OverflowError, ValueError) as error:
        listener.close()
        raise _refusal(host, port, error) from error
    return listener


def _refusal(host: str, port: int, error: BaseException) -> Stopped:
    return Stopped(f"Cannot listen at {host}, port {port}: {in_words(error)}.")
