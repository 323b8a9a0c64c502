"""docs/architecture.md names each loop of the code."""

import re
from itertools import chain

from local import paths
from tests.rooms import MAY_IMPORT

_LOOP = re.compile(r'\b_?(?:forever|(?:Shared)?Task)\(\s*"([a-z_]+)"')
_ROW = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| (?:both|API|worker) \|", re.MULTILINE)
# Its names are made from those of the dependencies.
_MADE = {"health_postgres", "health_redis"}


def test_the_table_has_all_loops_and_no_other() -> None:
    page = (paths.ROOT / "docs" / "architecture.md").read_text()
    files = chain.from_iterable(
        [*paths.ROOT.glob(f"{room}.py"), *paths.ROOT.glob(f"{room}/**/*.py")] for room in MAY_IMPORT
    )

    written = {name for row in _ROW.findall(page) for name in re.findall(r"[a-z_]+", row)}

    assert written == {name for file in files for name in _LOOP.findall(file.read_text())} | _MADE
