"""A GraphQL service with Strawberry, tensors as lists of Float: `uvicorn benchmarks.peers.python.lists:app`.

Without the two caches, parsing and validation would take most of the time of a call.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.peers.python.gate import Gate, authenticate
from benchmarks.peers.python.model_server import Models, Tensor


@strawberry.input
class TensorInput:
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


@strawberry.type
class TensorOutput:
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


@strawberry.type
class Inference:
    model: str
    outputs: list[TensorOutput]


@strawberry.type
class Query:
    @strawberry.field
    async def infer(self, info: strawberry.Info, model: str, inputs: list[TensorInput]) -> Inference:
        request = info.context["request"]
        caller = authenticate(request.headers.get("authorization", "").removeprefix("Bearer "))
        sent = [Tensor(one.name, one.shape, one.datatype, one.data) for one in inputs]
        async with request.app.state.gate.admitted(caller, model):
            found = await request.app.state.models.infer(model, sent)
        outputs = [TensorOutput(name=one.name, shape=one.shape, datatype=one.datatype, data=one.data) for one in found]
        return Inference(model=model, outputs=outputs)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.gate, app.state.models = Gate(), Models()
    yield
    await app.state.models.aclose()
    await app.state.gate.aclose()


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ready")


_endpoint: GraphQL[Any, Any] = GraphQL(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]))
app = Starlette(lifespan=_lifespan, routes=[Route("/ready", _ready), Route("/graphql", _endpoint)])
