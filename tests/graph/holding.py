"""What a request holds of its process's bytes, where a test is about something else."""

from typing import Any

from resolvers.bytes_in_flight import BytesInFlight
from resolvers.operation_bytes import OperationBytes


def holds() -> dict[str, Any]:
    """As a Context takes them, with room for anything."""
    flight = BytesInFlight(2**40)
    return {"body": flight.hold("a"), "moved": OperationBytes(flight.hold("a"), most=2**40, answer=2**24)}
