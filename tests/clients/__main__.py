"""`make clients`: runs docs/clients.md from top to bottom, with the clients that it names, against `make run`.

It fetches packages from PyPI and npm, some 500 MB, and takes a few minutes. So it is no part of the tests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local import places
from tests import node
from tests.clients import account, page
from tests.local.conftest import Run

_LONGEST = 600


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gatehouse-clients-") as name:
        room = Path(name)
        run = Run(room / "data", models=places.SHIPPED_MODELS, record="run", variables={})
        try:
            run.until_ready()
            _follow(room / "my-client", tools=node.install(room / "tools"), run=run)
        finally:
            run.stop()


def _follow(folder: Path, *, tools: Path, run: Run) -> None:
    """Writes the page's files and runs its commands, in their order."""
    folder.mkdir()
    for file in page.FILES:
        shutil.copy(file, folder)
    environ = os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "GATEHOUSE_URL": f"http://127.0.0.1:{run.port}/graphql",
        "GATEHOUSE_TOKEN": account.token(run),
    }
    # The first one makes the folder and sets the variables.
    _, *found = page.found()
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.file is not None:
            (folder / block.file).write_text(block.text)
        elif block.language == "sh":
            print(block.text, flush=True)
            expected = after.text if after is not None and after.file is None and after.language in ("", "json") else ""
            _check(block.text, expected, folder=folder, environ=environ)


def _check(commands: str, expected: str, *, folder: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, timeout=_LONGEST
    )
    if done.returncode or not done.stdout.endswith(expected):
        sys.exit(f"It ended with {done.returncode} and printed:\n{done.stdout}\ninstead of:\n{expected}")


if __name__ == "__main__":
    main()
