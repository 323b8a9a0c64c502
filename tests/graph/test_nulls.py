"""A null where the schema takes none: in every argument, input field, list and directive that there is."""

import asyncio
import json
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query

from tests.events import EVENTS, first
from tests.graph import nulls
from tests.service import GRAPHQL

pytestmark = pytest.mark.usefixtures("answers_as_before")


@pytest.fixture(scope="module")
async def schema(visitor) -> GraphQLSchema:
    answer = await visitor.run(get_introspection_query(descriptions=False, input_value_deprecation=True, one_of=True))
    return build_client_schema(answer)


async def test_no_null_anywhere_is_the_services_fault(visitor, schema: GraphQLSchema):
    places = list(nulls.places_of(schema))
    names = {place.name for place in places}
    assert {
        "rateLimit(dryRun) $Boolean",
        "typed __typename @skip(if: $v)",
        'infer(inputs.0.name) $String = "x"',
    } <= names

    async def post(place: nulls.Place) -> tuple[int, list[Any]]:
        body = {"query": place.document, "variables": {"v": None}}
        answer = first(await visitor.http.post("/graphql", json=body, headers={"Accept": f"{GRAPHQL}, {EVENTS}"}))
        return answer.status_code, answer.json().get("errors", [])

    for start in range(0, len(places), 20):
        batch = places[start : start + 20]
        answers = await asyncio.gather(*map(post, batch))
        for place, (status, problems) in zip(batch, answers, strict=True):
            seen = (place.name, place.document, status, problems)
            assert status in (200, 400), seen
            codes = {problem["extensions"]["code"] for problem in problems}
            # Below a field that is null for a visitor nothing is looked at.
            assert codes <= {"BAD_REQUEST", "UNAUTHENTICATED", "FORBIDDEN"}, seen
            assert codes == {"BAD_REQUEST"} or not place.root, seen
            assert "None" not in json.dumps(problems), seen
