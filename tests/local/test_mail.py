import asyncio
import socket
import stat
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from local import servers
from local.mail_lines import MailLines
from tests import mails


@pytest.fixture
def own(tmp_path):
    """A catcher in a folder with a space in its name."""
    with servers.Mail(tmp_path / "a folder") as server:
        yield server


async def hand_in(server, *, password=None, subject="hello", text="one\n.two\n", cte=None, **login):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "from@example.org", "to@example.org", subject
    message.set_content(text, cte=cte)
    if password is not None:
        login = {"username": "gatehouse", "password": password}
    await aiosmtplib.send(message, hostname="127.0.0.1", port=server.port, start_tls=False, **login)


async def test_each_mail_is_a_file_of_its_own_that_only_this_user_reads(own):
    await hand_in(own, password=own.password)

    (file,) = own.mails.iterdir()
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.mails.stat().st_mode) == 0o700
    assert file.read_bytes().startswith(b"Return-Path: <from@example.org>\r\nDelivered-To: to@example.org\r\nFrom: ")
    assert mails.parsed(file.read_bytes()).get_content() == "one\r\n.two\r\n"


async def test_the_names_sort_as_the_mails_came_also_over_a_restart(own):
    for number in range(5):
        await hand_in(own, password=own.password, subject=str(number))
    url = own.url
    own.kill()
    await asyncio.to_thread(own.start)
    await hand_in(own, password=own.password, subject="5")

    assert own.url == url
    assert [mail["Subject"] for mail in mails.caught(own.mails)] == ["0", "1", "2", "3", "4", "5"]


async def test_many_at_once_are_all_kept(own):
    await asyncio.gather(*(hand_in(own, password=own.password, subject=str(number)) for number in range(30)))

    assert sorted(int(mail["Subject"]) for mail in mails.caught(own.mails)) == list(range(30))


async def test_without_the_password_no_mail_can_be_handed_in(own):
    with pytest.raises(aiosmtplib.SMTPSenderRefused, match="Authentication required"):
        await hand_in(own)
    for wrong in ("wrong", own.password[:-1], "pässwort"):
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await hand_in(own, password=wrong)

    assert list(own.mails.iterdir()) == []


def test_it_listens_at_the_loopback_alone_and_shows_no_password(own):
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port = f"{own.port:04X}"

    listening = {address for _, address, _, state, *_ in sockets if state == "0A" and address.endswith(f":{port}")}
    assert listening == {f"0100007F:{port}"}
    assert own.password.encode() not in Path(f"/proc/{own.pid}/cmdline").read_bytes() + own.log.read_bytes()


def test_a_start_on_a_taken_port_says_so(tmp_path):
    late = servers.Mail(tmp_path / "late")

    with socket.create_server(("127.0.0.1", late.port)):
        with pytest.raises(servers.CannotRun, match=f"Port {late.port} was taken"):
            late.start()


async def test_each_mail_is_a_line_that_shows_its_link_whatever_encodes_it(own):
    await hand_in(own, password=own.password, subject="before")
    lines = MailLines(own.mails)
    link = "http://127.0.0.1:8747/verify-email#code=SCIE-NLEU-AAAA-BBBB-CCCC-DDDD-EEEE"
    for encoding in ("7bit", "quoted-printable", "base64"):
        await hand_in(
            own, password=own.password, text=f"{'' if encoding == '7bit' else 'メール'}\n\n    {link}\n", cte=encoding
        )

    assert lines.new() == [f"Email to to@example.org: {link}"] * 3
    assert lines.new() == []


async def test_a_mail_without_a_link_shows_its_subject_and_no_control_characters(own):
    lines = MailLines(own.mails)
    await hand_in(own, password=own.password, subject="パスワード\x1b[2J")

    assert lines.new() == ["Email to to@example.org: パスワード?[2J"]


async def test_a_mail_that_cannot_be_decoded_ends_nothing(own):
    lines = MailLines(own.mails)
    (own.mails / "20990101T000000.000000Z-1-000000.eml").write_bytes(
        b"To: to@example.org\r\nContent-Type: text/plain; charset=nonsense\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n44Oh\r\n"
    )

    (line,) = lines.new()

    assert (
        line == f"Email in {own.mails}/20990101T000000.000000Z-1-000000.eml, which cannot be shown here (LookupError)."
    )
