"""A change of the schema that breaks an example is found: by the generator, or by the type check."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients import packages
from tests.clients.conftest import copied, fetched
from tests.clients.generated import Example, ariadne, typescript

# The first run fetches packages.
pytestmark = pytest.mark.timeout(600)

# Of TextReading and TextLine.
RENAMED = ("  text: String!\n", "  words: String!\n")
# Of CreateApiTokenInput.
RETYPED = ("  expiresIn: Duration!\n", "  expiresIn: Int!\n")


def _ariadne(checkout: Path) -> Example:
    return ariadne(fetched(lambda: packages.python("ariadne")), checkout)


def _typescript(checkout: Path) -> Example:
    node_modules = fetched(lambda: packages.of_npm(packages.EXAMPLES / "typescript"))
    return typescript(packages.node(), node_modules, checkout)


@pytest.fixture(params=[_ariadne, _typescript], ids=["ariadne", "typescript"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    made: Callable[[Path], Example] = request.param
    return made(copied(tmp_path))


def _change(client: Example, change: tuple[str, str]) -> None:
    schema = client.folder.parents[1] / "schema.graphql"
    text = schema.read_text()
    before, after = change
    assert before in text
    schema.write_text(text.replace(before, after))


def test_a_field_that_is_gone_stops_the_generator(client: Example) -> None:
    _change(client, RENAMED)

    assert "Cannot query field 'text' on type 'TextReading'" in client.generate().replace('"', "'")


def test_an_input_of_another_type_fails_the_type_check(client: Example) -> None:
    _change(client, RETYPED)

    assert client.generate() == ""
    assert "expiresIn" in client.check()
