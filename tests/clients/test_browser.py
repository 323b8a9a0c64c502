"""The page of examples/browser in Chromium, on another origin than the API, at the addresses in its files."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from graph.http import origins
from tests.clients import packages
from tests.clients.conftest import fetched
from tests.clients.journeys import LOGIN_REFUSED, PASSWORD, Installation, signed_up

_CHROMIUM = Path(__file__).parent / "chromium"
APP = (packages.EXAMPLES / "browser" / "app.js").read_text()
# The first run fetches packages.
pytestmark = pytest.mark.timeout(600)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(checkout: Path) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(checkout / "examples" / "browser"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    node_modules = fetched(lambda: packages.of_npm(_CHROMIUM))
    (tmp_path / "node_modules").symlink_to(node_modules)
    for file in ("drive.js", "package.json"):
        shutil.copy(_CHROMIUM / file, tmp_path)
    return tmp_path / "drive.js"


async def test_a_person_uses_the_page(driver: Path, site: str, installation: Installation) -> None:
    email = await signed_up(installation)
    variables = {"EMAIL": email, "PASSWORD": PASSWORD, "API": installation.url, "SITE": site}

    shown = _drive(driver, variables | {"IMAGES": str(packages.EXAMPLES)})

    assert shown["refused"] == [LOGIN_REFUSED, "", True]
    assert shown["logged in"] == ["You are logged in.", "", False]
    left = "4 of 14 units left (minute), 9990 of 10000 units left (day)"
    assert shown["read"] == [left, "one.png: Gatehouse Books\ntwo.png: Mill Lane 12", False]
    assert shown["ranked"] == ["1 chunk, 1 unit", "scores: 0,0.70710677\norder: 1,0\n", False]
    assert shown["job"] == ["SUCCEEDED", "scores: 0,0.70710677\norder: 1,0\n", False]
    assert re.fullmatch(r"Too many calls\. Try again in \d+ s\.", shown["limited"][0])
    assert shown["limited"][1:] == ["", False]
    assert shown["revoked"][0].startswith("The credential is not accepted: it has ended, was revoked")
    assert shown["revoked"][1:] == ["", True]
    assert shown["logged in again"] == ["You are logged in.", "", False]
    assert shown["logged out"] == ["You are logged out.", "", True]


def _drive(driver: Path, variables: dict[str, str]) -> Any:
    tools = packages.node()
    environ = os.environ | variables
    done = subprocess.run(
        [tools / "node", driver], cwd=driver.parent, env=environ, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    if "missing" in seen:
        pytest.skip(f"Chromium needs {seen['missing']}: install it with the packages of your system.")
    assert seen["complaints"] == []
    return seen["shown"]


def test_it_sends_and_reads_the_headers_that_another_origin_may() -> None:
    named = set(re.findall(r'headers\["([\w-]+)"\]', APP))
    read = set(re.findall(r'headers\.get\("([\w-]+)"\)', APP))

    assert named == {"Authorization", "Content-Type", "GraphQL-Require-Preflight"} <= set(origins.ACCEPTED)
    assert read == {"Retry-After"} <= set(origins.EXPOSED)
