"""What `inference.triton` needs of a transport, and how a call can fail on the way."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

from inference.tensors import Tensor


class Status(Enum):
    """How a call ended without an answer. The first eight are Triton's own and have gRPC's names."""

    INVALID_ARGUMENT = auto()
    NOT_FOUND = auto()
    UNIMPLEMENTED = auto()
    INTERNAL = auto()
    UNKNOWN = auto()
    ALREADY_EXISTS = auto()
    CANCELLED = auto()
    UNAVAILABLE = auto()
    # The call did not end in time.
    DEADLINE_EXCEEDED = auto()
    # The answer is larger than this process reads.
    TOO_LARGE = auto()
    # `drop_calls` ended the call.
    DROPPED = auto()
    # Of a proxy, or not known here.
    OTHER = auto()


class CallFailed(Exception):
    """`details` is what Triton, the model or the connection reported. It may hold paths and code: for logs only.

    `was_sent` is False only where it is certain that no server got the call.
    """

    def __init__(self, status: Status, details: str, *, was_sent: bool = True) -> None:
        self.status = status
        self.details = details
        self.was_sent = was_sent
        super().__init__(f"{status.name}: {details}")


class Transport(Protocol):
    async def infer(
        self,
        model: str,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        headers: Mapping[str, str],
        when_sent: Callable[[], None] | None = None,
    ) -> tuple[str, list[Tensor]]:
        """Returns the version that answered and its outputs. No `version` means the newest, no `outputs` all.

        `when_sent` is called once, when all of it or nearly all has been sent, as far as the transport can tell. The
        call is sent at most once. Raises CallFailed and WrongAnswer.
        """

    async def is_live(self, *, within: timedelta) -> bool:
        """False also if the server does not answer."""

    def drop_calls(self) -> None:
        """Ends all calls in flight with DROPPED."""

    async def aclose(self) -> None: ...
