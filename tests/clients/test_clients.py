"""What docs/clients.md says of the schema is so, and its Python examples print what stands below them."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from graphql import GraphQLScalarType, build_schema, extend_schema, is_specified_scalar_type, parse, validate

from local import places
from tests import blocks
from tests.clients import account, page
from tests.local.conftest import ROOT, Run, launch, tiny_models  # noqa: F401 - fixtures

# Relay's own, which it takes out before it sends a document.
OF_CLIENTS = parse("directive @throwOnFieldError on QUERY")
SCHEMA = extend_schema(build_schema((ROOT / "schema.graphql").read_text()), OF_CLIENTS)
TEXT = page.PAGE.read_text()


@pytest.mark.parametrize("document", [document for _, document in page.documents()])
def test_each_document_is_valid(document: str) -> None:
    assert validate(SCHEMA, parse(document)) == []


def test_documents_are_found_in_blocks_of_every_kind() -> None:
    assert {language for language, _ in page.documents()} == {"graphql", "python", "sh", "ts"}


def test_each_scalar_is_described_and_mapped() -> None:
    scalars = {
        name
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
    }
    in_table = set(
        re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|$", TEXT.partition("## Scalars")[2].partition("\n## ")[0], re.M)
    )
    (codegen,) = (block.text for block in page.found() if block.file == "codegen.ts")
    (relay,) = (block.text for block in page.found() if block.file == "relay.config.json")
    (ariadne,) = (block.text for block in page.found() if block.file == "pyproject.toml")

    assert in_table == scalars
    assert set(re.findall(r"^ {10}(\w+): ", codegen, re.M)) == scalars
    assert set(re.findall(r'^ {4}"(\w+)": ', relay, re.M)) == scalars
    # It knows uploads itself.
    assert set(re.findall(r"scalars\.(\w+)\]", ariadne)) == scalars - {"Upload"}


def test_each_one_of_input_is_named() -> None:
    one_of = {name for name, kind in SCHEMA.type_map.items() if getattr(kind, "is_one_of", False)}
    section = TEXT.partition("## One-of inputs")[2].partition("\n## ")[0]

    assert set(re.findall(r"`(\w+Input)`", section)) == one_of


def test_each_code_of_the_table_is_one() -> None:
    codes = set(SCHEMA.type_map["ErrorCode"].values)  # type: ignore[attr-defined]
    named = set(re.findall(r"`([A-Z_]{6,})`", TEXT.partition("## Errors")[2].partition("\n## ")[0]))

    assert len(named) == 7
    assert named <= codes


@pytest.fixture(scope="module")
def run(launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:  # noqa: F811
    started = launch(Path(tmp_path_factory.mktemp("clients")) / "data", models=places.SHIPPED_MODELS)
    started.until(lambda: started.output, within=100)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def token(run: Run) -> str:
    return account.token(run)


@pytest.mark.usefixtures("token")
def test_the_first_block_makes_a_token_each_time_with_which_queries_persist(run: Run, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("The pages' shell blocks need curl.")
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    begin, shown, *_ = page.found()
    _, send, answers = blocks.of(ROOT / "docs" / "persisted-queries.md", section="Requests")

    def typed(commands: str) -> list[str]:
        environ = os.environ | {"PORT": str(run.port)}
        shell = ["sh", "-ec", commands]
        done = subprocess.run(shell, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    (first,) = typed(begin.text)
    time.sleep(1)  # The name of the token has the second.
    second, *seen = typed(begin.text + send.text)

    assert {first[:24], second[:24]} == {shown.text.partition("…")[0]}
    assert first != second
    assert {file.name for file in (tmp_path / "my-client").iterdir()} == {file.name for file in page.FILES}
    assert [re.sub("[0-9a-f]{32}", "…", one) for one in seen] == answers.text.splitlines()


def test_plain_python_says_why_a_field_failed(run: Run, token: str, tmp_path: Path) -> None:
    (example,) = (block.text for block in page.found() if block.file == "plain.py")
    (tmp_path / "letter.png").write_text("not an image")

    environ = os.environ | {"GATEHOUSE_URL": f"http://127.0.0.1:{run.port}/graphql", "GATEHOUSE_TOKEN": token}
    done = subprocess.run(
        [sys.executable, "-"], input=example, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("INVALID_IMAGE ")


@pytest.mark.parametrize("file", ["plain.py", "gql_client.py"])
def test_a_python_example_prints_what_stands_below_it(run: Run, token: str, tmp_path: Path, file: str) -> None:
    found = page.found()
    (at,) = (number for number, block in enumerate(found) if block.file == file)
    # The block between them has the commands.
    example, _, output = found[at : at + 3]
    for needed in page.FILES:
        shutil.copy(needed, tmp_path)

    environ = os.environ | {"GATEHOUSE_URL": f"http://127.0.0.1:{run.port}/graphql", "GATEHOUSE_TOKEN": token}
    done = subprocess.run(
        [sys.executable, "-"], input=example.text, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr, done.stdout) == (0, "", output.text)


def test_the_usage_query_answers(run: Run, token: str) -> None:
    (usage,) = (block for block in blocks.of(page.PAGE, section="Usage and limits") if block.language == "graphql")

    answer = httpx2.post(
        f"http://127.0.0.1:{run.port}/graphql",
        json={"query": usage.text, "variables": {"from": "2026-01-01", "to": "2026-01-03"}},
        headers={"Authorization": f"Bearer {token}"},
    ).json()

    assert "errors" not in answer
    assert answer["data"]["me"]["usage"] == []
    assert {window["name"] for window in answer["data"]["rateLimit"]["windows"]} == {
        *("minute", "day", "token-account-minute"),
    }
