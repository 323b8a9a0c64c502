"""Durations in ISO 8601."""

import re
from datetime import timedelta

_LONGEST = timedelta(days=100 * 365)
_DURATION = re.compile(
    "P(?=.)(?:(?P<Y>\\d{1,9})Y)?(?:(?P<Mo>\\d{1,9})M)?(?:(?P<W>\\d{1,9})W)?(?:(?P<D>\\d{1,9})D)?(?:T(?=.)(?:(?P<H>\\d{1,9})H)?(?:(?P<M>\\d{1,9})M)?(?:(?P<S>\\d{1,9}(?:\\.\\d{1,6})?)S)?)?",
    re.ASCII,
)
_DAYS = {"Y": 365, "Mo": 30, "W": 7, "D": 1}
_SECONDS = {"H": 3600, "M": 60, "S": 1}


def parse(text: str) -> timedelta:
    """A day is 24 hours, a month 30 days, a year 365 days. Raises ValueError; at most 100 years."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("expected a duration like PT30S, PT1H, P7D or P1Y")
    parts = match.groupdict(default="0")
    days = sum(int(parts[unit]) * length for unit, length in _DAYS.items())
    seconds = sum(float(parts[unit]) * length for unit, length in _SECONDS.items())
    if days + seconds / 86_400 > _LONGEST.days:
        raise ValueError("expected a duration of at most 100 years")
    return timedelta(days=days, seconds=seconds)


def write(duration: timedelta) -> str:
    """Uses only D, H, M and S: PT1H, P1D, P7DT12H."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06d}".rstrip("0") if duration.microseconds else ""
    date = f"{duration.days}D" if duration.days else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    if seconds or fraction or not (date or time):
        time += f"{seconds}{fraction}S"
    return f"P{date}" + (f"T{time}" if time else "")
