"""Limits of single models: what a plan lets its users spend on calls of one model, in a minute and on a day.

They are two more windows in the script `admit.lua`, named `model-minute:MODEL` and `model-day:MODEL`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from limits.charges import ModelCall

MINUTE, DAY = b"model-minute:", b"model-day:"


@lru_cache(1024)
def costs(calls: tuple[ModelCall, ...]) -> bytes:
    """What the calls spend, by model, as JSON for the script; empty if they name no model."""
    units: Counter[str] = Counter()
    for call in calls:
        if call.model is not None:
            units[call.model] += call.units
    return orjson.dumps(units) if units else b""


def for_redis(limits: Iterable[Mapping[str, Any]]) -> bytes:
    """The plan's column as JSON for the script: by model, `m` and `d` where there is a limit; empty without limits."""
    found = {}
    for limit in limits:
        per = {"m": limit["units_per_minute"], "d": limit["units_per_day"]}
        found[limit["model"]] = {name: units for name, units in per.items() if units is not None}
    return orjson.dumps(found) if found else b""
