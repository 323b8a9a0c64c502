"""The compose files as the real docker-compose renders them."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker"
DOCKER_COMPOSE = Path(sys.executable).with_name("docker-compose")


@cache
def rendered(*profiles: str, dev: bool = False) -> dict[str, Any]:
    """With what dev.env says and nothing of this machine. Fails at a warning as well."""
    files = ("compose.yaml", "compose.dev.yaml") if dev else ("compose.yaml",)
    ran = run("--env-file", "dev.env", *files_of(*files), *(f"--profile={name}" for name in profiles), "config")
    assert (ran.returncode, ran.stderr) == (0, "")
    return dict(yaml.load(ran.stdout, yaml.CSafeLoader))


def services() -> dict[str, Any]:
    """All of them, rendered."""
    return dict(rendered("*")["services"])


@cache
def names() -> tuple[str, ...]:
    """Of all services, for parameters of tests: to render them takes a quarter of a second, in each worker."""
    return tuple(yaml.load((FOLDER / "compose.yaml").read_text(), yaml.CSafeLoader)["services"])


def files_of(*names: str) -> list[str]:
    return [part for name in names for part in ("-f", name)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DOCKER_COMPOSE, *arguments], cwd=FOLDER, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )


def edge_values() -> dict[str, str]:
    """What nginx's templates are filled with."""
    environment = rendered()["services"]["nginx"]["environment"]
    return {name: value for name, value in environment.items() if name.startswith("EDGE_")}
