"""Calls of models."""

from benchmarks.attacks.request import INFER, Request, aliased, document, post


def many_values(number: int) -> Request:
    query = INFER % 'infer(model: "identity", inputs: $i) { outputs { values } }'
    values = [1] * 31_000
    return post(f"{query} #{number}", i=[{"name": "IN_FP64", "shape": [31_000], "data": {"values": values}}])


def many_values_many_times(number: int) -> Request:
    query = INFER % aliased('infer(model: "identity", inputs: $i) { outputs { values } }')
    values = [1] * 30_000
    return post(f"{query} #{number}", i=[{"name": "IN_FP64", "shape": [30_000], "data": {"values": values}}])


def many_wide_strings_many_times(number: int) -> Request:
    query = INFER % aliased('infer(model: "identity", inputs: $i) { outputs { values } }')
    values = ["1"] * 15_000
    return post(f"{query} #{number}", i=[{"name": "IN_UINT64", "shape": [15_000], "data": {"values": values}}])


def many_texts_many_times(number: int) -> Request:
    query = INFER % aliased('infer(model: "text", inputs: $i) { outputs { values } }')
    values = [""] * 20_000
    return post(f"{query} #{number}", i=[{"name": "IN", "shape": [20_000], "data": {"values": values}}])


def nested_values_many_times(number: int) -> Request:
    query = INFER % aliased('infer(model: "identity", inputs: $i) { outputs { values } }')
    return post(f"{query} #{number}", i=[{"name": "IN_FP64", "shape": [2], "data": {"values": [[1]] * 15_000}}])


def values_asked_many_times(number: int) -> Request:
    outputs = " ".join(f"v{i}: values b{i}: base64" for i in range(14))
    query = INFER % f'infer(model: "identity", inputs: $i) {{ outputs {{ {outputs} }} }}'
    values = [1] * 30_000
    return post(f"{query} #{number}", i=[{"name": "IN_INT64", "shape": [30_000], "data": {"values": values}}])


def large_output(number: int) -> Request:
    data = {"values": [8 * 1024**2]}
    query = INFER % 'infer(model: "large_output", inputs: $i) { outputs { values } }'
    return post(f"{query} #{number}", i=[{"name": "COUNT", "shape": [1], "data": data}])


def large_output_base64(number: int) -> Request:
    data = {"values": [31 * 1024**2]}
    query = INFER % 'infer(model: "large_output", inputs: $i) { outputs { base64 } }'
    return post(f"{query} #{number}", i=[{"name": "COUNT", "shape": [1], "data": data}])


def model_names(number: int) -> Request:
    return post("query ($n: String!) { " + aliased("model(name: $n) { name }") + f" }} #{number}", n="x" * 60_000)


def all_models(number: int) -> Request:
    fields = "id name version versions description inputs { name datatype shape } outputs { name datatype shape }"
    query = "{ " + aliased(f"models {{ nodes {{ {fields} example {{ variables }} }} }}", 29) + " }"
    return document(query, number)
