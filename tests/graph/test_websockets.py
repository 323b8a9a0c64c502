"""graphql-transport-ws at `/graphql`: the messages, and the codes by which a connection ends."""

import pytest
from websockets.frames import Opcode

from tests.graph.websocket_peer import ACK, DATA, INIT, QUERY, SLOW, Peer, codes, subscribe

pytestmark = pytest.mark.usefixtures("quiet_log")


async def test_a_query_is_answered_and_complete(service):
    async with Peer(service) as peer:
        assert (peer.status, peer.answer["sec-websocket-protocol"]) == (101, "graphql-transport-ws")
        await peer.send({**INIT, "payload": {"anything": 1}})
        assert await peer.receive() == ACK
        await peer.send(subscribe(QUERY))
        assert await peer.receive() == {"id": "1", "type": "next", "payload": DATA}
        assert await peer.receive() == {"id": "1", "type": "complete"}
        # The id may be used again.
        assert await peer.run(QUERY, "1") == DATA
        await peer.frame(Opcode.CLOSE, b"\x03\xe8")
        assert await peer.closed() == (1000, "")


async def test_mutations_and_refusals_are_those_of_a_post(service, visitor):
    mutation = 'mutation { verifyEmail(code: "AAAA-AAAA") { __typename ... on UserError { code } } }'
    unknown = '{ infer(model: "none", inputs: []) { version } }'
    documents = [mutation, unknown, "{ nothing }", "{", '{ model(name: "identity") { name }']
    answers = [(await visitor.post(document)).json() for document in documents]

    async with Peer(service) as peer:
        await peer.begin()
        payloads = [await peer.run(document, str(number)) for number, document in enumerate(documents)]

    assert payloads[0] == {"data": {"verifyEmail": {"__typename": "CodeRefused", "code": "CODE_REFUSED"}}} == answers[0]
    assert [codes(payload) for payload in payloads[1:]] == [codes(answer["errors"]) for answer in answers[1:]]
    assert (payloads[1]["data"], codes(payloads[1])) == ({"infer": None}, ["MODEL_NOT_FOUND"])
    assert [payload[0]["message"] for payload in payloads[2:]] == [
        answer["errors"][0]["message"] for answer in answers[2:]
    ]


async def test_operations_run_at_the_same_time_and_are_told_apart(service):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(subscribe(SLOW % 1500, "slow"))
        await peer.send(subscribe(QUERY, "quick"))
        messages = [await peer.receive() for _ in range(4)]

    assert [(message["id"], message["type"]) for message in messages] == [
        ("quick", "next"),
        ("quick", "complete"),
        ("slow", "next"),
        ("slow", "complete"),
    ]


@pytest.mark.parametrize("payload", [{}, {"ping": [1, None]}])
async def test_a_ping_is_answered_with_its_payload_before_and_after_the_init(service, payload):
    message = {"payload": payload} if payload else {}

    async with Peer(service) as peer:
        await peer.send({"type": "ping", **message})
        assert await peer.receive() == {"type": "pong", **message}
        await peer.begin()
        await peer.send({"type": "pong", **message})
        await peer.send({"type": "ping", **message})
        assert await peer.receive() == {"type": "pong", **message}


INVALID = {
    "no object": b"[1]",
    "a text": b'"connection_init"',
    "null": b"null",
    "no JSON": b"{",
    "nothing": b"",
    "a key twice": b'{"type": "ping", "type": "pong"}',
    "a NUL": b'{"type": "ping", "payload": {"a": "\\u0000"}}',
    "a payload that is no object": b'{"type": "ping", "payload": [1]}',
    "no type": b"{}",
    "a type that is none": b'{"type": "start"}',
    "a type that is no text": b'{"type": 1}',
    "a type of the server": b'{"type": "connection_ack"}',
    "no id": b'{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
    "an id that is no text": b'{"type": "complete", "id": 1}',
    "an empty id": b'{"type": "complete", "id": ""}',
    "a long id": b'{"type": "complete", "id": "%b"}' % (b"x" * 129),
}


@pytest.mark.parametrize("message", INVALID.values(), ids=INVALID)
async def test_an_invalid_message_ends_the_connection_with_4400(service, message):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(message)
        code, reason = await peer.closed()

    assert code == 4400
    assert reason


async def test_a_subscription_without_a_payload_ends_the_connection_with_4400(service):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send({"id": "1", "type": "subscribe"})
        assert await peer.closed() == (4400, "A subscribe message needs a payload.")


@pytest.mark.parametrize(
    "payload", [{}, {"query": 1}, {"query": " "}, {"query": QUERY, "variables": []}, {"query": QUERY, "extensions": 1}]
)
async def test_a_payload_that_is_no_request_is_refused_as_by_post(service, visitor, payload):
    answer = (await visitor.http.post("/graphql", json=payload)).json()

    async with Peer(service) as peer:
        await peer.begin()
        await peer.send({"id": "1", "type": "subscribe", "payload": payload})
        message = await peer.receive()
        assert await peer.run(QUERY) == DATA

    assert (message["id"], message["type"]) == ("1", "error")
    assert [error["message"] for error in message["payload"]] == [error["message"] for error in answer["errors"]]
    assert codes(message["payload"]) == ["BAD_REQUEST"]


async def test_an_operation_before_the_init_is_answered_ends_the_connection_with_4401(service):
    async with Peer(service) as peer:
        await peer.send(subscribe(QUERY))
        assert await peer.closed() == (4401, "Unauthorized")


async def test_a_second_init_ends_the_connection_with_4429(service):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(INIT)
        assert await peer.closed() == (4429, "Too many initialisation requests")


async def test_an_id_in_use_ends_the_connection_with_4409_and_what_runs(service):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(subscribe(SLOW % 20_000, "mine"))
        await peer.send(subscribe(QUERY, "mine"))
        assert await peer.closed() == (4409, "Subscriber for mine already exists")


async def test_an_operation_that_the_client_completes_ends_and_the_others_go_on(service):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(subscribe(SLOW % 20_000, "ended"))
        await peer.send({"id": "ended", "type": "complete"})
        await peer.send({"id": "unknown", "type": "complete"})
        # Its id is free at once.
        assert await peer.run(QUERY, "ended") == DATA


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws", "graphql-transport-ws2, x"])
async def test_a_client_without_our_subprotocol_is_ended_with_4406(service, subprotocol):
    async with Peer(service, subprotocol=subprotocol) as peer:
        assert (peer.status, peer.answer.get("sec-websocket-protocol")) == (101, None)
        assert await peer.closed() == (4406, "Subprotocol not acceptable")


async def test_one_of_several_subprotocols_is_chosen(service):
    async with Peer(service, subprotocol="graphql-ws, graphql-transport-ws") as peer:
        await peer.begin()
        assert peer.answer["sec-websocket-protocol"] == "graphql-transport-ws"


async def test_more_than_fifty_operations_at_once_are_refused(service):
    async with Peer(service) as peer:
        await peer.begin()
        for number in range(50):
            await peer.send(subscribe(SLOW % 20_000, str(number)))
        await peer.send(subscribe(QUERY, "fifty-first"))
        message = await peer.receive()
        await peer.send({"id": "7", "type": "complete"})
        assert await peer.run(QUERY, "7") == DATA

    assert (message["id"], message["type"], codes(message["payload"])) == ("fifty-first", "error", ["RATE_LIMITED"])
    assert message["payload"][0]["extensions"]["window"] == "websocket-operations"
