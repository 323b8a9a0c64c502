#!/bin/sh
# Triton 2.51 (tritonserver of nvidia-pytriton 0.7.0), Python backend: a model's `print` and `open` are ASCII, also where
# the locale is UTF-8 and PYTHONUTF8 is set. A model that prints a line with an accent fails the call, although its
# tensors are well; the same with plain letters works, and so does Triton's own logger.
#
# Seen, with LANG=C.UTF-8 and PYTHONUTF8=1: prints "Size": OK; prints "Größe": INTERNAL, UnicodeEncodeError: 'ascii'
# codec can't encode; opens a file with "Größe": INTERNAL, UnicodeDecodeError: 'ascii' codec can't decode; logs "Größe"
# with Triton's logger: OK
#
# Needs Linux on x86-64 and Python 3.11 or 3.12 with its shared library.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip="$folder/venv/bin/pip install --quiet --disable-pip-version-check"
$pip numpy==1.26.4 'tritonclient[grpc]==2.73.0'
$pip --no-deps nvidia-pytriton==0.7.0
export LANG=C.UTF-8 PYTHONUTF8=1
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np
import tritonclient.grpc as client
from tritonclient.utils import InferenceServerException

folder = Path(sys.argv[1])
CONFIG = """backend: "python"
input [ { name: "X" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ -1 ] } ]
"""
MODEL = """import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        WORK
        return [triton.InferenceResponse([triton.Tensor("Y", one.inputs()[0].as_numpy())]) for one in requests]
"""
WORK = {
    "plain": 'print("Size")',
    "printing": 'print("Größe")',
    "opening": f'open("{folder}/text").read()',
    "logging": 'triton.Logger.log_info("Größe")',
}
(folder / "text").write_text("Größe", encoding="utf-8")
for name, work in WORK.items():
    model = folder / "models" / name
    (model / "1").mkdir(parents=True)
    (model / "config.pbtxt").write_text(CONFIG)
    (model / "1" / "model.py").write_text(MODEL.replace("WORK", work), encoding="utf-8")

installed = Path(sysconfig.get_paths()["purelib"]) / "pytriton" / "tritonserver"
version = f"{sys.version_info[0]}.{sys.version_info[1]}"
stub = installed / "backends" / "python" / "triton_python_backend_stub"
shutil.copyfile(installed / "python_backend_stubs" / version / stub.name, stub)
stub.chmod(0o755)
libraries = [sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH", "")]
server = subprocess.Popen(
    [
        *(installed / "bin" / "tritonserver", f"--model-repository={folder}/models"),
        *(f"--backend-directory={installed}/backends", f"--grpc-address=unix:{folder}/socket", "--grpc-port=1"),
        *("--allow-http=false", "--allow-metrics=false"),
    ],
    env=os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, libraries))},
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
triton = client.InferenceServerClient(f"unix:{folder}/socket:1")


def ready():
    try:
        return triton.is_server_ready()
    except InferenceServerException:
        return False


def call(model):
    tensor = client.InferInput("X", [1], "FP32")
    tensor.set_data_from_numpy(np.ones(1, dtype=np.float32))
    try:
        triton.infer(model, [tensor])
    except InferenceServerException as error:
        return f"{error.status()} {error.message().splitlines()[0]}"
    return "OK"


try:
    end = time.monotonic() + 60
    while not ready():
        assert server.poll() is None and time.monotonic() < end, "Triton did not start"
        time.sleep(0.2)
    seen = {model: call(model) for model in WORK}
finally:
    server.terminate()
    server.wait(60)
for model, answer in seen.items():
    print(f"{WORK[model]}: {answer}")
as_found = (
    seen["plain"] == seen["logging"] == "OK"
    and "INTERNAL" in seen["printing"]
    and "UnicodeEncodeError: 'ascii' codec can't encode" in seen["printing"]
    and "UnicodeDecodeError: 'ascii' codec can't decode" in seen["opening"]
)
sys.exit(0 if as_found else 1)
PYTHON
