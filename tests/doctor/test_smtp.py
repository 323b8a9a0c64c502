"""The mail server of the tests, and one with TLS of this module's own."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from doctor import smtp
from tests import mails, service
from tests.doctor.conftest import said
from tests.mails import Post, answers

SENDER = "ok   sender: emails come from gatehouse.dev; its SPF and DKIM must name the mail server."
# Addresses that lead to this machine; the second is not the loopback's.
LOOPBACK, ELSEWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - it is connected to


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """For both addresses, signed by itself; a file with it and its key."""
    key, now = ed25519.Ed25519PrivateKey.generate(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address(one)) for one in (LOOPBACK, ELSEWHERE)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(addresses, critical=False)
        .sign(key, None)
    )
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    file.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


@pytest.fixture
async def tls_server(certificate):
    """By STARTTLS at its first port, by TLS at its second. It takes every login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop, started = asyncio.get_running_loop(), []

    def begin(**options):
        def session():
            started.append(SMTP(object(), hostname="localhost", loop=loop, authenticator=let_in, **options))
            return started[-1]

        return session

    def let_in(*_):
        return AuthResult(success=True)

    plain = await loop.create_server(begin(tls_context=context), LOOPBACK, 0)
    tls = await loop.create_server(begin(auth_require_tls=False), LOOPBACK, 0, ssl=context)
    yield tuple(server.sockets[0].getsockname()[1] for server in (plain, tls))
    for server in (plain, tls):
        server.close()
    for session in started:
        if session.transport is not None:
            session.transport.close()


async def test_a_mail_server_on_this_machine_that_is_well(new_settings, catcher, mailbox):
    lines = await said(smtp.examine, new_settings())

    assert lines == [SENDER, "ok   SMTP: answers without TLS, on this machine, and accepts the login."]
    assert mails.caught(mailbox) == []


async def test_a_wrong_password_is_reported(new_settings, catcher):
    lines = await said(smtp.examine, new_settings(SMTP_URL=catcher.url.replace(catcher.password, "wrong")))

    assert lines[1:] == ["FAIL SMTP: refuses the user or the password in GATEHOUSE_SMTP_URL (reply 535)."]


async def test_a_server_that_does_not_listen_is_reported(new_settings):
    url = f"smtp://gatehouse:pass-word@127.0.0.1:{service.free_port()}"

    lines = await said(smtp.examine, new_settings(SMTP_URL=url))

    assert lines[1:] == ["FAIL SMTP: does not answer at GATEHOUSE_SMTP_URL: nothing listens there."]


async def test_a_remote_server_without_starttls_is_reported(new_settings, catcher):
    lines = await said(smtp.examine, new_settings(SMTP_URL=catcher.url.replace(LOOPBACK, ELSEWHERE)))

    assert lines[1:] == [
        "FAIL SMTP: does not support STARTTLS, so codes and passwords would be sent unencrypted: use another port, or "
        "smtps://."
    ]


async def test_a_server_without_logins_is_reported_if_a_login_is_set(new_settings):
    async with Post(answers("250 OK")).open() as post:
        without = await said(smtp.examine, new_settings(SMTP_URL=post.url))
        with_one = await said(smtp.examine, new_settings(SMTP_URL=post.url.replace("//", "//user:pass-word@")))

    assert without[1:] == ["ok   SMTP: answers without TLS, on this machine; no login is set."]
    assert with_one[1:] == [
        "FAIL SMTP: accepts no logins: leave user and password out of GATEHOUSE_SMTP_URL, or use another port."
    ]
    assert post.tries == 0


async def test_an_untrusted_certificate_is_reported(new_settings, tls_server):
    starttls, tls = tls_server
    for url in (f"smtp://u:pass-word@{ELSEWHERE}:{starttls}", f"smtps://u:pass-word@{LOOPBACK}:{tls}"):
        lines = await said(smtp.examine, new_settings(SMTP_URL=url))

        assert lines[1:] == [
            "FAIL SMTP: does not answer at GATEHOUSE_SMTP_URL: its certificate is not valid (self-signed certificate)."
        ]


async def test_a_server_with_tls_that_is_well(new_settings, tls_server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    starttls, tls = tls_server

    by_starttls = await said(smtp.examine, new_settings(SMTP_URL=f"smtp://u:pass-word@{ELSEWHERE}:{starttls}"))
    by_tls = await said(smtp.examine, new_settings(SMTP_URL=f"smtps://u:pass-word@{LOOPBACK}:{tls}"))

    assert by_starttls[1:] == ["ok   SMTP: answers by STARTTLS, and accepts the login."]
    assert by_tls[1:] == ["ok   SMTP: answers by TLS, and accepts the login."]


async def test_an_invalid_address_is_reported_without_its_password(new_settings):
    assert await said(smtp.examine, new_settings(SMTP_URL="smtp://pass-word@mail")) == [
        "FAIL SMTP: GATEHOUSE_SMTP_URL must be smtp://user:password@host:port or smtps://user:password@host:port, with "
        "special characters of user and password percent-encoded."
    ]


@pytest.mark.parametrize("domain", ["example.org", "mail.example.com", "gatehouse.test", "localhost", "box", "x.local"])
async def test_a_sender_of_a_reserved_domain_is_reported(new_settings, domain):
    lines = await said(smtp.examine, new_settings(MAIL_FROM=f"Gatehouse <noreply@{domain}>"))

    assert lines[0] == (
        f"warn sender: {domain} is a reserved domain: name an address of your own domain in GATEHOUSE_MAIL_FROM."
    )
