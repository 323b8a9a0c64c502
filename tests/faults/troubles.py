"""Everything that is done to Postgres, Redis, Triton, SMTP and the key file, and how each is undone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from local.server import Server
from tests.faults import of_postgres, of_redis
from tests.faults.fault import Fault, Trouble
from tests.journey.installation import Installation

_HANGS = (1, 3, 8, 20)


def every() -> list[Fault]:
    found = [fault for dependency in ("postgres", "redis", "triton", "smtp") for fault in _of_server(dependency)]
    return [*found, *of_postgres.ALL, *of_redis.ALL, *_TRITON, *_SMTP, *_KEYS]


def named(id: str) -> Fault:
    return next(fault for fault in every() if fault.id == id)


def _server(installation: Installation, dependency: str) -> Server:
    found = {
        "postgres": installation.postgres,
        "redis": installation.redis,
        "triton": installation.triton,
        "smtp": installation.mail,
    }[dependency]
    assert found is not None
    return found


def _of_server(dependency: str) -> list[Fault]:
    def ended(how: str) -> Trouble:
        @asynccontextmanager
        async def trouble(installation: Installation) -> AsyncIterator[None]:
            server = _server(installation, dependency)
            await asyncio.to_thread(getattr(server, how))
            try:
                yield
            finally:
                await (installation.start_redis() if dependency == "redis" else asyncio.to_thread(server.start))

        return trouble

    @asynccontextmanager
    async def hanging(installation: Installation) -> AsyncIterator[None]:
        server = _server(installation, dependency)
        server.pause()
        try:
            yield
        finally:
            server.resume()

    return [
        Fault(dependency, "stopped for 3 s", ended("stop"), 3, "refused"),
        Fault(dependency, "killed and started again", ended("kill"), 0, "killed"),
        *(Fault(dependency, f"hangs for {seconds} s", hanging, seconds, "hanging") for seconds in _HANGS),
    ]


@asynccontextmanager
async def _unloaded(installation: Installation) -> AsyncIterator[None]:
    assert installation.triton is not None
    async with grpc.aio.insecure_channel(installation.triton.url.removeprefix("grpc://")) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        await stub.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name="text"))
        try:
            yield
        finally:
            await stub.RepositoryModelLoad(service_pb2.RepositoryModelLoadRequest(model_name="text"))


_TRITON = [Fault("triton", "a model unloaded and loaded", _unloaded, 4, "unloaded")]


@asynccontextmanager
async def _greets_and_hangs(installation: Installation) -> AsyncIterator[None]:
    await asyncio.to_thread(installation.mail.stop)
    writers: list[asyncio.StreamWriter] = []

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"220 localhost ESMTP\r\n")

    server = await asyncio.start_server(greet, "127.0.0.1", installation.mail.port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.to_thread(installation.mail.start)


_SMTP = [Fault("smtp", "greets and hangs for 8 s", _greets_and_hangs, 8, "greeting")]


@asynccontextmanager
async def _unreadable(installation: Installation) -> AsyncIterator[None]:
    keys = Path(installation.environ["GATEHOUSE_SIGNING_KEYS_FILE"])
    aside = keys.with_suffix(".aside")
    await asyncio.to_thread(keys.rename, aside)
    try:
        yield
    finally:
        await asyncio.to_thread(aside.rename, keys)


_KEYS = [Fault("key file", "away for 3 s", _unreadable, 3, "keys")]
