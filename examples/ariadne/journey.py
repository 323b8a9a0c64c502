"""Signs up, makes an API token, runs models with it, and revokes it; with the client that ariadne-codegen generates."""

import asyncio
import os
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable
from uuid import uuid4

import httpx
from gatehouse_client import (
    Client,
    CreateApiTokenCreateApiTokenApiTokenCreated,
    CreateApiTokenInput,
    CreateJobCreateJobJobAccepted,
    ErrorCode,
    GraphQLClientHttpError,
    ImageInput,
    JobInput,
    JobState,
    LoginInput,
    LoginLoginLoggedIn,
    LoginLoginSecondFactorNeeded,
    RegisterInput,
    RegisterRegisteredMailAccepted,
    RevokeApiTokenRevokeApiTokenApiTokenRevoked,
    StreamInferInferenceChunk,
    StreamInferInferenceDone,
    TensorDataInput,
    TensorInput,
    Upload,
    VerifyEmailVerifyEmailEmailVerified,
)
from streams import StreamingClient

URL = os.environ["GATEHOUSE_URL"]
EMAIL = os.environ["GATEHOUSE_EMAIL"]
PASSWORD = os.environ["GATEHOUSE_PASSWORD"]
IMAGES = Path(__file__).parent.parent
# Seconds for a call of a model. The client would give up after 5.
LONGEST = 60
VECTORS = [
    TensorInput(name="query", shape=[2], data=TensorDataInput(values=[1, 0])),
    TensorInput(name="candidates", shape=[2, 2], data=TensorDataInput(values=[[0, 1], [1, 1]])),
]

Success = TypeVar("Success")


@runtime_checkable
class UserError(Protocol):
    """What all refusals of mutations have."""

    code: ErrorCode
    message: str


class Refused(Exception):
    def __init__(self, error: UserError) -> None:
        super().__init__(f"{error.code.value}: {error.message}")


def success(answer: Success | UserError | None, kind: type[Success]) -> Success:
    """Raises Refused for each other member of the mutation's union."""
    if isinstance(answer, kind):
        return answer
    # It is never null: that comes with errors, which the client raises.
    assert isinstance(answer, UserError)
    raise Refused(answer)


def connect(credential: str | None = None) -> StreamingClient:
    headers = {"GraphQL-Require-Preflight": "1"}
    if credential:
        headers["Authorization"] = f"Bearer {credential}"
    return StreamingClient(URL, headers=headers)


async def sign_up() -> None:
    async with connect() as client:
        answer = await client.register(RegisterInput(email=EMAIL, password=PASSWORD))
        success(answer.registered, RegisterRegisteredMailAccepted)
        code = input("Code from the email: ")
        verified = await client.verify_email(code)
        success(verified.verify_email, VerifyEmailVerifyEmailEmailVerified)


async def log_in(password: str) -> str:
    """A session, which manages the account."""
    async with connect() as client:
        answer = (await client.login(LoginInput(email=EMAIL, password=password))).login
    if isinstance(answer, LoginLoginSecondFactorNeeded):
        raise SystemExit("This account has two factors: send the second one with completeLogin.")
    token = success(answer, LoginLoginLoggedIn).token
    assert token is not None  # null only with `cookie: true`
    return token


async def create_token(session: Client) -> CreateApiTokenCreateApiTokenApiTokenCreated:
    # Named as in the schema: type checkers know no other name.
    wanted = CreateApiTokenInput(name="journey", expiresIn=timedelta(hours=1), unitsPerMinute=14)
    answer = await session.create_api_token(wanted)
    return success(answer.create_api_token, CreateApiTokenCreateApiTokenApiTokenCreated)


async def rank(client: Client) -> object:
    answer = (await client.infer("similarity", VECTORS, timeout=LONGEST)).infer
    return answer and {output.name: output.values for output in answer.outputs}["order"]


async def read(client: Client, image: Path) -> str:
    with image.open("rb") as file:
        upload = Upload(image.name, file, "image/png")
        answer = await client.read_text(ImageInput(upload=upload), timeout=LONGEST)
    return f"{image.name}: {answer.read_text and answer.read_text.text}"


async def stream(client: Client) -> None:
    async for event in client.stream("similarity", VECTORS):
        match event.infer:
            case StreamInferInferenceChunk(index=index, outputs=outputs):
                print(f"chunk {index}: {','.join(output.name for output in outputs)}")
            case StreamInferInferenceDone(chunks=chunks, units=units):
                print(f"end of stream: {chunks} chunk, {units} unit")


async def run_job(client: Client) -> str:
    """The state that a job ends in, and its result. The key makes it safe to send the mutation again."""
    wanted = JobInput(model="similarity", inputs=VECTORS, idempotencyKey=str(uuid4()))
    made = success((await client.create_job(wanted)).create_job, CreateJobCreateJobJobAccepted)
    while (job := (await client.job(made.job.id)).job) and job.state in (JobState.QUEUED, JobState.RUNNING):
        await asyncio.sleep(1)
    if job is None or job.result is None:
        return f"{job and job.state.value}: {job and job.error}"
    order = {output.name: output.values for output in job.result.outputs}["order"]
    return f"{job.state.value}, order: {order}"


def reason(error: GraphQLClientHttpError) -> str:
    """Why a whole request was refused."""
    assert isinstance(error.response, httpx.Response)
    if error.status_code == 429:
        return f"429, try again in {error.response.headers['Retry-After']} s"
    return str(error.response.json()["errors"][0]["extensions"]["code"])


async def refused(call: Awaitable[object]) -> None:
    """Prints why the service refuses it."""
    try:
        await call
    except Refused as error:
        print(error)
    except GraphQLClientHttpError as error:
        print(reason(error))


async def main() -> None:
    await sign_up()
    await refused(log_in("a wrong password"))
    async with connect(await log_in(PASSWORD)) as session:
        created = await create_token(session)
        async with connect(created.token) as client:
            await use(client)
            revoked = await session.revoke_api_token(created.api_token.id)
            success(revoked.revoke_api_token, RevokeApiTokenRevokeApiTokenApiTokenRevoked)
            await refused(rank(client))
            await refused(stream(client))


async def use(client: Client) -> None:
    print("order:", await rank(client))
    print(*await asyncio.gather(read(client, IMAGES / "one.png"), read(client, IMAGES / "two.png")), sep="\n")
    await refused(read(client, IMAGES / "one.png"))
    await stream(client)
    print("job:", await run_job(client))


if __name__ == "__main__":
    asyncio.run(main())
