"""The release has one number, which pyproject.toml states: everything else that names it agrees."""

import re
import tomllib
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tests import forked

ROOT = Path(__file__).parent.parent
RELEASE = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def headings():
    return re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_installed_package_has_it():
    assert version("gatehouse") == RELEASE


async def test_service_returns_it(visitor):
    answer = await visitor.post("{ service { version } }")

    assert answer.json() == {"data": {"service": {"version": RELEASE}}}


def test_the_command_line_prints_it():
    ended = forked.run("--version", environ={})

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"gatehouse {RELEASE}\n", "")


def test_it_is_the_newest_in_the_changelog_below_what_is_not_released():
    unreleased, newest, *_ = headings()

    assert unreleased == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(RELEASE)}\] - \d{{4}}-\d\d-\d\d", newest)


def test_releases_in_the_changelog_stand_newest_first():
    dates = [date.fromisoformat(heading.split(" - ")[1]) for heading in headings()[1:]]

    assert dates == sorted(dates, reverse=True)
