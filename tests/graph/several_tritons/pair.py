"""Two Tritons with some models in common, and the services before both of them."""

import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import grpc
import httpx2
from tritonclient.grpc import service_pb2, service_pb2_grpc

from local import servers
from tests.conftest import TEST_MODELS
from tests.graph.outages import eventually
from tests.service import TLS, Client, Service

_SAMPLE = re.compile(r'^(?P<name>\w+)\{server="(?P<server>[^"]+)"\} (?P<value>\S+)$', re.MULTILINE)

CALL = """query ($model: String!, $milliseconds: TensorData!, $version: String) {
  infer(model: $model, version: $version, inputs: [{name: "MILLISECONDS", shape: [1], data: {values: $milliseconds}}])
  { version } }"""


class One:
    """One of them."""

    def __init__(self, repository: Path, data: Path) -> None:
        self.repository = repository
        self.server = servers.Triton(data, [repository])

    @property
    def url(self) -> str:
        return self.server.url

    async def executed(self, model: str) -> int:
        """The calls of all versions that it has answered since the model was loaded."""
        async with grpc.aio.insecure_channel(self.url) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            found = await stub.ModelStatistics(service_pb2.ModelStatisticsRequest(name=model))
        return sum(version.inference_stats.success.count for version in found.model_stats)

    async def load(self, model: str) -> None:
        async with grpc.aio.insecure_channel(self.url) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            await stub.RepositoryModelLoad(service_pb2.RepositoryModelLoadRequest(model_name=model))

    async def unload(self, model: str) -> None:
        async with grpc.aio.insecure_channel(self.url) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            await stub.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name=model))


class Watched:
    """A service before both, with its client."""

    def __init__(self, service: Service, pair: tuple[One, One]) -> None:
        self.service = service
        self.client = Client(service.url)
        # A Triton starts in about as many seconds as the service keeps an idle connection.
        limits = httpx2.Limits(keepalive_expiry=2)
        self.client.http = httpx2.AsyncClient(base_url=service.url, timeout=300, verify=TLS, limits=limits)
        self.pair = pair

    async def metric(self, name: str, one: One) -> float:
        async with httpx2.AsyncClient(verify=TLS, timeout=60) as http:
            text = (await http.get(f"http://{self.service.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")).text
        return {found["name"]: float(found["value"]) for found in _SAMPLE.finditer(text) if found["server"] == one.url}[
            name
        ]

    async def is_up(self, one: One) -> bool:
        return await self.metric("gatehouse_triton_server_up", one) == 1

    async def up(self) -> list[bool]:
        return [await self.is_up(one) for one in self.pair]

    async def code(self, query: str, /, **variables: object) -> str | None:
        problems = (await self.client.post(query, **variables)).json().get("errors")
        return problems[0]["extensions"]["code"] if problems else None

    async def executed(self, model: str, during: Callable[[], Awaitable[object]]) -> list[int]:
        """How many calls of it each of the two answers while this runs."""
        before = [await one.executed(model) for one in self.pair]
        await during()
        return [await one.executed(model) - earlier for one, earlier in zip(self.pair, before, strict=True)]

    async def is_whole(self) -> None:
        """Waits until both are up, and what differs between them is known."""
        await eventually(self.up, becomes=[True, True])
        await eventually(self._differing, becomes=[0, 1])

    async def _differing(self) -> list[float]:
        return [await self.metric("gatehouse_triton_server_differing_models", one) for one in self.pair]


def add(repository: Path, model: str, name: str | None = None, changes: Mapping[str, str] | None = None) -> Path:
    """A copy of a model of the tests under another name, with changes of its config.pbtxt."""
    name = name or model
    shutil.copytree(TEST_MODELS / model, repository / name, dirs_exist_ok=True)
    config = repository / name / "config.pbtxt"
    text = config.read_text().replace(f'name: "{model}"', f'name: "{name}"')
    for before, after in (changes or {}).items():
        assert before in text
        text = text.replace(before, after)
    config.write_text(text)
    return repository / name


async def call(watched: Watched, *, model: str = "slow", milliseconds: int = 1, version: str | None = None) -> str:
    answer = await watched.client.run(CALL, model=model, milliseconds=[milliseconds], version=version)
    return str(answer["infer"]["version"])


async def in_turn(watched: Watched, count: int, *, model: str = "slow", version: str | None = None) -> list[str]:
    return [await call(watched, model=model, version=version) for _ in range(count)]
