"""Variables."""

from base64 import b64encode
from typing import Any

from benchmarks.attacks.request import INFER, Request, aliased, post


def many_shapes(number: int) -> Request:
    tensor = {"name": "x", "shape": [1] * 31_000, "data": {"values": []}}
    return post(INFER % 'infer(model: "identity", inputs: $i) { version }' + f" #{number}", i=[tensor])


def many_shapes_many_times(number: int) -> Request:
    tensor = {"name": "IN_FP32", "shape": [1] * 31_000, "data": {"values": []}}
    query = INFER % aliased('infer(model: "identity", inputs: $i) { version }')
    return post(f"{query} #{number}", i=[tensor])


def many_tensors(number: int) -> Request:
    tensor = {"name": "x", "shape": [], "data": {"values": 1}}
    query = INFER % 'infer(model: "identity", inputs: $i) { version }'
    return post(f"{query} #{number}", i=[tensor] * 1480)


def many_tensors_many_times(number: int) -> Request:
    tensor = {"name": "x", "shape": [], "data": {"values": 1}}
    query = INFER % aliased('infer(model: "identity", inputs: $i) { version }')
    return post(f"{query} #{number}", i=[tensor] * 1440)


def many_outputs_many_times(number: int) -> Request:
    tensor = {"name": "IN_INT8", "shape": [1], "data": {"values": [1]}}
    field = aliased('infer(model: "identity", inputs: $i, outputs: $o) { version }')
    query = f"query ($i: [TensorInput!]!, $o: [String!]) {{ {field} }} #{number}"
    return post(query, i=[tensor], o=["O"] * 15_000)


def wrong_shapes(number: int) -> Request:
    tensor = {"name": "x", "shape": ["1"] * 15_000, "data": {"values": []}}
    return post(INFER % 'infer(model: "identity", inputs: $i) { version }' + f" #{number}", i=[tensor])


def wrong_tensors(number: int) -> Request:
    query = INFER % 'infer(model: "identity", inputs: $i) { version }'
    return post(f"{query} #{number}", i=[{}] * 21_000)


def one_wrong_tensor_with_many_names(number: int) -> Request:
    query = INFER % 'infer(model: "identity", inputs: $i) { version }'
    return post(f"{query} #{number}", i=[{f"datatypes{i}": 1 for i in range(3500)}])


def wrong_long_values(number: int) -> Request:
    query = INFER % 'infer(model: "identity", inputs: $i) { version }'
    return post(f"{query} #{number}", i=["x" * 1250] * 50)


def nested_wrong_value(number: int) -> Request:
    value: Any = {"a": list(range(11_000))}
    query = INFER % 'infer(model: "identity", inputs: $i) { version }'
    return post(f"{query} #{number}", i=[{"name": value}])


def many_wrong_variables(number: int) -> Request:
    names = [f"v{i}" for i in range(150)]
    declared = " ".join(f"${name}: Int!" for name in names)
    used = " ".join(f"a{i}: models(first: ${name}) {{ totalCount }}" for i, name in enumerate(names[:30]))
    rest = "query (" + declared + ") { " + used + " }"
    return post(f"{rest} #{number}", **{name: "x" * 300 for name in names})


def many_images(number: int) -> Request:
    query = "query ($i: [ImageInput!]!) { readTexts(images: $i) { __typename } }"
    return post(f"{query} #{number}", i=[{"base64": ""}] * 4300)


def many_images_many_times(number: int) -> Request:
    field = aliased("readTexts(images: $i) { __typename ... on UserError { message } }")
    return post(f"query ($i: [ImageInput!]!) {{ {field} }} #{number}", i=[{"base64": ""}] * 4200)


def base64_images(number: int) -> Request:
    query = "query ($i: String!) { " + aliased("readText(image: {base64: $i}) { text }") + " }"
    return post(f"{query} #{number}", i=b64encode(b"\x89PNG" + b"x" * 45_000).decode())
