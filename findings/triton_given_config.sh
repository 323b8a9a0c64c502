#!/bin/sh
# tritonserver 2.51.0 (nvidia-pytriton 0.7.0): a plain load call keeps a configuration that an earlier load call gave, as
# long as no file of the model changes. Python itself changes one: the first load writes __pycache__ beside model.py. So
# the first plain load after it drops the given configuration although nobody changed anything; later ones keep it.
#
# Seen: load call 1 / the file / load call 2 / load call 2
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps nvidia-pytriton==0.7.0 numpy==1.26.4
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path

folder = Path(sys.argv[1])
server = Path(sysconfig.get_path("purelib")) / "pytriton" / "tritonserver"
stub = server / "backends" / "python" / "triton_python_backend_stub"
version = f"{sys.version_info.major}.{sys.version_info.minor}"
shutil.copy(server / "python_backend_stubs" / version / stub.name, stub)
for program in (stub, server / "bin" / "tritonserver"):
    program.chmod(0o755)

model = folder / "models" / "echo"
(model / "1").mkdir(parents=True)
(model / "1" / "model.py").write_text(
    "import triton_python_backend_utils as triton\n"
    "class TritonPythonModel:\n"
    "    def execute(self, requests):\n"
    "        return [triton.InferenceResponse([triton.Tensor('OUT', r.inputs()[0].as_numpy())]) for r in requests]\n"
)
CONFIG = {
    "name": "echo",
    "backend": "python",
    "input": [{"name": "IN", "data_type": "TYPE_INT32", "dims": [1]}],
    "output": [{"name": "OUT", "data_type": "TYPE_INT32", "dims": [1]}],
}
(model / "config.pbtxt").write_text(
    'name: "echo"\nbackend: "python"\n'
    'input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]\n'
    'output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]\n'
    'parameters: { key: "from" value: { string_value: "the file" } }\n'
)

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
log = (folder / "log").open("w")
triton = subprocess.Popen(
    [
        server / "bin" / "tritonserver",
        f"--model-repository={model.parent}",
        f"--backend-directory={server / 'backends'}",
        "--model-control-mode=explicit",
        "--http-address=127.0.0.1",
        f"--http-port={port}",
        "--allow-grpc=false",
        "--allow-metrics=false",
        "--disable-auto-complete-config",
    ],
    stdout=log,
    stderr=log,
    env={"PATH": f"{folder / 'venv' / 'bin'}:/usr/bin:/bin"},
)


def ask(path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v2/{path}", data=body)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def given_or_not(parameters):
    ask("repository/models/echo/load", json.dumps({"parameters": parameters}).encode())
    return json.loads(ask("models/echo/config"))["parameters"]["from"]["string_value"]


def config(number):
    return json.dumps(CONFIG | {"parameters": {"from": {"string_value": f"load call {number}"}}})


try:
    for _ in range(300):
        try:
            ask("health/live")
            break
        except (urllib.error.URLError, ConnectionError):
            assert triton.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
    seen = [
        given_or_not({"config": config(1)}),
        given_or_not({}),
        given_or_not({"config": config(2)}),
        given_or_not({}),
    ]
finally:
    triton.kill()
    triton.wait()
print(" / ".join(seen))
assert seen == ["load call 1", "the file", "load call 2", "load call 2"], seen
PYTHON
