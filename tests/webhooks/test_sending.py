"""One try against real receivers on this machine."""

import asyncio
import socket
import threading
from datetime import timedelta

import pytest

from settings import Settings
from tests import ports
from tests.environ import environ
from tests.webhooks import certificates
from tests.webhooks.receivers import listening
from webhooks import connections, sending
from webhooks.sending import Sender

HERE = {"WEBHOOK_HTTP": "true", "WEBHOOK_ALLOWED": "127.0.0.0/8"}


def settings(**changes):
    return Settings.from_environ(environ(**(HERE | changes)))


async def sent(url, **changes):
    return await Sender(settings(**changes)).send(url, {"webhook-id": "msg_1"}, b'{"a":1}')


async def test_a_request_is_a_post_with_the_body_and_the_headers():
    with listening() as receiver:
        outcome = await sent(f"{receiver.url}?x=1")

    assert (outcome.status, outcome.error, outcome.is_final) == (200, None, True)
    (request,) = receiver.requests
    assert (request.path, request.body) == ("/hook?x=1", b'{"a":1}')
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json",
        "content-length": "7",
        "user-agent": "Gatehouse-Webhooks",
        "connection": "close",
        "webhook-id": "msg_1",
    }


@pytest.mark.parametrize("status", [201, 202, 204, 299])
async def test_each_status_of_success_is_one(status):
    with listening() as receiver:
        receiver.answer = lambda request: (status, {}, b"")
        outcome = await sent(receiver.url)

    assert (outcome.status, outcome.error) == (status, None)


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    # It would connect to addresses that nobody has checked.
    with listening() as proxy, listening() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        outcome = await sent(receiver.url)

    assert (outcome.status, len(receiver.requests), proxy.requests) == (200, 1, [])


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status):
    with listening() as other, listening() as receiver:
        receiver.answer = lambda request: (status, {"location": other.url}, b"")
        outcome = await sent(receiver.url)

    assert (outcome.status, outcome.error, outcome.is_final) == (status, f"The receiver answered {status}.", False)
    assert (len(receiver.requests), other.requests) == (1, [])


@pytest.mark.parametrize(("status", "is_final"), [(400, False), (404, False), (410, True), (429, False), (500, False)])
async def test_only_410_ends_the_tries(status, is_final):
    with listening() as receiver:
        receiver.answer = lambda request: (status, {}, b"no")
        outcome = await sent(receiver.url)

    assert (outcome.status, outcome.is_final) == (status, is_final)
    assert str(status) in outcome.error


async def test_of_a_long_answer_little_is_read():
    with listening() as receiver:
        receiver.answer = lambda request: (200, {}, b"a" * 50_000_000)
        outcome = await sent(receiver.url)

    assert (outcome.status, outcome.error) == (200, None)


async def test_an_answer_that_does_not_end_is_left(monkeypatch):
    monkeypatch.setattr(sending, "READ_WITHIN", timedelta(seconds=0.1))
    with listening() as receiver:
        receiver.answer = lambda request: (200, {"content-length": "100"}, b"a")
        outcome = await sent(receiver.url)

    assert (outcome.status, outcome.error) == (200, None)


async def test_a_receiver_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(sending, "WITHIN", timedelta(seconds=1))
    release = threading.Event()
    with listening() as receiver:
        receiver.answer = lambda request: (200, {}, b"") if release.wait(60) else (500, {}, b"")
        outcome = await sent(receiver.url)
        release.set()

    assert (outcome.status, outcome.error, outcome.is_final) == (None, "The receiver did not answer within 1 s.", False)


async def test_a_receiver_that_is_not_there_or_speaks_something_else_is_named():
    not_there = await sent(f"http://127.0.0.1:{ports.free()}/")

    async def talk(reader, writer):
        await reader.read(10)
        writer.write(b"220 mail.example.org ESMTP\r\n")
        writer.close()

    async def leave(reader, writer):
        await reader.read(10)
        writer.close()

    others = []
    for way in (talk, leave):
        server = await asyncio.start_server(way, "127.0.0.1", 0)
        async with server:
            others.append(await sent(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))

    assert [one.error for one in (not_there, *others)] == [
        "The receiver refused the connection.",
        "The receiver's answer is not HTTP.",
        "The receiver's answer is not HTTP.",
    ]


async def test_the_certificate_is_verified(tmp_path, monkeypatch):
    file, context = certificates.make(tmp_path, "127.0.0.1")
    with listening(tls=context) as receiver:
        unknown = await sent(receiver.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        known = await sent(receiver.url)
        other_name = await sent(receiver.url.replace("127.0.0.1", "127.0.0.2"))
        no_tls = await sent(receiver.url.replace("https", "http"))
    with listening() as plain:
        tls_to_plain = await sent(plain.url.replace("http", "https"))

    assert (known.status, known.error, len(receiver.requests)) == (200, None, 1)
    assert unknown.error == "The receiver's certificate is not valid: unable to get local issuer certificate."
    assert other_name.error != known.error
    assert no_tls.status is None
    assert tls_to_plain.error == "The receiver does not speak TLS."


async def test_an_address_that_is_not_public_gets_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        for host in ("localhost", "127.0.0.1"):
            outcome = await sent(f"http://{host}:{port}/", WEBHOOK_ALLOWED="")
            assert outcome.status is None
            assert "not public" in outcome.error

        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_a_named_host_is_allowed():
    with listening() as receiver:
        outcome = await sent(receiver.url.replace("127.0.0.1", "localhost"), WEBHOOK_ALLOWED="localhost")

    assert (outcome.status, outcome.error) == (200, None)
    assert receiver.requests[0].headers["host"] == f"localhost:{receiver.port}"


async def test_a_name_that_is_not_found_is_named():
    outcome = await sent("http://nothing.invalid/")

    assert (outcome.status, outcome.error) == (None, "The receiver's name was not found.")


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch):
    """A name that changes between the check and the connection: its second answer is never asked for."""
    asked, real = [], socket.getaddrinfo

    def changing(host, port, *options, **more):
        if host != "changing.test":
            return real(host, port, *options, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *options, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with listening() as first, listening(host="127.0.0.2") as second:
        url = f"http://changing.test:{first.port}/"
        outcome = await sent(url, WEBHOOK_ALLOWED="127.0.0.1/32")
        again = await sent(url, WEBHOOK_ALLOWED="127.0.0.1/32")

    assert (outcome.status, len(first.requests), second.requests) == (200, 1, [])
    # Each try resolves the name anew, and checks again.
    assert asked == ["changing.test", "changing.test"]
    assert again.error == "The receiver's name leads to an address that is not public."


async def test_one_address_that_is_not_public_among_others_refuses_all(monkeypatch):
    real = socket.getaddrinfo

    def both(host, port, *options, **more):
        return [*real("127.0.0.1", port, *options, **more), *real("127.0.0.2", port, *options, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with listening() as receiver:
        outcome = await sent(f"http://both.test:{receiver.port}/", WEBHOOK_ALLOWED="127.0.0.1/32")

    assert (outcome.error, receiver.requests) == ("The receiver's name leads to an address that is not public.", [])


def test_the_errors_name_no_address():
    shown = [str(sending.reason(error)) for error in (connections.NotAllowed(), connections.NotFound())]

    assert not any(character.isdigit() for text in shown for character in text)
