#!/bin/sh
# uvicorn 0.54.0 with httptools 0.9.0: the application gets an empty body for a POST that offers HTTP/2, as `curl --http2` sends it
# on plain HTTP (RFC 9110 lets a server ignore the offer). httptools ends a request with an offer after its head; uvicorn ignores
# the offer, and with it what httptools left over. With h11 0.16.0 the body arrives.
#
# Seen: httptools: no offer b'hello', offer b''; h11: no offer b'hello', offer b'hello'
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uvicorn==0.54.0 httptools==0.9.0 h11==0.16.0

"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys

import uvicorn

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"


async def echo(scope, receive, send):
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"<" + body + b">"})


async def ask(port, offer):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + offer + b"Content-Length: 5\r\n\r\nhello")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.partition(b"<")[2].partition(b">")[0]


async def look(http):
    config = uvicorn.Config(echo, port=0, http=http, ws="none", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = [await ask(port, offer) for offer in (b"", OFFER)]
    server.should_exit = True
    await serving
    return found


seen = {http: asyncio.run(look(http)) for http in ("httptools", "h11")}
print("; ".join(f"{http}: no offer {plain}, offer {offered}" for http, (plain, offered) in seen.items()))
sys.exit(seen != {"httptools": [b"hello", b""], "h11": [b"hello", b"hello"]})
PYTHON
