"""Models that load, that do not load, and that load for long."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from local import servers
from local.run import loading
from local.trouble import CannotRun
from tests.local.conftest import Run, write_model
from tests.local.loading import ended, ready, until

HANGS = """\
import pathlib, time

class TritonPythonModel:
    def initialize(self, args):
        while not pathlib.Path({file!r}).exists():
            time.sleep(0.05)

    def execute(self, requests):
        return []
"""


def refused_by_triton(folder: Path, data: Path) -> str:
    triton = servers.Triton(data, [folder])
    with ended(triton), pytest.raises(CannotRun) as refused:
        triton.start(within=timedelta(seconds=90))
    return str(refused.value)


def test_a_run_serves_the_models_of_several_folders(
    launch: Callable[..., Run], tiny_models: Path, tmp_path: Path
) -> None:
    write_model(tmp_path / "my größe", "mine")
    run = launch(tmp_path / "data", MODELS=f"{tiny_models}:{tmp_path}/my größe:").until_ready()

    assert ready(run.env()["GATEHOUSE_TRITON_URL"]) == ["echo", "mine"]
    run.stop()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            {"code": "import a_module_that_is_not_there"},
            "Internal: ModuleNotFoundError: No module named 'a_module_that_is_not_there'; models have the packages of "
            "requirements/models.txt, and docs/models.md says how to add one",
        ),
        ({"code": "def x(:"}, "Internal: SyntaxError: invalid syntax (model.py, line 1)"),
        ({"code": "x = 1"}, "Internal: AttributeError: module '1.model' has no attribute 'TritonPythonModel'"),
        ({"code": "import os; os._exit(3)"}, "Internal: Stub process 'broken_0' is not healthy"),
        (
            {"config": "colour: 1"},
            'config.pbtxt, 1:7: Message type "inference.ModelConfig" has no field named "colour"',
        ),
        (
            {"config": 'name: "other" backend: "python"'},
            "unexpected directory name 'broken' for model 'other', directory name must equal model name",
        ),
        (
            {"config": 'platform: "onnxruntime_onnx"'},
            "Invalid argument: unable to find backend library for backend 'onnxruntime', try specifying runtime on the "
            "model configuration; the Triton of make run has Python models only: see docs/models.md#an-onnx-model, or "
            "use a Triton of your own",
        ),
        (
            {"config": 'backend: "python" default_model_filename: "other.py"'},
            "Python model file not found in 'broken/1/other.py'",
        ),
        (
            {
                "config": 'platform: "ensemble" ensemble_scheduling { step [ { model_name: "absent" model_version: -1 '
                'input_map { key: "X" value: "X" } output_map { key: "Y" value: "Y" } } ] }\n'
                'input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]\n'
                'output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]'
            },
            "contains models that are not available or ambiguous: absent",
        ),
    ],
    ids=["import", "syntax", "class", "exit", "config", "name", "backend", "file", "step"],
)
def test_a_model_that_does_not_load_is_named(tmp_path: Path, broken: dict[str, str], reason: str) -> None:
    write_model(tmp_path / "my models", "broken", **broken)

    assert refused_by_triton(tmp_path / "my models", tmp_path / "data") == (
        f"The model {tmp_path}/my models/broken does not load ({reason}): correct it or take it out. Triton's log is "
        f"{tmp_path}/data/triton/log."
    )


def test_a_model_that_does_not_load_ends_the_run(
    refusal: Callable[..., str], tiny_models: Path, tmp_path: Path
) -> None:
    write_model(tmp_path / "mine", "broken", code="import a_module_that_is_not_there")

    assert refusal(MODELS=f"{tiny_models}:{tmp_path}/mine") == (
        f"The model {tmp_path}/mine/broken does not load (Internal: ModuleNotFoundError: No module named "
        "'a_module_that_is_not_there'; models have the packages of requirements/models.txt, and docs/models.md says "
        f"how to add one): correct it or take it out. Triton's log is {tmp_path}/data/triton/log."
    )


def test_a_version_without_its_code_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    write_model(tmp_path / "models", "empty")
    (tmp_path / "models" / "empty" / "1" / "model.py").unlink()

    assert refused_by_triton(tmp_path / "models", tmp_path / "data") == (
        f"The model {tmp_path}/models/empty does not load (Python model file not found in 'empty/1/model.py'): correct "
        f"it or take it out. Triton's log is {tmp_path}/data/triton/log."
    )


def test_a_model_that_loads_for_long_is_named_meanwhile(tiny_models: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_model(tmp_path / "mine", "patient", code=HANGS.format(file=str(go)))
    triton = servers.Triton(tmp_path / "data", [tiny_models, tmp_path / "mine"])
    with ended(triton):
        triton.begin()
        until(lambda: loading({"GATEHOUSE_TRITON_URL": triton}) == "Still loading patient")
        assert not triton.is_ready()
        go.touch()
        until(triton.is_ready)
        assert ready(triton.url) == ["echo", "patient"]
