"""`make pins`: the newest versions of everything, with hashes and without any index's address."""

from pathlib import Path

from local import environments, paths
from local.progress import say

_COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make pins"),
)
# The services that the benchmarks compare with.
_PEERS = "benchmarks/peers/python"
# Each has an environment of its own.
_EXAMPLES = ("examples/ariadne", "examples/gql")


def renew() -> None:
    """`dev.txt` first: the service alone gets the very versions that the tests see."""
    environments.tools()
    _compile("pyproject.toml", "--extra", "local", "--extra", "dev", target="dev")
    _compile("pyproject.toml", "--constraints", "requirements/dev.txt", target="service")
    # It has the same files as opencv-python-headless, and one of them would be overwritten.
    _compile("requirements/models.in", "--no-emit-package", "opencv-python", target="models")
    # Of this wheel only tritonserver is used, so that its dependencies stay out.
    _compile("requirements/triton.in", "--no-deps", target="triton")
    # The wheel with kubectl names libraries that only Amazon's builds need.
    _compile("requirements/kubernetes.in", "--no-deps", target="kubernetes")
    _compile("requirements/uv.in", target="uv")
    for own in (_PEERS, *_EXAMPLES):
        _compile(f"{own}/requirements.in", target="requirements", folder=paths.ROOT / own)


def _compile(*arguments: str, target: str, folder: Path = paths.REQUIREMENTS) -> None:
    file = (folder / f"{target}.txt").relative_to(paths.ROOT)
    say(f"Compiling {file}")
    environments.uv(*_COMPILE, *arguments, "--output-file", file)
