"""What the catalogue makes of the models of several Tritons."""

from dataclasses import replace

from inference.capacity import Capacity
from inference.catalogue import Model, joined
from inference.declarations import Datatype, Declaration, TensorSpec

IN = TensorSpec("IN", Datatype.INT32, (1,))
FIRST = Declaration(
    name="m",
    description=None,
    max_batch_size=0,
    streaming=False,
    inputs=(IN,),
    outputs=(IN,),
    cost=1,
    public=True,
    example=None,
)
SECOND = replace(FIRST, cost=2, public=False)


def model(*versions: str, declared: Declaration = FIRST, ready: bool = True) -> Model:
    """With the same declaration of all versions."""
    return Model(declared, versions, versions if ready else (), dict.fromkeys(versions, declared))


def join(*found: Model | None) -> tuple[Model, tuple[int, ...], dict[int, str]]:
    """Of one model, at as many Tritons."""
    [(name, result)] = joined([{} if one is None else {"m": one} for one in found]).items()
    assert name == "m"
    return result.model, result.hosts, dict(result.differing)


def test_a_model_of_one_triton_is_as_it_is_there():
    alone = model("1")

    assert join(None, alone) == (alone, (1,), {})
    assert join(alone)[0] is alone


def test_names_are_sorted_and_each_has_its_hosts():
    found = joined([{"b": model("1")}, {"a": model("1"), "b": model("1")}])

    assert {name: one.hosts for name, one in found.items()} == {"a": (1,), "b": (0, 1)}
    assert list(found) == ["a", "b"]


def test_versions_of_both_are_those_of_the_model_and_the_newest_declares_it():
    newer = replace(FIRST, inputs=(IN, TensorSpec("MORE", Datatype.INT32, (1,))))
    both = Model(newer, ("1", "10"), ("1", "10"), {"1": FIRST, "10": newer})

    result, hosts, differing = join(model("1", "2"), both)

    assert (result.declaration, result.versions, result.ready) == (newer, ("1", "2", "10"), ("1", "2", "10"))
    assert result.by_version == {"1": FIRST, "2": FIRST, "10": newer}
    assert (hosts, differing) == ((0, 1), {})


def test_the_first_that_has_it_ready_declares_it():
    assert join(model("1"), model("1", declared=SECOND)) == (model("1"), (0,), {1: "cost, public"})
    away = model("1", ready=False)
    assert join(away, model("1", declared=SECOND)) == (model("1", declared=SECOND), (1,), {})
    assert join(away, model("1", declared=SECOND, ready=False)) == (away, (0,), {})


def test_those_without_a_version_in_common_are_compared_by_their_newest():
    assert join(model("1"), model("2"))[1:] == ((0, 1), {})
    assert join(model("1"), model("2", declared=SECOND))[1:] == ((0,), {1: "cost, public"})


def test_each_is_compared_with_all_before_it():
    """The third has no version in common with the first, and another declaration of that of the second."""
    other = replace(FIRST, cost=9)
    second = Model(other, ("1", "2"), ("1", "2"), {"1": FIRST, "2": other})

    assert join(model("1"), second, model("2"))[1:] == ((0, 1), {2: "cost"})
    assert join(model("1"), model("1", declared=SECOND), model("1"))[1:] == ((0, 2), {1: "cost, public"})


def test_how_often_it_was_loaded_again_is_no_difference():
    assert join(model("1"), model("1", declared=replace(FIRST, revivals=3)))[1:] == ((0, 1), {})


def test_how_many_calls_run_at_once_is_no_difference():
    """Machines have more or fewer GPUs, and Triton then makes more or fewer instances by itself."""
    assert join(model("1"), model("1", declared=replace(FIRST, capacity=Capacity(4, 0))))[1:] == ((0, 1), {})
