"""Models whose declarations Triton completes, in a Triton of these tests' own: their schema, and loading them again."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema

from inference import loading
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.triton import ProcessDied, Triton
from local import servers
from tests import forked
from tests.graph import dying_models

COMPLETED = """
import os

import triton_python_backend_utils as triton


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        config.set_max_batch_size(0)
        config.add_input({{"name": "{input}", "data_type": "TYPE_STRING", "dims": [1]}})
        config.add_output({{"name": "OUT", "data_type": "TYPE_STRING", "dims": [1]}})
        return config

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        [how] = request.inputs()
        if how.as_numpy()[0] == b"exit":
            os._exit(1)
        return triton.InferenceResponse([triton.Tensor("OUT", how.as_numpy())])
"""
PUBLIC = 'backend: "python"\nparameters: { key: "gatehouse.public" value: { string_value: "true" } }\n'
DECLARED = (
    f'{PUBLIC}input [ {{ name: "HOW" data_type: TYPE_STRING dims: [ 1 ] }} ]\n'
    'output [ { name: "OUT" data_type: TYPE_STRING dims: [ 1 ] } ]\n'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completed")
    dying_models.write(folder, "completed", COMPLETED.format(input="HOW"), PUBLIC)
    dying_models.write(folder, "declared", COMPLETED.format(input="HOW"), DECLARED)
    dying_models.write(folder, "undescribed", COMPLETED.format(input="HOW"), "")
    (folder / "undescribed" / "config.pbtxt").unlink()
    # Its versions are completed differently.
    dying_models.write(folder, "versions", COMPLETED.format(input="HOW"), f"{PUBLIC}version_policy {{ all {{}} }}\n")
    (folder / "versions" / "2").mkdir()
    (folder / "versions" / "2" / "model.py").write_text(COMPLETED.format(input="OTHER"))
    return folder


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[servers.Triton]:
    with servers.Triton(tmp_path_factory.mktemp("completed-triton"), [folder]) as server:
        yield server
        server.kill()


def printed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("schema", *arguments, environ={})


def fields(schema: str) -> dict[str, list[str]]:
    """The inputs of each model that has a field."""
    models = build_schema(schema).type_map["TypedModels"]
    assert isinstance(models, GraphQLObjectType)
    return {name: list(field.args) for name, field in models.fields.items()}


def test_the_schema_of_files_says_which_models_it_leaves_out_and_fails(folder):
    ended = printed("--models", str(folder))

    assert ended.returncode == 1
    assert fields(ended.stdout) == {"declared": ["HOW"]}
    assert ended.stderr.splitlines() == [
        "gatehouse: Model 'completed' is left out: its config.pbtxt has no input and no output, which Triton adds when "
        "it loads the model. For a schema with it, use --triton.",
        "gatehouse: Model 'versions' is left out: its config.pbtxt has no input and no output, which Triton adds when "
        "it loads the model. For a schema with it, use --triton.",
        "gatehouse: Model 'undescribed' is left out: it has no config.pbtxt, and so no gatehouse.public.",
        "gatehouse: Model 'declared' may have more tensors than its config.pbtxt says, as its code has "
        "auto_complete_config. To be sure, use --triton.",
    ]


def test_the_schema_of_a_running_triton_has_the_models_that_it_completed(own_triton):
    ended = printed("--triton", own_triton.url)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert fields(ended.stdout) == {"completed": ["HOW"], "declared": ["HOW"], "versions": ["OTHER"]}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "127.0.0.1:1",
            "Triton does not answer at 127.0.0.1:1, or does not list its models. --triton needs the port of "
            "its gRPC service, by default 8001, not 8000 (HTTP/1).",
        ),
        (
            "http://127.0.0.1:8000",
            "--triton must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, the address of "
            "Triton's gRPC service, not 'http://127.0.0.1:8000'.",
        ),
    ],
)
def test_a_triton_that_cannot_be_asked_is_named(url, said):
    ended = printed("--triton", url)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == f"gatehouse: {said}"


def test_a_triton_of_several_that_cannot_be_asked_is_named(own_triton):
    ended = printed("--triton", f"{own_triton.url},127.0.0.1:1")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"Triton does not answer at {own_triton.url},127.0.0.1:1" in ended.stderr.splitlines()[-1]


def test_a_folder_and_a_triton_are_not_taken_together(folder):
    ended = printed("--triton", "127.0.0.1:1", "--models", str(folder))

    assert (ended.returncode, ended.stdout) == (2, "")


@pytest.mark.parametrize("model", ["completed", "versions"])
async def test_a_completed_model_that_died_is_loaded_again_as_it_was(own_triton, model):
    triton = Triton(own_triton.url, output_bytes=1024**2)
    before = await declared(triton, model)
    dies = Tensor(name=before[-1].input[0].name, datatype=Datatype.BYTES, shape=(1,), raw=b"\4\0\0\0exit")
    with pytest.raises(ProcessDied, match=f"^{model}_0$"):
        await triton.infer(model, "", inputs=[dies], outputs=[], within=timedelta(seconds=9))

    assert await loading.load_again(triton, model)

    after = await declared(triton, model)
    assert [(one.input, one.output) for one in after] == [(one.input, one.output) for one in before]
    # A number would be there if the configuration had been given back: there are two, and each would spoil the other.
    assert [dict(one.parameters).keys() for one in after] == {
        "completed": [{"gatehouse.public", "gatehouse.loaded_again"}],
        "versions": [{"gatehouse.public"}] * 2,
    }[model]
    assert not await loading.load_again(triton, model)
    await triton.aclose()


async def declared(triton, model):
    return [await triton.config(model, version.version) for version in await triton.statistics(model)]


def test_several_folders_are_one_schema(tmp_path):
    for name in ("first", "second"):
        dying_models.write(tmp_path / name, name, COMPLETED.format(input="HOW"), DECLARED)
    both = f"{tmp_path / 'first'}:{tmp_path / 'second'}:{tmp_path / 'first'}"

    done = printed("--models", both)

    assert (done.returncode, fields(done.stdout)) == (0, {"first": ["HOW"], "second": ["HOW"]})


def test_a_model_in_two_folders_is_refused(tmp_path):
    for folder in ("first", "second"):
        dying_models.write(tmp_path / folder, "same", COMPLETED.format(input="HOW"), DECLARED)

    done = printed("--models", f"{tmp_path / 'first'}:{tmp_path / 'second'}")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "gatehouse: Two folders of --models have a model 'same': rename one, or take it out."
    )


def test_a_folder_without_models_and_a_model_itself_have_no_schema(tmp_path):
    (tmp_path / "empty").mkdir()
    dying_models.write(tmp_path / "mine", "declared", COMPLETED.format(input="HOW"), DECLARED)

    for folder, said in {
        tmp_path / "empty": "holds no model: a repository has a folder NAME with config.pbtxt for each model.",
        tmp_path / "mine" / "declared": "is a model, not a repository: name the folder that holds it, --models "
        f"{tmp_path / 'mine'}.",
    }.items():
        ended = printed("--models", str(folder))

        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"gatehouse: {folder} {said}\n")
