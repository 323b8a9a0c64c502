"""The target of a request: the path and the query in its first line."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import httptools


# A client sends most of its requests to the same address.
@lru_cache(64)
def read(target: bytes) -> Mapping[str, Any]:
    """As ASGI has it in the scope of a request. Raises an error of httptools or a ValueError."""
    found = httptools.parse_url(_with_path(target))
    path = found.path.decode("ascii")
    return {
        "path": unquote(path) if "%" in path else path,
        "raw_path": found.path,
        "query_string": found.query or b"",
    }


def _with_path(target: bytes) -> bytes:
    """A target may have scheme and host before the path. If the path is missing there, it is `/`."""
    if target.startswith((b"/", b"*")):
        return target
    scheme, separator, rest = target.partition(b"://")
    host, mark, query = rest.partition(b"?")
    return target if b"/" in host or not separator else b"%b://%b/%b%b" % (scheme, host, mark, query)
