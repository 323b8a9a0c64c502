"""Sixty WebSockets of one network that send tiny frames without a pause, by a process of their own."""

import asyncio
import sys

from websockets.frames import Opcode

from tests.graph.websocket_peer import INIT, Peer, masked

ADDRESS = "127.81.0.1"
_SOCKETS = 60
FLOODS = {
    "fragments": masked(Opcode.TEXT, b"", fin=False) + masked(Opcode.CONT, b"x", fin=False) * 8000,
    "pings": masked(Opcode.PING, b"") * 10_000,
    "messages": masked(Opcode.TEXT, b'{"type":"pong"}') * 3000,
}


async def _flood(port: int, frames: bytes) -> None:
    async with Peer(port, address=ADDRESS) as peer:
        await peer.begin(INIT)
        print("begins", flush=True)
        reading = asyncio.create_task(peer.reader.read(-1))
        try:
            while not reading.done():
                peer.writer.write(frames)
                await peer.writer.drain()
        except ConnectionError:
            pass  # as of a message that has become too large


async def main(port: int, frames: bytes) -> None:
    while True:
        await asyncio.gather(*(_flood(port, frames) for _ in range(_SOCKETS)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), FLOODS[sys.argv[2]]))
