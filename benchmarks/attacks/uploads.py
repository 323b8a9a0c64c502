"""Files."""

import json
import random
from struct import pack

from benchmarks.attacks.request import Request, aliased


def _upload(query: str, content: bytes, number: int) -> Request:
    operations = json.dumps({"query": f"{query} #{number}", "variables": {"u": None}})
    return {
        "files": {"operations": (None, operations), "map": (None, '{"0":["variables.u"]}'), "0": ("0", content)},
        "headers": {"GraphQL-Require-Preflight": "1", "Accept": "application/graphql-response+json"},
    }


def _uploaded(model: str, name: str, shape: str, others: str = "") -> str:
    tensor = f'{{name: "{name}", shape: {shape}, data: {{upload: $u}}}}'
    infer = f'infer(model: "{model}", inputs: [{others} {tensor}]) {{ outputs {{ values }} }}'
    return f"query ($u: Upload!) {{ {infer} }}"


def large_upload(number: int) -> Request:
    return _upload(_uploaded("large_output", "COUNT", "[1]"), bytes(32 * 1024**2 - 100), number)


def large_upload_read_many_times(number: int) -> Request:
    field = 'infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [1], data: {upload: $u}}]) { version }'
    return _upload(f"query ($u: Upload!) {{ {aliased(field)} }}", bytes(32 * 1024**2 - 100), number)


def large_upload_sent_to_the_model(number: int) -> Request:
    size = 31 * 1024**2
    return _upload(_uploaded("identity", "IN_UINT8", f"[{size}]"), bytes(size), number)


def large_upload_of_wide_numbers(number: int) -> Request:
    size = 4 * 1024**2 - 100
    return _upload(_uploaded("identity", "IN_INT64", f"[{size}]"), bytes(8 * size), number)


def large_upload_of_no_numbers(number: int) -> Request:
    size = 8 * 1024**2 - 100
    return _upload(_uploaded("identity", "IN_FP32", f"[{size}]"), pack("<f", float("nan")) * size, number)


def large_upload_ranked(number: int) -> Request:
    rows = 3_500_000
    query = '{name: "query", shape: [1], data: {values: [1]}}'
    return _upload(_uploaded("similarity", "candidates", f"[{rows}, 1]", query), pack("<f", number / 7) * rows, number)


def many_byte_strings(number: int) -> Request:
    count = 8_000_000
    return _upload(_uploaded("text", "IN", f"[{count}]"), bytes(4 * count), number)


def lying_image(number: int) -> Request:
    field = "readText(image: {upload: $u}) { text }"
    content = b"\xff\xd8\xff" + b"\xff" * (32 * 1024**2 - 100)
    return _upload(f"query ($u: Upload!) {{ {aliased(field)} }}", content, number)


def upload_of_near_boundaries(number: int) -> Request:
    boundary = "b" * 60
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="0"; filename="0"\r\n\r\n'
        + f"\r\n--{boundary[:-1]}" * 400_000
    )
    return _multipart(body.encode(), boundary)


def upload_of_line_ends(number: int) -> Request:
    body = '--b\r\nContent-Disposition: form-data; name="0"; filename="0"\r\n\r\n' + "\r\n" * 15_000_000
    return _multipart(body.encode(), "b")


def upload_of_random_bytes(number: int) -> Request:
    content = random.Random(number).randbytes(30 * 1024**2)  # noqa: S311  # only noise
    return _multipart(b'--b\r\nContent-Disposition: form-data; name="0"; filename="0"\r\n\r\n' + content, "b")


def many_parts(number: int) -> Request:
    part = '--b\r\nContent-Disposition: form-data; name="0"\r\n\r\n\r\n'
    return _multipart(part.encode() * 200_000, "b")


def many_headers(number: int) -> Request:
    headers = "".join(f"X-{i}: {'x' * 4000}\r\n" for i in range(8))
    part = f'--b\r\n{headers}Content-Disposition: form-data; name="0"\r\n\r\n\r\n'
    return _multipart(part.encode() * 3, "b")


def _multipart(body: bytes, boundary: str) -> Request:
    headers = {"GraphQL-Require-Preflight": "1", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return {"content": body, "headers": headers}
