"""`make console` builds the console. With `check` it ends with 1 where the committed build is not what the source
gives."""

import filecmp
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from local import paths
from tests.clients import packages

SOURCE = paths.ROOT / "console"
BUILT = paths.ROOT / "graph" / "console" / "built"


def build(target: Path) -> None:
    """Raises NotInstalled, CalledProcessError, TimeoutExpired."""
    modules = packages.of_npm(SOURCE)
    link = SOURCE / "node_modules"
    if not link.is_symlink() or link.readlink() != modules:
        link.unlink(missing_ok=True)
        link.symlink_to(modules)
    environ = os.environ | {"PATH": f"{packages.node()}:{os.environ['PATH']}"}
    bundle = ["vite", "build", "--outDir", str(target)]
    # The second adds its one file to those of the first.
    bundles = (bundle, [*bundle, "--config", "vite.embed.config.ts"])
    for command in (["graphql-codegen"], ["tsc", "--noEmit"], *bundles):
        program = str(link / ".bin" / command[0])
        subprocess.run(
            [program, *command[1:]], cwd=SOURCE, env=environ, stdout=subprocess.PIPE, text=True, timeout=300, check=True
        )


def main() -> int:
    if sys.argv[1:] == ["check"]:
        return _check()
    build(BUILT)
    return 0


def _check() -> int:
    with TemporaryDirectory() as folder:
        made = Path(folder) / "built"
        build(made)
        wrong = sorted(_differing(made, BUILT))
    for name in wrong:
        print(f"graph/console/built/{name} is not what console/ gives. Run: make console", file=sys.stderr)
    return int(bool(wrong))


def _differing(made: Path, committed: Path) -> set[str]:
    names = {str(path.relative_to(root)) for root in (made, committed) for path in root.rglob("*") if path.is_file()}
    _, mismatch, errors = filecmp.cmpfiles(made, committed, names, shallow=False)
    return {*mismatch, *errors}


if __name__ == "__main__":
    sys.exit(main())
