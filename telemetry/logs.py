"""Lines on stderr, for people or as JSON, without the secrets and addresses that no log may hold."""

import json
import logging.config
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonEncoder, JsonFormatter

from settings import Settings
from telemetry import redaction, requests
from telemetry.answered import Answered

# uvicorn's messages once more, with colours.
_NOT_SHOWN = frozenset({*RESERVED_ATTRS, "color_message", "taskName", redaction.IS_CLEAN})


def configure(settings: Settings) -> None:
    """For the process: what would else be written past the logs, by the interpreter itself, goes into them too."""
    # No line shows these, and each record would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(_logging(settings.log_format, settings.log_level.upper()))
    logging.captureWarnings(True)
    sys.excepthook = _tell_of_the_end


class Stderr(logging.StreamHandler[TextIO]):
    """As the library's, which takes its lock a second time for each line."""

    formatter: logging.Formatter

    def handle(self, record: logging.LogRecord) -> bool:
        if type(record) is not Answered or self.lock is None:
            return super().handle(record)
        # It has the id of its request, so no filter need mark it.
        with self.lock:
            self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.stream.write(f"{self.formatter.format(record)}\n")
            self.stream.flush()
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)


class Lines(logging.Formatter):
    """What a record has beyond its message follows it as `name=value`; what is empty is left out."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return " ".join((super().formatMessage(record), *_pairs(record)))

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line if redaction.is_clean(record) else redaction.cleaned(line)


class Objects(JsonFormatter):
    """An object on each line: `time` in UTC, `level`, `logger`, `message`, `traceback`, and what else a record has."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
            timestamp="time",
            reserved_attrs=sorted(_NOT_SHOWN),
        )
        # The library makes a new one for each line.
        self._encode = JsonEncoder().encode

    def process_log_record(self, log_data: LogData) -> LogData:
        return {"time": log_data["time"], **log_data}

    def jsonify_log_record(self, log_data: LogData) -> str:
        return self._encode(log_data)

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, Answered):
            return record.as_object()
        line = super().format(record)
        if redaction.is_clean(record):
            return line
        shown = json.loads(line)
        # Text by text, and not the line itself: there the end of a line and much else is written in letters.
        texts = "\n".join(_texts(shown))
        return line if redaction.cleaned(texts) == texts else json.dumps(_cleaned(shown))


def _tell_of_the_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("gatehouse").critical("An unexpected error ends this process", exc_info=(kind, error, trace))


def _pairs(record: logging.LogRecord) -> Iterator[str]:
    for name, value in vars(record).items():
        if name not in _NOT_SHOWN and value is not None and value != () and value != []:
            text = ",".join(value) if isinstance(value, list | tuple) else str(value)
            yield f"{name}={json.dumps(text) if ' ' in text else text}"


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return redaction.cleaned(value)
        case list():
            return [_cleaned(item) for item in value]
        case dict():
            return {name: _cleaned(item) for name, item in value.items()}
        case _:
            return value


def _mark(record: logging.LogRecord) -> bool:
    if (request_id := requests.current_id()) is not None:
        record.request_id = request_id
    return True


def _logging(log_format: str, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": Objects if log_format == "json" else Lines}},
        "filters": {"mark": {"()": lambda: _mark}},
        "handlers": {"stderr": {"()": Stderr, "formatter": "chosen", "filters": ["mark"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Anonymous callers would fill the log with lines for each malformed form.
            "python_multipart": {"level": "ERROR"},
            # At DEBUG it writes each query with its values: addresses, digests, the emails that wait.
            "tortoise.db_client": {"level": "INFO"},
            # Some lines at DEBUG for each call.
            "grpc": {"level": "INFO"},
        },
    }
