"""The catalogue, from a real Triton."""

from base64 import urlsafe_b64encode

import orjson
import pytest

from tests.events import subscribed

MODEL = """query ($name: String!, $version: String) { model(name: $name, version: $version) {
  id name version versions ready description maxBatchSize streaming cost
  inputs { name datatype shape optional } outputs { name datatype shape optional } } }"""
EXAMPLES = "{ models(first: 100) { nodes { name example { document variables } } } }"


async def test_a_model_shows_its_configuration_with_the_batch_dimension_first(visitor):
    answer = await visitor.run(MODEL, name="batched")

    assert answer["model"] == {
        "id": urlsafe_b64encode(b"Model:batched").decode().rstrip("="),
        "name": "batched",
        "version": "1",
        "versions": ["1"],
        "ready": True,
        "description": "Adds two numbers.",
        "maxBatchSize": 4,
        "streaming": False,
        "cost": 1,
        "inputs": [{"name": "IN", "datatype": "FP32", "shape": [-1, 2], "optional": False}],
        "outputs": [{"name": "SUM", "datatype": "INT64", "shape": [-1, 1], "optional": False}],
    }


async def test_a_model_without_batches_and_with_optional_inputs(visitor):
    model = (await visitor.run(MODEL, name="identity"))["model"]

    assert model["maxBatchSize"] == 0
    assert {spec["optional"] for spec in model["inputs"]} == {True}
    assert [spec["datatype"] for spec in model["outputs"]][-2:] == ["FP64", "BYTES"]
    assert model["inputs"][0] == {"name": "IN_BOOL", "datatype": "BOOL", "shape": [-1], "optional": True}


async def test_cost_and_streaming_come_from_the_configuration(visitor):
    assert (await visitor.run(MODEL, name="costly"))["model"]["cost"] == 7
    assert (await visitor.run(MODEL, name="streaming"))["model"]["streaming"] is True


async def test_the_list_has_every_public_model_by_name_and_no_private_one(visitor):
    models = (await visitor.run("{ models { totalCount nodes { name } edges { cursor node { name } } } }"))["models"]

    names = [node["name"] for node in models["nodes"]]
    assert names == sorted(names)
    assert "private" not in names
    assert {"identity", "odd.names-1", "similarity", "text_reader"} <= set(names)
    assert models["totalCount"] == len(names)
    assert [edge["node"]["name"] for edge in models["edges"]] == names


async def test_a_page_goes_on_where_the_last_one_ended(visitor):
    query = "query ($after: String) { models(first: 2, after: $after) { nodes { name } pageInfo { endCursor } } }"
    everything = await visitor.run("{ models { nodes { name } } }")

    first = (await visitor.run(query))["models"]
    second = (await visitor.run(query, after=first["pageInfo"]["endCursor"]))["models"]

    assert first["nodes"] + second["nodes"] == everything["models"]["nodes"][:4]


@pytest.mark.parametrize(
    ("search", "found"),
    [(" SIMILAR", ["similarity"]), ("cosine Similarity and", ["similarity"]), ("rivat", []), ("x" * 80, [])],
)
async def test_models_are_found_by_a_part_of_their_name_or_description(visitor, search, found):
    query = "query ($search: String) { models(search: $search) { totalCount nodes { name } } }"

    models = (await visitor.run(query, search=search))["models"]

    assert models == {"totalCount": len(found), "nodes": [{"name": name} for name in found]}


async def test_a_text_to_search_for_is_refused_if_it_is_too_long(visitor):
    answer = await visitor.post("query ($search: String) { models(search: $search) { totalCount } }", search="x" * 81)

    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("name", ["private", "nowhere"])
async def test_a_private_model_is_refused_like_an_unknown_one(visitor, name):
    refusal = await visitor.refusal(MODEL, name=name)

    assert refusal == {
        "code": "MODEL_NOT_FOUND",
        "message": f"There is no model {name!r} that you may use. `models` lists those there are.",
        "path": ["model"],
    }


async def test_one_version_is_shown_by_itself(visitor):
    model = (await visitor.run(MODEL, name="identity", version="1"))["model"]

    assert (model["version"], model["versions"], model["ready"]) == ("1", ["1"], True)


async def test_a_version_that_is_not_there_is_not_found(visitor):
    refusal = await visitor.refusal(MODEL, name="identity", version="2")

    assert (refusal["code"], refusal["path"]) == ("MODEL_NOT_FOUND", ["model"])
    assert "in version '2'" in refusal["message"]


async def test_every_example_works_as_it_stands(visitor):
    nodes = (await visitor.run(EXAMPLES))["models"]["nodes"]

    examples = {node["name"]: node["example"] for node in nodes if node["example"] is not None}
    for name, example in examples.items():
        variables = orjson.loads(example["variables"])
        if name in ("streaming", "ticking"):
            async with subscribed(visitor.http, example["document"], **variables) as events:
                assert (await events.next()).data["data"]["infer"]["chunks"] == 0, name
        else:
            answer = await visitor.run(example["document"], **variables)
            assert answer["infer"]["outputs"], name
    assert examples.keys() == {node["name"] for node in nodes}
    assert len(examples) > 10


async def test_the_example_of_similarity_ranks_by_direction(visitor):
    answer = await visitor.run('{ model(name: "similarity") { example { document variables } } }')
    example = answer["model"]["example"]

    outputs = (await visitor.run(example["document"], **orjson.loads(example["variables"])))["infer"]["outputs"]

    assert {one["name"]: one["values"] for one in outputs}["order"] == [2, 1, 0]


async def test_the_example_of_the_text_reader_is_read(visitor):
    answer = await visitor.run('{ model(name: "text_reader") { example { document variables } } }')
    example = answer["model"]["example"]

    outputs = (await visitor.run(example["document"], **orjson.loads(example["variables"])))["infer"]["outputs"]

    assert outputs[0]["name"] == "TEXTS"
    assert outputs[0]["values"] == ["Hello"]
