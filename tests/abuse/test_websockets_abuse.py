"""WebSockets that send as many frames as they can leave others their answers."""

import asyncio
import sys

import pytest

from tests.abuse.websocket_flood import FLOODS
from tests.abuse.wire import turns
from tests.local.conftest import ROOT


@pytest.mark.parametrize("flood", FLOODS)
async def test_sixty_sockets_of_one_network_leave_others_their_answers(attacked, flood):
    service = attacked.services[0]
    command = [sys.executable, "-m", "tests.abuse.websocket_flood", str(service.port), flood]
    flooding = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert flooding.stdout is not None
        async with asyncio.timeout(60):
            for _ in range(60):
                assert await flooding.stdout.readline() == b"begins\n"

        assert await turns(service.port, 20) == [(200, "OK")] * 20
        assert flooding.returncode is None
    finally:
        flooding.kill()
        await flooding.wait()
    assert "Traceback" not in service.log.read_text()
