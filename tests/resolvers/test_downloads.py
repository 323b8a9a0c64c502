import pytest

from access.credentials import Kind
from resolvers import downloads
from resolvers.downloads import Download, Downloads, Owner
from tests.limits.people import store_of


@pytest.fixture
async def made(tools, ada):
    credential = ada.caller.credential
    owner = Owner(user_id=ada.id, credential_id=credential.id, kind=Kind.SESSION)
    return owner, await downloads.make(tools, "usage", owner, month="2026-11")


async def test_an_address_is_found_and_used_once(tools, made):
    owner, address = made
    running = Downloads()

    assert await running.find(tools, address) == Download("usage", owner, "2026-11")
    assert await running.use(tools, address) == Download("usage", owner, "2026-11")
    assert await running.use(tools, address) is None
    assert await running.find(tools, address) is None


async def test_what_was_not_made_here_is_not_looked_up(tools, gate, made):
    _, address = made
    code, _, mac = address.partition(".")
    (before,) = await store_of(gate).batch([("INFO", "commandstats")])

    for given in (
        "",
        ".",
        code,
        f"{code}.",
        f"{code}x.{mac}",
        f"{code}.{mac[:-1]}",
        f"{code}.{mac}x",
        f"{mac}.{code}",
        "é.é",
    ):
        assert await Downloads().use(tools, given) is None

    (after,) = await store_of(gate).batch([("INFO", "commandstats")])
    assert _times(before, "getdel") == _times(after, "getdel")
    assert await Downloads().use(tools, address) is not None


def _times(stats, command):
    lines = [line for line in stats.decode().splitlines() if line.startswith(f"cmdstat_{command}:")]
    return lines[0].split("calls=")[1].split(",")[0] if lines else "0"
