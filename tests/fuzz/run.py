"""Sends odd operations for all roots, as each kind of caller, and collects what is wrong with the answers."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz import verdicts
from tests.fuzz.operations import Request, Root
from tests.service import TLS

# Of one root by one caller, before the next one's turn.
_EXAMPLES = 8
_EVENTS = "text/event-stream"
# Of a stream, in seconds.
_LISTENS_FOR = 1.0
_MOST_LINES = 60


@dataclass
class Found:
    """`codes` counts the answers by status and first code; `faults` has a request for each thing that is wrong."""

    codes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return sum(self.codes.values())


def try_all(
    url: str,
    roots: Sequence[Root],
    credentials: Mapping[str, str | None],
    found: Found,
    *,
    number: int,
    until: float,
    examples: int = _EXAMPLES,
) -> None:
    """One turn: so many requests to each root by each of the callers; the same number makes the same ones.

    `until` is on the monotonic clock.
    """
    for caller, credential in credentials.items():
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        with httpx2.Client(base_url=url, headers=headers, timeout=60, verify=TLS) as http:
            for place, root in enumerate(roots):
                _send(http, root, found, by=caller, number=number * 1000 + place, until=until, examples=examples)


def _send(http: httpx2.Client, root: Root, found: Found, *, by: str, number: int, until: float, examples: int) -> None:
    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        # Without shrinking: each fault is reported, and the other operations are still sent.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(root.requests)
    def send(request: Request) -> None:
        if time.monotonic() > until:
            return
        # Python writes infinities and halves of surrogate pairs, which the service must refuse.
        body = json.dumps({"query": request.query, "variables": dict(request.variables)})
        for status, content in _answers(http, body, in_events=root.is_subscription):
            fault = verdicts.wrong(status, content)
            found.codes[f"{status} {_code(content)}"] += 1
            if fault:
                found.faults.setdefault(
                    f"{root.name} by {by}: {fault}", f"{request}\n  {content[:600].decode(errors='replace')}"
                )

    send()


def _answers(http: httpx2.Client, body: str, *, in_events: bool) -> Iterator[tuple[int, bytes]]:
    """The status and the JSON of the answer, or of each event. A stream that goes on is left after some events."""
    headers = {"Content-Type": "application/json"} | ({"Accept": _EVENTS} if in_events else {})
    with http.stream("POST", "/graphql", content=body, headers=headers) as answer:
        if not answer.headers["content-type"].startswith(_EVENTS):
            yield answer.status_code, answer.read()
            return
        until = time.monotonic() + _LISTENS_FOR
        for number, line in enumerate(answer.iter_lines()):
            if line.startswith("data: "):
                yield answer.status_code, line.removeprefix("data: ").encode()
            # Heartbeats are lines, too.
            if number > _MOST_LINES or time.monotonic() > until:
                return


def _code(content: bytes) -> str:
    try:
        problems = json.loads(content).get("errors")
    except ValueError:
        return "?"
    return str(problems[0]["extensions"]["code"]) if problems else "OK"
