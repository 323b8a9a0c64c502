"""The metrics of several processes in one answer, each sample with the number of its process as the label `process`."""

import http.client
import logging
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

# Prometheus gives up after 10 s by default.
_ANSWER_SECONDS = 2.0


class Gathered(Collector):
    """`sockets` are where the processes answer, by their numbers. One that does not answer in 2 s is left out."""

    def __init__(self, sockets: Sequence[Path]) -> None:
        self._sockets = sockets

    def collect(self) -> Iterable[Metric]:
        with ThreadPoolExecutor(len(self._sockets)) as asking:
            texts = list(asking.map(_text, self._sockets))
        families: dict[str, Metric] = {}
        for number, text in enumerate(texts):
            for one in text_string_to_metric_families(text):
                family = families.setdefault(one.name, Metric(one.name, one.documentation, one.type))
                family.samples += [
                    sample._replace(labels={**sample.labels, "process": str(number)}) for sample in one.samples
                ]
        return families.values()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _text(path: Path) -> str:
    connection = _Connection(path)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException) as error:
        # It may have ended, or not yet begun.
        logger.warning("Process %s does not answer for its metrics (%s)", path.name, str(error) or type(error).__name__)
        return ""
    finally:
        connection.close()
