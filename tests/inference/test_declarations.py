from dataclasses import replace

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from inference import capacity
from inference.declarations import (
    Datatype,
    Declaration,
    DeclarationError,
    TensorSpec,
    as_its_steps,
    read_repository,
)
from tests.conftest import SHIPPED_MODELS

CONFIG = """
name: "m"
max_batch_size: 4
input [
  {{ name: "IN" data_type: TYPE_STRING dims: [ -1, 2 ] }},
  {{ name: "MORE" data_type: TYPE_BF16 dims: [ 1 ] optional: true }}
]
output [ {{ name: "OUT" data_type: TYPE_FP32 dims: [ 3 ] }} ]
{}
"""


def declared(*more: str) -> Declaration:
    return Declaration.from_config(text_format.Parse(CONFIG.format("\n".join(more)), model_config_pb2.ModelConfig()))


def parameter(name: str, value: str) -> str:
    return f"parameters: {{ key: \"gatehouse.{name}\" value: {{ string_value: '{value}' }} }}"


def refusal(*more: str) -> str:
    with pytest.raises(DeclarationError) as refused:
        declared(*more)
    return str(refused.value)


def test_a_model_without_our_parameters_is_private_and_costs_one_unit():
    assert declared() == Declaration(
        name="m",
        description=None,
        max_batch_size=4,
        streaming=False,
        inputs=(
            TensorSpec("IN", Datatype.BYTES, (-1, -1, 2)),
            TensorSpec("MORE", Datatype.BF16, (-1, 1), optional=True),
        ),
        outputs=(TensorSpec("OUT", Datatype.FP32, (-1, 3)),),
        cost=1,
        public=False,
        example=None,
        calls_per_caller=None,
    )


def test_our_parameters_are_read():
    found = declared(
        parameter("description", "Adds."),
        parameter("cost", "1048576"),
        parameter("public", "true"),
        parameter("calls_per_caller", "9999"),
        parameter("example", '[{"name": "IN"}]'),
        "model_transaction_policy { decoupled: true }",
    )

    assert (found.description, found.cost, found.public, found.streaming) == ("Adds.", 2**20, True, True)
    assert found.calls_per_caller == 9999
    assert found.example == [{"name": "IN"}]


@pytest.mark.parametrize("cost", ["0", "-1", "1.5", "1048577", "", "one", "9" * 5000])
def test_a_cost_that_is_no_number_of_units_is_refused(cost):
    expected = f"Model 'm': gatehouse.cost must be a whole number from 1 to 1048576, not {cost[:20]!r}."

    assert refusal(parameter("cost", cost)) == expected


def test_a_flag_that_is_neither_true_nor_false_is_refused():
    assert refusal(parameter("public", "yes")) == "Model 'm': gatehouse.public must be true or false, not 'yes'."


def test_a_model_is_called_by_grpc_if_it_or_a_step_of_it_wants_that():
    assert declared().by_grpc is False
    assert declared(parameter("transport", "any")).by_grpc is False
    assert declared(parameter("transport", "grpc")).by_grpc is True
    step = replace(declared(parameter("transport", "grpc")), name="step")
    over = replace(declared(), name="over", steps=frozenset({"step"}))
    assert as_its_steps(over, {"step": step, "over": over}).by_grpc is True


def test_a_transport_that_is_not_known_is_refused():
    expected = "Model 'm': gatehouse.transport must be any or grpc, not 'http'."

    assert refusal(parameter("transport", "http")) == expected


def changed(**changes):
    """The refusal of the model with another name, or with these for its first input."""
    config = text_format.Parse(CONFIG.format(""), model_config_pb2.ModelConfig())
    config.name = changes.pop("model", config.name)
    for name, value in changes.items():
        setattr(config.input[0], name, value) if name == "name" else config.input[0].dims.append(value)
    with pytest.raises(DeclarationError) as refused:
        Declaration.from_config(config)
    return str(refused.value)


@pytest.mark.parametrize("length", [2**31, 2**63 - 1, -2, -(2**63)])
def test_a_dimension_that_graphql_cannot_say_is_refused(length):
    expected = f"Model 'm': tensor 'IN' has a dimension of {length}; at most 2147483647, or -1 for any, can be served."

    assert changed(dims=length) == expected


@pytest.mark.parametrize("name", ["", "a" * 256, "a\nb", "\0", "\x85", "a\u200bb"], ids=ascii)
def test_a_name_that_cannot_be_shown_or_kept_is_refused(name):
    rule = "must have 1 to 255 characters, without control characters."

    assert changed(name=name) == f"Model 'm': the name of a tensor {rule}"
    assert changed(model=name) == f"Model {name[:255]!r}: its name {rule}"


def test_two_inputs_of_one_name_are_refused():
    assert changed(name="MORE") == "Model 'm': 2 tensors are named 'MORE'."


@pytest.mark.parametrize(
    "example", ['[{"a": ' + "[" * 300 + "]" * 300 + "}]", "", "no JSON", "{}", "[1]", "null", '[{"name": NaN}]']
)
def test_an_example_that_is_no_list_of_tensors_is_refused(example):
    expected = "Model 'm': gatehouse.example must be a list of tensors as `infer` takes them, in JSON."

    assert refusal(parameter("example", example)) == expected


@pytest.mark.parametrize("number", [0, 99])
def test_a_datatype_that_is_not_known_is_refused(number):
    config = model_config_pb2.ModelConfig(name="m", output=[model_config_pb2.ModelOutput(name="OUT", dims=[1])])
    config.output[0].data_type = number

    with pytest.raises(DeclarationError, match=r"^Model 'm': tensor 'OUT' is of a datatype not known here\.$"):
        Declaration.from_config(config)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("", False),
        ("sequence_batching { }", True),
        ("sequence_batching { direct { } iterative_sequence: false }", True),
        ("sequence_batching { iterative_sequence: true }", False),
        ("dynamic_batching { }", False),
    ],
)
def test_a_model_takes_sequences_unless_triton_makes_them(text, is_one):
    found = declared(text)

    assert (found.sequence, found.uncallable is not None) == (is_one, is_one)


def test_an_ensemble_is_as_its_steps_at_any_depth():
    step = 'ensemble_scheduling {{ step {{ model_name: "{}" }} }}'
    models = {
        name: replace(declared(text), name=name)
        for name, text in {
            "sequence": "sequence_batching { }",
            "stream": "model_transaction_policy { decoupled: true }",
            "plain": "",
            "over_sequence": step.format("sequence"),
            "over_stream": step.format("stream"),
            "over_plain": step.format("plain"),
            "over_nothing": step.format("gone"),
            "round": step.format("round"),
            "deeper": step.format("over_sequence"),
        }.items()
    }

    found = {name: as_its_steps(declaration, models) for name, declaration in models.items()}

    assert {name for name, model in found.items() if model.sequence} == {"sequence", "over_sequence", "deeper"}
    assert {name for name, model in found.items() if model.streaming} == {"stream", "over_stream"}


@pytest.mark.parametrize(
    ("text", "at_once", "ahead"),
    [
        ("", 1, 0),
        ("instance_group [ { kind: KIND_CPU count: 3 } ]", 3, 0),
        ("instance_group [ { kind: KIND_GPU count: 2 gpus: [ 0, 1, 2 ] }, { kind: KIND_CPU } ]", 7, 0),
        ("dynamic_batching { }", 4, 4),
        ("dynamic_batching { } instance_group [ { count: 2 } ]", 8, 8),
        ("sequence_batching { iterative_sequence: true }", 4, 0),
        ("sequence_batching { iterative_sequence: true oldest { max_candidate_sequences: 9 } }", 9, 0),
        ("response_cache { enable: true }", capacity.ANY, 0),
        ("response_cache { enable: true } dynamic_batching { }", capacity.ANY, 0),
    ],
)
def test_triton_runs_as_many_calls_as_it_has_instances_and_batches(text, at_once, ahead):
    limits = declared(text).limits

    assert (limits.at_once, limits.ahead, limits.slots) == (at_once, ahead, None)


def test_an_ensemble_runs_as_many_calls_as_its_steps_together():
    steps = 'ensemble_scheduling { step { model_name: "batches" } step { model_name: "plain" } }'
    models = {"batches": declared("dynamic_batching { }"), "plain": declared()}

    limits = as_its_steps(replace(declared(steps), name="both"), models).limits

    assert (limits.at_once, limits.ahead, limits.slots) == (5, 4, None)


@pytest.mark.parametrize(
    ("kind", "flag", "what"),
    [
        ("input", "is_shape_tensor", "a shape tensor of a model with batches"),
        ("output", "is_shape_tensor", "a shape tensor of a model with batches"),
        ("input", "is_non_linear_format_io", "in a non-linear format"),
    ],
)
def test_tensors_in_forms_of_tensorrt_alone_are_refused(kind, flag, what):
    said = refusal(f'{kind} {{ name: "T" data_type: TYPE_INT32 dims: [ 1 ] {flag}: true }}')

    assert said == f"Model 'm': tensor 'T' is {what}, which cannot be served."


def test_a_shape_tensor_of_a_model_without_batches_is_one_like_another():
    text = 'name: "m" input { name: "T" data_type: TYPE_INT32 dims: [ 1 ] is_shape_tensor: true }'

    found = Declaration.from_config(text_format.Parse(text, model_config_pb2.ModelConfig()))

    assert found.inputs == (TensorSpec("T", Datatype.INT32, (1,)),)


def test_a_declaration_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.pbtxt").write_bytes(b'name: "\xff"')

    with pytest.raises(DeclarationError, match="utf-8"):
        read_repository(tmp_path)


def test_a_repository_is_read_by_name():
    assert [found.name for found in read_repository(SHIPPED_MODELS)] == ["similarity", "text_reader"]


def test_a_file_that_is_no_configuration_is_refused_by_its_path(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "config.pbtxt").write_text("name: 1")

    with pytest.raises(DeclarationError, match=r"broken/config\.pbtxt: 1:7 : "):
        read_repository(tmp_path)


@pytest.mark.parametrize("name", ["x" * 255, "größe/2", "模型", "a|b"], ids=ascii)
def test_any_other_name_is_taken(name):
    assert Declaration.from_config(model_config_pb2.ModelConfig(name=name)).name == name
