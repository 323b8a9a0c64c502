#!/bin/sh
# tritonserver 2.51.0 (nvidia-pytriton 0.7.0) with tritonclient 2.73.0: the server does not decode the path of a request,
# and the client encodes the model's name in it. So a model named `a+b` is ready and can be called by gRPC, and by HTTP with
# a path that is not encoded; NVIDIA's own client finds no such model by HTTP.
#
# Seen: grpc: OUT / http client: Request for unknown model: 'a%2Bb' is not found / plain path: 200
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps nvidia-pytriton==0.7.0 numpy==1.26.4
# A second environment: the client needs a newer numpy than the models.
python3 -m venv "$folder/client"
"$folder/client/bin/pip" install --quiet --disable-pip-version-check 'tritonclient[grpc,http]==2.73.0'
PATH="$folder/venv/bin:$PATH" "$folder/client/bin/python" - "$folder" <<'PYTHON'
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

NAME = "a+b"
folder = Path(sys.argv[1])
version = f"{sys.version_info.major}.{sys.version_info.minor}"
server = folder / "venv" / "lib" / f"python{version}" / "site-packages" / "pytriton" / "tritonserver"
stub = server / "backends" / "python" / "triton_python_backend_stub"
shutil.copy(server / "python_backend_stubs" / version / stub.name, stub)
for program in (stub, server / "bin" / "tritonserver"):
    program.chmod(0o755)

model = folder / "models" / NAME
(model / "1").mkdir(parents=True)
(model / "1" / "model.py").write_text(
    "import triton_python_backend_utils as triton\n"
    "class TritonPythonModel:\n"
    "    def execute(self, requests):\n"
    "        return [triton.InferenceResponse([triton.Tensor('OUT', r.inputs()[0].as_numpy())]) for r in requests]\n"
)
(model / "config.pbtxt").write_text(
    f'name: "{NAME}"\nbackend: "python"\n'
    'input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]\n'
    'output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]\n'
)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


http, grpc = free_port(), free_port()
log = (folder / "log").open("w")
triton = subprocess.Popen(
    [
        server / "bin" / "tritonserver",
        f"--model-repository={model.parent}",
        f"--backend-directory={server / 'backends'}",
        "--http-address=127.0.0.1",
        f"--http-port={http}",
        "--grpc-address=127.0.0.1",
        f"--grpc-port={grpc}",
        "--allow-metrics=false",
        "--disable-auto-complete-config",
    ],
    stdout=log,
    stderr=log,
    env={"PATH": f"{folder / 'venv' / 'bin'}:/usr/bin:/bin"},
)


def call(module, port):
    client = module.InferenceServerClient(f"127.0.0.1:{port}")
    given = module.InferInput("IN", [1], "INT32")
    given.set_data_from_numpy(np.ones(1, np.int32))
    try:
        answer = client.infer(NAME, [given]).get_response()
    except InferenceServerException as error:
        return error.message()
    return (answer["outputs"][0]["name"]) if isinstance(answer, dict) else answer.outputs[0].name


def plain():
    body = b'{"inputs":[{"name":"IN","shape":[1],"datatype":"INT32","data":[1]}]}'
    request = urllib.request.Request(f"http://127.0.0.1:{http}/v2/models/{NAME}/infer", data=body)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


try:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{http}/v2/health/ready", timeout=5).close()
            break
        except (urllib.error.URLError, ConnectionError):
            assert triton.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
    seen = [call(tritonclient.grpc, grpc), call(tritonclient.http, http), plain()]
finally:
    triton.kill()
    triton.wait()
print(f"grpc: {seen[0]} / http client: {seen[1]} / plain path: {seen[2]}")
assert seen == ["OUT", "Request for unknown model: 'a%2Bb' is not found", 200], seen
PYTHON
