"""What is done to something that an installation stands on."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.journey.installation import Installation

# Seconds after its return within which whatever stands on a dependency works again (docs/architecture.md). An email is
# tried again after its pause, so nothing is promised of SMTP but that.
BOUNDS = {"postgres": 3, "redis": 2, "triton": 5, "smtp": 2, "key file": 2}

Trouble = Callable[[Installation], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`trouble` lasts for as long as it is held. `kind` groups what is tried in the normal test run by one of each."""

    dependency: str
    name: str
    trouble: Trouble
    seconds: float
    kind: str

    @property
    def is_felt(self) -> bool:
        """Whether callers must notice it: without SMTP emails wait, the keys are in every process' memory, and a change
        may find room where the disk is full."""
        return self.dependency not in ("smtp", "key file") and self.kind != "disk"

    @property
    def loses_calls(self) -> bool:
        """Whether calls of the last second, not in Postgres yet, are lost with Redis' data, as docs/limits.md says."""
        return self.kind == "flushed"

    @property
    def id(self) -> str:
        return f"{self.dependency}: {self.name}"
