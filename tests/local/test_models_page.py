"""docs/models.md: its models are written, made, served and called as it says."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import graphql
import httpx2
import pytest

from tests import blocks
from tests.local.conftest import ROOT, Run

PAGE = ROOT / "docs" / "models.md"
SECTIONS = ("A model from nothing", "An ONNX model", "A model that streams")
BLOCKS = [block for section in SECTIONS for block in blocks.of(PAGE, section=section)]
CALLS = [(call.text, answer.text) for call, answer in pairwise(BLOCKS) if call.language == "graphql"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout, so that nothing is written into that."""
    folder = Path(tmp_path_factory.mktemp("checkout"))
    for entry in ROOT.iterdir():
        if entry.name not in (".local", "my_models"):
            (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture(scope="module")
def run(checkout: Path, launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    (serve,) = [block.text for block in BLOCKS if block.text.startswith("make ")]
    for block in BLOCKS:
        if block.text.startswith("# my_models/"):
            (checkout / block.text.partition("\n")[0].removeprefix("# ")).write_text(block.text)
        elif block.language == "sh" and not block.text.startswith(("make ", "curl ")):
            typed(block.text, checkout)
    data = Path(tmp_path_factory.mktemp("page")) / "data"
    started = launch(data, command=shlex.split(serve), folder=checkout, GATEHOUSE_VISITOR_INFERENCE="true")
    yield started.until_ready()
    started.stop()


def typed(commands: str, folder: Path, **variables: str) -> str:
    """What the commands print, typed in the folder."""
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env=os.environ | variables, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("call", "answer"), CALLS, ids=["doubler", "classifier"])
def test_a_call_of_the_page_gets_the_answer_of_the_page(run: Run, call: str, answer: str) -> None:
    got = httpx2.post(f"http://127.0.0.1:{run.port}/graphql", json={"query": call}, timeout=30)

    assert got.text == answer.strip()


def test_the_stream_of_the_page_brings_the_events_of_the_page(run: Run) -> None:
    ((call, events),) = [(call.text, events.text) for call, events in pairwise(BLOCKS) if call.text.startswith("curl ")]
    (body,) = re.findall("-d '(.*)'$", call, re.MULTILINE)
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}

    got = httpx2.post(f"http://127.0.0.1:{run.port}/graphql", content=body, headers=headers, timeout=30)

    # Comments are heartbeats.
    assert re.sub(r"^:.*\n\n", "", got.text, flags=re.MULTILINE).strip() == events.strip()


def test_the_shipped_models_stay_beside_those_of_the_page(run: Run) -> None:
    query = "{ models { nodes { name ready } } }"
    answer = httpx2.post(f"http://127.0.0.1:{run.port}/graphql", json={"query": query}, timeout=30)

    assert answer.json()["data"]["models"]["nodes"] == [
        {"name": name, "ready": True} for name in ("classifier", "counter", "doubler", "similarity", "text_reader")
    ]


def test_the_schema_of_the_run_has_the_fields_of_the_page(run: Run, checkout: Path) -> None:
    (export,) = [block.text for block in blocks.of(PAGE, section="Typed fields")]

    assert typed(export, checkout, DATA_DIR=str(run.data)) == ""

    types = graphql.build_schema((checkout / "my_models" / "schema.graphql").read_text()).type_map
    assert {"doubler", "classifier", "similarity"} <= set(types["TypedModels"].fields)  # type: ignore[attr-defined]
