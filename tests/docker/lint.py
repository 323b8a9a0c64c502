"""What `make check` looks at in `docker/`: `python -m tests.docker.lint`. Ends with 1 where a tool finds something."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docker import compose, kubernetes
from tests.docker.names import Names
from tests.docker.nginx import Nginx
from tests.kept import NotInstalled

_TOOLS = Path(sys.executable).parent


def main() -> int:
    with TemporaryDirectory() as folder:
        # All of them, so that one run tells everything.
        return int(any([_finds_something(command) for command in _commands(Path(folder))]))


def _commands(folder: Path) -> Iterator[list[str]]:
    """Each writes nothing where all is well."""
    yield [str(_TOOLS / "hadolint"), *(str(file) for file in sorted(compose.FOLDER.glob("*Dockerfile")))]
    for script in sorted(compose.FOLDER.rglob("*.sh")):
        yield ["sh", "-n", str(script)]
    for files in (["compose.yaml"], ["compose.yaml", "compose.dev.yaml"]):
        paths = compose.files_of(*(str(compose.FOLDER / name) for name in files))
        settings = str(compose.FOLDER / "dev.env")
        yield [str(compose.DOCKER_COMPOSE), "--env-file", settings, *paths, "--profile", "*", "config", "--quiet"]
    with Names() as name_server:
        nginx = Nginx(compose.edge_values(), folder / "nginx", names=name_server, api="api:8000")
    yield [*nginx.command, "-t", "-q"]
    yield from _of_kubernetes(folder)
    yield ["sh", "-c", '"$0" --format json "$1" | sed "/^\\[\\]$/d"', str(_TOOLS / "gixy"), str(nginx.file)]


def _of_kubernetes(folder: Path) -> Iterator[list[str]]:
    if not kubernetes.KUBECTL.exists():
        print("docker/kubernetes/ is not checked: `sh .ci/kubernetes-tools` gets kubectl.", file=sys.stderr)
        return
    for overlay in kubernetes.OVERLAYS:
        file = str(folder / f"{overlay}.yaml")
        rendering = [str(kubernetes.KUBECTL), str(kubernetes.FOLDER / "overlays" / overlay), file]
        yield ["sh", "-c", '"$0" kustomize "$1" > "$2"', *rendering]
        # It warns of the Gateway API, whose schemas it has not.
        yield [str(kubernetes.VALIDATE), "--strict", "--quiet", "--no-warn", "-k", kubernetes.VERSION, file]
        try:
            yield kubernetes.write_of_gateway_api(overlay, folder / f"{overlay}.json")
        except NotInstalled as error:
            print(f"The resources of the Gateway API are not checked: {error}", file=sys.stderr)


def _finds_something(command: list[str]) -> bool:
    ran = subprocess.run(command, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    # Compose and nginx warn and end well.
    if ran.returncode != 0 or said.strip():
        print(f"{' '.join(command)}\n{said}", file=sys.stderr)
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
