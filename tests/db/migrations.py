"""Databases for the tests of migrations, and the files of the migrations."""

import shutil

import asyncpg
import pytest

from db import migrate
from settings import Settings
from tests.environ import environ


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The migrations, copied so that a test may add some."""
    copy = shutil.copytree(migrate.FOLDER, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "FOLDER", copy)
    return copy / "models"


def settings(database_url):
    return Settings.from_environ(environ(DATABASE_URL=database_url))


async def rows(database_url, query):
    database = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await database.fetch(query)]
    finally:
        await database.close()
