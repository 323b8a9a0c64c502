"""Operations on jobs."""

from typing import Any

from tests.journey.client import AccountClient
from tests.mails import until

FIELDS = """id state model createdAt startedAt endedAt position units expiresAt error { code message }
  result { model version outputs { name datatype shape values } }"""
CREATE = f"""mutation ($input: JobInput!) {{ createJob(input: $input) {{ __typename
  ... on JobAccepted {{ job {{ {FIELDS} }} }} ... on UserError {{ code message }}
  ... on InvalidInput {{ problems {{ path code }} }} ... on LimitReached {{ limit }} }} }}"""
JOB = f"query ($id: ID!) {{ job(id: $id) {{ {FIELDS} }} }}"
CANCEL = f"""mutation ($id: ID!) {{ cancelJob(id: $id) {{ __typename
  ... on JobCancelled {{ job {{ {FIELDS} }} }} ... on UserError {{ code }} }} }}"""
JOBS = """query ($first: Int! = 50, $after: String, $state: JobState) { me {
  jobs(first: $first, after: $after, state: $state) { totalCount
  pageInfo { hasNextPage endCursor } nodes { id state position } } } }"""


def wanted(number: int, **fields: Any) -> dict[str, Any]:
    """A `JobInput` for the model `held`."""
    tensor = {"name": "IN", "shape": [1], "data": {"values": [number]}}
    return {"model": "held", "inputs": [tensor], **fields}


async def create(client: AccountClient, job: dict[str, Any]) -> Any:
    """What `createJob` returns."""
    return (await client.run(CREATE, input=job))["createJob"]


async def made(client: AccountClient, job: dict[str, Any]) -> str:
    """The id of a job that is accepted."""
    accepted = await create(client, job)
    assert accepted["__typename"] == "JobAccepted", accepted
    return str(accepted["job"]["id"])


async def look(client: AccountClient, job_id: str) -> Any:
    return (await client.run(JOB, id=job_id))["job"]


async def reach(client: AccountClient, job_id: str, *states: str, within: float = 60) -> Any:
    """The job once it is in one of these states."""
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        found.update(await look(client, job_id))
        return found["state"] in states

    # A user may ask 300 times a minute.
    await until(is_there, within=within, every=0.25)
    return found
