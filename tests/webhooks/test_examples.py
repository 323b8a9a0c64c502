"""The receivers of docs/webhooks.md, run as they stand there."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from local.child import Child
from settings import Settings
from tests import node, ports
from tests.environ import environ
from tests.mails import until
from tests.webhooks.conftest import HERE
from webhooks import signatures
from webhooks.sending import Sender

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
BODY = b'{"type":"job.ended","timestamp":"2026-11-29T13:00:00.000Z","data":{"id":"one","state":"SUCCEEDED"}}'


def example(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    return found


@contextmanager
def receiving(command, folder, secret):
    """Its address, and its log."""
    port, child = ports.free(), Child("a receiver", log=folder / "log")
    child.start(command, env=os.environ | {"PORT": str(port), "WEBHOOK_SECRET": signatures.written(secret)}, cwd=folder)
    try:
        yield f"http://127.0.0.1:{port}/", folder / "log"
    finally:
        child.kill()


async def is_there(url):
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.post(url, content=b"{}")).status_code == 401
        except httpx2.TransportError:
            return False


async def check(command, folder):
    secret, old = signatures.new_secret(), signatures.new_secret()
    at, sender = datetime.now(UTC), Sender(Settings.from_environ(environ() | HERE))
    with receiving(command, folder, secret) as (url, log):
        await until(lambda: is_there(url), every=0.1)
        genuine = signatures.headers("msg_1", at, BODY, [secret])
        both = signatures.headers("msg_2", at, BODY, [signatures.new_secret(), secret])
        cases = [(genuine, BODY), (genuine, BODY), (both, BODY), (genuine, BODY + b" ")]
        cases += [(signatures.headers("msg_3", at, BODY, [old]), BODY)]
        cases += [(signatures.headers("msg_4", at.replace(year=2025), BODY, [secret]), BODY)]

        statuses = [(await sender.send(url, headers, body)).status for headers, body in cases]

        assert statuses == [204, 204, 204, 401, 401, 401]
        lines = [line for line in log.read_text().splitlines() if line.startswith("job.ended")]
        assert lines == ["job.ended one SUCCEEDED"] * 2


async def test_the_receiver_in_python(tmp_path):
    (tmp_path / "receiver.py").write_text(example("python"))

    await check([sys.executable, "receiver.py"], tmp_path)


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    """A project with the package, and node in its PATH."""
    folder = tmp_path_factory.mktemp("node")
    try:
        programs = node.install(folder / "environment")
        path = f"{programs}:{os.environ['PATH']}"
        command = [str(programs / "npm"), "install", "--silent", "--no-audit", "--no-fund", "standardwebhooks@1.1.1"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"PATH": path})
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Node.js or its package `standardwebhooks` cannot be had: {error}")
    return folder, programs / "node"


async def test_the_receiver_in_node(node_folder):
    folder, program = node_folder
    (folder / "receiver.mjs").write_text(example("js"))

    await check([program, "receiver.mjs"], folder)
