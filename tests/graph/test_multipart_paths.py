"""Files at several paths of the variables, and a `map` that does not fit."""

import json

import pytest

from tests import images
from tests.graph.forms import FILE, MEGABYTE, QUERY, form, operations, send
from tests.service import Client

pytestmark = pytest.mark.usefixtures("answers_as_before")

BOTH = """query ($a: Upload!, $b: Upload!) {
  a: infer(model: "identity", inputs: [{name: "IN_INT8", shape: [2], data: {upload: $a}}]) { outputs { values } }
  b: infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [2], data: {upload: $b}}]) { outputs { values } } }"""
LISTED = """query ($inputs: [TensorInput!]!) {
  infer(model: "identity", inputs: $inputs) { outputs { name values } } }"""
EITHER = (
    """query ($p: ImageInput!, $q: ImageInput!) { p: readText(image: $p) { text } q: readText(image: $q) { text } }"""
)


async def test_one_file_is_put_at_each_path_of_the_map(visitor):
    text = operations(BOTH, a=None, b=None)
    answer = await send(visitor, form(text=text, paths='{"0":["variables.a","variables.b"]}'))

    outputs = {"a": {"outputs": [{"values": [1, -1]}]}, "b": {"outputs": [{"values": [1, 255]}]}}
    assert answer.json() == {"data": outputs}


async def test_one_file_is_put_at_paths_deep_in_a_list_beside_another_file(visitor):
    kinds = ["IN_INT8", "IN_UINT8", "IN_INT16"]
    shapes = {"IN_INT8": [2], "IN_UINT8": [2], "IN_INT16": [1]}
    inputs = [{"name": kind, "shape": shapes[kind], "data": {"upload": None}} for kind in kinds]
    paths = {"0": ["variables.inputs.2.data.upload", "variables.inputs.0.data.upload"]}
    paths |= {"1": ["variables.inputs.1.data.upload"]}
    files = {"0": FILE, "1": ("1.bin", b"\x07\x08")}
    answer = await send(visitor, form(text=operations(LISTED, inputs=inputs), paths=json.dumps(paths), **files))

    outputs = {output["name"]: output["values"] for output in answer.json()["data"]["infer"]["outputs"]}
    assert outputs == {"OUT_INT8": [1, -1], "OUT_UINT8": [7, 8], "OUT_INT16": [-255]}


async def test_one_image_is_read_at_two_paths(visitor):
    image = images.written("Gatehouse", "opens at nine")
    paths = '{"0":["variables.p.upload","variables.q.upload"]}'
    text = operations(EITHER, p={"upload": None}, q={"upload": None})
    answer = await send(visitor, form(text=text, paths=paths, **{"0": ("0.png", image)}))

    reading = {"text": "Gatehouse\nopens at nine"}
    assert answer.json() == {"data": {"p": reading, "q": reading}}


async def test_each_path_that_is_sent_to_a_model_counts(new_service):
    """A file of 3 MB stays below the bound of 4 MB for what an operation sends, at one path and not at two."""
    sizes = {"OUTPUT_BYTES": 4 * MEGABYTE, "OPERATION_BYTES": 4 * MEGABYTE, "BYTES_IN_FLIGHT": 96 * MEGABYTE}
    query = BOTH.replace("values", "shape")
    with new_service(**{name: str(size) for name, size in sizes.items()}) as service:
        visitor = Client(service.url)
        answers = []
        for size in (2 * MEGABYTE, 3 * MEGABYTE):
            text = operations(query.replace("IN_UINT8", "IN_INT8").replace("[2]", f"[{size}]"), a=None, b=None)
            files = {"0": ("0.bin", bytes(size))}
            sent = form(text=text, paths='{"0":["variables.a","variables.b"]}', **files)
            answers.append((await send(visitor, sent)).json())
        await visitor.aclose()

    both, one = answers
    assert both == {"data": {key: {"outputs": [{"shape": [2 * MEGABYTE]}]} for key in "ab"}}
    assert sorted(map(str, one["data"].values())) == ["None", str({"outputs": [{"shape": [3 * MEGABYTE]}]})]
    (problem,) = one["errors"]
    assert problem["extensions"]["code"] == "PAYLOAD_TOO_LARGE"
    assert problem["message"].startswith("The tensors sent to models take more than 4194304 bytes in all.")


MESSAGES = {
    '{"0":["variables.a","variables.a"]}': "`map` leads to 'variables.a' twice. Each path takes one file.",
    '{"0":[]}': "`map` must give '0' a list of at least one path.",
    "{}": "`map` gives no path to the files '0'.",
    '{"0":["variables.a"],"1":["variables.b"]}': "`map` names files that were not sent: '1'.",
    '{"0":["variables.a","variables.text"]}': "`map` leads to 'variables.text', which must be null in `operations`.",
    '{"0":["variables.a","variables.c"]}': "`map` leads to 'variables.c', which is not in `operations`.",
    '{"0":["0.variables.a"]}': "`map` leads to '0.variables.a'; a path begins with `variables.`.",
}


@pytest.mark.parametrize(("paths", "message"), MESSAGES.items())
async def test_a_refusal_names_the_wrong_path_or_file(visitor, paths: str, message: str):
    answer = await send(visitor, form(text=operations(QUERY, a=None, b=None, text="x"), paths=paths))

    assert (answer.status_code, [error["message"] for error in answer.json()["errors"]]) == (400, [message])


async def test_a_batch_is_refused_with_its_reason(visitor):
    files = form(text=f"[{operations()}]", paths='{"0":["0.variables.a"]}')
    answer = await send(visitor, files)

    message = "`operations` must be one GraphQL request. Send those of a batch one by one."
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, message)


async def test_a_thousand_paths_are_filled_and_no_more(visitor):
    """The body counts once: a thousand times these 10 MB would be more than a process may hold."""
    answers = []
    for count in (1000, 1001):
        paths = json.dumps({"0": [f"variables.v.{number}" for number in range(count)]})
        text = operations("{ service { health } }", v=[None] * count)
        answers.append(await send(visitor, form(text=text, paths=paths, **{"0": ("0", bytes(10 * MEGABYTE))})))

    assert answers[0].json() == {"data": {"service": {"health": "UP"}}}
    error = {"code": answers[1].json()["errors"][0]["extensions"]["code"], "status": answers[1].status_code}
    assert error == {"code": "PAYLOAD_TOO_LARGE", "status": 413}
