"""Whether time tells known addresses from others, and whether a flood of logins keeps out who is logged in.

Attempts of unknown clients are counted by network: each client here has its own loopback address, in 127.0.0.0/8.
"""

import asyncio
import json
import ssl
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from itertools import count
from multiprocessing import get_context
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx2

from access.passwords import Hasher
from benchmarks import stage
from db import connection
from db.models.plans import Plan
from db.models.users import User
from settings import Settings
from tests.service import Service

_ATTEMPTS = 100
_WARMING_UP = 10
# With known addresses, and as many with others: together fewer than a network may make in a quarter of an hour.
_ATTEMPTS_OF_NETWORK = 10
_CLIENTS = 200
_FLOOD_SECONDS = 10
# The other process has to be there.
_START_SECONDS = 5
_ASKED_EACH_SECOND = 20
# Seconds until a client that was refused tries again, at the least; at the most they are twice as many.
_PAUSES = {"again at once when refused": 0.0, "again after 1 to 2 s, as `Retry-After` says": 1.0}

_NETWORKS = (str(IPv4Address("127.0.1.0") + number) for number in count(1))
# Asked for also where there is no TLS, and slow to make.
_SECURE = ssl.create_default_context()

_MANY = str(10**6)
_RIGHT = "correct horse battery staple"
_LOGIN = """mutation ($email: String!, $password: String!) {
  login(input: {email: $email, password: $password}) { __typename ... on LoggedIn { token } }
}"""


@dataclass(frozen=True, slots=True)
class Asking:
    """A mutation that answers `expected` for any address. `verified` are the known addresses that it does most for."""

    name: str
    document: str
    expected: str
    verified: bool = True


_ASKED = (
    Asking(
        "register",
        f"""mutation ($email: String!) {{
          register(input: {{email: $email, password: "{_RIGHT}"}}) {{ __typename }}
        }}""",
        "MailAccepted",
    ),
    Asking(
        "resendVerification",
        "mutation ($email: String!) { resendVerification(email: $email) { __typename } }",
        "MailAccepted",
        verified=False,
    ),
    Asking(
        "requestPasswordReset",
        "mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }",
        "MailAccepted",
    ),
    Asking(
        "login",
        'mutation ($email: String!) { login(input: {email: $email, password: "a wrong one"}) { __typename } }',
        "LoginRefused",
    ),
)


def main() -> None:
    with stage.service(MAILS_PER_NETWORK=_MANY) as serving:
        asyncio.run(_measure(serving))


async def _measure(serving: Service) -> None:
    await _register(Settings.from_environ(serving.settings))
    await _compare_all(serving.url)
    await _flood_beside_others(serving.url)


async def _compare_all(url: str) -> None:
    print(f"{_ATTEMPTS} attempts with known and as many with unknown addresses, by turns:\n")
    print("| | known, median ms | unknown, median ms | difference |\n|---|---|---|---|")
    for asking in _ASKED:
        known, unknown = [median(took) * 1000 for took in await _compare(asking, url)]
        print(f"| `{asking.name}` | {known:.1f} | {unknown:.1f} | {known / unknown - 1:+.1%} |", flush=True)


async def _flood_beside_others(url: str) -> None:
    # All before the floods, and each for one row: no caller may ask for more than 300 in a minute.
    alone, *beside = [await _session(url, _address("asking", number)) for number in range(1 + len(_PAUSES))]
    print(f"\n{_CLIENTS} clients log in for {_FLOOD_SECONDS} s; `me` is asked {_ASKED_EACH_SECOND} times a second:\n")
    print("| | `me`, p50 / p99 ms | `me`, refused | logged in a second | refused a second |\n|---|---|---|---|---|")
    _print_row("no logins", await _ask_me(url, alone), Counter())
    for (title, pause), token in zip(_PAUSES.items(), beside, strict=True):
        # In another process, so that its clients do not keep the one that is measured waiting.
        with ProcessPoolExecutor(1, get_context("spawn")) as processes:
            flooding = asyncio.get_running_loop().run_in_executor(processes, _flood, url, pause)
            await asyncio.sleep(_START_SECONDS)
            asked = await _ask_me(url, token)
            _print_row(title, asked, await flooding)


def _print_row(title: str, asked: list[tuple[float, bool]], answers: Counter[str]) -> None:
    took = [seconds * 1000 for seconds, _ in asked]
    refused = sum(was_refused for _, was_refused in asked)
    rates = [answers.pop(kind, 0) / (_START_SECONDS + _FLOOD_SECONDS) for kind in ("LoggedIn", "SERVICE_UNAVAILABLE")]
    assert not answers, answers
    times = f"{median(took):.1f} / {quantiles(took, n=100)[98]:.1f}"
    print(f"| {title} | {times} | {refused / len(asked):.1%} | {rates[0]:.1f} | {rates[1]:.1f} |", flush=True)


async def _register(settings: Settings) -> None:
    """Everybody who is known, with one digest for all."""
    now, hasher = datetime.now(UTC), Hasher(1)
    digest = await hasher.hash(_RIGHT)
    hasher.close()
    many = {asking.name: _WARMING_UP + _ATTEMPTS for asking in _ASKED} | {
        "asking": 1 + len(_PAUSES),
        "flooding": _CLIENTS,
    }
    unverified = {asking.name for asking in _ASKED if not asking.verified}
    await connection.connect(settings)
    plan = await Plan.get(name="free")
    await User.bulk_create(
        User(
            email=_address(kind, number),
            password_digest=digest,
            plan=plan,
            email_verified_at=None if kind in unverified else now,
        )
        for kind, number in ((kind, number) for kind, most in many.items() for number in range(most))
    )
    await connection.close()


def _address(kind: str, number: int) -> str:
    return f"{kind.lower()}-{number}@example.org"


def _from(network: str, url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=url, timeout=60, transport=httpx2.AsyncHTTPTransport(verify=_SECURE, local_address=network)
    )


async def _compare(asking: Asking, url: str) -> tuple[list[float], list[float]]:
    """Seconds, with known addresses and with others, each of which is used once."""
    took: dict[str, list[float]] = {asking.name: [], "nobody-" + asking.name: []}
    for begin in range(0, _WARMING_UP + _ATTEMPTS, _ATTEMPTS_OF_NETWORK):
        async with _from(next(_NETWORKS), url) as client:
            await client.get("/healthz")  # to open the connection is not what is measured
            for number in range(begin, begin + _ATTEMPTS_OF_NETWORK):
                # Each goes first as often as the other.
                for kind in sorted(took, reverse=bool(number % 2)):
                    took[kind].append(await _seconds(client, asking, _address(kind, number)))
    known, unknown = took.values()
    return known[_WARMING_UP:], unknown[_WARMING_UP:]


async def _seconds(client: httpx2.AsyncClient, asking: Asking, email: str) -> float:
    started = perf_counter()
    answer = await _post(client, asking.document, email=email)
    took = perf_counter() - started
    assert answer.get("data") == {asking.name: {"__typename": asking.expected}}, answer
    return took


async def _session(url: str, email: str) -> str:
    async with _from(next(_NETWORKS), url) as client:
        token: str = (await _post(client, _LOGIN, email=email, password=_RIGHT))["data"]["login"]["token"]
        return token


async def _ask_me(url: str, token: str) -> list[tuple[float, bool]]:
    """Seconds from when each was due, whether or not those before it had been answered, and whether it was refused."""

    async def ask(due: float) -> tuple[float, bool]:
        await asyncio.sleep(due - perf_counter())
        answer = await _post(client, "{ me { id } }")
        return perf_counter() - due, "errors" in answer

    async with _from(next(_NETWORKS), url) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        started = perf_counter()
        times = range(_FLOOD_SECONDS * _ASKED_EACH_SECOND)
        return await asyncio.gather(*(ask(started + number / _ASKED_EACH_SECOND) for number in times))


def _flood(url: str, pause: float) -> Counter[str]:
    """Everybody logs in, again and again; the answers of each kind. `pause` is that of who was refused, in seconds."""
    return asyncio.run(_log_in_again_and_again(url, pause))


async def _log_in_again_and_again(url: str, pause: float) -> Counter[str]:
    answers: Counter[str] = Counter()
    end = perf_counter() + _START_SECONDS + _FLOOD_SECONDS
    async with asyncio.TaskGroup() as clients:
        for number in range(_CLIENTS):
            clients.create_task(_log_in_until(end, url, number, pause=pause, answers=answers))
    return answers


async def _log_in_until(end: float, url: str, number: int, *, pause: float, answers: Counter[str]) -> None:
    """By the least of an HTTP client: one that computes for longer would slow down what is measured beside it."""
    address = urlsplit(url)
    local = (f"127.0.100.{number + 1}", 0)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, local_addr=local)
    variables = {"email": _address("flooding", number), "password": _RIGHT}
    body = json.dumps({"query": _LOGIN, "variables": variables}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    while perf_counter() < end:
        writer.write(request)
        headers = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(headers.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        kind = _kind(json.loads(await reader.readexactly(length)))
        answers[kind] += 1
        # Not all at the same moment.
        await asyncio.sleep(pause * (1 + number / _CLIENTS) if kind == "SERVICE_UNAVAILABLE" else 0)
    writer.close()
    await writer.wait_closed()


def _kind(answer: Any) -> str:
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    return str(answer["data"]["login"]["__typename"])


async def _post(client: httpx2.AsyncClient, query: str, **variables: str) -> Any:
    return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


if __name__ == "__main__":
    main()
