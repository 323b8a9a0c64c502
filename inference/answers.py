"""Checks that an answer matches the request.

Triton passes on anything that a model returns: it compares neither names, datatypes nor shapes with the declaration.
Its response cache returns the outputs that an earlier caller asked for, and none for an error that it cached.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from math import prod

from inference import shapes, wire
from inference.declarations import LARGEST, Datatype, Declaration, TensorSpec
from inference.tensors import Tensor


class WrongAnswer(ValueError):
    """The model has failed; the message completes the sentence "The model failed: ..."."""


def asked_of_triton(declaration: Declaration, outputs: Sequence[str]) -> Sequence[str]:
    """The outputs to ask Triton for; none means all.

    Triton returns a cached answer to every later call with the same inputs, so a cached call must ask for all outputs.
    """
    return () if declaration.cached else outputs


def checked(
    declaration: Declaration,
    answer: Sequence[Tensor],
    *,
    inputs: Collection[str],
    outputs: Sequence[str],
    may_lack: bool = False,
) -> list[Tensor]:
    """The tensors of `answer` that `outputs` names, or all of them if it names none.

    Raises WrongAnswer if one is not declared, comes twice, does not match its declaration, or is missing. Some, but not
    all, may be missing if no output is named and the call left out optional `inputs`, or the caller set `may_lack`.
    """
    given = [tensor for tensor in answer if tensor.name in outputs] if outputs else list(answer)
    specs = declaration.outputs_by_name
    if len(given) > 1 and len({tensor.name for tensor in given}) < len(given):
        name, times = Counter(tensor.name for tensor in given).most_common(1)[0]
        raise WrongAnswer(f"its answer has the output {name!r} {times} times")
    for tensor in given:
        name, datatype, dims, raw = tensor
        spec = specs.get(name)
        if spec is None:
            raise WrongAnswer(f"its answer has an output {name!r}, which it does not declare")
        if not (
            datatype is spec.datatype
            and dims == spec.shape
            and spec.elements is not None
            and len(raw) == spec.elements * wire.WIDTHS[datatype]
        ):
            _check(spec, tensor)
    # Each of them is declared and asked for, and there is none twice.
    if len(given) < len(outputs or specs):
        # In a cached answer, outputs that the model left out look the same as outputs that Triton did not cache.
        may_lack = (may_lack and not declaration.cached) or _left_out_inputs(declaration, inputs)
        names = {tensor.name for tensor in given}
        missing = [name for name in outputs or specs if name not in names]
        if missing and (outputs or not given or not may_lack):
            raise WrongAnswer(f"its answer lacks the output {missing[0]!r}")
    return given


def _left_out_inputs(declaration: Declaration, inputs: Collection[str]) -> bool:
    return any(spec.optional and spec.name not in inputs for spec in declaration.inputs)


def _check(spec: TensorSpec, tensor: Tensor) -> None:
    _, datatype, dims, raw = tensor
    if datatype is not spec.datatype:
        raise WrongAnswer(f"its output {spec.name!r} is {datatype} and not {spec.datatype} as declared")
    elements = spec.elements if dims == spec.shape else None
    if elements is None:
        if not shapes.fits(spec, dims):
            shape = shapes.show(dims)
            raise WrongAnswer(f"its output {spec.name!r} has shape {shape} and not {list(spec.shape)} as declared")
        if max(dims, default=0) > LARGEST:
            raise WrongAnswer(f"its output {spec.name!r} has a dimension above {LARGEST}")
        elements = prod(dims)
    # Each element of BYTES has its own length, which is checked when it is written as JSON.
    expected = elements * wire.WIDTHS[datatype]
    if len(raw) != expected and datatype is not Datatype.BYTES:
        raise WrongAnswer(f"its output {spec.name!r} has {len(raw)} bytes and not {expected} as its shape says")
