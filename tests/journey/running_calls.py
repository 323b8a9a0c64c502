"""Calls that go on until their credential ends, one in each process."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx2

from tests.journey.client import AccountClient, codes
from tests.journey.installation import Installation
from tests.mails import until

_PATIENT = """
import time
from pathlib import Path
import numpy as np
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        end = time.monotonic() + 25
        while time.monotonic() < end and not request.is_cancelled():
            time.sleep(0.02)
        with open(Path(__file__).with_name("ends"), "a") as file:
            file.write("cancelled\\n" if request.is_cancelled() else "finished\\n")
        return triton.InferenceResponse([triton.Tensor("OUT", np.zeros(1, np.int32))])
"""
_CONFIG = """name: "patient" backend: "python" max_batch_size: 0
input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ] output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 3 } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""
# Without an end of its credential it takes 25 s and succeeds.
PATIENT = '{ infer(model: "patient", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'
_ENDED = (401, "UNAUTHENTICATED")
_USAGE = "SELECT model, calls::int, failed::int, units::int FROM usage WHERE user_id = $1"


def write_model(repository: Path) -> Path:
    """The folder of the code of the model `patient`, which notes there how its calls end."""
    folder = repository / "patient" / "1"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text(_PATIENT)
    (folder.parent / "config.pbtxt").write_text(_CONFIG)
    return folder


class Running:
    """Somebody's calls of the patient model with one credential: one in each process."""

    def __init__(self, installation: Installation, patient: Path) -> None:
        self.installation, self._patient = installation, patient
        self._told = self.told()
        self.clients: list[AccountClient] = []
        self.calls: list[asyncio.Task[httpx2.Response]] = []

    def told(self) -> int:
        """How many calls Triton was told to cancel. None may end in another way."""
        ends = self._patient / "ends"
        lines = ends.read_text().split() if ends.exists() else []
        assert "finished" not in lines
        return len(lines)

    async def begin(self, user_id: UUID | str, credential: str, *, beside: int = 0) -> None:
        """`beside` other calls of the same user."""
        self.user_id = UUID(str(user_id))
        self.clients = [AccountClient(url, credential) for url in self.installation.urls]
        self.calls = [asyncio.create_task(client.post(PATIENT)) for client in self.clients]
        await until(lambda: self.have_begun(beside))

    async def have_begun(self, beside: int) -> bool:
        assert not any(call.done() for call in self.calls), [call.result().text for call in self.calls if call.done()]
        async with self.installation.in_redis() as redis:
            lines = [line for name in range(256) for line in await redis.hvals(f"{{{name}}}:open")]
        return sum(str(self.user_id).encode() in line for line in lines) == len(self.calls) + beside

    async def have_ended(self, *, counted: bool = True) -> None:
        """Each was answered UNAUTHENTICATED, Triton was told, and the units are kept."""
        assert codes(await asyncio.gather(*self.calls)) == {_ENDED: 2}
        await until(lambda: self.told() == self._told + 2)
        if counted:
            await until(self.are_counted)

    async def are_counted(self) -> bool:
        async with self.installation.database() as database:
            found = [tuple(row) for row in await database.fetch(_USAGE, self.user_id)]
        return ("patient", 2, 2, 2) in found

    async def aclose(self) -> None:
        for call in self.calls:
            call.cancel()
        for client in self.clients:
            await client.__aexit__(None, None, None)
