import asyncio
import stat
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from local import servers
from tests import mails


@pytest.fixture
def own(tmp_path):
    """A catcher in a folder with a space in its name."""
    with servers.Mail(tmp_path / "a folder") as server:
        yield server


async def hand_in(server, *, password=None, subject="hello", **login):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "from@example.org", "to@example.org", subject
    message.set_content("one\n.two\n")
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


async def test_whoever_does_not_know_the_password_hands_in_nothing(own):
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


async def test_a_start_on_a_taken_port_says_so(own, tmp_path):
    other = servers.Mail(tmp_path / "other")
    other._port = own.port

    with pytest.raises(servers.CannotRun, match=f"Port {own.port} was taken"):
        other.start()
