import json

from tritonclient.grpc import model_config_pb2

from inference import loading


def config(*groups: str) -> model_config_pb2.ModelConfig:
    made = model_config_pb2.ModelConfig(name="m", backend="python")
    for name in groups:
        made.instance_group.add(name=name, count=1)
    made.dynamic_batching.max_queue_delay_microseconds = 2**60
    made.parameters["own"].string_value = "é"
    return made


def test_a_configuration_is_given_back_with_the_next_number():
    first = loading.next_config([config("m_0")])
    assert first is not None
    written = json.loads(first)
    numbered = config("m_0")
    numbered.parameters["gatehouse.loaded_again"].string_value = "9"
    second = json.loads(loading.next_config([numbered, numbered]) or "")

    assert written["parameters"] == {
        "own": {"string_value": "é"},
        "gatehouse.loaded_again": {"string_value": "1"},
    }
    assert written["dynamic_batching"] == {"max_queue_delay_microseconds": str(2**60)}
    assert second["parameters"]["gatehouse.loaded_again"] == {"string_value": "10"}


def test_a_configuration_with_a_field_of_a_newer_server_is_not_given_back():
    # Field 1000 with the value 1, which no version has yet.
    newer = model_config_pb2.ModelConfig.FromString(config("m_0").SerializeToString() + b"\xc0\x3e\x01")

    assert loading.next_config([newer]) is None


def test_configurations_of_versions_that_differ_are_not_given_back():
    assert loading.next_config([config("m_0"), config("m_0", "m_1")]) is None
