"""RFC 6455: frames that fit, and codes for those that do not."""

import asyncio

import orjson
import pytest
from websockets.frames import Opcode

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.websocket_peer import DATA, INIT, QUERY, Peer, bearer, masked, subscribe

pytestmark = pytest.mark.usefixtures("quiet_log")


async def test_a_message_may_come_in_fragments_with_a_ping_between(service):
    text = orjson.dumps(subscribe(QUERY + " # ü€", "ü"))

    async with Peer(service) as peer:
        await peer.begin()
        for number, octet in enumerate(text):
            last = number == len(text) - 1
            await peer.frame(Opcode.CONT if number else Opcode.TEXT, bytes([octet]), fin=last)
            if number == 5:
                await peer.frame(Opcode.PING, b"here")
        pong = await peer.next_frame()
        answer = await peer.receive()

    assert (pong.opcode, pong.data) == (Opcode.PONG, b"here")
    assert answer == {"id": "ü", "type": "next", "payload": DATA}


async def test_messages_may_come_before_the_answer_to_the_handshake_and_in_any_pieces(service):
    frames = b"".join(masked(Opcode.TEXT, orjson.dumps(message)) for message in (INIT, subscribe(QUERY)))

    async with Peer(service, early=frames) as peer:
        found = [await peer.receive() for _ in range(3)]
        for octet in masked(Opcode.TEXT, orjson.dumps(subscribe(QUERY))):
            peer.writer.write(bytes([octet]))
            await peer.writer.drain()
            await asyncio.sleep(0)
        found += [await peer.receive() for _ in range(2)]

    answer = [{"id": "1", "type": "next", "payload": DATA}, {"id": "1", "type": "complete"}]
    assert found == [{"type": "connection_ack"}, *answer, *answer]


ENDS = {
    "binary": (Opcode.BINARY, b"{}", {}, 1003),
    "invalid UTF-8": (Opcode.TEXT, b'"\xff"', {}, 1007),
    "half a surrogate": (Opcode.TEXT, b'"\xed\xa0\x80"', {}, 1007),
    "compressed": (Opcode.TEXT, b"\xaaV*\xc9L/V\xb2R\xca-OQ\xaa\x05\x00", {"rsv1": True}, 1002),
    "a continuation of nothing": (Opcode.CONT, b"{}", {}, 1002),
    "a ping in fragments": (Opcode.PING, b"", {"fin": False}, 1002),
    "a long ping": (Opcode.PING, b"x" * 126, {}, 1002),
}


@pytest.mark.parametrize(("opcode", "data", "options", "code"), ENDS.values(), ids=ENDS)
async def test_a_frame_that_is_not_allowed_ends_the_connection(service, opcode, data, options, code):
    async with Peer(service) as peer:
        await peer.begin()
        await peer.frame(opcode, data, **options)
        assert (await peer.closed())[0] == code


@pytest.mark.parametrize(
    "frame", [b"\x81\x02{}", b"\x83\x80\0\0\0\0", b"\x88\x81\0\0\0\0x", b"\x88\x82\0\0\0\0\x03\xed"]
)
async def test_bytes_that_are_no_frame_end_the_connection_with_1002(service, frame):
    """Without a mask, with an unknown opcode, and close frames with a bad code."""
    async with Peer(service) as peer:
        await peer.begin()
        peer.writer.write(frame)
        assert (await peer.closed())[0] == 1002


async def test_compression_is_not_agreed_on(service):
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}

    async with Peer(service, headers=offer) as peer:
        assert peer.status == 101
        assert "sec-websocket-extensions" not in peer.answer
        assert await (await peer.begin()).run(QUERY) == DATA


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize(("is_initialised", "most"), [(False, 16_384), (True, 65_536)])
async def test_a_message_has_the_size_of_a_body_at_most(service, is_initialised, most, fragments):
    """64 KiB of an anonymous caller, and 16 KiB before the init of anybody."""
    text = orjson.dumps(subscribe(QUERY) if is_initialised else {"type": "ping"}).ljust(most)

    async with Peer(service) as peer:
        if is_initialised:
            await peer.begin()
        await peer.send(text)
        answer = await peer.receive()
        if is_initialised:
            assert await peer.receive() == {"id": "1", "type": "complete"}
        larger, step = text + b" ", -(-most // fragments)
        for start in range(0, most + 1, step):
            await peer.frame(
                Opcode.CONT if start else Opcode.TEXT, larger[start : start + step], fin=start + step > most
            )
        assert (await peer.closed())[0] == 1009

    assert answer == ({"id": "1", "type": "next", "payload": DATA} if is_initialised else {"type": "pong"})


@pytest.mark.parametrize("end", [b"}", b"\xff"])
async def test_a_user_may_send_as_much_as_in_a_body_and_a_large_message_is_checked_whole(service, ada, end):
    comment = "€" * 2_500_000
    text = orjson.dumps(subscribe(f"{QUERY}\n#", comment=comment))[:-1] + end

    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        await peer.send(text)
        if end == b"}":
            assert await peer.receive() == {"id": "1", "type": "next", "payload": DATA}
            assert await peer.receive() == {"id": "1", "type": "complete"}
            await peer.frame(Opcode.TEXT, b"x" * (8 * 1024**2 + 1))
            assert (await peer.closed())[0] == 1009
        else:
            assert await peer.closed() == (1007, "A message is not valid UTF-8.")


async def test_a_flood_of_pings_does_not_keep_others_waiting_and_all_are_answered(service, visitor):
    async with Peer(service) as peer:
        await peer.begin()
        peer.writer.write(b"\x89\x80\0\0\0\0" * 20_000)
        assert (await visitor.post(QUERY)).json() == DATA
        for _ in range(20_000):
            assert (await peer.next_frame()).opcode is Opcode.PONG
        assert await peer.run(QUERY) == DATA


async def test_fragments_without_bytes_hold_nothing(service):
    async with Peer(service) as peer:
        await peer.begin()
        peer.writer.write(b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 50_000)
        await peer.frame(Opcode.CONT, orjson.dumps(subscribe(QUERY)))
        assert await peer.receive() == {"id": "1", "type": "next", "payload": DATA}
