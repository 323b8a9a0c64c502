"""The TypeScript example: generated, type-checked and run as it is."""

import re
from pathlib import Path

import pytest

from tests.clients import packages
from tests.clients.conftest import fetched
from tests.clients.generated import Example, typescript
from tests.clients.journeys import Installation, all_done, run

# The first run fetches packages.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def generated(checkout: Path) -> Example:
    node_modules = fetched(lambda: packages.of_npm(packages.EXAMPLES / "typescript"))
    client = typescript(packages.node(), node_modules, checkout)
    assert client.generate() == ""
    return client


def test_the_example_of_graphql_codegen_fits_the_schema(generated: Example) -> None:
    assert generated.check() == ""


@pytest.mark.parametrize("streams", ["sse", "websocket"])
async def test_urql_goes_the_whole_way(streams: str, generated: Example, installation: Installation) -> None:
    command = ["env", f"GATEHOUSE_STREAMS={streams}", *generated.journey]

    await all_done(await run(command, generated.folder, installation), installation)


def test_the_lock_file_names_no_registry() -> None:
    lock = (packages.EXAMPLES / "typescript" / "package-lock.json").read_text()

    assert '"node_modules/@urql/core"' in lock
    assert re.findall(r'"resolved"|registry\.', lock) == []
