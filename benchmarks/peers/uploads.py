"""A tensor of 4.9 MB: as an upload to Gatehouse, and through tritonclient straight to Triton."""

import json
import subprocess
from array import array
from pathlib import Path

from benchmarks.peers import install, load
from benchmarks.peers.backends import Backends
from benchmarks.peers.figures import Figures
from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call

AT_ONCE = 4
SHAPE = [3, 640, 640]
BYTES = 4 * 3 * 640 * 640

_BOUNDARY = "a-boundary-of-the-benchmark"
_PLAIN = Path(__file__).parent / "python" / "plain.py"


def shape_only(gatehouse: Gatehouse) -> Call:
    return _upload(gatehouse, "shape", '"shape":[3,640,640]')


def with_base64(gatehouse: Gatehouse) -> Call:
    return _upload(gatehouse, "base64", '"base64":"AAAA')


def plain(backends: Backends, seconds: int) -> Figures:
    """tritonclient in a process of its own, whose processor time and memory count here."""
    command = [install.python(), _PLAIN, backends.triton_grpc, str(seconds), str(AT_ONCE)]
    ran = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60
    )
    counted, own = load.parse(ran.stdout), json.loads(ran.stdout)
    return Figures(
        rate=counted.calls / counted.seconds,
        p50_ms=counted.p50_ms,
        p99_ms=counted.p99_ms,
        cpu_us=own["cpu_us"] / counted.calls,
        before_mb=own["before_mb"],
        peak_mb=own["peak_mb"],
        after_mb=own["peak_mb"],
    )


def _upload(gatehouse: Gatehouse, field: str, expected: str) -> Call:
    query = f"""query ($inputs: [TensorInput!]!) {{
      infer(model: "image", inputs: $inputs) {{ outputs {{ {field} }} }}
    }}"""
    data = {"upload": None}
    variables = {"inputs": [{"name": "IN", "shape": SHAPE, "datatype": "FP32", "data": data}]}
    parts = {
        "operations": json.dumps({"query": query, "variables": variables}).encode(),
        "map": json.dumps({"0": ["variables.inputs.0.data.upload"]}).encode(),
        '0"; filename="tensor.bin': array("f", [0.0]).tobytes() * (BYTES // 4),
    }
    return Call(
        gatehouse.graphql,
        b"".join(_part(name, content) for name, content in parts.items()) + f"--{_BOUNDARY}--\r\n".encode(),
        [gatehouse.token],
        expected,
        f"multipart/form-data; boundary={_BOUNDARY}",
    )


def _part(name: str, content: bytes) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"
