"""The header fields of a request, read once: an operation asks for some fifteen of them."""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send


class Fields(Headers):
    """As Starlette's, which goes through all fields at each question. The lists must not be changed."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=raw)
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

    def getlist(self, key: str) -> list[str]:
        return self._values.get(key.lower(), [])

    def get(self, key: str, default: Any = None) -> Any:
        values = self._values.get(key.lower())
        return default if values is None else values[0]

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower()][0]

    def __contains__(self, key: Any) -> bool:
        return key.lower() in self._values


class IndexedRequest(Request):
    """A request with such fields."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._fields = Fields(scope["headers"])

    @property
    def headers(self) -> Fields:
        return self._fields
