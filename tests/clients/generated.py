"""The clients that are generated from schema.graphql, and the type check of the code that uses them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LONGEST = 100
_MYPY = "[mypy]\nstrict = True\nfollow_imports = silent\n"


@dataclass(frozen=True, slots=True)
class Example:
    """An example with its commands: to generate the client, to check types, and to run."""

    folder: Path
    generator: Sequence[str | Path]
    checker: Sequence[str | Path]
    journey: Sequence[str | Path]
    environ: Mapping[str, str] = field(default_factory=dict)

    def generate(self) -> str:
        """What it complains of; empty if it is done."""
        return self._complaint(self.generator)

    def check(self) -> str:
        """What the type checker complains of; empty if all types fit."""
        return self._complaint(self.checker)

    def _complaint(self, command: Sequence[str | Path]) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=os.environ | self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
        )
        assert done.returncode in (0, 1, 2), done.stdout
        return (done.stdout or "It says nothing.") if done.returncode else ""


def ariadne(python: Path, checkout: Path) -> Example:
    """With the mypy of the tests, over the packages of the example."""
    folder = checkout / "examples" / "ariadne"
    settings = checkout / "mypy.ini"
    settings.write_text(_MYPY)
    cache = python.parents[2] / "mypy"
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--python-executable", python, "--cache-dir", cache]
    return Example(
        folder,
        generator=[python.with_name("ariadne-codegen")],
        checker=[*mypy, "--config-file", settings, "journey.py", "streams.py"],
        journey=[python, "journey.py"],
        environ={"MYPYPATH": str(folder)},
    )


def typescript(tools: Path, node_modules: Path, checkout: Path) -> Example:
    """`tools` is the folder of Node."""
    folder = checkout / "examples" / "typescript"
    (folder / "node_modules").symlink_to(node_modules)
    programs = node_modules / ".bin"
    return Example(
        folder,
        generator=[programs / "graphql-codegen", "--config", "codegen.ts"],
        checker=[programs / "tsc"],
        journey=[tools / "node", "journey.ts"],
        environ={"PATH": f"{tools}:{os.environ['PATH']}"},
    )
