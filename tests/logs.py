"""The logs of every service and worker of this run, and what none of them may hold."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_kept: set[Path] = set()

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
    "a credential": re.compile(r"eyJ[\w-]{10,}|gth_\w{4,}"),
    "a device cookie": re.compile(r"[\w-]{22}\.\d{10}\.[\w-]{43}"),
    "a code": re.compile(rf"{_CODE.pattern}|\b(?:[A-Z2-7]{{8}}){{3,4}}\b|otpauth:"),
    "a digest": re.compile(r"\$argon2"),
    "an e-mail address": re.compile(r"[^\s@\[\]]+(?:@|%40)[\w-]+\.\w+"),
    # A sentence of ours says how such an address is written.
    "a password in an address": re.compile(r"://(?!user:password@)[^\s/@\[]+@"),
    # Shortened they end in /24 and /48. Nobody in the tests asks from a network of the servers' own.
    "an IPv4 address": re.compile(
        r"(?<![\w.])(?!127\.0\.0\.1\b|0\.0\.0\.0\b|10\.)\d{1,3}(?:\.\d{1,3}){3}(?![\d.]|/24\b)"
    ),
    "an IPv6 address": re.compile(r"(?i)\b(?:2001:0?db8|fe80|fd[0-9a-f]{2}):[0-9a-f:]*(?!/48|[0-9a-f:])"),
}


def kept(log: Path) -> Path:
    """The log, which is then looked through at the end of the run."""
    _kept.add(log)
    return log


def leaks(folder: Path) -> list[str]:
    """By file and line, in all that was kept. `folder` has, somewhere below it, the mails with the codes in them."""
    secrets = {*PASSWORDS, *_codes(folder)}
    return [f"{log}:{place}" for log in sorted(_kept) if log.exists() for place in leaks_in(log.read_text(), secrets)]


def leaks_in(text: str, secrets: Iterable[str] = PASSWORDS) -> Iterator[str]:
    """The number of each line that holds something, with what it is and the line."""
    for number, line in enumerate(text.splitlines(), 1):
        found = [what for what, shape in _SHAPES.items() if shape.search(line)]
        found += ["a password or a code of a mail" for secret in secrets if secret.lower() in line.lower()]
        if found:
            yield f"{number}: {', '.join(found)}: {line}"


def _codes(folder: Path) -> Iterator[str]:
    for mail in folder.rglob("*.eml"):
        for code in _CODE.findall(mail.read_text(errors="replace")):
            yield from (code, code.replace("-", ""))
