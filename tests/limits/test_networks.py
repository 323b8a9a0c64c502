"""API tokens that may be used from some networks only, as the admission script decides it."""

import random
from ipaddress import ip_address, ip_network

import pytest

import errors
from access import networks
from db.models.api_tokens import ApiToken
from limits import partitions
from limits.charges import Charge, ModelCall
from tests.limits.people import inference

ACCOUNT = Charge("account", (ModelCall(None, 1),))


@pytest.fixture
def bound(limiter):
    """An API token that may be used from these networks."""

    async def make(*allowed):
        token = await limiter.token_of(await limiter.user(per_minute=100_000), per_minute=100_000)
        await ApiToken.filter(id=token.id).update(allowed_networks=list(allowed))
        return token

    return make


async def allows(limiter, token, address):
    try:
        await limiter.gate.admit(token, inference(0), address=address)
    except errors.NetworkNotAllowed:
        return False
    return True


async def test_a_refusal_names_the_address_and_spends_nothing(limiter, bound):
    token = await bound("203.0.113.0/24", "2001:db8::/32")
    await limiter.gate.admit(token, inference(2), address="203.0.113.9")
    before = await limiter.state(token.user_id)

    for charge in (inference(1), ACCOUNT, Charge("exempt")):
        with pytest.raises(errors.NetworkNotAllowed) as refusal:
            await limiter.gate.admit(token, charge, address="198.51.100.7")
        assert (refusal.value.code, refusal.value.facts) == ("FORBIDDEN", {"seenFrom": "198.51.100.7"})
        assert str(refusal.value) == (
            "This API token may not be used from 198.51.100.7. Add that network with `updateApiToken`, or call from "
            "one that the token allows."
        )

    assert await limiter.state(token.user_id) == before
    hash_, _ = partitions.of_user(token.user_id, token.id).account_minute(of_token=True)
    assert await limiter.redis.exists(hash_) == 0
    assert await allows(limiter, token, "2001:db8:1::1")
    assert await allows(limiter, token, "::ffff:203.0.113.1")


async def test_the_script_decides_as_the_library_does(limiter, bound):
    chosen = random.Random(7)  # noqa: S311 - nothing is secret
    for _ in range(20):
        kinds = [(32, chosen.getrandbits(32)), (128, chosen.getrandbits(128))]
        token = await bound(*(allowed := [near(chosen, *chosen.choice(kinds)) for _ in range(chosen.randint(1, 10))]))
        for bits, number in kinds * 5:
            address = ip_address((number ^ (1 << chosen.randrange(bits))).to_bytes(bits // 8))
            expected = any(address in ip_network(each) for each in allowed)
            assert await allows(limiter, token, str(address)) == expected, (allowed, address)
            assert networks.contain(networks.pack(allowed), str(address)) == expected


def near(chosen, bits, number):
    """A network of an address that differs from this one in a bit."""
    address = (number ^ (1 << chosen.randrange(bits))).to_bytes(bits // 8)
    return str(ip_network((address, chosen.randint(0, bits)), strict=False))


async def test_without_redis_the_account_is_refused_elsewhere_too(limiter, bound):
    token = await bound("203.0.113.0/24")
    limiter.server.pause()
    try:
        admission = await limiter.gate.admit(token, ACCOUNT, address="203.0.113.9")
        with pytest.raises(errors.NetworkNotAllowed):
            await limiter.gate.admit(token, ACCOUNT, address="198.51.100.7")
        with pytest.raises(errors.NetworkNotAllowed):
            await limiter.gate.admit(token, ACCOUNT)
    finally:
        limiter.server.resume()

    assert admission.windows == ()


async def test_an_entry_that_the_previous_version_wrote_is_loaded_again(limiter, bound):
    token = await bound("203.0.113.0/24")
    assert await allows(limiter, token, "203.0.113.9")
    entry = partitions.of_user(token.user_id, token.id).credential_entry
    # It knows no networks, so its entry has no field for them.
    assert await limiter.redis.hdel(entry, "n") == 1

    assert not await allows(limiter, token, "198.51.100.7")

    assert await limiter.redis.hget(entry, "n") == networks.pack(["203.0.113.0/24"])


async def test_without_networks_and_for_a_session_any_address_will_do(limiter):
    user = await limiter.user()
    token, session = await limiter.token_of(user), await limiter.session_of(user)

    for address in ("203.0.113.9", "2001:db8::1", "fe80::1%eth0", None):
        for credential in (token, session):
            assert (await limiter.gate.admit(credential, inference(0), address=address)).lease is None
