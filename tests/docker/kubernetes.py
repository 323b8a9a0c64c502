"""The manifests of `docker/kubernetes/` as the real Kustomize renders them, which is in kubectl."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients import packages

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker" / "kubernetes"
OVERLAYS = ("one-box", "production")
_TOOLS = ROOT / ".kubernetes-tools"
KUBECTL = _TOOLS / "kubectl"
VALIDATE = _TOOLS / "bin" / "kubernetes-validate"
VERSION = "1.37"
# Their schemas come with the Gateway API and not with Kubernetes: see `gateway/`.
WITHOUT_SCHEMA = {"Gateway", "HTTPRoute"}
_GATEWAY = Path(__file__).parent / "gateway"

needed = pytest.mark.skipif(not KUBECTL.exists(), reason="there is no kubectl: `sh .ci/kubernetes-tools` gets one")

Manifest = dict[str, Any]


@cache
def text(overlay: str) -> str:
    command = [str(KUBECTL), "kustomize", str(FOLDER / "overlays" / overlay)]
    ran = subprocess.run(command, env={}, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@cache
def manifests(overlay: str) -> tuple[Manifest, ...]:
    return tuple(yaml.safe_load_all(text(overlay)))


def of_kind(overlay: str, *kinds: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests(overlay) if one["kind"] in kinds}


def pods(overlay: str) -> dict[str, Manifest]:
    """By the name of what starts them: labels and `spec` of each."""
    return {name: one["spec"]["template"] for name, one in of_kind(overlay, "Deployment", "StatefulSet", "Job").items()}


def containers(pod: Manifest) -> Iterator[Manifest]:
    yield from pod["spec"].get("initContainers", ())
    yield from pod["spec"]["containers"]


def settings(overlay: str) -> dict[str, str]:
    (found,) = (one["data"] for name, one in of_kind(overlay, "ConfigMap").items() if name.startswith("settings-"))
    return dict(found)


def write_of_gateway_api(overlay: str, file: Path) -> list[str]:
    """Writes the manifests of the Gateway API, and returns the command that validates them. It says nothing if all is
    well. Raises NotInstalled."""
    file.write_text(json.dumps([one for one in manifests(overlay) if one["kind"] in WITHOUT_SCHEMA]))
    return [str(packages.node() / "node"), str(_GATEWAY / "validate.js"), str(packages.of_npm(_GATEWAY)), str(file)]


def complaints(overlay: str, file: Path) -> list[str]:
    """What kubernetes-validate finds wrong, and each kind whose schema it lacks."""
    file.write_text(text(overlay))
    command = [str(VALIDATE), "--strict", "--quiet", "-k", VERSION, str(file)]
    said = subprocess.run(command, capture_output=True, text=True)
    lines = (said.stdout + said.stderr).splitlines()
    known = [f"Couldn't find schema for kind {kind} " for kind in WITHOUT_SCHEMA]
    return [line for line in lines if not any(one in line for one in known)]
