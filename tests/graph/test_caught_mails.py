"""Emails that were caught instead of sent, as `make run` does it."""

from email.message import EmailMessage
from pathlib import Path

import httpx2
import pytest

QUERY = "query ($email: String!) { caughtMail(email: $email) { subject text code } }"
VERIFY = "Open\n\n    http://127.0.0.1/verify-email#code={code}\n"
RESET = "Open\n\n    http://127.0.0.1/reset-password#code={code}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mail"
    made.mkdir()
    return made


@pytest.fixture
def ask(new_service, folder):
    def asked(email: str):
        answer = httpx2.post(f"{service.url}/graphql", json={"query": QUERY, "variables": {"email": email}})
        assert answer.json().keys() == {"data"}
        return answer.json()["data"]["caughtMail"]

    with new_service(CAUGHT_MAILS=str(folder)) as service:
        yield asked


def catch(folder: Path, number: int, to: str, text: str, *, subject: str = "Verify your email address") -> Path:
    """As local/mail_catcher.py writes it."""
    mail = EmailMessage()
    mail["Subject"], mail["To"] = subject, to
    mail.set_content(text)
    file = folder / f"20261129T1200{number:02}.000000Z-1-{number:06}.eml"
    file.write_bytes(f"Return-Path: <a@localhost>\r\nDelivered-To: {to}\r\n".encode() + mail.as_bytes())
    return file


def test_the_newest_email_that_verifies_the_address_is_shown(ask, folder):
    assert ask("ada@example.org") is None
    catch(folder, 1, "ada@example.org", VERIFY.format(code="AAAA-AAAA"))
    catch(folder, 2, "ada@example.org", VERIFY.format(code="BBBB-BBBB"), subject="確認")
    catch(folder, 3, "eve@example.org", VERIFY.format(code="CCCC-CCCC"))

    found = {"subject": "確認", "text": VERIFY.format(code="BBBB-BBBB"), "code": "BBBB-BBBB"}
    assert ask("ada@example.org") == ask("Ada@Example.org") == found
    assert ask("da@example.org") is None


def test_a_code_that_does_anything_else_is_not_shown(ask, folder):
    catch(folder, 1, "ada@example.org", RESET.format(code="AAAA-AAAA"))
    (folder / ".20261129T120002.000000Z-1-000002").write_text(
        "Delivered-To: ada@example.org\r\n\r\n" + VERIFY.format(code="BBBB")
    )
    (folder / "20261129T120003.eml").write_bytes(b"\xff\xfe not an email")

    assert ask("ada@example.org") is None


def test_only_the_newest_emails_are_looked_at(ask, folder):
    old = catch(folder, 1, "ada@example.org", VERIFY.format(code="AAAA-AAAA"))
    for number in range(2, 51):
        catch(folder, number, "eve@example.org", "Hello")
    assert ask("ada@example.org")["code"] == "AAAA-AAAA"

    catch(folder, 51, "eve@example.org", "Hello")
    assert old.exists()
    assert ask("ada@example.org") is None


def test_a_service_that_sends_its_emails_shows_none(new_service, folder):
    catch(folder, 1, "ada@example.org", VERIFY.format(code="AAAA-AAAA"))
    with new_service() as service:
        answer = httpx2.post(f"{service.url}/graphql", json={"query": QUERY, "variables": {"email": "ada@example.org"}})

    assert answer.json() == {"data": {"caughtMail": None}}
