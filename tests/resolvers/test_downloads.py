from dataclasses import replace

import pytest

import errors
from db.models.retired_keys import RetiredKey
from resolvers import downloads
from resolvers.downloads import Download, Downloads, Owner
from tests.limits.people import store_of
from tests.mails import until


@pytest.fixture
async def made(tools, ada):
    credential = ada.caller.credential
    owner = Owner.of(replace(credential, signed_by="key"))
    return owner, await downloads.make(tools, "usage", owner, month="2026-11")


async def test_an_address_is_found_and_used_once(tools, made):
    owner, address = made
    running = Downloads()

    assert await running.find(tools, address) == Download("usage", owner, "2026-11")
    assert await running.use(tools, address) == Download("usage", owner, "2026-11")
    assert await running.use(tools, address) is None
    assert await running.find(tools, address) is None


async def test_an_address_dies_with_the_key_that_has_signed_the_credential(tools, made):
    owner = replace(made[0], signed_by="leaked")
    await downloads.check(tools, owner)

    await RetiredKey.create(kid="leaked")

    await until(lambda: "leaked" in tools.gate.retired_keys)
    with pytest.raises(errors.Unauthenticated):
        await downloads.check(tools, owner)


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
