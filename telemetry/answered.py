"""The log record of a request. There is one for each, and all but a few facts are alike in all of them."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from telemetry import redaction

NAME = "gatehouse.requests"
_MESSAGE = "Answered"
_LEVEL = logging.INFO
_ALIKE = {**vars(logging.LogRecord(NAME, _LEVEL, __file__, 0, _MESSAGE, (), None)), redaction.IS_CLEAN: True}


class Answered(logging.LogRecord):
    """A record with these `facts`, of which none needs to be searched for secrets."""

    __slots__ = ("facts",)

    def __init__(self, facts: Mapping[str, Any]) -> None:
        # The library's own would look up the level's name, the file and more, and `Logger.info` who has called it.
        created = time.time()
        self.__dict__ = {**_ALIKE, **facts, "created": created, "msecs": created % 1 * 1000}
        self.facts = facts

    def as_object(self) -> str:
        """The line in JSON."""
        at = datetime.fromtimestamp(self.created, UTC)
        line = {"time": at, "level": self.levelname, "logger": NAME, "message": _MESSAGE, **self.facts}
        return orjson.dumps(line).decode()
