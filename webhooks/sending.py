"""One try: a POST and its outcome. Follows no redirect, and keeps only the status of the answer."""

import asyncio
import re
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import httpcore2

from settings import Settings
from webhooks.connections import Guarded, NotAllowed, NotFound
from webhooks.targets import BadUrl, Target

_CONNECTED_WITHIN = timedelta(seconds=5)
# The whole try, from the name to the status.
WITHIN = timedelta(seconds=15)
# If an answer is read to its end, the connection closes in good order. Its content does not matter.
_MOST_READ = 16 * 1024
READ_WITHIN = timedelta(seconds=1)

_RESOLVERS = 32
_GONE = 410
_AGENT = "Gatehouse-Webhooks"
_SECONDS = re.compile(rb"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is None if no answer came. `error` is None if it was delivered. `is_final`: no more tries.
    `not_before`: the receiver asked for at least this pause.
    """

    status: int | None
    error: str | None
    milliseconds: int
    is_final: bool = False
    not_before: timedelta = timedelta(0)


class Sender:
    """One per process. Each try has a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Verifies with the certificates of the system, or of SSL_CERT_FILE.
        self._tls = ssl.create_default_context()
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        began = time.monotonic()
        status, error, pause = None, None, timedelta(0)
        try:
            status, pause = await self._post(Target.read(url, self._settings), headers, body)
        except Exception as failed:
            # The worker logs unexpected errors.
            if (error := reason(failed)) is None:
                raise
        if status == _GONE:
            error = "The receiver answered 410, so no more attempts are made."
        elif status is not None and not 200 <= status < 300:
            error = f"The receiver answered {status}."
        milliseconds = round((time.monotonic() - began) * 1000)
        return Outcome(status, error, milliseconds, is_final=error is None or status == _GONE, not_before=pause)

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, timedelta]:
        """The status of the answer, and its `Retry-After`."""
        sent = {"content-type": "application/json", "user-agent": _AGENT, "connection": "close", **headers}
        sent |= {"host": _host(target), "content-length": str(len(body))}
        fields = [(name.encode(), value.encode()) for name, value in sent.items()]
        pool = httpcore2.AsyncConnectionPool(self._tls, network_backend=Guarded(self._settings, self._resolvers))
        timeouts = {"timeout": {"connect": _CONNECTED_WITHIN.total_seconds()}}
        status, pause = None, timedelta(0)
        try:
            async with (
                asyncio.timeout(WITHIN.total_seconds()) as limit,
                pool,
                pool.stream("POST", target.url, headers=fields, content=body, extensions=timeouts) as answer,
            ):
                status, pause = answer.status, _retry_after(answer)
                limit.reschedule(asyncio.get_running_loop().time() + READ_WITHIN.total_seconds())
                await _read(answer)
        except (TimeoutError, httpcore2.NetworkError, httpcore2.ProtocolError):
            # The status decides, whatever becomes of the rest.
            if status is None:
                raise
        return status, pause


def _retry_after(answer: httpcore2.Response) -> timedelta:
    """Zero where there is none. A date would be of the receiver's clock, so only seconds are taken."""
    found = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    return timedelta(seconds=int(found)) if _SECONDS.fullmatch(found) else timedelta(0)


async def _read(answer: httpcore2.Response) -> None:
    read = 0
    async for piece in answer.aiter_stream():
        read += len(piece)
        if read > _MOST_READ:
            return


def _host(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.port == (443 if target.is_tls else 80) else f"{name}:{target.port}"


def reason(error: Exception) -> str | None:
    """For the user, who may try other networks with it: it names no address. None for an unforeseen error."""
    if isinstance(error, BadUrl):
        # As the settings have changed since.
        return str(error)
    if isinstance(error, NotAllowed):
        return "The receiver's name leads to an address that is not public."
    if isinstance(error, NotFound):
        return "The receiver's name was not found."
    # httpcore's errors hold the one that they stand for, and have no cause.
    below = error.args[0] if error.args else None
    if isinstance(below, ssl.SSLCertVerificationError):
        return f"The receiver's certificate is not valid: {below.verify_message}."[:200]
    if isinstance(below, ssl.SSLError):
        return "The receiver does not speak TLS."
    if isinstance(error, TimeoutError | httpcore2.TimeoutException):
        return f"The receiver did not answer within {WITHIN.seconds} s."
    if isinstance(error, httpcore2.ConnectError):
        return "The receiver refused the connection."
    if isinstance(error, httpcore2.NetworkError):
        return "The receiver closed the connection before it answered."
    if isinstance(error, httpcore2.ProtocolError):
        return "The receiver's answer is not HTTP."
    return None
