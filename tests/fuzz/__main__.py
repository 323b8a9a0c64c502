"""`make fuzz`: two minutes of odd operations against a whole installation. Ends with 1 where one shows a fault.

`--seconds` is how long to send, `--seed` makes the operations others; without it each run sends others.
"""

import argparse
import asyncio
import base64
import random
import shutil
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx2
from graphql import get_introspection_query
from PIL import Image

from access.passwords import Hasher
from tests import pdfs
from tests.fuzz import operations, run
from tests.fuzz.run import Found
from tests.jobs.documents import made
from tests.journey import installation
from tests.journey.client import AccountClient, create_token
from tests.journey.installation import Installation

_ROOT = Path(__file__).parents[2]
# Not those whose models fail or take long: INTERNAL is what they are for.
_MODELS = ("batched", "identity", "matrix", "odd.names-1", "private", "streaming", "text")
# Starting and stopping take the rest of the two minutes.
_SECONDS = 90
_PASSWORD = "correct horse battery of the fuzzer"  # noqa: S105 - of this installation only
_ROTATE = "mutation { rotateWebhookSecret { __typename } }"
_JOB = {
    "model": "identity",
    "inputs": [{"name": "IN_INT8", "shape": [1], "data": {"values": [1]}}],
    "expiresIn": "PT1M",
}
_SETTINGS = {
    "GATEHOUSE_VISITOR_INFERENCE": "true",
    "GATEHOUSE_VISITOR_UNITS_PER_MINUTE": "1000000",
    "GATEHOUSE_VISITOR_UNITS_PER_DAY": "100000000",
    "GATEHOUSE_VISITOR_CONCURRENT_REQUESTS": "1000",
    "GATEHOUSE_MAILS_PER_ADDRESS": "100000",
    "GATEHOUSE_FREE_MAX_API_TOKENS": "1000",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = _run(Path(folder), arguments.seconds, arguments.seed)
    print(f"Seed {arguments.seed}: {found.sent} operations.")
    for answer, number in found.codes.most_common():
        print(f"  {number:6} {answer}")
    for what, request in found.faults.items():
        print(f"\nFAULT {what}\n  {request}")
    sys.exit(1 if found.faults or not found.codes["200 OK"] else 0)


def _run(folder: Path, seconds: float, seed: int) -> Found:
    found = Found()
    models = [_some_models(folder / "models"), _ROOT / "inference" / "models"]
    with installation.running(folder, models=models, settings=_SETTINGS) as home:
        until = time.monotonic() + seconds
        for turn in count():
            if time.monotonic() > until:
                break
            credentials, known = asyncio.run(_people(home))
            roots = operations.of(_introspected(home.urls[0]), known)
            run.try_all(home.urls[turn % 2], roots, credentials, found, number=seed + turn, until=until)
        for process in (*home.services, home.worker):
            log = process.log.read_text()
            if "Traceback" in log:
                found.faults[f"a traceback in {process.log.name}"] = log[log.index("Traceback") :][:4000]
    return found


def _some_models(folder: Path) -> Path:
    for name in _MODELS:
        shutil.copytree(_ROOT / "tests" / "models" / name, folder / name)
    return folder


def _introspected(url: str) -> dict[str, object]:
    query = get_introspection_query(descriptions=False, input_value_deprecation=True, one_of=True)
    answer = httpx2.post(f"{url}/graphql", json={"query": query}, timeout=60).json()
    data: dict[str, object] = answer["data"]
    return data


async def _people(home: Installation) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """Callers of each kind, new ones: operations end sessions and delete accounts. And texts that mean something."""
    credentials: dict[str, str | None] = {"anonymous": None}
    ids, emails = [], []
    for kind in ("session", "administrator"):
        person = await home.person(per_minute=10**6, per_day=10**8)
        await _complete(home, person.id, is_administrator=kind == "administrator")
        async with AccountClient(home.urls[0], person.session) as client:
            created = await create_token(client)
            sessions = await client.run("{ me { sessions { id } } }")
            await client.run(_ROTATE)
            job_id = await made(client, _JOB)
        credentials[kind] = person.session
        credentials[f"token of a {kind}"] = created["token"]
        ids += [job_id, created["apiToken"]["id"], *(session["id"] for session in sessions["me"]["sessions"])]
        emails.append(person.email)
    known = {
        "id": ids,
        "email": [*emails, "new@example.org"],
        "newEmail": [*emails, "other@example.org"],
        "password": [_PASSWORD],
        "currentPassword": [_PASSWORD],
        "newPassword": [_PASSWORD, "another horse battery of the fuzzer"],
        "model": ["identity", "text", "text_reader", "private", "streaming", "odd.names-1", "nobody"],
        "name": ["IN_INT8", "IN_FP32", "IN", "IMAGE", "Ada", "fuzz"],
        "outputs": ["OUT_INT8", "OUT"],
        "base64": ["", "AAAA", "data:,AAAA", "iVBORw0KGgo=", _document()],
        "url": ["https://hooks.example.org/a", "http://127.0.0.1:9/", "http://10.0.0.1/", "ftp://example.org"],
        "idempotencyKey": ["a", "b"],
        "locale": ["en", "de", "x"],
        "code": ["123456", "ABCD-EFGH-IJKL-MNOP-QRST-UVWX"],
    }
    return credentials, known


def _document() -> str:
    page = Image.new("RGB", (200, 100), "white")
    return base64.b64encode(pdfs.of_pages(page, page)).decode()


async def _complete(home: Installation, user_id: UUID, *, is_administrator: bool) -> None:
    hasher = Hasher(1)
    digest = await hasher.hash(_PASSWORD)
    hasher.close()
    async with home.database() as database:
        role = "ADMIN" if is_administrator else "USER"
        await database.execute("UPDATE users SET password_digest = $2, role = $3 WHERE id = $1", user_id, digest, role)


if __name__ == "__main__":
    main()
