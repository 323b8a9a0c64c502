"""Kills and stops of a run at any point: nothing stays behind and no data is lost."""

import os
import re
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import httpx2
import psutil
import pytest
import redis as redis_client

from local import servers
from tests import ports
from tests.local.conftest import Run, is_alive

_VICTIMS = {
    "launcher": ("local run",),
    "make": ("make", "run"),
    "postgres": ("bin/postgres -D",),
    "redis": ("valkey-server",),
    "stub": ("triton_python_backend_stub",),
    "tritonserver": ("bin/tritonserver",),
    "mail catcher": ("local.mail_catcher",),
    "API": ("gatehouse serve",),
    "worker": ("gatehouse worker",),
}
_SAID = {
    "postgres": "PostgreSQL has ended (killed by SIGKILL); its log is {data}/postgres/log.",
    "redis": "Redis has ended (killed by SIGKILL); its log is {data}/redis/log.",
    "tritonserver": "Triton has ended (killed by SIGKILL); its log is {data}/triton/log.",
    "mail catcher": "Mail catcher has ended (killed by SIGKILL); its log is {data}/mail-catcher/log.",
    "worker": "The worker has ended (killed by SIGKILL); its output is above.",
    "API": "The API has ended (killed by SIGKILL); its output is above.",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Data of two installations: one starts while a test is about the other."""
    return [Path(tmp_path_factory.mktemp("ends")) / "data" for _ in range(2)]


@pytest.fixture(scope="module")
def starts() -> dict[Path, Iterator[int]]:
    """What `_count` has to say, as long as nothing is lost: a run counts the runs before it on the same data."""
    return defaultdict(lambda: count(1))


@pytest.fixture(scope="module")
def run_for(launch: Callable[..., Run], folders: list[Path], triton: servers.Triton) -> Callable[[str], Run]:
    """The run for this victim, once it is ready. The run for the next one then begins."""
    # The run that has lost a stub goes on, and loses its Triton next.
    order, began = [victim for victim in _VICTIMS if victim != "tritonserver"], dict[int, Run]()

    def begin(number: int) -> Run:
        if number not in began or began[number].make.poll() is not None:
            # A Triton of its own only where that is the point: it takes the most time.
            own = order[number] in ("launcher", "stub")
            given = {} if own else {"GATEHOUSE_TRITON_URL": triton.url}
            # A killed supervisor takes its processes along, and so does a killed launcher.
            processes = "2" if order[number] in ("launcher", "API") else "1"
            began[number] = launch(folders[number % 2], PROCESSES=processes, **given)
        return began[number]

    def ready(victim: str) -> Run:
        number = order.index("stub" if victim == "tritonserver" else victim)
        run = begin(number).until_ready()
        if number + 1 < len(order):
            begin(number + 1)
        return run

    return ready


async def _count(run: Run) -> tuple[int, int]:
    """One more row and one more in Redis; how many there are now."""
    connection = await asyncpg.connect(run.env()["GATEHOUSE_DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz)")
    await connection.execute("INSERT INTO starts VALUES (now())")
    rows: int = await connection.fetchval("SELECT count(*) FROM starts")
    await connection.close()
    with redis_client.Redis.from_url(run.env()["GATEHOUSE_REDIS_URL"]) as client:
        return rows, int(client.incr("starts"))


@pytest.mark.parametrize("victim", _VICTIMS)
async def test_after_a_kill_the_next_run_has_the_data(
    run_for: Callable[[str], Run], starts: dict[Path, Iterator[int]], victim: str
) -> None:
    run = run_for(victim)

    number = next(starts[run.data])
    assert await _count(run) == (number, number)
    run.named(*_VICTIMS[victim])[0].kill()

    if victim == "stub":  # The service brings its model back. What this leaves behind is seen after the next kill.
        assert run.make.poll() is None
        return
    if victim in _SAID:
        assert run.refusal == _SAID[victim].format(data=run.data)
    # Triton's temporary folder outlives a killed launcher, until the next run.
    assert run.left(within=60, folder=victim != "launcher") == []


@pytest.fixture(scope="module")
def after_a_hang(launch: Callable[..., Run], folders: list[Path], triton: servers.Triton) -> tuple[psutil.Process, Run]:
    """A server that hangs while its launcher is killed, and the next run on the same data.

    That run waits five seconds for the server; the tests before the one that is about it run meanwhile.
    """
    data = folders[len(_VICTIMS) % 2]
    first = launch(data, GATEHOUSE_TRITON_URL=triton.url).until_ready()
    hanging = first.named("valkey-server")[0]
    hanging.suspend()
    first.named("local run")[0].kill()
    return hanging, launch(data, record="second", GATEHOUSE_TRITON_URL=triton.url)


@pytest.mark.usefixtures("after_a_hang")
@pytest.mark.parametrize(
    ("moment", "number"),
    [("bin/initdb", signal.SIGTERM), ("bin/tritonserver", signal.SIGINT), ("gatehouse serve", signal.SIGTERM)],
)
def test_a_stop_in_the_middle_of_the_start_leaves_nothing(
    launch: Callable[..., Run], tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    run = launch(tmp_path / "data")
    run.until(lambda: run.named(moment))

    # As Ctrl-C does it: to all processes of the terminal's foreground.
    run.processes()
    os.killpg(run.make.pid, number)
    run.make.wait(60)

    assert run.left() == []
    assert run.output == ""
    assert not (tmp_path / "data" / "env").exists()


def test_servers_that_the_environment_names_are_not_started(
    launch: Callable[..., Run],
    tmp_path: Path,
    worker_settings: dict[str, str],
    postgres: servers.Postgres,
    triton: servers.Triton,
) -> None:
    others = {
        "TRITON_URL": triton.url,
        "VISITOR_INFERENCE": "false",
        "MAILS_PER_NETWORK": "300",
        "STANDSTILL_SECONDS": "30",
        "METRICS_ADDRESS": f"127.0.0.1:{(metrics := _two_free_ports())}",
    }
    given = worker_settings | {f"GATEHOUSE_{name}": value for name, value in others.items()}
    run = launch(tmp_path / "data", models=tmp_path / "none", **given).until_ready()

    try:
        # No server: a folder of the run.
        assert run.env() == given | {"GATEHOUSE_OBJECTS": str(run.data / "objects")}
        said = "MODELS is not used: GATEHOUSE_TRITON_URL names a Triton of your own, which has its own models."
        assert said in run.errors.splitlines()
        started = [run.named(word) for word in ("postgres -D", "valkey-server", "tritonserver", "mail_catcher")]
        assert started == [[], [], [], []]
        # Their keys are theirs: none are made where the environment names a file.
        assert not (run.data / "signing-keys.json").exists()
        # The API has the port that is named, and the worker the next one.
        loops = [_loops(port) for port in (metrics, metrics + 1)]
        assert [("triton" in names, "rollup" in names) for names in loops] == [(True, False), (False, True)]
    finally:
        # It shares Redis with all tests, and its worker would count their calls in a database of its own.
        run.stop()
    assert postgres.is_running()
    assert run.left() == []


async def test_a_server_that_hangs_after_its_launcher_was_killed_is_ended_by_the_next_run(
    after_a_hang: tuple[psutil.Process, Run], starts: dict[Path, Iterator[int]]
) -> None:
    hanging, second = after_a_hang
    second.until_ready()

    assert not is_alive(hanging)
    number = next(starts[second.data])
    assert await _count(second) == (number, number)
    second.stop()


def _two_free_ports() -> int:
    """The first of two that follow each other."""
    first = ports.free()
    while (second := ports.free()) != first + 1:
        first = second
    return first


def _loops(port: int) -> set[str]:
    """The loops of the process that serves its metrics there."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    return set(re.findall(r'^gatehouse_loop_done_timestamp_seconds\{loop="(\w+)"\}', text, re.MULTILINE))
