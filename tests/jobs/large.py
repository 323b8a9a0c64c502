"""Jobs whose inputs and results are objects."""

import base64
import random
from typing import Any

from db import connection
from objects.objects import Objects
from settings import Settings
from tests.journey.installation import Installation

LARGE = random.Random(5).randbytes(3_000_000)  # noqa: S311 - no secret
RESULT = """query ($id: ID!) { job(id: $id) { state result { outputs { name base64 } } error { code message } } }"""


def of_bytes(content: bytes) -> dict[str, Any]:
    return {
        "model": "identity",
        "inputs": [
            {
                "name": "IN_UINT8",
                "datatype": "UINT8",
                "shape": [len(content)],
                "data": {"base64": base64.b64encode(content).decode()},
            }
        ],
    }


async def clean(installation: Installation) -> None:
    """What the worker does each minute."""
    settings = Settings.from_environ(installation.environ)
    await connection.connect(settings)
    try:
        await Objects(settings).clean()
    finally:
        await connection.close()
