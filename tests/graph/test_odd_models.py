"""Models whose declarations are odd, in a Triton of these tests' own: each is served as it is, or is left out alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema

from local import servers
from tests import forked
from tests.graph.model_control import code, load, unload
from tests.graph.outages import eventually
from tests.graph.typed_fields import names
from tests.service import Client

SUM = """
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [triton.InferenceResponse([triton.Tensor(%(output)r, self.add(request))]) for request in requests]

    def add(self, request):
        return sum(tensor.as_numpy() for tensor in request.inputs())
"""
CLASHING = ["info", "_source", "self", "root", "context", "return", "class", "timeout", "version", "model", "kwargs"]
CLASHING += ["input_0", "__class__", "key", "cls", "args"]
ODD_OUTPUTS = ["__class__", "__typename", "node", "id", "is_type_of", "__strawberry_definition__", "tensors", "None"]
# As `typed` has them.
SPELLED = [f"m_{name}" if name.startswith("__") else name for name in CLASHING]
ODD_NAME = "odd+name@1%y=z"
SERVED = {"clashing", "described", "largest", "long", "not_utf8", ODD_NAME, "outputs", "plain"}
DESCRIBED = '""" \\ \0 \x07 é 😀 \u202e \r\n|'
COMPLAINTS = [
    "Model 'deep': gatehouse.example must be a list of tensors as `infer` takes them, in JSON.",
    "Model 'expensive': gatehouse.cost must be a whole number from 1 to 1048576, not '99999999999'.",
    "Model 'huge': tensor 'IN' has a dimension of 2147483648; at most 2147483647, or -1 for any, can be served.",
]
LISTED = (
    "{ models(first: 100) { nodes { name description maxBatchSize cost inputs { name shape } outputs { shape } } } }"
)


def write(folder: Path, name: str, *, inputs=("IN",), outputs=("OUT",), dims="-1", parameters="", public=True) -> None:
    """A model that answers with the sum of its inputs as its first output."""
    (folder / name / "1").mkdir(parents=True)
    (folder / name / "1" / "model.py").write_text(SUM % {"output": outputs[0]})
    tensors = "\n".join(
        f'{kind} {{ name: "{tensor}" data_type: TYPE_FP32 dims: [ {dims} ] }}'
        for kind, tensors in (("input", inputs), ("output", outputs))
        for tensor in tensors
    )
    flag = "true" if public else "false"
    config = f'''name: "{name}"
backend: "python"
max_batch_size: 0
{tensors}
parameters: {{ key: "gatehouse.public" value: {{ string_value: "{flag}" }} }}
{parameters}
'''
    (folder / name / "config.pbtxt").write_text(config)


def parameter(key: str, value: str) -> str:
    return f'parameters: {{ key: "gatehouse.{key}" value: {{ string_value: "{value}" }} }}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    write(folder, "plain")
    write(folder, "clashing", inputs=CLASHING)
    write(folder, "outputs", outputs=ODD_OUTPUTS)
    write(folder, "huge", dims="2147483648")
    write(folder, "largest", dims="2147483647")
    write(folder, "expensive", parameters=parameter("cost", "99999999999"))
    write(folder, "deep", parameters=parameter("example", "[" + '{\\"a\\":' * 600 + "1" + "}" * 600 + "]"))
    write(folder, "described", parameters=parameter("description", '\\"\\"\\" \\\\ \\000 \\007 é 😀 \\u202e \\r\\n|'))
    write(folder, "long", parameters=parameter("description", "x" * 100_000))
    write(folder, "not_utf8", parameters=parameter("description", "\\377\\376"))
    write(folder, ODD_NAME)
    return folder


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[servers.Triton]:
    server = servers.Triton(tmp_path_factory.mktemp("odd-triton"), [folder])
    with server:
        yield server
        server.kill()


async def test_a_declaration_that_cannot_be_said_hides_its_model_alone_and_is_logged_once(client, own_service):
    nodes = {node["name"]: node for node in (await client.run(LISTED))["models"]["nodes"]}

    assert nodes.keys() == SERVED
    assert nodes["largest"]["inputs"] == [{"name": "IN", "shape": [2**31 - 1]}]
    assert (nodes["described"]["description"], nodes["long"]["description"]) == (DESCRIBED, "x" * 100_000)
    # Triton itself drops it.
    assert nodes["not_utf8"]["description"] == ""
    assert await names(client) == SERVED - {ODD_NAME} | {"odd_name_1_y_z"}
    log = own_service.log.read_text()
    assert [log.count(f"{said} The model is not served.") for said in COMPLAINTS] == [1, 1, 1]


async def test_a_configuration_that_cannot_be_read_hides_its_model_alone(new_service, own_triton):
    """That of `long` is larger than what this service reads of a server."""
    with new_service(TRITON_URL=own_triton.url, OUTPUT_BYTES="1024") as small:
        client = Client(small.url)
        nodes = (await client.run(LISTED))["models"]["nodes"]
        await client.aclose()

    assert {node["name"] for node in nodes} == SERVED - {"long"}
    assert small.log.read_text().count("Model 'long': its configuration cannot be read: ") == 1


async def test_inputs_named_like_words_of_python_and_strawberry_are_arguments(client):
    given = " ".join(f"{graphql}: {{data: {{values: [{2**place}]}}}}" for place, graphql in enumerate(SPELLED))

    answer = await client.run(f"{{ rateLimit {{ cost }} typed {{ clashing({given}) {{ OUT {{ values }} }} }} }}")

    assert answer == {"rateLimit": {"cost": 1}, "typed": {"clashing": {"OUT": {"values": [2 ** len(SPELLED) - 1]}}}}


async def test_such_an_input_that_does_not_fit_is_named(client):
    given = " ".join(f"{graphql}: {{data: {{values: [[1]]}}}}" for graphql in SPELLED)

    refusal = await client.refusal(f"{{ typed {{ clashing({given}) {{ OUT {{ values }} }} }} }}")

    assert (refusal["code"], refusal["tensor"], refusal["path"]) == ("INVALID_TENSOR", "info", ["typed", "clashing"])


async def test_such_an_input_may_come_in_a_variable_or_be_missing(client):
    query = "query ($in: TypedTensorInput!) { typed { clashing(" + " ".join(f"{name}: $in" for name in SPELLED)

    answer = await client.run(query + ") { OUT { values } } } }", **{"in": {"data": {"values": [1]}}})

    assert answer["typed"]["clashing"]["OUT"]["values"] == [len(SPELLED)]
    problems = (await client.post("{ typed { clashing { OUT { values } } } }")).json()["errors"]
    assert {problem["extensions"]["code"] for problem in problems} == {"BAD_REQUEST"}
    assert "'TypedModels.clashing(info:)'" in problems[0]["message"]


async def test_outputs_named_like_words_of_python_and_strawberry_are_fields(client):
    fields = ["m___class__", "m___typename", *ODD_OUTPUTS[2:5], "m___strawberry_definition__", *ODD_OUTPUTS[6:]]
    asked = " ".join(f"{field} {{ name values }}" for field in fields)

    answer = await client.run(f"{{ typed {{ outputs(IN: {{data: {{values: [2]}}}}) {{ __typename {asked} }} }} }}")

    first, *others = fields
    assert answer["typed"]["outputs"] == {
        "__typename": "Typed_outputs",
        first: {"name": "__class__", "values": [2]},
        **dict.fromkeys(others),
    }


def test_the_schema_of_such_models_can_be_printed_and_read(own_service, folder, tmp_path):
    for name in ("clashing", "outputs", "described", "long", ODD_NAME):
        shutil.copytree(folder / name, tmp_path / name)

    printed = printed_schema(own_service, tmp_path)

    assert (printed.returncode, printed.stderr) == (0, "")
    models = build_schema(printed.stdout).type_map["TypedModels"]
    assert isinstance(models, GraphQLObjectType)
    assert list(models.fields["clashing"].args) == SPELLED
    assert models.fields["described"].description == DESCRIBED


def test_a_declaration_that_is_wrong_is_named_where_the_schema_is_printed(own_service, folder):
    printed = printed_schema(own_service, folder)

    assert (printed.returncode, printed.stderr.count("\n")) == (1, 1)
    assert "Model 'deep'" in printed.stderr


def printed_schema(service, folder):
    return forked.run("schema", "--models", str(folder), environ=service.environ)


async def test_a_model_that_clashes_at_run_time_leaves_the_others_served_and_those_that_come_later(
    client, own_service, control, folder
):
    before = await names(client) or set()
    write(folder, "twins", inputs=["a.b", "a_b"])
    write(folder, "later")
    await load(control, "twins")
    await load(control, "later")

    await eventually(names, client, becomes=before | {"later"})
    said = (
        "In model 'twins', inputs 'a.b' and 'a_b' would both be named 'a_b' under `typed`. 'twins' has no field there "
        "until one of them is renamed."
    )
    assert said in own_service.log.read_text()
    run = '{ infer(model: "twins", inputs: [%s, %s]) { outputs { values } } }'
    tensor = '{name: "%s", shape: [1], data: {values: [3]}}'
    answer = await client.run(run % (tensor % "a.b", tensor % "a_b"))
    assert answer["infer"]["outputs"] == [{"values": [6]}]


async def test_a_declaration_that_becomes_wrong_at_run_time_hides_its_model_alone(client, control, folder):
    config = folder / "plain" / "config.pbtxt"
    config.write_text(config.read_text().replace("dims: [ -1 ]", "dims: [ 4294967296 ]"))
    await unload(control, "plain")
    await load(control, "plain")

    await eventually(lambda: code(client, '{ model(name: "plain") { name } }'), becomes="MODEL_NOT_FOUND")
    listed = (await client.run(LISTED))["models"]["nodes"]
    assert {node["name"] for node in listed} >= SERVED - {"plain"}

    async def is_a_field() -> bool:
        return "plain" in (await names(client) or ())

    await eventually(is_a_field, becomes=False)
