"""Where calls by HTTP go: addresses, TLS, whether a server is live, and which calls are for HTTP."""

import gc
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.transports.http_answers import AnswerReader
from inference.transports.http_calls import HttpCalls
from inference.transports.transport import Status
from settings import SettingsError
from tests.inference.http_exchanges import LONG, OUTPUT_BYTES, RIGHT, WHOLE, call, closing_after, outcome, saying
from tests.inference.peers import LIVE, Talk, speaking
from tests.loop_time import rounds


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed one of localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


async def test_tls_needs_a_certificate_that_is_trusted_and_of_the_host(certificate, monkeypatch):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with speaking(saying(WHOLE), tls=context) as peer:
        named = peer.url.replace("127.0.0.1", "localhost")
        assert await outcome(HttpCalls(named, output_bytes=OUTPUT_BYTES)) is Status.UNAVAILABLE

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        assert await outcome(HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)) is Status.UNAVAILABLE
        assert peer.calls == 0
        calls = HttpCalls(named, output_bytes=OUTPUT_BYTES)
        assert [await call(calls) for _ in range(2)] == [RIGHT] * 2
        assert await calls.is_live(within=LONG) is True
        await calls.aclose()


@pytest.mark.parametrize(
    ("said", "live"),
    [(LIVE, True), (LIVE.replace(b"200 OK", b"503 X"), False), (b"", False), (b"SSH-2.0-x\r\n", False)],
)
async def test_a_server_is_live_if_it_says_so_on_a_new_connection(said, live):
    async with speaking(closing_after(said)) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert [await calls.is_live(within=LONG) for _ in range(2)] == [live] * 2
        assert len(peer.talks) == 2
        assert peer.talks[0].heads[0].startswith(b"GET /v2/health/live HTTP/1.1\r\n")
        await calls.aclose()


async def test_a_server_that_says_nothing_is_not_live():
    async def speak(talk: Talk) -> None:
        await talk.is_closed()

    async with speaking(speak) as peer:
        calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
        assert await calls.is_live(within=timedelta(seconds=0.1)) is False


async def test_a_closed_connection_is_freed_without_the_garbage_collector():
    """Each probe opens one."""
    gc.collect()
    gc.disable()
    try:
        async with speaking(saying(LIVE)) as peer:
            calls = HttpCalls(peer.url, output_bytes=OUTPUT_BYTES)
            for _ in range(5):
                assert await calls.is_live(within=LONG) is True
            await rounds()
            assert [found for found in gc.get_objects() if isinstance(found, AnswerReader)] == []
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000",
        "http://127.0.0.1",
        "http://127.0.0.1:http",
        "http://127.0.0.1:65536",
        "http://user@127.0.0.1:8000",
        "http://127.0.0.1:8000/v2",
        "http://127.0.0.1:8000?x",
        "http://a b:8000",
        "http://[::1:8000",
        "grpc://127.0.0.1:8000",
        "unix:",
    ],
)
def test_a_url_of_another_form_stops_the_start(url):
    with pytest.raises(SettingsError) as refused:
        HttpCalls(url, output_bytes=1)

    assert str(refused.value) == (
        "GATEHOUSE_TRITON_HTTP_URL must be http://HOST:PORT, https://HOST:PORT or unix:PATH, the address of Triton's "
        f"HTTP service, not {url!r}."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "https://localhost:1/",
        "http://[::1]:1",
        "unix:/nowhere/triton",
        "http://nowhere.invalid:1",
        "http://a..b:1",
    ],
)
async def test_where_nothing_listens_the_call_is_not_sent(url):
    assert await outcome(HttpCalls(url, output_bytes=1)) is Status.UNAVAILABLE
    assert await HttpCalls(url, output_bytes=1).is_live(within=LONG) is False


@pytest.mark.parametrize(
    ("model", "size", "carried"),
    [
        ("m-1.a_b~", 63 * 1024**2, True),
        ("m", 63 * 1024**2 + 1, False),
        ("a b", 1, False),
        ("a+b", 1, False),
        ("a%20b", 1, False),
        ("a/b", 1, False),
        ("a?b", 1, False),
        ("ä", 1, False),
        ("m\r\nX: y", 1, False),
        ("m\n", 1, False),
        ("", 1, False),
    ],
)
def test_a_call_that_no_path_or_no_server_takes_is_not_for_http(model, size, carried):
    calls = HttpCalls("unix:/nowhere", output_bytes=1)

    assert calls.carries(model, [Tensor("IN", Datatype.UINT8, (size,), bytes(size))]) is carried
