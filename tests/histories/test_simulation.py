"""Histories on simulated servers, and what the checker finds when a script or the rollup is broken."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from limits import scripts
from tests.histories import history, simulation
from tests.histories.history import Event

_SCRIPTS = Path(scripts.__file__).parent


# `make soak` has thousands.
@pytest.mark.parametrize("seed", range(8))
def test_no_promise_is_broken(seed):
    assert simulation.broken(history.of_seed(seed)) == []


def test_a_seed_makes_the_same_history_again():
    lines, end = simulation.run(history.of_seed(0))

    assert simulation.run(history.of_seed(0)) == (lines, end)
    assert sum(line["what"] == "admitted" for line in lines) > 100


@pytest.mark.parametrize("seed", [3, 16])
def test_units_of_acknowledged_calls_come_back_if_their_process_is_killed_while_redis_is_away(seed):
    events = Event(2500, "stall", milliseconds=1900), Event(2900, "kill", of=0), Event(3100, "kill", of=1)
    made = history.of_seed(seed, "jobs")
    people = tuple(replace(person, per_minute=75, per_day=10_000) for person in made.people)

    # A job that waits takes them, so more than 75 units have been acknowledged in a minute.
    assert simulation.broken(replace(made, events=events, people=people)) == []


# What is broken, the text of a script that is replaced, with what, the history that shows it, and what is found.
_BROKEN = {
    "one unit too many": (
        "cost > minute.limit then refuse",
        "cost > minute.limit + 1 then refuse",
        1,
        "calm",
        "units of",
    ),
    "one unit too few": ("cost > minute.limit then refuse", "cost >= minute.limit then refuse", 1, "calm", "refuses"),
    "one slot too many": ("slots_used >= slots_limit", "slots_used > slots_limit", 4, "faults", "at once"),
    "one slot too few": ("slots_used >= slots_limit", "slots_used + 1 >= slots_limit", 4, "calm", "no slot"),
    "the day is not looked at": ("day_used + cost > day_limit then", "false then", 1, "calm", "on a day of"),
    "a bucket leaves too early": ("bucket - buckets", "bucket - buckets + 10", 0, "edge", "units of"),
    "a call ends twice": (
        "redis.call('HDEL', KEYS[5], call)\nredis.call('ZREM', KEYS[4], call)\nif mode",
        *("if mode", 0, "faults", "counted"),
    ),
    "a job is counted by Redis, too": (
        "if mode ~= 'job' then append(entry) end",
        "append(entry)",
        *(0, "jobs", "counted"),
    ),
    "the slot of a stream is not renewed": (
        "redis.call('ZADD', KEYS[1], text(now + lease), call)",
        "redis.call('ZADD', KEYS[1], text(now), call)",
        *(0, "streams", "at once"),
    ),
    "a lost call is counted again": ("if not unsent then return {'DONE', now} end", "", 9, "faults", "usage"),
    "a revocation leaves the entry": (
        "for number, key in ipairs(KEYS) do",
        "for _ in ipairs({}) do",
        3,
        "faults",
        "revo",
    ),
}


@pytest.mark.parametrize(("text", "instead", "seed", "kind", "found"), _BROKEN.values(), ids=_BROKEN)
def test_a_broken_script_is_found(text, instead, seed, kind, found):
    assert any(text in script.read_text() for script in _SCRIPTS.glob("*.lua"))

    broken = simulation.broken(history.of_seed(seed, kind), texts=[(text, instead)])

    assert found in " ".join(broken)


def test_a_rollup_that_forgets_its_mark_is_found():
    broken = chain.from_iterable(
        simulation.broken(history.of_seed(seed, "faults"), forgets_marks=True) for seed in range(2)
    )

    assert "counted" in " ".join(broken)
