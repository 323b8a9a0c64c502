"""Whose operations run on a WebSocket: credentials, cookies, and the origins of pages."""

from typing import Any

import pytest

from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.browsers import ME, PREFLIGHT, by
from tests.graph.conftest import ALLOWED
from tests.graph.websocket_peer import INIT, QUERY, Peer, bearer, codes, subscribe
from tests.journey.client import TEXT, AccountClient

pytestmark = pytest.mark.usefixtures("quiet_log")

NOBODY: dict[str, Any] = {"data": {"me": None}}


async def email(peer: Peer) -> Any:
    found = (await peer.run("{ me { email } }"))["data"]["me"]
    return found and found["email"]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_the_credential_may_come_in_the_init(service, ada, name):
    async with Peer(service) as peer:
        await peer.begin({**INIT, "payload": {name: f"Bearer {ada.session}"}})
        assert await email(peer) == ada.email


async def test_the_credential_may_come_in_the_header_and_again_in_the_init(service, ada):
    header = {"Authorization": f"Bearer {ada.session}"}

    async with Peer(service, headers=header) as peer:
        assert await email(await peer.begin()) == ada.email
    async with Peer(service, headers=header) as peer:
        assert await email(await peer.begin(bearer(ada.session))) == ada.email


async def test_without_a_credential_the_caller_is_anonymous(service):
    async with Peer(service) as peer:
        assert await (await peer.begin()).run("{ me { email } }") == NOBODY


BAD: list[Any] = ["", "Bearer", "Bearer x", "Basic x", "x", None, 1, ["Bearer x"], {}, "Bearer \U0001f600"]


@pytest.mark.parametrize("value", BAD)
async def test_a_bad_credential_in_the_init_is_4401_and_never_anonymous(service, value):
    async with Peer(service) as peer:
        await peer.send({**INIT, "payload": {"Authorization": value}})
        code, reason = await peer.closed()

    assert code == 4401
    assert reason.startswith("The credential is not accepted:")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "x"])
async def test_a_bad_credential_in_the_header_is_4401_without_an_init(service, value):
    async with Peer(service, headers={"Authorization": value}) as peer:
        assert peer.status == 101
        assert (await peer.closed())[0] == 4401


async def test_an_expired_credential_and_two_credentials_are_4401(service, ada, eve):
    async with Peer(service) as peer:
        await peer.send(bearer(ada.expired))
        assert (await peer.closed())[0] == 4401
    async with Peer(service, headers={"Authorization": f"Bearer {ada.session}"}) as peer:
        await peer.send(bearer(eve.session))
        assert (await peer.closed())[0] == 4401
    async with Peer(service) as peer:
        twice = {"Authorization": f"Bearer {ada.session}", "authorization": f"Bearer {eve.session}"}
        await peer.send({**INIT, "payload": twice})
        assert (await peer.closed())[0] == 4401


async def test_a_credential_that_was_revoked_is_4401_at_the_init(service, ada):
    async with AccountClient(service.url, ada.session) as client:
        await client.run("mutation { logout { at } }")

    async with Peer(service) as peer:
        await peer.send(bearer(ada.session))
        assert (await peer.closed())[0] == 4401


async def test_a_credential_that_ends_while_the_socket_is_idle_ends_later_operations(service, ada):
    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        assert await email(peer) == ada.email
        async with AccountClient(service.url, ada.session) as client:
            await client.run("mutation { logout { at } }")

        # `QUERY` is for everyone, but not for this caller any more.
        assert codes(await peer.run(QUERY)) == ["UNAUTHENTICATED"]
        assert codes(await peer.run(ME)) == ["UNAUTHENTICATED"]


async def test_operations_are_counted_and_limited_as_by_post(service, ada):
    limits = "{ rateLimit { windows { name used } } }"
    async with AccountClient(service.url, ada.session) as client, Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        before = (await client.run(limits))["rateLimit"]["windows"]
        assert (await peer.run(TEXT))["data"] == {"infer": {"version": "1"}}
        after = (await client.run(limits))["rateLimit"]["windows"]

    assert [name["used"] for name in before] == [0, 0]
    assert [name["used"] for name in after] == [1, 1]


def page(service: Any, origin: str | None = None, **fields: str) -> dict[str, str]:
    """What a browser sends for a page of that origin, by default of the service's own."""
    return {"Origin": origin or service.url, **{name.replace("_", "-"): text for name, text in fields.items()}}


@pytest.mark.parametrize("site", [{}, {"Sec_Fetch_Site": "same-origin"}])
async def test_a_page_of_our_own_origin_may_use_its_cookie(service, ada, site):
    async with Peer(service, headers=page(service, Cookie=by(ada.session), **site)) as peer:
        assert await email(await peer.begin()) == ada.email


async def test_a_program_needs_the_header_beside_a_cookie(service, ada):
    async with Peer(service, headers={"Cookie": by(ada.session)}) as peer:
        assert (await peer.closed())[0] == 4400
    async with Peer(service, headers={"Cookie": by(ada.session), **PREFLIGHT}) as peer:
        assert await email(await peer.begin()) == ada.email


FOREIGN = [
    "https://evil.example",
    "null",
    "http://127.0.0.1",
    "https://127.0.0.1:%d",
    "http://127.0.0.1:%d.evil.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("cookie", [True, False])
async def test_a_page_of_another_origin_opens_none(service, ada, origin, cookie):
    headers = page(service, origin.replace("%d", str(service.port)), **({"Cookie": by(ada.session)} if cookie else {}))

    async with Peer(service, headers=headers) as peer:
        assert (peer.status, codes(peer.body)) == (403, ["FORBIDDEN"])


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", "same-origin, cross-site"])
async def test_what_the_browser_says_of_the_page_goes_before_its_origin(service, ada, site):
    """A proxy may have written the host that the origin is compared with."""
    async with Peer(service, headers=page(service, Cookie=by(ada.session), Sec_Fetch_Site=site)) as peer:
        assert (peer.status, codes(peer.body)) == (403, ["FORBIDDEN"])


async def test_a_page_that_the_browser_calls_the_apis_own_may_come_through_a_proxy_with_another_host(service, ada):
    own = page(service, "https://behind.a.proxy", Cookie=by(ada.session), Sec_Fetch_Site="same-origin")

    async with Peer(service, headers=own) as peer:
        assert await email(await peer.begin()) == ada.email


@pytest.mark.parametrize("origin", ALLOWED)
async def test_a_page_of_an_allowed_origin_sends_its_credential_in_the_init_and_no_cookie_counts(guarded, ada, origin):
    headers = page(guarded, origin, Cookie=by(ada.session), Sec_Fetch_Site="cross-site")

    async with Peer(guarded, headers=headers) as peer:
        assert await (await peer.begin()).run("{ me { email } }") == NOBODY
    async with Peer(guarded, headers=headers) as peer:
        assert await email(await peer.begin(bearer(ada.session))) == ada.email


async def test_a_bad_cookie_is_4401_and_is_deleted(service, ada):
    async with Peer(service, headers=page(service, Cookie=by(ada.expired))) as peer:
        assert peer.answer["set-cookie"].startswith("__Host-gatehouse-session=; Max-Age=0;")
        assert (await peer.closed())[0] == 4401


async def test_a_cookie_and_another_credential_are_4400(service, ada, eve):
    async with Peer(service, headers=page(service, Cookie=by(ada.session))) as peer:
        await peer.send(bearer(eve.session))
        assert (await peer.closed())[0] == 4400


async def test_a_login_over_a_socket_sets_no_cookie(service, ada):
    login = """mutation ($email: String!) { login(input: {email: $email, password: "wrong", cookie: true}) {
      __typename } }"""

    async with Peer(service) as peer:
        await peer.begin()
        payload = await peer.run(login, email=ada.email)

    assert (codes(payload), payload["data"]) == (["BAD_REQUEST"], {"login": None})
    assert payload["errors"][0]["message"].startswith("A WebSocket cannot set a cookie.")


async def test_a_credential_in_the_address_is_4401(service):
    async with Peer(service, path="/graphql?token=x") as peer:
        assert (await peer.closed())[0] == 4401


async def test_a_caller_who_may_not_infer_is_refused_as_by_post(guarded):
    async with Peer(guarded) as peer:
        await peer.begin()
        await peer.send(subscribe(TEXT))
        payload = (await peer.receive())["payload"]

    assert codes(payload) == ["UNAUTHENTICATED"]
