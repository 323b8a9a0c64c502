"""Signs up, makes an API token, runs models with it, and revokes it; with gql, which checks documents by the schema."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from gql import Client, FileVar, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

URL = os.environ["GATEHOUSE_URL"]
EMAIL = os.environ["GATEHOUSE_EMAIL"]
PASSWORD = os.environ["GATEHOUSE_PASSWORD"]
IMAGES = Path(__file__).parent.parent
SCHEMA = (IMAGES.parent / "schema.graphql").read_text()

REGISTER = """mutation Register($input: RegisterInput!) {
  register(input: $input) { __typename ... on UserError { code message } }
}"""
VERIFY = """mutation VerifyEmail($code: String!) {
  verifyEmail(code: $code) { __typename ... on UserError { code message } }
}"""
LOGIN = """mutation Login($input: LoginInput!) {
  login(input: $input) { __typename ... on LoggedIn { token } ... on UserError { code message } }
}"""
CREATE = """mutation CreateApiToken($input: CreateApiTokenInput!) {
  createApiToken(input: $input) {
    __typename
    ... on ApiTokenCreated { token apiToken { id } }
    ... on UserError { code message }
  }
}"""
REVOKE = """mutation RevokeApiToken($id: ID!) {
  revokeApiToken(id: $id) { __typename ... on UserError { code message } }
}"""
INFER = """query Infer($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) { outputs { name values } }
}"""
READ = """query ReadText($image: ImageInput!) {
  readText(image: $image) { text }
}"""
STREAM = """subscription Stream($model: String!, $inputs: [TensorInput!]!) {
  infer(model: $model, inputs: $inputs) {
    __typename
    ... on InferenceChunk { index outputs { name } }
    ... on InferenceDone { chunks units }
  }
}"""

CREATE_JOB = """mutation CreateJob($input: JobInput!) {
  createJob(input: $input) { __typename ... on JobAccepted { job { id } } ... on UserError { code message } }
}"""
JOB = """query Job($id: ID!) {
  job(id: $id) { state result { outputs { name values } } error { code message } }
}"""

VECTORS = [
    {"name": "query", "shape": [2], "data": {"values": [1, 0]}},
    {"name": "candidates", "shape": [2, 2], "data": {"values": [[0, 1], [1, 1]]}},
]


class Refused(Exception):
    """A mutation's answer that is a UserError."""


def headers(credential: str | None) -> dict[str, str]:
    authorization = {"Authorization": f"Bearer {credential}"} if credential else {}
    return {"GraphQL-Require-Preflight": "1"} | authorization


def connect(credential: str | None = None) -> Client:
    transport = HTTPXAsyncTransport(URL, headers=headers(credential), timeout=60)
    return Client(transport=transport, schema=SCHEMA, execute_timeout=60)


async def ask(session: AsyncClientSession, document: str, *, upload: bool = False, **variables: Any) -> Any:
    """The value of the document's one field. Raises Refused, and TransportQueryError for all other failures."""
    data = await session.execute(GraphQLRequest(document, variable_values=variables), upload_files=upload)
    (answer,) = data.values()
    if "message" in answer:
        raise Refused(f"{answer['code']}: {answer['message']}")
    return answer


async def read(session: AsyncClientSession, image: Path) -> str:
    upload = FileVar(str(image), content_type="image/png")
    answer = await ask(session, READ, upload=True, image={"upload": upload})
    return f"{image.name}: {answer['text']}"


async def rank(session: AsyncClientSession) -> Any:
    answer = await ask(session, INFER, model="similarity", inputs=VECTORS)
    return {output["name"]: output["values"] for output in answer["outputs"]}["order"]


async def events(token: str, document: str, **variables: Any) -> AsyncIterator[Any]:
    """The values of a subscription's one field, by server-sent events: gql has no transport for them."""
    asked = {"query": document, "variables": variables}
    sent = headers(token) | {"Accept": "text/event-stream"}
    async with httpx.AsyncClient(timeout=60) as http, http.stream("POST", URL, json=asked, headers=sent) as answer:
        if answer.is_error:
            await answer.aread()
            raise TransportQueryError("The request was refused.", errors=answer.json()["errors"])
        async for line in answer.aiter_lines():
            # Other lines are names of events and heartbeats. The last event has no data.
            if line.startswith("data: "):
                result = json.loads(line.removeprefix("data: "))
                if "errors" in result:
                    raise TransportQueryError(result["errors"][0]["message"], errors=result["errors"])
                (value,) = result["data"].values()
                yield value


async def stream(token: str) -> None:
    async for event in events(token, STREAM, model="similarity", inputs=VECTORS):
        if event["__typename"] == "InferenceChunk":
            print(f"chunk {event['index']}: {','.join(output['name'] for output in event['outputs'])}")
        else:
            print(f"end of stream: {event['chunks']} chunk, {event['units']} unit")


async def run_job(session: AsyncClientSession) -> str:
    """The state that a job ends in, and its result. The key makes it safe to send the mutation again."""
    wanted = {"model": "similarity", "inputs": VECTORS, "idempotencyKey": str(uuid4())}
    made = (await ask(session, CREATE_JOB, input=wanted))["job"]
    while (job := await ask(session, JOB, id=made["id"]))["state"] in ("QUEUED", "RUNNING"):
        await asyncio.sleep(1)
    if job["result"] is None:
        return f"{job['state']}: {job['error']}"
    order = {output["name"]: output["values"] for output in job["result"]["outputs"]}["order"]
    return f"{job['state']}, order: {order}"


async def refused(call: Awaitable[object]) -> None:
    """Prints why the service refuses it."""
    try:
        await call
    except Refused as error:
        print(error)
    except TransportQueryError as error:
        print(reason(error))


def reason(error: TransportQueryError) -> str:
    """Why a whole request was refused."""
    assert error.errors
    extensions = error.errors[0]["extensions"]
    if extensions["code"] == "RATE_LIMITED":
        return f"429, try again in {extensions['retryAfterSeconds']} s"
    return str(extensions["code"])


async def main() -> None:
    async with connect() as visitor:
        await ask(visitor, REGISTER, input={"email": EMAIL, "password": PASSWORD})
        await ask(visitor, VERIFY, code=input("Code from the email: "))
        await refused(ask(visitor, LOGIN, input={"email": EMAIL, "password": "a wrong password"}))
        logged_in = await ask(visitor, LOGIN, input={"email": EMAIL, "password": PASSWORD})
    if "token" not in logged_in:
        raise SystemExit("This account has two factors: send the second one with completeLogin.")

    async with connect(logged_in["token"]) as session:
        wanted = {"name": "journey", "expiresIn": "PT1H", "unitsPerMinute": 14}
        created = await ask(session, CREATE, input=wanted)
        async with connect(created["token"]) as program:
            await use(program, created["token"])
            await ask(session, REVOKE, id=created["apiToken"]["id"])
            await refused(rank(program))
            await refused(stream(created["token"]))


async def use(session: AsyncClientSession, token: str) -> None:
    print("order:", await rank(session))
    print(*await asyncio.gather(read(session, IMAGES / "one.png"), read(session, IMAGES / "two.png")), sep="\n")
    await refused(read(session, IMAGES / "one.png"))
    await stream(token)
    print("job:", await run_job(session))


if __name__ == "__main__":
    asyncio.run(main())
