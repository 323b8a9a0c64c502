"""Lines on stderr, for people or as JSON."""

import logging.config

from settings import Settings


def configure(settings: Settings) -> None:
    logging.config.dictConfig(_LOGGING)


def _is_not_malformed(record: logging.LogRecord) -> bool:
    return record.msg != "Invalid HTTP request received."


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Strangers would fill the log with a line for each malformed request or form.
    "filters": {"not_malformed": {"()": lambda: _is_not_malformed}},
    "loggers": {"python_multipart": {"level": "ERROR"}, "uvicorn.error": {"filters": ["not_malformed"]}},
}
