"""Files in multipart forms."""

import json
from struct import pack

import pytest

from tests.graph import wire
from tests.graph.forms import FILE, MEGABYTE, ONE, PREFLIGHT, QUERY, form, operations, send

pytestmark = pytest.mark.usefixtures("answers_as_before")

TWICE = """query ($a: Upload!) {
  a: infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $a}}]) { outputs { shape } }
  b: infer(model: "identity", inputs: [{name: "IN_UINT8", shape: [%d], data: {upload: $a}}]) { outputs { shape } } }"""
NEVER = "query ($v: [Upload!]!) { __typename @skip(if: true) service { health } }"
READ = "query ($v: [ImageInput!]!) { readTexts(images: $v) { ... on UserError { code } } }"


@pytest.mark.parametrize("name", ["GraphQL-Require-Preflight", "Apollo-Require-Preflight", "graphql-require-preflight"])
async def test_a_file_stands_where_the_map_says(visitor, name: str):
    answer = await send(visitor, form(), **{name: ""})

    assert answer.json() == {"data": {"a": {"outputs": [{"values": [1, -1]}]}}}


@pytest.mark.parametrize("headers", [{"X-Other": "1"}, {"Origin": "https://elsewhere.test", "Cookie": "a=b"}])
async def test_a_form_of_another_sites_page_is_refused(visitor, headers: dict[str, str]):
    answer = await send(visitor, form(), **headers)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


BAD_MAPS = [
    "", "x", "null", "1", "[]", '{"0":"variables.a"}', '{"0":null}', '{"0":[]}', '{"0":[1]}', '{"0":[["variables.a"]]}',
    '{"0":["variables.a","variables.a"]}', '{"0":["variables.a","variables.b","variables.a"]}',
    '{"0":["variables.a",null]}', '{"0":["variables.a",["variables.b"]]}', '{"0":["variables.a","variables.none"]}',
    '{"0":["variables.more.0","variables.more.00"]}', '{"0":["variables.a","variables.a.0"]}',
    '{"0":["variables.a"],"0":["variables.a"]}',
    "{}", '{"1":["variables.a"]}', '{"0":["variables.a"],"1":["variables.b"]}',
    '{"0":[""]}', '{"0":["."]}', '{"0":["variables"]}', '{"0":["variables."]}', '{"0":["query"]}',
    '{"0":["operationName"]}',
    '{"0":["0.variables.a"]}', '{"0":["Variables.a"]}', '{"0":["variables.none"]}', '{"0":["variables.a.b"]}',
    '{"0":["variables.a.0"]}', '{"0":["variables.__class__"]}', '{"0":["variables.text"]}', '{"0":["variables.more"]}',
    '{"0":["variables.more.2"]}', '{"0":["variables.more.-1"]}', '{"0":["variables.more.99999999999999999999"]}',
    '{"0":["variables.more.x"]}', '{"0":["variables.more.\u0661"]}', '{"0":["variables.more.1"]}',
    '{"0":["variables.more.0x0"]}', '{"0":["variables.more.+0"]}', '{"0":["variables.more. 0"]}',
    '{"0":["variables.more."]}',
    f'{{"0":["variables.{".".join("a" * 10_000)}"]}}', '{"0":[{}]}',
]  # fmt: skip


@pytest.mark.parametrize("paths", BAD_MAPS)
async def test_a_map_that_does_not_fit_is_refused(visitor, paths: str):
    text = operations(QUERY, a=None, b=None, text="x", more=[None, "x"])
    answer = await send(visitor, form(text=text, paths=paths))

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_two_files_cannot_have_one_path(visitor):
    files = [*form(paths='{"0":["variables.a"],"1":["variables.a"]}'), ("1", FILE)]
    answer = await send(visitor, files)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "files",
    [
        [],
        form()[:2],
        form()[1:],
        [form()[0], form()[2]],
        [*form(), ("1", FILE)],
        [*form(), ("0", FILE)],
        [*form(), ("map", (None, "{}"))],
        [*form(), ("operations", (None, "{}"))],
        [*form(), ("other", (None, "x"))],
        [("operations", FILE), *form()[1:]],
        [form()[0], ("map", FILE), form()[2]],
        [*form(), ("map", FILE)],
        [*form()[:2], ("0", (None, "text"))],
        [("operations", (None, operations().encode() + b"\xff")), *form()[1:]],
        [("operations", (None, "[" + operations() + "]")), *form()[1:]],
        [("operations", (None, "null")), *form()[1:]],
        [("operations", (None, '{"query":"{ a }","query":"{ b }"}')), *form()[1:]],
        [("operations", (None, operations(a="\0"))), *form()[1:]],
        [(f"f{number}", (None, "")) for number in range(1000)],
    ],
    ids=str,
)  # fmt: skip
async def test_a_form_that_does_not_fit_is_refused(visitor, files: list[tuple[str, object]]):
    answer = await send(visitor, files or {"x": (None, "")})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


PART = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
WHOLE = PART.format("operations", '{"query":"{ __typename }"}') + PART.format("map", "{}")
HEADERS = "".join(f"X-{number}: {'x' * 4000}\r\n" for number in range(7))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=", WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=c", WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 300, WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=b", ""),
        ("multipart/form-data; boundary=b", "nonsense"),
        ("multipart/form-data; boundary=b", "--b--\r\n"),
        ("multipart/form-data; boundary=b", WHOLE),
        ("multipart/form-data; boundary=b", WHOLE[:-10]),
        ("multipart/form-data; boundary=b", WHOLE + "--b"),
        ("multipart/form-data; boundary=b", WHOLE.replace("form-data;", "x;").replace("name=", "nam=") + "--b--\r\n"),
        ("multipart/form-data; boundary=b", f"--b\r\n{'X: ' + 'x' * 60_000}\r\n\r\n\r\n" + WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=b", f"--b\r\n{HEADERS * 3}\r\n\r\n" + WHOLE + "--b--\r\n"),
        ("multipart/form-data; boundary=b", "--b\r\n" + "X: x\r\n" * 5000 + "\r\n\r\n" + WHOLE + "--b--\r\n"),
    ],
)
async def test_what_is_no_whole_form_is_refused(visitor, kind: str, body: str):
    headers = {**PREFLIGHT, "Content-Type": kind}
    answer = await visitor.http.post("/graphql", content=body.encode(), headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_form_without_files_is_a_request_too(visitor):
    headers = {**PREFLIGHT, "Content-Type": "multipart/form-data; boundary=b"}
    answer = await visitor.http.post("/graphql", content=WHOLE + "--b--\r\n", headers=headers)

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


async def test_sixteen_files_may_come_and_no_more(visitor):
    answers = []
    for count in (16, 17):
        paths = json.dumps({str(number): [f"variables.v.{number}.upload"] for number in range(count)})
        text = operations(READ, v=[{"upload": None}] * count)
        files = {str(number): (f"{number}", b"no image") for number in range(count)}
        answers.append(await send(visitor, form(text=text, paths=paths, **files)))

    assert answers[0].json() == {"data": {"readTexts": [{"code": "INVALID_IMAGE"}] * 16}}
    assert (answers[1].status_code, answers[1].json()["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("sizes", [[32 * MEGABYTE + 1], [17 * MEGABYTE] * 2, [40 * MEGABYTE]], ids=str)
async def test_files_that_are_too_large_together_are_refused(visitor, sizes: list[int]):
    paths = json.dumps({str(number): [f"variables.v.{number}"] for number in range(len(sizes))})
    files = {str(number): ("x", bytes(size)) for number, size in enumerate(sizes)}
    answer = await send(visitor, form(text=operations(NEVER, v=[None] * len(sizes)), paths=paths, **files))

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_form_that_says_it_is_too_large_is_not_waited_for(service):
    head = wire.HEAD.replace("application/json", "multipart/form-data; boundary=b")
    status, body = await wire.send(service, head + "GraphQL-Require-Preflight: 1\r\nContent-Length: 40000000\r\n\r\n")

    assert (status, wire.code(body)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("name", ["operations", "map"])
async def test_a_field_larger_than_a_json_body_may_be_is_refused(visitor, name: str):
    files = dict(form())
    files[name] = (None, str(files[name][1]) + " " * 64 * 1024)  # type: ignore[index]
    answer = await send(visitor, list(files.items()))

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("size", [0, 2, MEGABYTE + 1, 3 * MEGABYTE])
async def test_two_fields_may_read_the_same_file(visitor, size: int):
    answer = await send(visitor, form(text=operations(TWICE % (size, size)), **{"0": ("x", bytes(size))}))

    assert answer.json() == {"data": {"a": {"outputs": [{"shape": [size]}]}, "b": {"outputs": [{"shape": [size]}]}}}


async def test_every_byte_of_a_large_file_arrives(visitor):
    size = 400_000
    query = """query ($a: Upload!) { infer(model: "identity", inputs: [
      {name: "IN_INT32", shape: [%d], data: {upload: $a}}]) { outputs { values } } }"""
    numbers = list(range(-5, size - 5))
    answer = await send(visitor, form(text=operations(query % size), **{"0": ("x", pack(f"<{size}i", *numbers))}))

    assert answer.json() == {"data": {"infer": {"outputs": [{"values": numbers}]}}}


@pytest.mark.parametrize("value", ["x", {}, [], 1, True])
async def test_only_a_file_is_an_upload(visitor, value: object):
    answer = await visitor.post(ONE, a=value)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


CODINGS = ["Content-Encoding: gzip", "content-encoding:br", "Content-Transfer-Encoding: base64"]
CODINGS += ["Content-Transfer-Encoding: quoted-printable "]


@pytest.mark.parametrize("encoded", ["operations", "map", "0"])
@pytest.mark.parametrize("coding", CODINGS)
async def test_an_encoded_part_is_refused_by_the_name_of_its_encoding(visitor, coding: str, encoded: str):
    answer = await send_parts(visitor, **{encoded: coding})

    name = coding.partition(":")[2].strip()
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer.json()["errors"][0]["message"] == (
        f"Part {encoded!r} has the encoding {name!r}, which is not decoded here. Send it without one."
    )


@pytest.mark.parametrize("coding", ["Content-Encoding: identity", "Content-Transfer-Encoding: binary", "X: gzip"])
@pytest.mark.parametrize("said", ["operations", "map", "0"])
async def test_a_part_may_say_that_it_is_not_encoded(visitor, coding: str, said: str):
    answer = await send_parts(visitor, **{said: coding})

    assert answer.json() == {"data": {"a": {"outputs": [{"values": [1, -1]}]}}}


async def send_parts(visitor, **fields: str):
    """A good form in which the parts of these names have one more field each."""
    contents = {"operations": operations().encode(), "map": b'{"0":["variables.a"]}', "0": FILE[1]}
    body = b""
    for name, content in contents.items():
        filename = '; filename="0"' if name == "0" else ""
        extra = f"{fields[name]}\r\n" if name in fields else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n{extra}\r\n'
        body += head.encode() + content + b"\r\n"
    headers = {**PREFLIGHT, "Content-Type": "multipart/form-data; boundary=b"}
    return await visitor.http.post("/graphql", content=body + b"--b--\r\n", headers=headers)
