"""README.md as a newcomer follows it: its blocks are run as they are written, and answer what stands below them."""

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local import paths, ports
from tests import blocks
from tests.local.conftest import ROOT, Run
from tests.ports import share

README = ROOT / "README.md"
# They depend on how often the blocks were run.
COUNTERS = frozenset({"used", "remaining", "calls", "units"})
LOGIN = """mutation { login(input: {email: "ada@example.com", password: "correct horse battery staple"}) {
  ... on LoggedIn { token } } }"""


@pytest.fixture(scope="module")
def run(launch: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """`make run` with the models that come with it."""
    started = launch(Path(tmp_path_factory.mktemp("readme")) / "data", models=paths.SHIPPED_MODELS)
    started.until(lambda: started.output, within=100)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the blocks use of a checkout, and nothing else."""
    made = Path(tmp_path_factory.mktemp("checkout"))
    for name in (".venv", "docs"):
        (made / name).symlink_to(ROOT / name)
    return made


@pytest.fixture(scope="module")
def first(run: Run, folder: Path) -> list[str]:
    """What the shell blocks print the first time; they make the account that the other blocks use."""
    if shutil.which("curl") is None:
        pytest.skip("README's shell blocks need curl.")
    return in_folder(folder, run, "bash", typed=script())


def in_folder(folder: Path, run: Run, *command: str, typed: str) -> list[str]:
    """The lines that the command prints."""
    done = ended(folder, run.port, run.data, *command, typed=typed)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def ended(folder: Path, port: int, data: Path, *command: str, typed: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"PORT": str(port), "DATA_DIR": str(data)}
    return subprocess.run(command, input=typed, cwd=folder, env=environ, capture_output=True, text=True, timeout=90)


def script() -> str:
    """All shell blocks in order, but for those that start something with make."""
    return "".join(block.text for block in blocks.of(README) if block.language == "sh" and block.text[:5] != "make ")


def written() -> list[Any]:
    """The answers below the shell blocks."""
    section = blocks.of(README, section="Sign up and read an image")
    return [json.loads(line) for block in section if block.language == "json" for line in block.text.splitlines()]


def differences(lines: list[str], expected: list[Any], *, counted: bool = True) -> list[tuple[Any, Any]]:
    pairs = zip(map(json.loads, lines), expected, strict=True)
    return [(seen, text) for seen, text in pairs if not is_as_written(seen, text, counted=counted)]


def is_as_written(seen: Any, text: Any, name: str = "", *, counted: bool = True) -> bool:
    """Whether they are the same but for what differs each time: ids, the ends of tokens, counters if not counted."""
    match text:
        case dict():
            return seen.keys() == text.keys() and all(
                is_as_written(seen[key], text[key], key, counted=counted) for key in text
            )
        case list():
            return len(seen) == len(text) and all(
                is_as_written(one, other, counted=counted) for one, other in zip(seen, text, strict=True)
            )
        case str() if name == "requestId":
            return bool(re.fullmatch("[0-9a-f]{32}", seen))
        case str() if text.endswith("…"):
            return bool(seen.startswith(text[:-1])) and len(seen) > len(text)
        case int() if name in COUNTERS and not counted:
            return type(seen) is int
        case _:
            return bool(seen == text)


def test_the_shell_blocks_are_one_script(first: list[str]) -> None:
    expected = written()

    assert differences(first[: len(expected)], expected) == []
    # Those of `gatehouse doctor`, which is last.
    assert first[len(expected) :]
    assert all(line.startswith(("ok ", "warn ")) for line in first[len(expected) :])


@pytest.mark.usefixtures("first")
def test_the_script_can_be_run_again_and_by_sh(run: Run, folder: Path) -> None:
    expected = written()

    again = in_folder(folder, run, "sh", typed=script())[: len(expected)]

    # The address is verified already, as the page says.
    assert json.loads(again.pop(1))["data"]["verifyEmail"]["__typename"] == "CodeRefused"
    # The first run ended with a call by a revoked API token. It has no model, and refusals are not selected.
    (usage,) = [answer["data"]["me"]["usage"] for answer in expected if "usage" in answer.get("data", {}).get("me", {})]
    usage.insert(0, {"model": None, "calls": 0, "failed": 0, "units": 0})
    assert differences(again, [*expected[:1], *expected[2:]], counted=False) == []


@pytest.mark.usefixtures("first")
def test_the_python_block_prints_what_stands_below_it(run: Run, folder: Path) -> None:
    python, output = blocks.of(README, section="The same with Python")

    lines = in_folder(folder, run, ".venv/bin/python", "-", typed=python.text)

    assert [lines[0], *lines[2:]] == [line for line in output.text.splitlines() if "remaining" not in line]
    assert is_as_written(ast.literal_eval(lines[1]), ast.literal_eval(output.text.splitlines()[1]), counted=False)


@pytest.mark.usefixtures("first")
def test_the_query_gives_the_answer_below_it(run: Run) -> None:
    url = f"http://127.0.0.1:{run.port}/graphql"
    token = httpx2.post(url, json={"query": LOGIN}).json()["data"]["login"]["token"]
    query, answer = blocks.of(README, section="Run any model")

    seen = httpx2.post(url, json={"query": query.text}, headers={"Authorization": f"Bearer {token}"}).json()

    assert (query.language, answer.language) == ("graphql", "json")
    assert seen == json.loads(answer.text)


def test_without_a_run_the_blocks_end_and_say_so(folder: Path, tmp_path: Path) -> None:
    register, _, wait, *_ = blocks.of(README, section="Sign up and read an image")
    python, _ = blocks.of(README, section="The same with Python")
    port, data = ports.choose(tmp_path, share(range(12_000, 20_000))), tmp_path / "data"

    shell = ended(folder, port, data, "sh", typed=f"sleep() {{ :; }}\n{register.text}{wait.text}")
    program = ended(folder, port, data, ".venv/bin/python", "-", typed=python.text)

    assert shell.stderr.count(f"port {port}") == 2
    assert f"No email came to {data}/mail: is make run still on?\n" in shell.stderr
    assert program.returncode == 1
    assert program.stderr.startswith(f"Nothing answers at http://127.0.0.1:{port}/graphql. ")
    assert program.stderr.count("\n") == 1


@pytest.mark.usefixtures("first")
def test_a_token_that_was_not_revoked_is_not_in_the_way(run: Run, folder: Path) -> None:
    until_token, _, _ = script().partition('curl -sS "$URL" \\\n')

    twice = [in_folder(folder, run, "sh", typed=until_token)[-1] for _ in range(2)]

    assert [list(json.loads(one)["data"]["createApiToken"]) for one in twice] == [["token", "apiToken"]] * 2


def test_no_block_is_left_out() -> None:
    kinds = [block.language for block in blocks.of(README)]

    assert set(kinds) == {"", "graphql", "json", "mermaid", "python", "sh"}
    assert (kinds.count("python"), kinds.count("graphql")) == (1, 1)
    # What make starts is tried by the other tests here.
    made = [block.text for block in blocks.of(README) if block.text[:5] == "make "]
    assert made
    assert [text for text in made if not text.startswith("make run")] == []
