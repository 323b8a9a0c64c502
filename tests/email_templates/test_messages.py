from datetime import UTC, datetime
from email.headerregistry import Address
from uuid import UUID

import pytest

from email_templates import messages, preview, texts
from email_templates.jobs import Mail
from email_templates.templates import WANTED, Template
from tests import mails

FRONT = "https://front.example.org"
SENDER = Address("Gatehouse", addr_spec="noreply@example.org")
EVERY = [(template, language) for template in Template for language in sorted(texts.languages())]


def composed(template, language="en", **changes):
    mail = Mail(
        id=UUID(int=7),
        template=template,
        to="ada@example.org",
        locale=language,
        context={**preview.sample(template), **changes},
        queued_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    )
    return messages.compose(mail, sender=SENDER, frontend_url=FRONT)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_subject_holds_no_value(template, language):
    first, second, *_ = (texts.FOLDER / language / f"{template}.txt").read_text().splitlines()

    assert first.startswith("Subject: ")
    assert second == ""
    assert not set("{}%#") & set(first)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_no_value_can_begin_a_header(template, language):
    evil = "\r\n\r\nBcc: eve@example.org\r\nSubject: evil\r\n\r\n"
    harmless = composed(template, language)

    read = mails.parsed(composed(template, language, **dict.fromkeys(WANTED[template], evil)).as_bytes())

    assert "Bcc" not in read
    assert read.keys() == harmless.keys()
    assert read["Subject"] == harmless["Subject"]
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_mail_is_read_as_it_was_written(template, language):
    text = texts.render(template, locale=language, frontend_url=FRONT, context=preview.sample(template))

    read = mails.parsed(composed(template, language).as_bytes())

    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert read["Subject"] == text.subject
    assert (plain.get_content(), html.get_content()) == (text.plain, text.html)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_mail_passes_any_server(template, language):
    raw = composed(template, language).as_bytes()

    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 998


@pytest.mark.parametrize("template", Template)
def test_an_english_mail_is_legible_as_it_is(template):
    parts = [*composed(template).iter_parts()]

    assert [part["Content-Transfer-Encoding"] for part in parts] == ["7bit", "7bit"]


@pytest.mark.parametrize("long", ["x" * 999, "ü"])
def test_what_does_not_fit_is_encoded(long):
    message = composed(Template.ACCOUNT_SUSPENDED, reason=long)

    assert {part["Content-Transfer-Encoding"] for part in message.iter_parts()} == {"quoted-printable"}
    assert max(len(line) for line in message.as_bytes().splitlines()) <= 998
