"""What docs/clients.md says of the schema and of the examples is so, and its commands print what stands below them."""

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from functools import cache
from pathlib import Path

import httpx2
import pytest
from graphql import GraphQLScalarType, GraphQLSchema, build_schema, is_specified_scalar_type, parse, validate

from tests import blocks
from tests.clients import packages, page
from tests.clients.conftest import copied, fetched
from tests.clients.journeys import EXAMPLES_PRINT, PASSWORD, Installation, all_done, run, signed_up

ROOT = page.PAGE.parents[1]
TEXT = page.PAGE.read_text()
SETTING, *EXAMPLES = [block for block in blocks.of(page.PAGE, section="Run an example") if block.language == "sh"]
TOKEN, _ = blocks.of(page.PAGE, section="Requests by hand")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="The page's shell blocks need curl.")


@pytest.mark.parametrize("document", [document for _, document in page.documents()])
def test_each_document_is_valid(document: str) -> None:
    assert validate(_schema(), parse(document)) == []


def test_documents_are_found_in_all_places() -> None:
    found = Counter(place for place, _ in page.documents())

    assert found == {"clients.md": 4, "gql/journey.py": 10, "browser/app.js": 7, "operations.graphql": 1}


def test_each_scalar_is_described_and_mapped() -> None:
    scalars = {
        name
        for name, kind in _schema().type_map.items()
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
    }
    table = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|$", _section("Scalars"), re.M)
    codegen = (page.EXAMPLES / "typescript" / "codegen.ts").read_text()
    ariadne = (page.EXAMPLES / "ariadne" / "pyproject.toml").read_text()

    assert set(table) == scalars
    assert set(re.findall(r"^ {10}(\w+): ", codegen, re.M)) == scalars
    # It knows uploads itself.
    assert set(re.findall(r"scalars\.(\w+)\]", ariadne)) == scalars - {"Upload"}


def test_each_one_of_input_is_named() -> None:
    one_of = {name for name, kind in _schema().type_map.items() if getattr(kind, "is_one_of", False)}

    assert set(re.findall(r"`(\w+Input)`", _section("One-of inputs"))) == one_of


def test_each_code_of_the_table_is_one() -> None:
    codes = set(_schema().type_map["ErrorCode"].values)  # type: ignore[attr-defined]
    named = set(re.findall(r"`([A-Z_]{6,})`", _section("Errors")))

    assert len(named) == 7
    assert named <= codes


def test_the_page_shows_what_the_examples_print() -> None:
    (shown,) = [block.text for block in blocks.of(page.PAGE, section="Run an example") if block.language == ""]

    assert re.sub(r"\d+ s$", "N s", shown, flags=re.M).splitlines() == EXAMPLES_PRINT
    # All versions that the page names are those that are pinned.
    assert "ariadne-codegen==0.19." in (page.EXAMPLES / "ariadne" / "requirements.txt").read_text()
    assert "gql==4.4." in (page.EXAMPLES / "gql" / "requirements.txt").read_text()
    assert '"@urql/core": "6.' in (page.EXAMPLES / "typescript" / "package.json").read_text()


@pytest.mark.skipif("FOLLOW_CLIENTS_PAGE" not in os.environ, reason="`make clients` installs as the page says.")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("commands", [block.text for block in EXAMPLES])
async def test_the_commands_of_an_example_go_the_whole_way(
    commands: str, tmp_path: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{fetched(packages.node)}:{os.environ['PATH']}")
    (folder,) = re.findall(r"^cd (examples/\w+)$", commands, re.M)

    journey = await run(["sh", "-ec", commands], copied(tmp_path), installation, within=600)

    assert (tmp_path / folder).is_dir()
    await all_done(journey, installation)


@pytest.fixture(scope="module")
async def ada(installation: Installation) -> str:
    """The account of the README."""
    return await signed_up(installation, "ada@example.com")


async def _typed(commands: str, installation: Installation) -> list[str]:
    """The lines that the commands print, in the folder of Gatehouse."""
    environ = os.environ | {"PORT": installation.port}
    shell = ["sh", "-ec", commands]
    done = await asyncio.to_thread(
        subprocess.run, shell, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


async def _next_second() -> None:
    """The name of each token that the page makes has the second, and the tests here use one account."""
    await asyncio.sleep(1 - time.time() % 1)


@needs_curl
@pytest.mark.usefixtures("ada")
async def test_the_block_makes_a_token_each_time_with_which_a_file_is_sent_and_queries_persist(
    installation: Installation,
) -> None:
    upload, answer = blocks.of(page.PAGE, section="Uploads")
    _, persist, answers = blocks.of(ROOT / "docs" / "persisted-queries.md", section="Requests")

    await _next_second()
    (first,) = await _typed(TOKEN.text, installation)
    await _next_second()
    second, sent, *seen = await _typed(TOKEN.text + upload.text + persist.text, installation)

    assert {first[:24], second[:24]} == {"gth_eyJhbGciOiJFZDI1NTE5"}
    assert first != second
    assert sent == answer.text.strip()
    assert [re.sub("[0-9a-f]{32}", "…", one) for one in seen] == answers.text.splitlines()


@needs_curl
@pytest.mark.usefixtures("ada")
async def test_the_first_stream_and_the_first_job_answer_as_their_pages_say(installation: Installation) -> None:
    stream, events, *_ = blocks.of(ROOT / "docs" / "streams.md", section="A first stream")
    _, create, created, read, done, *_ = blocks.of(ROOT / "docs" / "jobs.md")
    has_ended = "case $SEEN in *QUEUED*|*RUNNING*) sleep 0.3;; *) break;; esac"
    until = f'for TRY in $(seq 100); do SEEN=$({read.text}); {has_ended}; done; echo "$SEEN"\n'

    await _next_second()
    commands = f"{TOKEN.text}{stream.text}echo end of the stream\n{create.text}{until}"
    _, *streamed, end, made, ended = await _typed(commands, installation)

    assert end == "end of the stream"
    # A comment is a heartbeat.
    assert "\n".join(streamed).replace(":\n\n", "").strip() == events.text.strip()
    assert re.sub('"id":"[^"]+"', "", made) == re.sub('"id":"[^"]+"', "", created.text.strip())
    assert ended == done.text.strip()


async def test_the_usage_query_answers(installation: Installation) -> None:
    (usage,) = blocks.of(page.PAGE, section="Usage and limits")
    email = await signed_up(installation)
    login = "mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn { token } } }"

    async with httpx2.AsyncClient(timeout=60) as http:
        who = {"query": login, "variables": {"input": {"email": email, "password": PASSWORD}}}
        token = (await http.post(installation.url, json=who)).json()["data"]["login"]["token"]
        asked = {"query": usage.text, "variables": {"from": "2026-01-01", "to": "2026-01-03"}}
        answer = (await http.post(installation.url, json=asked, headers={"Authorization": f"Bearer {token}"})).json()

    assert "errors" not in answer
    assert answer["data"]["me"]["usage"] == []
    assert {window["name"] for window in answer["data"]["rateLimit"]["windows"]} == {
        *("minute", "day", "account-minute"),
    }


def test_no_block_is_left_out() -> None:
    kinds = Counter(block.language for block in blocks.of(page.PAGE))

    assert kinds == {"sh": 6, "": 2, "json": 1, "graphql": 1}


def _section(name: str) -> str:
    return TEXT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@cache
def _schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())
