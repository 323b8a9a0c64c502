"""Packages of npm, and Node.js to run them, in ignored folders of the checkout."""

import fcntl
import os
import subprocess
from hashlib import sha256
from pathlib import Path

from tests import node

ROOT = Path(__file__).parents[2]
_NODE = ROOT / ".node"
_LONGEST = 300


def install(folder: Path) -> None:
    """What the lock file of the folder names, into its `node_modules`; nothing where that is there. Raises
    CalledProcessError or TimeoutExpired where it cannot be had."""
    _NODE.mkdir(exist_ok=True)
    # Several processes of a test run need it.
    with (_NODE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_programs() / "npm").exists():
            node.install(_NODE / "environment")
        stamp = folder / "node_modules" / ".gatehouse-stamp"
        wanted = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            run(["npm", "ci"], folder=folder)
            stamp.write_text(wanted)


def run(command: list[str], *, folder: Path) -> str:
    """What it printed. Raises CalledProcessError or TimeoutExpired."""
    environ = os.environ | {"PATH": f"{_programs()}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, timeout=_LONGEST, check=True
    )
    return done.stdout


def _programs() -> Path:
    return _NODE / "environment" / "bin"
