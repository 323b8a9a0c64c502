"""Bodies: nothing large is read or parsed for a caller who was not admitted."""

import asyncio

from tests.abuse import wire
from tests.journey.client import create_token, revoke_token

MIB = 1024**2
FORM = ["Content-Type: multipart/form-data; boundary=b", "GraphQL-Require-Preflight: 1"]


async def revoked(attacked, client_at, process):
    person = await attacked.person()
    session = client_at(process, person.session)
    created = await create_token(session, scopes=["READ"])
    assert (await revoke_token(session, created)).status_code == 200
    return created["token"]


async def test_a_revoked_token_is_refused_before_its_body_has_come(attacked, client_at):
    token, service = await revoked(attacked, client_at, 0), attacked.services[0]
    before = wire.memory(service.pid)

    async def show() -> tuple[int, str]:
        async with wire.Line(service.port, wire.network()) as line:
            # Nothing of the body is sent.
            await line.send(wire.head(8 * MIB, token))
            return wire.code(await line.answer(5))

    assert await asyncio.gather(*(show() for _ in range(20))) == [(401, "UNAUTHENTICATED")] * 20
    assert wire.memory(service.pid) - before < 20 * MIB


async def test_a_revoked_token_is_refused_where_its_body_comes_in_chunks(attacked, client_at):
    token, service = await revoked(attacked, client_at, 0), attacked.services[0]
    head = wire.head(0, token).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

    async with wire.Line(service.port, wire.network()) as line:
        await line.send(head + b"%x\r\n" % (128 * 1024) + b" " * (100 * 1024))
        assert wire.code(await line.answer(5)) == (401, "UNAUTHENTICATED")


async def test_a_body_of_too_many_lists_is_refused_and_bystanders_are_answered(attacked):
    person, port = await attacked.person(), attacked.services[0].port
    lists = b'{"query":"{ __typename }","variables":{"a":[' + b"[]," * 2_500_000 + b"[]]}}"

    async def send() -> tuple[int, str]:
        async with wire.Line(port, wire.network()) as line:
            await line.post(lists, person.session)
            return wire.code(await line.answer(60))

    sent = [asyncio.create_task(send()) for _ in range(5)]
    bystander = await wire.turns(port)

    assert bystander == [(200, "OK")] * 10
    assert await asyncio.gather(*sent) == [(413, "PAYLOAD_TOO_LARGE")] * 5


async def test_a_tensor_of_8_mb_in_json_is_taken(attacked):
    person, port = await attacked.person(), attacked.services[0].port
    text = """query ($v: TensorData!) {
      infer(model: "identity", inputs: [{name: "IN_FP64", shape: [470000], data: {values: $v}}]) { version } }"""
    body = wire.query(text, v=[number + 0.123456789012 for number in range(470_000)])
    assert len(body) > 7 * MIB

    async with wire.Line(port, wire.network()) as line:
        await line.post(body, person.session)
        assert wire.code(await line.answer(60)) == (200, "OK")


async def test_the_form_of_an_anonymous_caller_is_bounded_like_its_json(attacked):
    service = attacked.services[0]
    before = wire.memory(service.pid)

    async def send() -> tuple[int, str]:
        async with wire.Line(service.port, wire.network()) as line:
            await line.send(wire.head(32 * MIB, None, FORM))
            return wire.code(await line.answer(5))

    assert await asyncio.gather(*(send() for _ in range(12))) == [(413, "PAYLOAD_TOO_LARGE")] * 12
    assert wire.memory(service.pid) - before < 20 * MIB
    # The same without a declared length, once more than that has arrived.
    async with wire.Line(service.port, wire.network()) as line:
        head = wire.head(0, None, FORM).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        part = b'--b\r\nContent-Disposition: form-data; name="0"; filename="0"\r\n\r\n' + b"\0" * 70_000
        await line.send(head + b"%x\r\n" % len(part) + part)
        assert wire.code(await line.answer(5)) == (413, "PAYLOAD_TOO_LARGE")
