"""The generated client, with subscriptions by server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
from gatehouse_client import Client, GraphQLClientGraphQLMultiError, GraphQLClientHttpError


class StreamingClient(Client):
    """Sends a subscription by POST like any other operation; ariadne-codegen's own code would open a WebSocket."""

    async def execute_ws(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Raises GraphQLClientHttpError for a refused request, GraphQLClientGraphQLMultiError if the stream breaks."""
        asked = {"query": query, "operationName": operation_name, "variables": self._process_variables(variables)[0]}
        headers = {**(self.headers or {}), "Accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(timeout=60) as http,
            http.stream("POST", self.url, json=asked, headers=headers, **kwargs) as answer,
        ):
            if answer.is_error:
                await answer.aread()
                raise GraphQLClientHttpError(answer.status_code, answer)
            async for line in answer.aiter_lines():
                # Other lines are names of events and heartbeats. The last event has no data.
                if line.startswith("data: "):
                    result = json.loads(line.removeprefix("data: "))
                    if "errors" in result:
                        raise GraphQLClientGraphQLMultiError.from_errors_dicts(result["errors"], result.get("data"))
                    yield result["data"]
