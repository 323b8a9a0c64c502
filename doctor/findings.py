"""What the doctor finds: a verdict on one subject, in a sentence that says what to mend."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """`str()` of it is the line that is printed."""

    verdict: Verdict
    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.verdict:<5}{self.subject}: {self.sentence}"


def ok(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.OK, subject, sentence)


def warn(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.WARN, subject, sentence)


def fail(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.FAIL, subject, sentence)
