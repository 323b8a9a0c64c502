"""GraphQL over WebSockets, as `graphql-transport-ws` has it: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.

Each operation is admitted, priced, run, refused and logged as if it had come by POST with the same credential.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

import errors
from graph.http import json_bodies
from graph.http.bodies import SMALL
from graph.http.sockets import WebSocket

if TYPE_CHECKING:
    from graph.http.socket_operations import Runner

INIT_SECONDS = 10.0
_MOST_OPERATIONS = 50
_ID_LENGTH = 128
_GOING_AWAY, INTERNAL_ERROR, _TRY_AGAIN_LATER = 1001, 1011, 1013
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, NOT_ACCEPTABLE = 4400, 4401, 4403, 4406
_INIT_TIMEOUT, _SUBSCRIBER_EXISTS, _TOO_MANY_INITS = 4408, 4409, 4429


class _Closing(Exception):
    """The client did what ends the connection, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Session:
    """What one client does on its WebSocket. `runner` runs its operations."""

    def __init__(self, socket: WebSocket, runner: Runner) -> None:
        self._socket = socket
        self._runner = runner
        # From when `connection_init` has come, and from when it was answered.
        self._is_initialised = self._is_acknowledged = False
        self._is_draining = False
        self._running: dict[str, asyncio.Task[None]] = {}
        # Also those that the client has ended, until they have.
        self._tasks: set[asyncio.Task[None]] = set()
        socket.when_draining = self._begin_to_drain

    async def serve(self) -> None:
        """Returns when the client has left, or either side has closed it. All its operations have ended then.

        Raises ClientDisconnect.
        """
        loop = asyncio.get_running_loop()
        timer = loop.call_later(INIT_SECONDS, self._end_without_init)
        try:
            async with aclosing(self._socket.messages()) as messages:
                async for message in messages:
                    await self._take(message)
        except _Closing as closing:
            self._socket.close(closing.code, str(closing))
        except asyncio.CancelledError:
            # The process ends, and its grace period is over.
            self._runner.is_ending = True
            await self._end_running()
            self._socket.close(_GOING_AWAY, "The service is restarting.")
            raise
        finally:
            timer.cancel()
            await self._end_running()

    async def _take(self, message: bytearray) -> None:
        found = await self._read(message)
        match found.get("type"):
            case "connection_init":
                await self._initialise(found)
            case "ping":
                payload = {"payload": found["payload"]} if found.get("payload") is not None else {}
                await self._send({"type": "pong", **payload})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(found, len(message))
            case "complete":
                if (running := self._running.pop(_id(found), None)) is not None:
                    running.cancel()
            case _:
                raise _Closing(_BAD_REQUEST, "The type of a message is not one that clients send.")

    async def _read(self, message: bytearray) -> dict[str, Any]:
        def parse() -> Any:
            return json_bodies.read(message, what="The message")

        try:
            # So much is allowed only once the client has said who it is.
            found = parse() if len(message) <= SMALL else await self._runner.aside(parse, len(message))
        except errors.BadRequest as refusal:
            raise _Closing(_BAD_REQUEST, str(refusal)) from refusal
        except errors.GatehouseError as refusal:
            raise _Closing(code_of(refusal), str(refusal)) from refusal
        if not isinstance(found, dict) or not isinstance(found.get("payload"), dict | None):
            raise _Closing(_BAD_REQUEST, "A message is a JSON object, and so is its payload.")
        return found

    async def _initialise(self, message: Mapping[str, Any]) -> None:
        if self._is_initialised:
            raise _Closing(_TOO_MANY_INITS, "Too many initialisation requests")
        self._is_initialised = True
        try:
            context = await self._runner.identify(message.get("payload") or {})
        except errors.GatehouseError as refusal:
            raise _Closing(code_of(refusal), str(refusal)) from refusal
        self._socket.allow(context.caller.body_bytes, context.body)
        self._is_acknowledged = True
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: Mapping[str, Any], octets: int) -> None:
        name = _id(message)
        if not self._is_acknowledged:
            raise _Closing(_UNAUTHORIZED, "Unauthorized")
        if name in self._running:
            raise _Closing(_SUBSCRIBER_EXISTS, f"Subscriber for {name} already exists")
        payload = message.get("payload")
        if payload is None:
            raise _Closing(_BAD_REQUEST, "A subscribe message needs a payload.")
        if self._is_draining:
            await self._runner.refuse(self._socket, name, errors.ServiceUnavailable())
        elif len(self._running) >= _MOST_OPERATIONS or len(self._tasks) >= 2 * _MOST_OPERATIONS:
            refusal = errors.RateLimited("websocket-operations", timedelta(seconds=1))
            await self._runner.refuse(self._socket, name, refusal)
        else:
            task = asyncio.create_task(self._runner.run(self._socket, name, payload, octets))
            self._running[name] = task
            self._tasks.add(task)
            self._socket.waits_for_client = False
            task.add_done_callback(partial(self._end, name))

    def _end(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # A client may use the id again once it has said that it is complete.
        if self._running.get(name) is task:
            del self._running[name]
        self._socket.waits_for_client = not self._tasks
        if self._is_draining and not self._tasks:
            self._socket.close(_GOING_AWAY, "The service is restarting.")

    def _begin_to_drain(self) -> None:
        self._is_draining = True
        if not self._tasks:
            self._socket.close(_GOING_AWAY, "The service is restarting.")

    def _end_without_init(self) -> None:
        if not self._is_initialised:
            self._socket.close(_INIT_TIMEOUT, "Connection initialisation timeout")

    async def _end_running(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send(orjson.dumps(message))


def _id(message: Mapping[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 1 <= len(found) <= _ID_LENGTH:
        raise _Closing(_BAD_REQUEST, f"The id of an operation is a text of 1 to {_ID_LENGTH} characters.")
    return found


def code_of(refusal: errors.GatehouseError) -> int:
    match refusal:
        case errors.Unauthenticated():
            return _UNAUTHORIZED
        case errors.Forbidden():
            return _FORBIDDEN
        case errors.ServiceUnavailable() | errors.RateLimited():
            return _TRY_AGAIN_LATER
        case _:
            return _BAD_REQUEST
