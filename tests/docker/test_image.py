"""The image, as far as it can be tried where no image can be built: its commands, run in folders of the test's own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker.compose import FOLDER, ROOT

DOCKERFILE = (FOLDER / "Dockerfile").read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")


def instructions(stage):
    """Of the stage of that number, each on one line."""
    text = re.split(r"^FROM ", re.sub(r"\\\n\s*|^#.*\n", "", DOCKERFILE, flags=re.MULTILINE), flags=re.MULTILINE)[stage]
    return [line.split(" ", 1) for line in text.splitlines()[1:] if line]


def environment():
    (text,) = [rest for kind, rest in instructions(2) if kind == "ENV"]
    values = dict(part.split("=", 1) for part in text.split())
    (epoch,) = re.findall(r"SOURCE_DATE_EPOCH=(\d+)", DOCKERFILE.split("ENV")[0])
    # Compiled modules and a cold cache would only make the test slow.
    return {"SOURCE_DATE_EPOCH": epoch, "UV_PYTHON_DOWNLOADS": values["UV_PYTHON_DOWNLOADS"]}


def copy_context(folder):
    """What .dockerignore lets in."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    assert lines[-2:] == ["**/__pycache__", "**/*.pyc"]
    for pattern in lines[1:-2]:
        for path in ROOT.glob(pattern.removeprefix("!")):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy(path, target)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder that is the builder's `/`, after its commands."""
    root = tmp_path_factory.mktemp("image")
    copy_context(root / "source")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "build"], check=True)
    # What the first command fetches is here already, by the same pin.
    (root / "build" / "bin" / "uv").symlink_to(ROOT / ".tools" / "bin" / "uv")
    first, *commands = [rest for kind, rest in instructions(2) if kind == "RUN"]
    assert (
        first
        == "python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt"
    )
    for command in commands:
        there = re.sub(r"(?<![\w.])/(build|opt)\b", rf"{root}/\1", command).replace(
            "/usr/local/bin/python", shlex.quote(sys.executable)
        )
        run_with_cache(there, root / "source")
    return root


def run_with_cache(command, folder):
    """By what uv has kept, where it has kept it all: tests need no network."""
    for offline in ("1", "0"):
        ran = subprocess.run(
            ["sh", "-ec", command],
            cwd=folder,
            # The second try makes the environment that the first one has left behind anew.
            env={**os.environ, **environment(), "UV_OFFLINE": offline, "UV_VENV_CLEAR": "1"},
            capture_output=True,
            text=True,
        )
        if ran.returncode == 0:
            return
    raise AssertionError(ran.stderr)


def test_what_a_first_try_without_the_network_has_left_does_not_stop_the_second(tmp_path):
    uv, python = (shlex.quote(str(path)) for path in (ROOT / ".tools" / "bin" / "uv", sys.executable))

    run_with_cache(f"{uv} venv --python {python} made && touch made/$UV_OFFLINE && test $UV_OFFLINE = 0", tmp_path)

    assert [(tmp_path / "made" / offline).exists() for offline in ("1", "0")] == [False, True]


@pytest.mark.parametrize("name", ["Dockerfile", "triton.Dockerfile"])
def test_hadolint_finds_nothing(name):
    found = subprocess.run([HADOLINT, "--no-color", FOLDER / name], capture_output=True, text=True)

    assert (found.returncode, found.stdout) == (0, "")


def test_its_commands_install_what_runs_and_nothing_to_build_with(built, tmp_path):
    installed, nowhere = built / "opt" / "gatehouse", tmp_path / "nowhere"
    nowhere.mkdir()
    before = sorted(installed.rglob("*"))
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(nowhere), "PYTHONDONTWRITEBYTECODE": "1"}

    answers = [
        subprocess.run(
            [installed / "bin" / "gatehouse", *arguments], cwd=nowhere, env=environ, capture_output=True, text=True
        )
        for arguments in (["--help"], ["schema"])
    ]

    assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * 2
    assert "gatehouse" in answers[0].stdout
    assert answers[1].stdout == (ROOT / "schema.graphql").read_text()
    # A read-only file system would do.
    assert (sorted(installed.rglob("*")), list(nowhere.iterdir())) == (before, [])
    assert {path.name for path in installed.glob("bin/pip*")} == set()
    assert list(installed.glob("lib/*/site-packages/setuptools*")) == []
    licences = installed.glob("lib/*/site-packages/gatehouse-*.dist-info/licenses/*")
    assert {path.name for path in licences} == {"LICENSE", "NOTICE"}


def test_the_same_sources_make_the_same_wheel(built):
    (wheel,) = (built / "build" / "wheel").glob("*.whl")
    for path in (built / "source").rglob("*"):
        os.utime(path, (1, 1))
    shutil.rmtree(built / "source" / "build")

    again = next(rest for kind, rest in instructions(2) if "uv build" in rest).split(" && ")[0]
    run_with_cache(re.sub("/build(?=/| )", f"{built}/build", again).replace("/build/wheel", "/again"), built / "source")

    (other,) = (built / "again").glob("*.whl")
    assert other.read_bytes() == wheel.read_bytes()


def test_it_runs_as_an_unprivileged_user_and_has_a_health_check():
    runtime = instructions(3)

    assert [rest for kind, rest in runtime if kind == "USER"] == ["10001:10001"]
    assert [rest for kind, rest in runtime if kind == "ENTRYPOINT"] == ['["/usr/local/bin/entrypoint.sh"]']
    assert [rest for kind, rest in runtime if kind == "CMD"] == ['["gatehouse", "serve", "--host", "0.0.0.0"]']
    (health,) = [rest for kind, rest in runtime if kind == "HEALTHCHECK"]
    assert health.endswith('CMD ["healthcheck.py", "http://127.0.0.1:8000/healthz"]')


@pytest.mark.parametrize(("path", "status"), [("/healthz", 0), ("/nowhere", 1)])
def test_the_health_check_tells_by_its_status(service, path, status):
    asked = subprocess.run([sys.executable, "-IS", FOLDER / "healthcheck.py", service.url + path])

    assert asked.returncode == status
