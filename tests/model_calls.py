"""Calls of models that a service has in flight, as its metrics show them."""

import asyncio
import re
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

import httpx2

from tests import ports
from tests.mails import until
from tests.service import TLS, Service


def address() -> str:
    """For the setting METRICS_ADDRESS of a service."""
    return f"127.0.0.1:{ports.free()}"


async def begun(service: Service, *asked: Coroutine[Any, Any, Any], each: int = 1) -> list[asyncio.Task[Any]]:
    """These requests as tasks, once all are in flight to Triton or have ended. Each calls models so many times."""
    await until(partial(_is_idle, service))
    requests = [asyncio.create_task(one) for one in asked]
    await until(partial(_have_begun, service, requests, each))
    return requests


async def running(service: Service) -> float:
    return await metric(service, "gatehouse_triton_running")


async def metric(service: Service, name: str) -> float:
    """The sum over all labels."""
    async with httpx2.AsyncClient(verify=TLS, timeout=60) as http:
        answer = await http.get(f"http://{service.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")
    return sum(map(float, re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", answer.text, re.MULTILINE)))


async def _is_idle(service: Service) -> bool:
    return await running(service) == 0


async def _have_begun(service: Service, requests: Sequence[asyncio.Task[Any]], each: int) -> bool:
    left = sum(not request.done() for request in requests)
    return await running(service) >= left * each
