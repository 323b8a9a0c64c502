"""The ratios that Gatehouse is held to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.peers import uploads
from benchmarks.peers.entries import (
    CONNECTIONS,
    FASTAPI,
    FIXED,
    INFER,
    MERCURIUS,
    MORE_PROCESSES,
    OLDER,
    ONE,
    ONE_PROCESS,
    PROCESSES,
    STRAWBERRY,
    TODAY,
    TRITON,
    UPLOAD,
    Key,
    apart_from,
    processes,
)
from benchmarks.peers.figures import Figures, Rounds, Spread, added, ratio, spread


@dataclass(frozen=True, slots=True)
class Goal:
    """`least` or `most` is the bound of the median; neither is there where a ratio is only reported."""

    what: str
    found: Spread
    least: float | None = None
    most: float | None = None

    @property
    def wanted(self) -> str:
        if self.least is not None:
            return f"at least {self.least:g}"
        return "" if self.most is None else f"at most {self.most:g}"

    @property
    def verdict(self) -> str:
        if self.least is not None:
            return _verdict(self.found.median >= self.least)
        return "" if self.most is None else _verdict(self.found.median <= self.most)


def _verdict(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def goals(measured: Mapping[Key, Rounds]) -> list[Goal]:
    """Those for which everything was measured."""
    return [*_infer(measured), *_fixed(measured), *_uploads(measured), *_processes(measured)]


def _infer(measured: Mapping[Key, Rounds]) -> Iterator[Goal]:
    ours = measured.get((INFER, TODAY, "infer"))
    if ours is not None:
        for peer in (FASTAPI, MERCURIUS, STRAWBERRY, TRITON):
            if theirs := measured.get((INFER, peer, "infer")):
                held = peer == FASTAPI
                yield Goal(
                    f"`infer`: requests/s, of {peer}", ratio(ours, theirs, of=_rate), least=2.0 if held else None
                )
                yield Goal(f"`infer`: p99, of {peer}", ratio(ours, theirs, of=_p99), most=1.0 if held else None)
                yield Goal(
                    f"`infer`: processor time a call, of {peer}",
                    ratio(ours, theirs, of=_cpu),
                    most=0.5 if held else None,
                )
    one = [measured.get((ONE, service, "infer")) for service in (TODAY, FASTAPI, TRITON)]
    if one[0] and one[1] and one[2]:
        yield Goal(
            "One connection: p50 added to Triton's, of what FastAPI adds", added(one[0], one[1], to=one[2]), most=0.6
        )


def _fixed(measured: Mapping[Key, Rounds]) -> Iterator[Goal]:
    for what, least in (("`{ __typename }`", 2.5), ("`{ me { id } }`", 2.0)):
        ours, older = (measured.get((FIXED, build, what)) for build in (TODAY, OLDER))
        if ours and older:
            yield Goal(f"{what}: requests/s, of the older build", ratio(ours, older, of=_rate), least=least)
            yield Goal(f"{what}: processor time a call, of the older build", ratio(ours, older, of=_cpu))


def _uploads(measured: Mapping[Key, Rounds]) -> Iterator[Goal]:
    plain = measured.get((UPLOAD, "tritonclient", "tensor back"))
    in_flight = uploads.AT_ONCE * uploads.BYTES / 1e6
    # The least that it had before any turn: what an earlier turn left counts as kept.
    of_today = [rounds for (group, service, _), rounds in measured.items() if (group, service) == (UPLOAD, TODAY)]
    idle = min((one.before_mb for rounds in of_today for one in rounds), default=0.0)
    for what, least in (("shape back", 0.7), ("base64 back", 0.5)):
        ours = measured.get((UPLOAD, TODAY, what))
        if ours and plain:
            yield Goal(f"4.9 MB, {what}: requests/s, of tritonclient", ratio(ours, plain, of=_rate), least=least)
        if ours:
            taken = spread([(one.peak_mb - idle) / in_flight for one in ours])
            yield Goal(f"4.9 MB, {what}: memory taken, of the tensors in flight", taken, most=3.0)
            kept = spread([(one.after_mb - idle) / in_flight for one in ours])
            yield Goal(f"4.9 MB, {what}: memory kept afterwards, of the same", kept, most=0.25)


def _processes(measured: Mapping[Key, Rounds]) -> Iterator[Goal]:
    for (group, service, what), more in measured.items():
        one = measured.get((PROCESSES, service, ONE_PROCESS))
        if one and group == PROCESSES and what != ONE_PROCESS:
            yield Goal(f"{service}, {what}: requests/s, of one process", ratio(more, one, of=_rate))
            yield Goal(f"{service}, {what}: processor time a call, of one process", ratio(more, one, of=_cpu))
    for number in MORE_PROCESSES:
        # Both share the cores alike with the load, with Redis and with Triton.
        what, other = processes(number, number * CONNECTIONS), apart_from(number)
        together, apart = (measured.get((PROCESSES, TODAY, one)) for one in (what, other))
        if together and apart:
            yield Goal(f"{TODAY}, {what}: requests/s, of {other}", ratio(together, apart, of=_rate))
            yield Goal(f"{TODAY}, {what}: processor time a call, of {other}", ratio(together, apart, of=_cpu), most=1.1)


def _rate(figures: Figures) -> float:
    return figures.rate


def _p99(figures: Figures) -> float:
    return figures.p99_ms


def _cpu(figures: Figures) -> float:
    return figures.cpu_us
