"""Somebody who talks GraphQL over HTTP, with a credential or without."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx2

from tests.transport import Transport

ACCEPT = "application/graphql-response+json"
TEXT = '{ infer(model: "text", inputs: [{name: "IN", shape: [1], data: {values: ["a"]}}]) { version } }'

_USAGE = """query ($from: Date!, $to: Date!) { me {
  usage(from: $from, to: $to, byModel: true) { model calls failed units } } }"""
_CREATE = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  __typename
  ... on ApiTokenCreated { token apiToken { id name hint scopes models unitsPerMinute status createdAt expiresAt } }
  ... on UserError { code message } ... on InvalidInput { problems { path code } } ... on LimitReached { limit }
} }"""
_REVOKE = """mutation ($id: ID!) { revokeApiToken(id: $id) {
  __typename ... on ApiTokenRevoked { apiToken { status revokedAt } } ... on UserError { code } } }"""


class AccountClient:
    """Sends operations with one credential, or as an anonymous caller. `async with` closes its own connections."""

    def __init__(self, url: str, credential: str | None = None, *, local_address: str | None = None) -> None:
        headers = {"Accept": ACCEPT} | ({"Authorization": f"Bearer {credential}"} if credential else {})
        # Beyond what any test opens at once, so that no request waits for another one's connection.
        transport = Transport(most=400, local_address=local_address)
        self.http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=300, transport=transport)

    async def post(self, query: str, /, *, headers: Any = None, **variables: Any) -> httpx2.Response:
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def run(self, query: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def get(self, path: str) -> httpx2.Response:
        return await self.http.get(path)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()


def code(response: httpx2.Response) -> str:
    """Of the one error of an answer; `OK` where there is none."""
    found = response.json().get("errors", [])
    assert len(found) <= 1, found
    return str(found[0]["extensions"]["code"]) if found else "OK"


def codes(responses: Iterable[httpx2.Response]) -> dict[tuple[int, str], int]:
    """How many there are of each status and code."""
    return dict(Counter((response.status_code, code(response)) for response in responses))


async def usage(client: AccountClient) -> dict[str | None, tuple[int, int, int]]:
    """Calls, failed and units of each model, of the person who asks, yesterday and today."""
    today = datetime.now(UTC).date()
    days = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}
    points = (await client.run(_USAGE, **days))["me"]["usage"]
    used: Counter[tuple[str | None, str]] = Counter()
    for point in points:
        used.update({(point["model"], name): int(point[name]) for name in ("calls", "failed", "units")})
    models = {model for (model, _), number in used.items() if number}
    return {model: (used[model, "calls"], used[model, "failed"], used[model, "units"]) for model in models}


async def create_token(client: AccountClient, *, name: str = "a", expires_in: str = "P1D", **fields: Any) -> Any:
    """The `ApiTokenCreated`, with `token`, or the refusal."""
    token_input = {"name": name, "expiresIn": expires_in, **fields}
    return (await client.run(_CREATE, input=token_input))["createApiToken"]


async def revoke_token(client: AccountClient, created: Any) -> httpx2.Response:
    return await client.post(_REVOKE, id=created["apiToken"]["id"])
