"""What stands behind a chunked body is no header: not a credential, not an address."""

from itertools import count

import pytest

from tests.abuse import wire
from tests.service import Service

_numbers = count()


async def post_with_trailers(port, text, *trailers, fields=()):
    body = wire.query(text)
    head = wire.head(0, None, fields).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    lines = "".join(f"{trailer}\r\n" for trailer in trailers).encode()
    async with wire.Line(port, wire.network()) as line:
        await line.send(head + b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, lines))
        return await line.answer()


@pytest.mark.parametrize("trailer", ["Authorization: Bearer x", "Accept: text/plain"])
async def test_a_trailer_is_no_header(attacked, trailer):
    assert wire.code(await post_with_trailers(attacked.services[0].port, "{ __typename }", trailer)) == (200, "OK")


async def test_a_trailer_does_not_say_where_a_caller_is(attacked, tmp_path):
    with Service(attacked.environ | {"GATEHOUSE_TRUSTED_PROXIES": "127.0.0.0/8"}, tmp_path / "service.log") as service:
        # As a proxy that passes trailers on has written it. No other test asks from there.
        said = ["X-Forwarded-For: 192.0.2.1"]
        answers = [
            wire.code(
                await post_with_trailers(
                    service.port,
                    f"{{ __schema {{ queryType {{ name }} }} }} # {next(_numbers)} {wire.network()}",
                    f"X-Forwarded-For: 203.0.113.{number}",
                    fields=said,
                )
            )
            for number in range(25)
        ]
    assert answers == [(200, "OK")] * 20 + [(429, "RATE_LIMITED")] * 5
