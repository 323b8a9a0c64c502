"""The Python examples: generated, type-checked and run as they are."""

from pathlib import Path

import pytest

from tests.clients import packages
from tests.clients.conftest import fetched
from tests.clients.generated import Example, ariadne
from tests.clients.journeys import Installation, all_done, run

# The first run fetches packages.
pytestmark = pytest.mark.timeout(600)


async def test_gql_goes_the_whole_way(checkout: Path, installation: Installation) -> None:
    python = fetched(lambda: packages.python("gql"))

    await all_done(await run([python, "journey.py"], checkout / "examples" / "gql", installation), installation)


@pytest.fixture(scope="module")
def generated(checkout: Path) -> Example:
    client = ariadne(fetched(lambda: packages.python("ariadne")), checkout)
    assert client.generate() == ""
    return client


def test_the_example_of_ariadne_codegen_fits_the_schema(generated: Example) -> None:
    assert generated.check() == ""


async def test_ariadne_codegen_goes_the_whole_way(generated: Example, installation: Installation) -> None:
    await all_done(await run(generated.journey, generated.folder, installation), installation)
