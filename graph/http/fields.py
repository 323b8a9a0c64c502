"""The header fields of a request, read once: an operation asks for some ten of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from graph.http.heads import Head

# The values of each field, by its name in lower case.
Values = Mapping[str, Sequence[str]]


class Fields(Headers):
    """As Starlette's, which goes through all fields at each question. The lists must not be changed."""

    def __init__(self, head: Head) -> None:
        super().__init__(raw=head.raw)
        self._values = head.fields

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
    """A request with such fields. What is asked of each request is asked of `fields`."""

    # As Starlette's begins.
    _stream_consumed = _is_disconnected = False
    _form = None
    _headers_made: Fields | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not by Starlette's own, which checks that the scope is that of a request.
        self.scope = scope
        self._receive = receive
        self._send = send
        self.head = Head.of(scope)
        self.fields: Values = self.head.fields

    @property
    def headers(self) -> Fields:
        if self._headers_made is None:
            self._headers_made = Fields(self.head)
        return self._headers_made
