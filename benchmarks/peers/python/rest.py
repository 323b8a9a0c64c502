"""A REST service with FastAPI: `uvicorn benchmarks.peers.python.rest:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from benchmarks.peers.python.gate import Caller, Gate, Limited, Refused, authenticate
from benchmarks.peers.python.model_server import Models, Tensor


class TensorBody(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class InferBody(BaseModel):
    inputs: list[TensorBody]


class InferAnswer(BaseModel):
    model: str
    outputs: list[TensorBody]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.gate, app.state.models = Gate(), Models()
    yield
    await app.state.models.aclose()
    await app.state.gate.aclose()


app = FastAPI(lifespan=_lifespan)


async def _caller(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> Caller:
    try:
        return authenticate(credentials.credentials)
    except Refused as error:
        raise HTTPException(401, str(error)) from error


@app.get("/ready")
async def ready() -> str:
    return "ready"


@app.post("/models/{model}/infer")
async def infer(
    model: str, body: InferBody, request: Request, caller: Annotated[Caller, Depends(_caller)]
) -> InferAnswer:
    inputs = [Tensor(one.name, one.shape, one.datatype, one.data) for one in body.inputs]
    try:
        async with request.app.state.gate.admitted(caller, model):
            outputs = await request.app.state.models.infer(model, inputs)
    except Limited as error:
        raise HTTPException(429, str(error)) from error
    except Refused as error:
        raise HTTPException(401, str(error)) from error
    return InferAnswer(
        model=model,
        outputs=[TensorBody(name=one.name, shape=one.shape, datatype=one.datatype, data=one.data) for one in outputs],
    )
