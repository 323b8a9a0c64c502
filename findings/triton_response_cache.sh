#!/bin/sh
# tritonserver 2.51.0 with tritonclient 2.73.0: the key of the response cache is made from a request's inputs alone. The
# outputs that a request names are no part of it, so the answer holds those that the first caller named, as a success:
# who names others gets the wrong ones. An error that the model gave is kept as well, and comes back as a success
# without outputs. Needs Python 3.11 or 3.12, and its shared library.
#
# Seen with the packages below on Python 3.11:
#     asked for A: ['A']
#     asked for B: ['A']
#     asked for all: ['A']
#     first error: no
#     same again: []
# Exits with 0 while this is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }
pip numpy==1.26.4 'tritonclient[grpc]==2.73.0'
pip --no-deps nvidia-pytriton==0.7.0
mkdir -p "$folder/models/kept/1"
cat >"$folder/models/kept/config.pbtxt" <<'CONFIG'
backend: "python"
response_cache { enable: true }
input { name: "IN" data_type: TYPE_INT32 dims: 1 }
output { name: "A" data_type: TYPE_INT32 dims: 1 }
output { name: "B" data_type: TYPE_INT32 dims: 1 }
CONFIG
cat >"$folder/models/kept/1/model.py" <<'MODEL'
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(triton.get_input_tensor_by_name(request, "IN").as_numpy()) for request in requests]

    def answer(self, given):
        if given[0] < 0:
            return triton.InferenceResponse([], triton.TritonError("no", triton.TritonError.INVALID_ARG))
        return triton.InferenceResponse([triton.Tensor("A", given), triton.Tensor("B", given)])
MODEL
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np
import tritonclient.grpc as triton

folder = Path(sys.argv[1])
server = Path(sysconfig.get_path("purelib"), "pytriton", "tritonserver")
version = f"{sys.version_info.major}.{sys.version_info.minor}"
stub = server / "backends" / "python" / "triton_python_backend_stub"
shutil.copyfile(server / "python_backend_stubs" / version / stub.name, stub)
stub.chmod(0o755)
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
flags = [
    f"--model-repository={folder / 'models'}",
    f"--backend-directory={server / 'backends'}",
    f"--cache-directory={server / 'caches'}",
    "--cache-config=local,size=1048576",
    "--grpc-address=127.0.0.1",
    f"--grpc-port={port}",
    "--allow-http=false",
    "--allow-metrics=false",
    "--backend-config=python,shm-default-byte-size=1048576",
    f"--backend-config=python,shm-region-prefix-name=finding-{os.getpid()}",
]
environment = os.environ | {"LD_LIBRARY_PATH": sysconfig.get_config_var("LIBDIR")}
log = (folder / "log").open("w")
(server / "bin" / "tritonserver").chmod(0o755)
process = subprocess.Popen([server / "bin" / "tritonserver", *flags], env=environment, stdout=log, stderr=log)
try:
    client = triton.InferenceServerClient(f"127.0.0.1:{port}")

    def ready():
        try:
            return client.is_model_ready("kept")
        except triton.InferenceServerException:
            return False

    end = time.monotonic() + 120
    while not ready():
        assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()[-3000:]
        time.sleep(0.2)

    def call(number, *outputs):
        given = triton.InferInput("IN", [1], "INT32")
        given.set_data_from_numpy(np.array([number], np.int32))
        asked = [triton.InferRequestedOutput(name) for name in outputs] or None
        answer = client.infer("kept", [given], outputs=asked, client_timeout=10)
        return [output.name for output in answer.get_response().outputs]

    first, other, everything = call(1, "A"), call(1, "B"), call(1)
    print("asked for A:", first)
    print("asked for B:", other)
    print("asked for all:", everything)
    assert first == other == everything == ["A"]
    try:
        call(-1)
        raise AssertionError("the model did not refuse")
    except triton.InferenceServerException as error:
        print("first error:", error.message())
    again = call(-1)
    print("same again:", again)
    assert again == []
finally:
    process.terminate()
    process.wait(30)
PYTHON
