"""Whether a call costs more where there is more: API tokens, models, typed models.

Each variant is a Gatehouse of its own, and they take turns, in another order in each round. Two processes of the same
kind differ by some per cent, so the first variant is there twice.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import crowd, page
from benchmarks.peers import backends, calls, gatehouse, install, report
from benchmarks.peers.figures import Figures, Rounds, middle, ratio
from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call, Wrk
from tests import kept

_IN_TURN, _MODELS, _CONNECTIONS, _WARM_SECONDS = 1_000, 200, 16, 2
# The variant with which typed models are compared.
_TYPED = 5
_ENSEMBLE = """\
name: "%s"
platform: "ensemble"
input [ { name: "IN" data_type: TYPE_FP32 dims: [ 1, 16 ] } ]
output [ { name: "OUT" data_type: TYPE_FP32 dims: [ 1, 16 ] } ]
ensemble_scheduling { step [ { model_name: "vector" model_version: -1
  input_map { key: "IN" value: "IN" } output_map { key: "OUT" value: "OUT" } } ] }
parameters: { key: "gatehouse.public" value: { string_value: "%s" } }
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """`beside` is the number of the variant that it is compared with."""

    title: str
    call: Call
    pid: int
    beside: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS='growth ...'", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a turn (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="renew benchmarks/README.md")
    options = parser.parse_args()
    try:
        wrk = install.wrk()
    except kept.NotInstalled as error:
        sys.exit(str(error))
    with ExitStack() as stack:
        variants = _variants(stack)
        text = _table(variants, _measure(wrk, variants, rounds=options.rounds, seconds=options.seconds))
    print(text)
    if options.write:
        page.write("growth", text)


def _variants(stack: ExitStack) -> list[Variant]:
    few = stack.enter_context(backends.running())
    plain = stack.enter_context(gatehouse.running(few, "plain"))
    again = stack.enter_context(gatehouse.running(few, "again"))
    crowded, called = (stack.enter_context(gatehouse.running(few, name)) for name in ("crowded", "called"))
    asyncio.run(crowd.fill(crowded, some=1))
    in_turn = asyncio.run(crowd.fill(called, some=_IN_TURN))
    listed, typed = (_with_many_models(stack, public=public) for public in (False, True))
    return [
        Variant("`infer`: 2 models, 1 API token", calls.infer(plain), plain.program.pid),
        Variant("`infer`: the same again", calls.infer(again), again.program.pid),
        Variant(f"`infer`: {crowd.TOKENS:,} API tokens", calls.infer(crowded), crowded.program.pid),
        Variant(f"`infer`: {_IN_TURN:,} of them in turn", calls.infer(called, in_turn), called.program.pid),
        Variant(f"`infer`: {_MODELS} models", calls.infer(listed), listed.program.pid),
        Variant("`typed`: 2 typed models", calls.typed(plain), plain.program.pid, _TYPED),
        Variant(f"`typed`: {_MODELS} typed models", calls.typed(typed), typed.program.pid, _TYPED),
    ]


def _with_many_models(stack: ExitStack, *, public: bool) -> Gatehouse:
    """Ensembles of one step, because each Python model would have a process of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    for number in range(_MODELS - len(list(backends.MODELS.iterdir()))):
        model = folder / f"model_{number}"
        (model / "1").mkdir(parents=True)
        (model / "config.pbtxt").write_text(_ENSEMBLE % (model.name, str(public).lower()))
    many = stack.enter_context(backends.running([backends.MODELS, folder]))
    return stack.enter_context(gatehouse.running(many, "many"))


def _measure(wrk: Wrk, variants: Sequence[Variant], *, rounds: int, seconds: int) -> list[list[Figures]]:
    """For each variant, the figures of all rounds."""
    measured: list[list[Figures]] = [[] for _ in variants]
    for variant in variants:
        wrk.send(variant.call, connections=_CONNECTIONS, seconds=_WARM_SECONDS)
    turns = list(zip(variants, measured, strict=True))
    for _ in range(rounds):
        random.shuffle(turns)
        for variant, found in turns:
            found.append(wrk.measure(variant.call, connections=_CONNECTIONS, seconds=seconds, pid=variant.pid))
    return measured


def _table(variants: Sequence[Variant], measured: Sequence[Rounds]) -> str:
    columns = ("requests/s", "p99 ms", "CPU µs a call", "memory MB", "requests/s, of the first", "CPU, of the first")
    lines = [_title(measured[0]), f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for variant, rounds in zip(variants, measured, strict=True):
        figures, base = middle(rounds), measured[variant.beside]
        rate, cpu = ratio(rounds, base, of=lambda one: one.rate), ratio(rounds, base, of=lambda one: one.cpu_us)
        lines.append(
            f"| {variant.title} | {figures.rate:,.0f} | {figures.p99_ms:.1f} | {figures.cpu_us:,.0f} | "
            f"{figures.peak_mb:.0f} | {rate} | {cpu} |"
        )
    return "\n".join(lines)


def _title(rounds: Rounds) -> str:
    return f"{report.of_this_run(len(rounds))} 16 connections. `typed` is compared with the first `typed`.\n"


if __name__ == "__main__":
    main()
