"""How a parallel run shares tests and ports out."""

from pathlib import Path

import pytest

from tests import parallel, ports, redis_servers

ROOT = Path(__file__).parent.parent


def test_whatever_is_said_to_be_slow_or_to_share_servers_is_there():
    of_groups = [file for files in parallel.GROUPS.values() for file in files]
    named = [*(name for name in parallel.SLOWEST if name not in parallel.GROUPS), *parallel.TOGETHER, *of_groups]

    assert [name for name in named if not (ROOT / name).exists()] == []
    assert len(of_groups) == len({*of_groups})
    assert {*of_groups} & {*parallel.SLOWEST} == set()


def test_the_files_that_run_on_several_kinds_of_redis_start_them_once():
    assert {parallel.unit(file) for file in redis_servers.ON_EVERY_KIND} == {"limits on each kind of Redis"}


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/test_cli.py::test_a", "tests/test_cli.py"),
        ("tests/journey/test_kill.py::test_a[b::c]", "tests/journey"),
        ("tests/abuse/test_prices.py::test_a", "tests/abuse"),
        ("tests/telemetry/test_watchdog.py::test_a", "tests/telemetry/test_watchdog.py"),
        ("tests/journey/test_streams.py::test_a", "streams and running calls"),
        ("tests/store/test_pipeline.py::test_a", "limits on each kind of Redis"),
    ],
)
def test_a_file_stays_on_one_worker_and_so_does_what_shares_an_installation(test, unit):
    assert parallel.unit(test) == unit


def test_the_slowest_come_first():
    tests = [
        "tests/test_cli.py::test_a",
        "tests/telemetry/test_watchdog.py::test_a",
        "tests/journey/test_kill.py::test_a",
    ]

    assert sorted(tests, key=parallel.rank) == tests[::-1]


def test_no_two_workers_have_a_port_in_common(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    shares = []
    for number in range(3):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{number}")
        shares.append(ports.share(range(2_000, 2_010)))

    assert shares == [range(2_000, 2_003), range(2_003, 2_006), range(2_006, 2_009)]


def test_one_process_alone_has_all_ports(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    assert ports.share(range(2_000, 2_010)) == range(2_000, 2_010)


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_a_server_takes_a_port_of_its_worker(request, name):
    assert request.getfixturevalue(name).port in ports.share(ports.SERVERS[name])


def test_a_node_of_a_redis_cluster_listens_below_the_ports_of_outgoing_connections(redis):
    first, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()

    assert redis.port + 10_000 < int(first)
