"""The logs of every service and worker of this run, and what none of them may hold."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# Of people in the tests; they have no shape by which they could be found.
PASSWORDS = (
    "correct horse battery",  # with more words after it, too
    "another horse battery",
    "a third horse, no battery",
    "a wrong horse battery",
    "another long password",
    "seven bridges and a river",
)
_CODE = re.compile(r"(?:[A-Z2-7]{4}-){5,7}[A-Z2-7]{4}")
_SHAPES = {
    # Device cookies too.
    "a credential": re.compile(r"eyJ[\w-]{10,}|gth_\w{4,}"),
    "a code": re.compile(rf"{_CODE.pattern}|\b(?:[A-Z2-7]{{8}}){{3,4}}\b|otpauth:"),
    "a digest": re.compile(r"\$argon2"),
    "an email address": re.compile(r"[^\s@\[\]](?:@|%40)[\w-]+\.\w+"),
    # A sentence of ours says how such an address is written.
    "a password in an address": re.compile(r"://(?!user:password@)[^\s/@\[]+@"),
    # Shortened they end in /24 and /48. Nobody in the tests asks from a network of the servers' own.
    "an IPv4 address": re.compile(
        r"(?<![\w.])(?!127\.0\.0\.1\b|0\.0\.0\.0\b|10\.)\d{1,3}(?:\.\d{1,3}){3}(?![\d.]|/24\b)"
    ),
    "an IPv6 address": re.compile(r"(?i)\b(?:2001:0?db8|fe80|fd[0-9a-f]{2}):[0-9a-f:]*(?!/48|[0-9a-f:])"),
}


class Logs:
    """Logs that are searched at the end of the run. `note` says which test has just ended, so that it can be named."""

    def __init__(self) -> None:
        # By log, the size it had after each test during which it grew.
        self._sizes: dict[Path, list[tuple[int, str]]] = {}

    def kept(self, log: Path) -> Path:
        """The log, which is then searched at the end of the run."""
        self._sizes.setdefault(log, [])
        return log

    def note(self, test: str) -> None:
        # Of a hundred logs after each test, so without pathlib, which takes four times longer.
        for log, sizes in self._sizes.items():
            try:
                size = os.stat(log).st_size
            except FileNotFoundError:
                continue
            if size > (sizes[-1][0] if sizes else 0):
                sizes.append((size, test))

    def leaks(self, folder: Path) -> list[str]:
        """By file and line, with the test. `folder` has, somewhere below it, the emails with the codes in them."""
        secrets = {*PASSWORDS, *_codes(folder)}
        return [leak for log in sorted(self._sizes) if log.exists() for leak in self._leaks_of(log, secrets)]

    def _leaks_of(self, log: Path, secrets: Iterable[str]) -> Iterator[str]:
        end, sizes, text = 0, self._sizes[log], log.read_text()
        # Nothing that is looked for goes over a line's end. To look at each line takes longer.
        lines = text.splitlines(keepends=True) if what_leaks(text, secrets) else []
        for number, line in enumerate(lines, 1):
            end += len(line.encode())
            if found := what_leaks(line, secrets):
                test = next((test for size, test in sizes if size >= end), "the end of the run")
                yield f"{log}:{number}, written during {test}: {', '.join(found)}: {line.rstrip()}"


ALL = Logs()
kept = ALL.kept


def leaks_in(text: str, secrets: Iterable[str] = PASSWORDS) -> Iterator[str]:
    """The number of each line that holds something, with what it is and the line."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := what_leaks(line, secrets):
            yield f"{number}: {', '.join(found)}: {line}"


def what_leaks(text: str, secrets: Iterable[str]) -> list[str]:
    """What the line, or the lines, hold that no log may hold."""
    found, lower = [what for what, shape in _SHAPES.items() if shape.search(text)], text.lower()
    return found + ["a password or a code of an email" for secret in secrets if secret.lower() in lower]


def _codes(folder: Path) -> Iterator[str]:
    for mail in folder.rglob("*.eml"):
        for code in _CODE.findall(mail.read_text(errors="replace")):
            yield from (code, code.replace("-", ""))
