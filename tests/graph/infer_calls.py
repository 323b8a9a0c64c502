"""The `infer` query and its inputs."""

INFER = """query ($model: String!, $inputs: [TensorInput!]!, $outputs: [String!], $version: String) {
  infer(model: $model, inputs: $inputs, outputs: $outputs, version: $version) {
    model version outputs { name datatype shape values base64 } } }"""


def tensor(name: str, shape: list[int], **data: object) -> dict[str, object]:
    return {"name": name, "shape": shape, "data": data}


def by_values(name: str, values: list[object], shape: list[int] | None = None) -> dict[str, object]:
    return tensor(name, [len(values)] if shape is None else shape, values=values)
