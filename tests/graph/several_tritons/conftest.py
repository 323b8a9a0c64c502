"""Two Tritons for all these tests, and two services before both: one calls models by gRPC, one by HTTP.

A test that changes one of the Tritons restores it.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import pytest

from local.server import wait_until_ready
from tests import model_calls, together
from tests.graph.several_tritons.pair import One, Watched, add
from tests.service import Service

_SLOTS = 'parameters: { key: "gatehouse.slots" value: { string_value: "9999" } }'
_ALL_VERSIONS = {"max_batch_size: 0": "max_batch_size: 0\nversion_policy { all {} }"}


@pytest.fixture(scope="package")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[One, One]]:
    folders = [tmp_path_factory.mktemp(f"several-{name}") for name in ("first", "second")]
    first, second = (One(folder, tmp_path_factory.mktemp(f"{folder.name}-data")) for folder in folders)
    for one in (first, second):
        for model in ("slow", "dying", "ticking"):
            add(one.repository, model)
        add(one.repository, "slow", "graded", _ALL_VERSIONS)
    shutil.copytree(second.repository / "graded" / "1", second.repository / "graded" / "2")
    add(second.repository, "slow", "second_only")
    for one, count in ((first, 1), (second, 3)):
        add(one.repository, "slow", "uneven", {"count: 2": f"count: {count}", _SLOTS: ""})
    add(first.repository, "costly")
    add(second.repository, "costly", changes={'"7"': '"9"'})
    try:
        for one in (first, second):
            one.server.begin()
        wait_until_ready(first.server, second.server, within=timedelta(seconds=120))
        yield first, second
    finally:
        for one in (first, second):
            one.server.kill()  # a stop in good order takes seconds
            one.server.stop()


@pytest.fixture(scope="package")
def both_services(new_service: Callable[..., Service], pair: tuple[One, One]) -> Iterator[dict[str, Service]]:
    urls = ",".join(one.url for one in pair)
    http = {"grpc": "", "http": ",".join(one.server.http_url for one in pair)}
    made = {
        name: new_service(TRITON_URL=urls, TRITON_HTTP_URL=url, METRICS_ADDRESS=model_calls.address())
        for name, url in http.items()
    }
    with together.running(*made.values()):
        yield made


@pytest.fixture(params=["grpc", "http"])
async def watched(
    request: pytest.FixtureRequest, both_services: dict[str, Service], pair: tuple[One, One]
) -> AsyncIterator[Watched]:
    """With both Tritons up and all their models ready, before and after."""
    found = Watched(both_services[request.param], pair)
    await found.is_whole()
    yield found
    for one in pair:
        one.server.resume()
        if not one.server.is_running():
            one.server.start()
    await found.is_whole()
    await found.client.aclose()
