"""A service of several processes, seen from outside."""

import re
import time

import httpx2
import psutil

from tests.mails import until
from tests.service import Service
from tests.transport import Transport

SERVES = re.compile(r"Process (\d) \(pid (\d+)\) serves")


def processes(service: Service) -> list[psutil.Process]:
    return psutil.Process(service.pid).children()


def process(service: Service, number: int) -> psutil.Process:
    """The one that has that number now."""
    pids = [int(pid) for found, pid in SERVES.findall(service.log.read_text()) if int(found) == number]
    return psutil.Process(pids[-1])


def times_served(service: Service) -> int:
    """How many processes have begun to serve, since the first start."""
    return len(SERVES.findall(service.log.read_text()))


async def all_serve(service: Service, count: int) -> None:
    await until(lambda: times_served(service) == count)


async def numbers_in(metrics: str) -> list[str]:
    """Of the processes that have answered for their metrics."""
    async with httpx2.AsyncClient(transport=Transport()) as http:
        text = (await http.get(metrics, timeout=60)).text
    return re.findall(r'^process_start_time_seconds\{process="(\d)"\}', text, re.MULTILINE)


def kill(service: Service) -> None:
    """With all its processes."""
    if not service.is_running():
        return
    supervisor = psutil.Process(service.pid)
    # So that it starts no other one meanwhile.
    supervisor.suspend()
    while supervisor.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
        time.sleep(0.001)
    left = processes(service)
    service.kill()
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=60)
