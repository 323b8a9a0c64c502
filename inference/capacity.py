"""How many calls of a model Triton runs at once, by its declaration."""

from collections.abc import Iterable
from typing import NamedTuple

from tritonclient.grpc import model_config_pb2

# As good as no limit.
ANY = 2**31


class Capacity(NamedTuple):
    """`ahead` more calls must stand ready in Triton, or its next batches are not full."""

    at_once: int
    ahead: int


def of(config: model_config_pb2.ModelConfig) -> Capacity:
    # A file may leave the instances to Triton, which then makes at least one.
    groups: int = sum(max(1, group.count) * max(1, len(group.gpus)) for group in config.instance_group)
    instances = max(1, groups)
    if config.response_cache.enable:
        # Answers from the cache need no instance, and which calls have one is not known before.
        return Capacity(ANY, 0)
    batch = max(1, config.max_batch_size)
    if config.HasField("dynamic_batching"):
        return Capacity(instances * batch, instances * batch)
    if config.HasField("sequence_batching"):
        # Iterative ones: each call is a sequence, and an instance works on a batch of them.
        return Capacity(instances * max(batch, config.sequence_batching.oldest.max_candidate_sequences), 0)
    return Capacity(instances, 0)


def together(parts: Iterable[Capacity]) -> Capacity:
    """Of several steps or Tritons."""
    at_once = ahead = 0
    for part in parts:
        at_once += part.at_once
        ahead += part.ahead
    return Capacity(at_once, ahead)
