"""Deliveries in this process, over a database of their own."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from email_templates import delivery
from email_templates.delivery import Delivery
from settings import Settings


@pytest.fixture
async def database(migrated):
    connection = await asyncpg.connect(migrated)
    yield connection
    await connection.close()


@pytest.fixture
def settings(worker_settings, migrated):
    return Settings.from_environ(worker_settings)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(delivery, "FIRST_PAUSE", timedelta(seconds=0.1))


@pytest.fixture
async def deliver(worker_settings, migrated):
    """Starts a delivery over the SMTP server at a URL, in this process."""
    running = []

    def start(url):
        one = Delivery(Settings.from_environ(worker_settings | {"GATEHOUSE_SMTP_URL": url}))
        running.append((one, asyncio.create_task(one.run())))
        return one

    yield start
    for one, task in running:
        one.stop()
        async with asyncio.timeout(60):
            await task
