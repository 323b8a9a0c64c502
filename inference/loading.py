"""Loads a model again without unloading it first.

Unloading would remove the ensembles that use it, drop a configuration that came with a load call, and leave the model
unloaded if this process were killed before it loads the model.
"""

from collections.abc import Sequence

from google.protobuf import json_format
from tritonclient.grpc import model_config_pb2

from inference.declarations import REVIVALS
from inference.triton import Triton


async def load_again(triton: Triton, model: str) -> bool:
    """Starts new processes for a model that failed. False: no call failed since it was loaded, so it has them already.

    Triton ignores a load call that changes nothing. So the model is loaded with its current configuration, in which one
    number is raised by one. Several processes that do this at once send the same number, and Triton loads the model
    once. A plain load would work if a file has changed, and Python's own cache is a file; but it drops a configuration
    that came with a load call. Raises grpc.aio.AioRpcError.
    """
    configs = [await triton.config(model, version.version) for version in await triton.statistics(model)]
    # Checked after the number was read: if another process has loaded the model since, no call has failed yet.
    if not await _has_failed(triton, model):
        return False
    if (config := next_config(configs)) is None:
        await triton.reload(model)
    else:
        await triton.load(model, config=config)
    return True


async def times(triton: Triton, model: str) -> int | None:
    """How often it was loaded again; None if no call failed since. Raises grpc.aio.AioRpcError."""
    config = await triton.config(model)
    return _times(config) if await _has_failed(triton, model) else None


async def _has_failed(triton: Triton, model: str) -> bool:
    return any(version.inference_stats.fail.count for version in await triton.statistics(model))


def next_config(configs: Sequence[model_config_pb2.ModelConfig]) -> str | None:
    """The current configuration as JSON, with the next number; None if this client cannot reproduce it.

    That happens if versions completed it differently, or if the server has fields that this client does not know.
    """
    config = model_config_pb2.ModelConfig()
    config.CopyFrom(configs[0])
    if any(other != config for other in configs[1:]) or not _is_whole(config):
        return None
    config.parameters[REVIVALS].string_value = str(_times(config) + 1)
    return _json(config)


def _times(config: model_config_pb2.ModelConfig) -> int:
    number = config.parameters[REVIVALS].string_value if REVIVALS in config.parameters else ""
    return int(number) if number.isdecimal() else 0


def _is_whole(config: model_config_pb2.ModelConfig) -> bool:
    read = json_format.Parse(_json(config), model_config_pb2.ModelConfig())
    return bool(read.SerializeToString(deterministic=True) == config.SerializeToString(deterministic=True))


def _json(config: model_config_pb2.ModelConfig) -> str:
    return str(json_format.MessageToJson(config, preserving_proto_field_name=True))
