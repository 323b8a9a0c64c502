"""A login from a network and program not seen before is told to the user by email."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.models.sessions import Session
from db.models.users import User
from resolvers import logins
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

ADA = "ada@example.org"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def login(tools, ada):
    async def run(by, *, at=NOW):
        return await logins.login(tools, by, email=ADA, password=PASSWORD, at=at)

    return run


def browser(agent=FIREFOX):
    return replace(caller(), user_agent=agent)


async def told():
    """The addresses that were told of."""
    sent = await mails()
    assert {mail["template"] for mail in sent} <= {"new_sign_in"}
    return [mail["context"]["address"] for mail in sent]


async def test_a_login_from_an_unknown_network_sends_a_mail(login):
    elsewhere, at = browser(), NOW + timedelta(hours=1, minutes=2)
    await login(browser())

    await login(elsewhere, at=at)

    (mail,) = await mails()
    assert (mail["template"], mail["to"], mail["locale"]) == ("new_sign_in", ADA, "en")
    assert mail["context"] == {
        "at": f"{at:%Y-%m-%d %H:%M} UTC",
        "address": elsewhere.address,
        "agent": "Mozilla 5 0 (X11; Linux x86_64; rv 140 0) Gecko 20100101 Firefox 140 0",
    }


async def test_the_first_login_and_logins_from_known_networks_send_no_mail(login):
    at_home, away = browser(), browser("curl")
    first = await login(at_home)

    await login(at_home)
    await login(replace(away, device=first.device))
    # Known by now, without the cookie too.
    await login(away)

    assert await told() == []


@pytest.mark.parametrize("agent", ["curl", None])
async def test_another_user_agent_in_a_known_network_sends_a_mail(login, agent):
    at_home = browser()
    await login(at_home)

    await login(replace(at_home, user_agent=agent))

    assert await told() == [at_home.address]


async def test_addresses_of_one_ipv6_network_count_as_one(login):
    def at(address, network):
        return replace(browser(), address=address, network=network)

    await login(at("2001:db8::1", "2001:db8::/64"))

    await login(at("2001:db8::2", "2001:db8::/64"))
    await login(at("2001:db8:0:1::1", "2001:db8:0:1::/64"))

    assert await told() == ["2001:db8:0:1::1"]


async def test_a_device_cookie_of_another_account_does_not_make_a_browser_known(login, tools, eve):
    await login(browser())
    elsewhere = replace(browser(), device=tools.devices.issue("eve@example.org", at=NOW))

    await login(elsewhere)

    assert await told() == [elsewhere.address]


async def test_an_attackers_login_is_not_taken_for_the_first_one_after_sessions_were_deleted(login):
    at_home, elsewhere = browser(), browser()
    await login(at_home)
    await Session.all().delete()

    await login(elsewhere)
    await login(at_home)

    assert await told() == [elsewhere.address]


async def test_a_login_after_all_earlier_events_were_deleted_sends_a_mail(login, ada):
    await User.filter(id=ada.id).update(email_verified_at=NOW - timedelta(days=365))
    back = browser()

    await login(back)

    assert await told() == [back.address]


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (None, "-"),
        ("https://evil.example.org/\r\n<b>", "https   evil example org    b "),
        ("\N{CYRILLIC SMALL LETTER A}" * 5, " " * 5),
        ("a" * 255, "a" * 120),
    ],
)
async def test_what_a_program_calls_itself_makes_no_link_in_the_mail(login, agent, shown):
    await login(browser())

    await login(browser(agent))

    assert [mail["context"]["agent"] for mail in await mails()] == [shown]
