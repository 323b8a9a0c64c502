"""An operation whose answer cannot be made is settled all the same: it has run, and only its answer is refused."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.graph.browsers import Person, ada, database, digest
from tests.graph.infer_calls import by_values
from tests.graph.spending import used
from tests.service import Client, Service

__all__ = ["ada", "database", "digest"]

# The answer has more than 20 KB, and the process has that much for all of them.
ASKED = """query ($inputs: [TensorInput!]!) {
  infer(model: "identity", inputs: $inputs) { model }
  __schema { types { name description fields { name description } } } }"""


@pytest.fixture(scope="module")
def narrow(new_service) -> Iterator[Service]:
    sizes = {"OUTPUT_BYTES": "1000", "OPERATION_BYTES": "2000", "BYTES_IN_FLIGHT": "20000"}
    with new_service(**sizes, FREE_CONCURRENT_REQUESTS="1") as started:
        yield started


@pytest.fixture
async def client(narrow: Service, ada: Person) -> AsyncIterator[Client]:
    client = Client(narrow.url)
    client.http.headers["Authorization"] = f"Bearer {ada.session}"
    yield client
    await client.aclose()


async def test_an_answer_that_is_refused_keeps_its_units_and_frees_its_slot(client):
    found = []
    for _ in range(3):
        refusal = await client.refusal(ASKED, inputs=[by_values("IN_FP32", [1])])
        found.append((refusal["code"], refusal["path"], await used(client)))

    assert found == [("SERVICE_UNAVAILABLE", None, units) for units in (1, 2, 3)]
