"""What operations and requests may hold of a process's memory, seen from outside, while a bystander is answered."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from settings import Settings
from tests import model_calls
from tests.journey.client import AccountClient, code
from tests.journey.installation import Installation, free_metrics
from tests.mails import until
from tests.service import Service

MB = 1024**2
# Beside what is counted: two large messages being written or read, each twice more, and what the allocator keeps.
MARGIN = 200 * MB
IDENTITY = 'infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $file}}]) { %s }'
ZEROS = 'infer(model: "large_output", inputs: [{name: "COUNT", shape: [1], data: {values: [%d]}}]) { %s }'
BYSTANDER = "{ me { id } }"
# Of the small process: an eighth is only for small requests.
FILLED = 256 * MB
FOR_LARGE = FILLED * 7 // 8
_TOO_MUCH = f"%s take more than {64 * MB} bytes in all. Ask for less in one operation."
_TOO_MUCH_AT_ONCE = "This operation needs more memory at once than one caller may use. Ask for less in one operation."


@pytest.fixture(scope="module")
def filled(attacked: Installation, tmp_path_factory: pytest.TempPathFactory):
    """A third process of the installation, small enough to be filled."""
    environ = attacked.environ | free_metrics() | {"GATEHOUSE_BYTES_IN_FLIGHT": str(FILLED)}
    with Service(environ, tmp_path_factory.mktemp("filled") / "service.log") as started:
        yield started


@asynccontextmanager
async def watched(service: Service, bystander: AccountClient) -> AsyncIterator[list[int]]:
    """Resident bytes above those at the beginning, again and again; meanwhile the bystander is always answered."""
    process, grown = psutil.Process(service.pid), []
    began = process.memory_info().rss
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            grown.append(process.memory_info().rss - began)
            await asyncio.sleep(0.01)

    async def ask() -> None:
        while not done.is_set():
            assert code(await bystander.post(BYSTANDER)) == "OK"
            assert (await bystander.get("/healthz")).status_code == 200
            await asyncio.sleep(0.25)

    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        group.create_task(ask())
        try:
            yield grown
        finally:
            done.set()


def limits(service: Service) -> Settings:
    return Settings.from_environ(service.environ)


async def upload(service: Service, session: str, query: str, file: bytes) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {session}", "GraphQL-Require-Preflight": "1"}
    form: dict[str, Any] = {
        "operations": (None, json.dumps({"query": query, "variables": {"file": None}})),
        "map": (None, '{"0": ["variables.file"]}'),
        "0": ("0.bin", file),
    }
    async with httpx2.AsyncClient(timeout=300, verify=False) as http:
        return await http.post(f"{service.url}/graphql", files=form, headers=headers)


def by_code(answer: httpx2.Response) -> dict[str, int]:
    body = answer.json()
    found = [problem["extensions"]["code"] for problem in body.get("errors", ())]
    counted = {each: found.count(each) for each in found}
    return counted | {"OK": sum(value is not None for value in (body.get("data") or {}).values())}


async def test_eight_aliases_of_one_upload_move_no_more_than_an_operation_may(attacked, client_at):
    service, size = attacked.services[0], 15_000_000
    attacker = await attacked.person()
    fields = " ".join(f"a{number}: {IDENTITY % (size, 'outputs { base64 }')}" for number in range(8))
    query, file = f"query ($file: Upload!) {{ {fields} }}", bytes(size)

    async with watched(service, client_at(0, (await attacked.person()).session)) as grown:
        answers = await asyncio.gather(*(upload(service, attacker.session, query, file) for _ in range(2)))

    # Each takes nearly all that one user may hold. If they wait for each other, the younger is refused what it needs.
    counted = [by_code(answer) for answer in answers]
    assert {"PAYLOAD_TOO_LARGE": 5, "OK": 3} in counted
    for answer, codes in zip(answers, counted, strict=True):
        assert sum(codes.values()) == 8
        assert codes.keys() <= {"PAYLOAD_TOO_LARGE", "OK", "MODEL_BUSY"}
        messages = Counter(problem["message"] for problem in answer.json()["errors"])
        # 4 times 15 MB fit, and 3 times 20 MB of base64. When these are written, the fourth may find no memory.
        assert messages[_TOO_MUCH % "The tensors sent to models"] == 4
        fourth = messages[_TOO_MUCH % "The tensors returned by this operation"] + messages[_TOO_MUCH_AT_ONCE]
        assert fourth == codes["PAYLOAD_TOO_LARGE"] - 4
        assert fourth == 1 or "MODEL_BUSY" in codes
    assert max(grown) < limits(service).bytes_in_flight + MARGIN


async def test_one_output_asked_for_thirty_times_is_written_as_often_as_it_fits(attacked, client_at):
    service, client = attacked.services[0], client_at(0, (await attacked.person()).session)
    aliases = " ".join(f"a{number}: base64" for number in range(28))

    async with watched(service, client_at(0, (await attacked.person()).session)) as grown:
        refused = await client.post(
            f"{{ few: {ZEROS % (3, 'outputs { base64 }')} many: {ZEROS % (12_000_000, f'outputs {{ {aliases} }}')} }}"
        )

    assert by_code(refused) == {"PAYLOAD_TOO_LARGE": 1, "OK": 1}
    assert refused.json()["data"] == {"few": {"outputs": [{"base64": "AAAA"}]}, "many": None}
    assert max(grown) < limits(service).bytes_in_flight + MARGIN


async def test_large_outputs_of_small_inputs_are_bounded_as_they_come(attacked, client_at):
    service, client = attacked.services[0], client_at(0, (await attacked.person()).session)
    fields = " ".join(f"a{number}: {ZEROS % (16_000_000, 'version')}" for number in range(20))

    async with watched(service, client_at(0, (await attacked.person()).session)) as grown:
        answer = await client.post(f"{{ {fields} }}")

    assert by_code(answer) == {"PAYLOAD_TOO_LARGE": 16, "OK": 4}
    assert max(grown) < limits(service).bytes_in_flight + MARGIN


@pytest.mark.parametrize(("field", "fits"), [("values", True), ("base64", True), ("a: values b: base64", False)])
async def test_the_largest_output_can_be_read_whole(attacked, client_at, field, fits):
    client = client_at(0, (await attacked.person()).session)

    answer = await client.post(f"{{ {ZEROS % (16_700_000, f'outputs {{ {field} }}')} }}")

    assert code(answer) == ("OK" if fits else "PAYLOAD_TOO_LARGE")


@asynccontextmanager
async def connections(service: Service, number: int) -> AsyncIterator[list[socket.socket]]:
    """That many, which keep little of what they are sent and do not read."""
    address = urlsplit(service.url)
    with ExitStack() as closing:
        opened = [closing.enter_context(socket.socket()) for _ in range(number)]
        for each in opened:
            each.settimeout(20)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            each.connect((address.hostname, address.port))
        yield opened


def head(session: str, length: int) -> bytes:
    return (
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Authorization: Bearer {session}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def test_bodies_that_never_end_leave_room_for_others(attacked, filled):
    sessions = [(await attacked.person()).session for _ in range(4)]
    padding = b'{"query": "{ me { id } }", "extensions": {"a": "' + b"a" * (8 * MB - 100)
    answers: dict[socket.socket, bytes] = {}

    async def all_are_answered_or_held() -> bool:
        answers.update({connection: _answer(connection) for connection in held if not answers.get(connection)})
        return list(answers.values()).count(b"") <= 96 // 8

    async with (
        AccountClient(filled.url, (await attacked.person()).session) as bystander,
        watched(filled, bystander) as grown,
        connections(filled, 40) as held,
    ):
        for number, connection in enumerate(held):
            await asyncio.to_thread(_send, connection, head(sessions[number % 4], 8 * MB) + padding)
        await until(all_are_answered_or_held)
        refused = await bystander.post(BYSTANDER, padding="a" * 2 * MB)

    assert (refused.status_code, code(refused), refused.headers["Retry-After"]) == (503, "SERVICE_UNAVAILABLE", "1")
    # A network's share is three eighths of 256 MB; the rest was refused, some before a byte of it was read.
    assert list(answers.values()).count(b"") == 96 // 8
    assert {each for each in answers.values() if each} == {b"HTTP/1.1 503 Service Unavailable"}
    assert max(grown) < limits(filled).bytes_in_flight + MARGIN
    # What they held is given back.
    async with AccountClient(filled.url, (await attacked.person()).session) as another:

        async def there_is_room() -> bool:
            return code(await another.post(BYSTANDER, padding="a" * 2 * MB)) == "OK"

        await until(there_is_room)


def _send(connection: socket.socket, request: bytes) -> None:
    # One that is refused is closed before all of it was sent.
    with suppress(OSError):
        connection.sendall(request)


def _answer(connection: socket.socket) -> bytes:
    """The first line of what has come so far."""
    connection.setblocking(False)
    try:
        return connection.recv(1000).partition(b"\r\n")[0]
    except BlockingIOError:
        return b""
    except OSError:
        return b"HTTP/1.1 503 Service Unavailable"  # closed behind it, with what was sent unread


async def test_unread_answers_take_no_more_memory_than_allowed(attacked, filled):
    readings: list[float] = []
    query = json.dumps({"query": f"{{ {ZEROS % (12_000_000, 'outputs { base64 }')} }}"}).encode()
    sessions = [(await attacked.person()).session for _ in range(3)]

    async def is_full() -> bool:
        """No further output fits as base64, and nothing comes or goes any more."""
        readings.append(await model_calls.metric(filled, "gatehouse_bytes_in_flight"))
        return readings[-1] > FOR_LARGE - 16 * MB and len(readings) > 10 and len({*readings[-10:]}) == 1

    async with (
        AccountClient(filled.url, (await attacked.person()).session) as bystander,
        watched(filled, bystander) as grown,
        connections(filled, 24) as held,
    ):
        for number, connection in enumerate(held):
            connection.sendall(head(sessions[number % 3], len(query)) + query)
        await until(is_full)
        small = await bystander.post("{ " + ZEROS % (10, "outputs { base64 }") + " me { id } }")

    assert small.json()["data"]["me"] is not None
    assert max(grown) < limits(filled).bytes_in_flight + MARGIN
