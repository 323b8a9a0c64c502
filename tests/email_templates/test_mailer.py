import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from email_templates import mailer
from email_templates.jobs import Mail
from email_templates.mailer import Deferred, Mailer, Refused, Server
from email_templates.templates import Template
from settings import Settings, SettingsError
from tests import mails, service
from tests.mails import Post, answers

MAIL = Mail(
    id=UUID(int=7),
    template=Template.VERIFY_EMAIL,
    to="ada@example.org",
    locale="en",
    context={"code": "c0de", "hours": "24"},
    queued_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)


@pytest.fixture
def new_mailer(worker_settings):
    def make(url, mail_from="Gatehouse <noreply@example.org>"):
        settings = Settings.from_environ(worker_settings | {"GATEHOUSE_SMTP_URL": url})
        return Mailer(replace(settings, mail_from=mail_from))

    return make


async def test_a_mail_arrives_whole(new_mailer, catcher, mailbox):
    await new_mailer(catcher.url).send(MAIL)

    (mail,) = mails.caught(mailbox)
    assert dict(mail.items()) == {
        "Return-Path": "<noreply@example.org>",
        "Delivered-To": "ada@example.org",
        "From": "Gatehouse <noreply@example.org>",
        "To": "ada@example.org",
        "Subject": "Verify your email address",
        "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
        "Message-ID": "<00000000-0000-0000-0000-000000000007@example.org>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "\r\n    https://front.example.org/verify-email#code=c0de\r\n" in plain.get_payload()
    assert "#code=c0de" in html.get_content()


@pytest.mark.parametrize("to", ["ada@example.org\r\nBcc: eve@example.org", "a\nb@example.org", "ada", "a@b, c@d", ""])
async def test_an_address_cannot_begin_another_header(new_mailer, to):
    with pytest.raises((ValueError, IndexError)):
        new_mailer("smtp://127.0.0.1:1").compose(
            Mail(id=MAIL.id, template=MAIL.template, to=to, locale="en", context=MAIL.context, queued_at=MAIL.queued_at)
        )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("451 later", Deferred), ("421 closing", Deferred), ("550 no such user", Refused), ("530 log in", Deferred)],
)
async def test_the_answer_decides_whether_it_is_tried_again(new_mailer, answer, outcome):
    async with Post(answers(answer)).open() as post:
        with pytest.raises(outcome):
            await new_mailer(post.url).send(MAIL)

    assert post.tries == 1


async def test_a_refused_recipient_is_final(new_mailer):
    class Strict(Post):
        async def handle_RCPT(self, server, session, envelope, address, options):
            return "550 5.1.1 no such user"

    async with Strict(answers("250 OK")).open() as post:
        with pytest.raises(Refused, match="no such user"):
            await new_mailer(post.url).send(MAIL)

    assert post.tries == 0


async def test_a_wrong_password_is_the_operators_and_not_the_mails_fault(new_mailer, catcher, mailbox):
    with pytest.raises(Deferred, match="credentials invalid"):
        await new_mailer(catcher.url.replace(catcher.password, "wrong")).send(MAIL)

    assert mails.caught(mailbox) == []


async def test_a_server_that_does_not_listen_defers(new_mailer):
    with pytest.raises(Deferred):
        await new_mailer(f"smtp://127.0.0.1:{service.free_port()}").send(MAIL)


async def test_a_server_that_hangs_defers_in_time(new_mailer, catcher, monkeypatch):
    monkeypatch.setattr(mailer, "GREET_WITHIN", timedelta(seconds=0.3))
    catcher.pause()
    try:
        async with asyncio.timeout(30):
            with pytest.raises(Deferred):
                await new_mailer(catcher.url).send(MAIL)
    finally:
        catcher.resume()


async def test_a_password_is_not_sent_in_the_clear_to_another_machine(new_mailer, catcher, mailbox):
    # An address that is not the loopback's and leads to it all the same.
    with pytest.raises(Deferred, match="STARTTLS"):
        await new_mailer(catcher.url.replace("127.0.0.1", "0.0.0.0")).send(MAIL)  # noqa: S104 - it is connected to

    assert mails.caught(mailbox) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, None, None, False)),
        ("smtps://mail.example.org/", ("mail.example.org", 465, None, None, True)),
        ("smtp://u%40x:p%2Fw%3A@mail:25", ("mail", 25, "u@x", "p/w:", False)),
        ("smtps://u:p@[::1]:4650", ("::1", 4650, "u", "p", True)),
    ],
)
def test_an_url_is_read(url, expected):
    server = Server.of(url)

    assert (server.host, server.port, server.user, server.password, server.tls_from_the_start) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "mail.example.org:25",
        "http://mail.example.org",
        "smtp+ssl://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://mail:0",
        "smtp://mail:99999",
        "smtp://mail:port",
        "smtp://secret@mail",
        "smtp://:secret@mail",
        "smtp://user:@mail",
        "smtp://user:secret@mail/path",
        "smtp://user:secret@mail?tls=no",
        "smtp://user:secret@mail#x",
        "smtp://user:secret%0d%0a@mail",
        "smtp://user:sec ret@mail",
        "smtp://[::1",
    ],
)
def test_a_wrong_url_stops_the_start_without_showing_its_password(url):
    with pytest.raises(SettingsError, match=r"^GATEHOUSE_SMTP_URL must be") as refusal:
        Server.of(url)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["", "Gatehouse", "a@", "@example.org", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org"],
)
def test_a_sender_is_exactly_one_address(new_mailer, text):
    with pytest.raises(SettingsError, match=r"^GATEHOUSE_MAIL_FROM must be one address"):
        new_mailer("smtp://127.0.0.1:1", mail_from=text)
