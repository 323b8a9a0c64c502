#!/bin/sh
# uvloop 0.23.0 with redis-py 8.1.0 (asyncio): a command on a connection that the server reset while it was idle raises a bare
# RuntimeError ("unable to perform operation on <TCPTransport closed=True ...>"). On asyncio's own loop the write fails with an
# OSError, which redis-py turns into its ConnectionError. redis-py knows only OSError there, so on uvloop neither `except
# RedisError` nor `except OSError` catches it.
#
# Seen: asyncio: ConnectionError; uvloop: RuntimeError
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check redis==8.1.0 uvloop==0.23.0

"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import socket
import struct
import sys

import uvloop
from redis.asyncio.connection import Connection


async def look():
    came = []

    async def answer(reader, writer):
        came.append(writer)
        while await reader.read(4096):
            writer.write(b"+PONG\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Connection(host="127.0.0.1", port=port, protocol=2, driver_info=None)
    await connection.connect()
    await connection.send_command("PING", check_health=False)
    assert await connection.read_response() == b"PONG"
    # As a server that is killed with unread bytes, ends one.
    raw = came[0].transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    came[0].transport.abort()
    await asyncio.sleep(0.2)
    try:
        await connection.send_command("PING", check_health=False)
    except Exception as error:
        return type(error).__name__
    finally:
        server.close()


def on(loop_factory):
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(look())


seen = {"asyncio": on(asyncio.new_event_loop), "uvloop": on(uvloop.new_event_loop)}
print("; ".join(f"{loop}: {name}" for loop, name in seen.items()))
sys.exit(seen != {"asyncio": "ConnectionError", "uvloop": "RuntimeError"})
PYTHON
