"""`make bench ARGS=peers`: Gatehouse beside its peers, turn by turn.

`--write` renews the section of benchmarks/README.md and the plot.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks import page
from benchmarks.peers import backends, install, plot, report
from benchmarks.peers.entries import GROUPS, Entries, Entry, Key
from benchmarks.peers.figures import Figures
from benchmarks.peers.programs import Program
from tests import kept

_WARM_SECONDS = 2
_PLOT = page.README.with_name("peers.svg")


def main() -> None:
    options = _options()
    try:
        wrk = install.wrk()
    except kept.NotInstalled as error:
        sys.exit(str(error))
    measured: dict[Key, list[Figures]] = {}
    programs: dict[str, Program] = {}
    with backends.running() as behind:
        for group in options.only or GROUPS:
            # Only what is compared runs: a service that nobody calls takes processor time too, if little.
            with ExitStack() as stack:
                entries = Entries(stack, behind, wrk, group)
                print(group, file=sys.stderr, flush=True)
                measured |= _rounds(entries.all(), rounds=options.rounds, seconds=options.seconds)
                programs = entries.programs | programs
    text = report.text(measured, programs)
    print(text)
    if options.write:
        _PLOT.write_text(plot.svg(measured))
        page.write("peers", text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS='peers ...'", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a turn (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="measure these alone")
    parser.add_argument("--write", action="store_true", help="renew benchmarks/README.md and benchmarks/peers.svg")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write needs all of them")
    return options


def _rounds(entries: Sequence[Entry], *, rounds: int, seconds: int) -> dict[Key, list[Figures]]:
    measured: dict[Key, list[Figures]] = {entry.key: [] for entry in entries}
    for entry in entries:
        entry.measure(_WARM_SECONDS)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for entry in entries:
            measured[entry.key].append(entry.measure(seconds))
    return measured
