"""The calls of an operation that waited for a slot, as its answer shows them in `extensions`."""

from dataclasses import dataclass
from typing import Any

from inference.lanes import Call


@dataclass(slots=True)
class _Wait:
    """The calls of one model: how many waited, the last position with its estimate, and the longest wait. Times are in
    milliseconds.
    """

    calls: int
    position: int
    estimate: float | None
    waited: float


class Waits:
    """Of one operation, by model. A call that had a slot at once is not in it."""

    _by_model: dict[str, _Wait] | None = None

    def note(self, model: str, call: Call, waited: float) -> None:
        if self._by_model is None:
            self._by_model = {}
        before = self._by_model.get(model)
        if before is None:
            self._by_model[model] = _Wait(1, call.position, call.estimate, waited)
            return
        before.calls += 1
        before.waited = max(before.waited, waited)
        if call.position > before.position:
            before.position, before.estimate = call.position, call.estimate

    def take(self) -> dict[str, Any] | None:
        """What is new, for an answer; None if nothing is."""
        if self._by_model is None:
            return None
        waits, self._by_model = self._by_model, None
        return {
            "queue": [
                {
                    "model": model,
                    "calls": wait.calls,
                    "position": wait.position,
                    "estimatedMilliseconds": None if wait.estimate is None else round(wait.estimate),
                    "waitedMilliseconds": round(wait.waited),
                }
                for model, wait in waits.items()
            ]
        }
