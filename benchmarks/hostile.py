"""What one hostile network costs another's new documents: `python -m benchmarks.hostile`.

Sixty connections of one network send documents of 900 wrong fields below 26,000 line ends, each a new one, and as soon
as one is answered the next. At the same time another network sends new ordinary documents, one after the other.
"""

import asyncio
import sys
import time
from collections import Counter
from itertools import count
from statistics import median, quantiles

import httpx2

from benchmarks import stage

_CONNECTIONS = 60
_TRIES = 40
_MOST_SECONDS = 60
_FIELDS = " ".join(f"nam{number}" for number in range(900))
_numbers = count()
# `--wait` has hostile clients wait for a second after a refusal; otherwise they are as fast as they can.
_WAITS = "--wait" in sys.argv


def main() -> None:
    with stage.service(VISITOR_INFERENCE="false") as service:
        asyncio.run(_measure(service.url))


async def _measure(url: str) -> None:
    print(f"{'':28} {'median':>9} {'p90':>9} {'longest':>9}   hostile answers")
    async with _from("127.77.200.2", url) as honest, _from("127.77.200.1", url) as hostile:
        _show("nobody else", await _tries(honest), Counter())
        statuses: Counter[int] = Counter()
        attacks = [asyncio.create_task(_attack(hostile, statuses)) for _ in range(_CONNECTIONS)]
        await asyncio.sleep(3)
        _show(f"{_CONNECTIONS} hostile connections", await _tries(honest), statuses)
        for attack in attacks:
            attack.cancel()
        await asyncio.gather(*attacks, return_exceptions=True)


def _from(address: str, url: str) -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(
        local_address=address,
        limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
    )
    headers = {"Accept": "application/graphql-response+json"}
    return httpx2.AsyncClient(transport=transport, base_url=url, timeout=120, headers=headers)


async def _tries(client: httpx2.AsyncClient) -> list[float]:
    """Forty, or as many as there are in a minute."""
    end, found = time.perf_counter() + _MOST_SECONDS, [await _honest(client)]
    while len(found) < _TRIES and time.perf_counter() < end:
        found.append(await _honest(client))
    return found


async def _honest(client: httpx2.AsyncClient) -> float:
    started = time.perf_counter()
    answer = await client.post("/graphql", json={"query": f"{{ service {{ version }} }} # {next(_numbers)}"})
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - started


async def _attack(client: httpx2.AsyncClient, statuses: Counter[int]) -> None:
    while True:
        document = "\n" * 26_000 + f"{{ models {{ nodes {{ {_FIELDS} }} }} }} # {next(_numbers)}"
        answer = await client.post("/graphql", json={"query": document})
        statuses[answer.status_code] += 1
        if answer.status_code == 429 and _WAITS:
            await asyncio.sleep(1)


def _show(what: str, seconds: list[float], statuses: Counter[int]) -> None:
    found = (median(seconds), quantiles([*seconds, *seconds], n=10)[-1], max(seconds))
    figures = " ".join(f"{one * 1000:6.0f} ms" for one in found)
    print(f"{what:28} {figures}   {dict(statuses)}", flush=True)


if __name__ == "__main__":
    main()
