"""The networks of an API token as a user writes them."""

from ipaddress import ip_network

import pytest

import errors
from access import callers
from db.models.api_tokens import ApiToken
from limits.charges import Charge
from resolvers import api_tokens
from tests.resolvers.accounts import stored
from tests.resolvers.conftest import NOW

ANY = Charge("exempt")


async def problems(work):
    with pytest.raises(errors.InvalidInput) as refusal:
        await work
    return [(problem.path[1:], problem.code) for problem in refusal.value.problems]


async def test_they_are_kept_in_one_form_and_in_force_at_once(create, signer, ada, gate):
    given = ["::ffff:203.0.113.0/120", "203.0.113.0/24", "2001:DB8::/32", "198.51.100.7"]
    created = await create(ada, allowed_networks=given)
    credential = signer.verify(created.secret)

    assert created.token.allowed_networks == ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"]
    await gate.admit(credential, ANY, address="198.51.100.7")
    changes = {"allowedNetworks": ["2001:db8::/32"]}
    changed = await api_tokens.update(gate, ada.caller, created.token.id, changes, at=NOW)
    assert changed.allowed_networks == ["2001:db8::/32"]
    with pytest.raises(errors.NetworkNotAllowed):
        await gate.admit(credential, ANY, address="198.51.100.7")
    await gate.admit(credential, ANY, address="2001:db8::7")
    await api_tokens.update(gate, ada.caller, created.token.id, {"allowedNetworks": None}, at=NOW)
    await gate.admit(credential, ANY, address="198.51.100.7")


async def test_each_that_is_wrong_is_named_and_nothing_changes(create, ada, gate):
    token = (await create(ada, allowed_networks=["203.0.113.0/24"])).token
    before = await stored()

    wrong = ["203.0.113.7/24", "203.0.113.0/24", "no network", "2001:db8::1/32"]
    for work in (
        create(ada, "new", allowed_networks=wrong),
        api_tokens.update(gate, ada.caller, token.id, {"allowedNetworks": wrong}, at=NOW),
    ):
        assert await problems(work) == [
            (("allowedNetworks", "0"), "HOST_BITS_SET"),
            (("allowedNetworks", "2"), "INVALID_NETWORK"),
            (("allowedNetworks", "3"), "HOST_BITS_SET"),
        ]
    assert await problems(create(ada, "new", allowed_networks=[])) == [(("allowedNetworks",), "TOO_SHORT")]
    many = [f"203.0.113.{number}" for number in range(21)]
    assert await problems(create(ada, "new", allowed_networks=many)) == [(("allowedNetworks",), "TOO_LONG")]
    assert await stored() == before
    assert (await create(ada, "new", allowed_networks=many[:20])).token.allowed_networks[19] == "203.0.113.19/32"


async def test_a_token_sees_the_address_that_is_compared(create, ada):
    token = (await create(ada)).token
    by_itself = ada.by_token("READ", token_id=token.id)

    assert api_tokens.seen_from(by_itself, token) == by_itself.address
    assert api_tokens.seen_from(ada.caller, token) is None
    assert api_tokens.seen_from(ada.by_token("READ"), token) is None


async def test_an_address_behind_trusted_proxies_is_the_one_that_is_compared(create, signer, ada, gate):
    created = await create(ada, allowed_networks=["203.0.113.0/24"])
    credential = signer.verify(created.secret)
    trusted = ip_network("10.0.0.0/8")

    for peer, forwarded, allowed in (
        ("10.1.1.1", "203.0.113.7", True),
        ("10.1.1.1", "203.0.113.7, 198.51.100.7", False),
        ("198.51.100.7", "203.0.113.7", False),
        ("203.0.113.7", "198.51.100.7", True),
    ):
        address = callers.client_address(peer, [forwarded], [trusted])
        if allowed:
            await gate.admit(credential, ANY, address=address)
        else:
            with pytest.raises(errors.NetworkNotAllowed) as refusal:
                await gate.admit(credential, ANY, address=address)
            assert refusal.value.seen_from == "198.51.100.7"

    assert (await ApiToken.get(id=created.token.id)).allowed_networks == ["203.0.113.0/24"]
