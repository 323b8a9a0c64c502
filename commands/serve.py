"""`gatehouse serve`."""

import argparse
import asyncio
import ctypes
import gc
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from commands.stopped import Commands, Stopped, in_words
from settings import Settings
from telemetry import logs

# M_MMAP_THRESHOLD of glibc's malloc.h.
_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1024**2


def add(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="serve the GraphQL API", description="Serve the API until SIGTERM.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen at (default: %(default)s)")
    serve.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    import uvloop

    settings = Settings.from_environ()
    logs.configure(settings)
    _give_back_large_blocks()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options, settings))
    return 0


def _give_back_large_blocks() -> None:
    """glibc keeps freed blocks of up to 32 MiB for later, so that the memory of a process grows beyond what it holds.

    With this, blocks of 1 MiB and more go back to the system at once. Another C library may not have the call.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


async def _serve(options: argparse.Namespace, settings: Settings) -> None:
    with _uncollected():
        from graph import app
        from graph.serving import Server
        from graph.typed import NameClash

    draining = asyncio.Event()
    async with AsyncExitStack() as running:
        listener = running.enter_context(_bound(options.host, options.port))
        try:
            application = await running.enter_async_context(app.running(settings, draining))
        except NameClash as clash:
            raise Stopped(f"{clash} Rename one of them, or make one not public.") from clash
        await Server(application, settings, draining).serve(sockets=[listener])


@contextmanager
def _uncollected() -> Iterator[None]:
    """All that is imported stays: to look through it for what could go, again and again, is a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _bound(host: str, port: int) -> socket.socket:
    """Not listening yet: until the application runs, connections are refused rather than left waiting."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Stopped(f"Cannot listen at {host}, port {port}: {in_words(error)}.") from error
    return listener
