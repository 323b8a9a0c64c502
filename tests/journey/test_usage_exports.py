"""A month of usage as a CSV file, from an address that answers once."""

import asyncio
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from graph import ids
from tests.journey.client import code, create_token
from tests.journey.exports import EXPORT, MONTH, address, appoint, fetch, rows, spend, spend_much
from tests.mails import until
from tests.transport import Transport

HEADER = "kind,month,user,email,apiToken,apiTokenName,model,calls,failed,units,inferenceMs"
LOG = "{ me { securityEvents(first: 1) { nodes { action actorKind changes { field } } } } }"
LOGOUT = "mutation { logout { at } }"


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def eve(installation):
    return await installation.person()


def line(person, *, token="", name="", model="a", calls="2", failed="1", units, milliseconds="1.500"):
    return {
        "kind": "usage", "month": MONTH, "user": ids.write("User", person.id), "email": person.email,
        "apiToken": token, "apiTokenName": name, "model": model, "calls": calls, "failed": failed,
        "units": units, "inferenceMs": milliseconds,
    }  # fmt: skip


async def test_a_user_gets_their_own_month_and_its_sums(installation, client_at, ada, eve):
    token, gone = (await create_token(client_at(0, ada.session), name="ci"))["apiToken"], uuid4()
    token_id = ids.find("ApiToken", token["id"])
    for day in (1, 29):
        await spend(installation, ada.id, day=day, units=3)
    await spend(installation, ada.id, token=token_id, model="b", units=5)
    await spend(installation, ada.id, token=gone, model="", units=7)
    await spend(installation, eve.id, units=100)
    await spend(installation, ada.id, model="c", units=100)
    async with installation.database() as database:
        await database.execute("UPDATE usage_days SET day = '2024-03-01' WHERE model = 'c' AND user_id = $1", ada.id)

    response = await fetch(await address(client_at(0, ada.session)))

    *found, total = rows(response)
    assert response.text.split("\r\n")[0] == HEADER
    assert response.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert response.headers["content-disposition"] == 'attachment; filename="usage-2024-02.csv"'
    assert response.headers["cache-control"] == "no-store"
    assert sorted(found, key=str) == sorted(
        [
            line(ada, calls="4", failed="2", units="6", milliseconds="3.000"),
            line(ada, token=token["id"], name="ci", model="b", units="5"),
            # Units that belong to no model are no call, and the token's name went with the token.
            line(ada, token=ids.write("ApiToken", gone), model="", calls="0", failed="0", units="7"),
        ],
        key=str,
    )
    assert {name: value for name, value in total.items() if value} == {
        "kind": "total", "month": MONTH, "calls": "6", "failed": "3", "units": "18", "inferenceMs": "6.000",
    }  # fmt: skip


async def test_calls_of_a_moment_ago_are_in_it(installation, client_at, ada):
    client = client_at(0, ada.session)
    await client.run('{ infer(model: "text", inputs: [{name: "IN", shape: [1], data: {values: ["a"]}}]) { version } }')
    (today,) = (await client.run("{ rateLimit { windows { name used } } }"))["rateLimit"]["windows"][:1]
    async with installation.database() as database:
        month = await database.fetchval("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')")

    *found, total = rows(await fetch(await address(client, month)))

    assert today["used"] == 1
    assert [(row["model"], row["calls"], row["units"]) for row in found] == [("text", "1", "1")]
    assert total["units"] == "1"


async def test_an_address_answers_once_at_any_process_and_a_look_uses_nothing_up(installation, client_at, ada):
    await spend(installation, ada.id, units=3)
    url = (await address(client_at(0, ada.session))).replace(*installation.urls)
    async with httpx2.AsyncClient(transport=Transport()) as http:
        assert [(await http.head(url)).status_code for _ in range(2)] == [200, 200]
        answers = await asyncio.gather(*(http.get(url) for _ in range(8)))
        assert (await http.head(url)).status_code == 404
        assert (await http.post(url)).status_code == 405
        later = await http.get(url)

    statuses = [answer.status_code for answer in answers]
    # At the same moment, a user gets two downloads.
    assert (statuses.count(200), set(statuses) <= {200, 404, 503}) == (1, True)
    assert later.status_code == 404
    assert "This address was used, has expired or never existed. Ask for a new one." in later.text


async def test_an_address_expires(installation, client_at, ada):
    url = await address(client_at(0, ada.session))
    async with installation.in_redis() as redis:
        found = [key async for key in redis.scan_iter("{x*}:x:*")]
        assert all([0 < await redis.pttl(key) <= 60_000 for key in found])
        await redis.delete(*found)

    assert code(await fetch(url)) == "NOT_FOUND"


async def test_an_address_dies_with_its_credential(client_at, ada):
    url = await address(client_at(0, ada.session))
    await client_at(1, ada.session).run(LOGOUT)

    response = await fetch(url)

    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("month", ["2024-13", "2024-2", "1999-12", "2200-01", "2024-02-01", "\uff12024-02", ""])
async def test_what_is_no_month_is_refused(client_at, ada, month):
    response = await client_at(0, ada.session).post(EXPORT, month=month)

    assert (code(response), response.json()["data"]) == ("BAD_REQUEST", {"exportUsage": None})


async def test_who_may_export_their_own(client_at, ada):
    client = client_at(0, ada.session)
    reading, calling = [
        (await create_token(client, name=scope, scopes=[scope]))["token"] for scope in ("READ", "INFER")
    ]

    assert rows(await fetch(await address(client_at(0, reading))))[-1]["kind"] == "total"
    assert code(await client_at(0, calling).post(EXPORT, month=MONTH)) == "FORBIDDEN"
    assert code(await client_at(0).post(EXPORT, month=MONTH)) == "UNAUTHENTICATED"


async def test_an_api_token_sees_neither_the_address_of_its_owner_nor_other_tokens(installation, client_at, ada):
    client = client_at(0, ada.session)
    own, other = [await create_token(client, name=name, scopes=["READ"]) for name in ("own", "other")]
    for token, units in ((None, 3), (own, 5), (other, 7)):
        token_id = ids.find("ApiToken", token["apiToken"]["id"]) if token else None
        await spend(installation, ada.id, token=token_id, units=units)
    await spend(installation, ada.id, token=ids.find("ApiToken", other["apiToken"]["id"]), model="b", units=11)

    response = await fetch(await address(client_at(1, own["token"])))

    *found, total = rows(response)
    assert sorted(found, key=str) == sorted(
        [
            line(ada, calls="4", failed="2", units="10", milliseconds="3.000") | {"email": ""},
            line(ada, model="b", units="11") | {"email": ""},
            line(ada, token=own["apiToken"]["id"], name="own", units="5") | {"email": ""},
        ],
        key=str,
    )
    assert (total["units"], total["calls"]) == ("26", "8")
    assert "other" not in response.text
    assert ada.email not in response.text


async def events(installation, person):
    async with installation.database() as database:
        found = await database.fetch(
            "SELECT action, detail FROM audit_events WHERE user_id = $1 ORDER BY at", person.id
        )
    return [tuple(row) for row in found]


async def test_only_an_administrator_with_two_factor_login_exports_everybody(installation, client_at, ada, eve):
    client = client_at(0, ada.session)
    token = (await create_token(client))["token"]
    before = await events(installation, ada)
    await spend(installation, eve.id, units=3)

    assert code(await client.post(EXPORT, month=MONTH, all=True)) == "FORBIDDEN"
    await appoint(installation, ada, second_factor=False)
    assert code(await client.post(EXPORT, month=MONTH, all=True)) == "FORBIDDEN"
    async with installation.database() as database:
        await database.execute(
            "INSERT INTO second_factors (user_id, sealed_secret, created_at) VALUES ($1, '-', now())", ada.id
        )
        assert code(await client.post(EXPORT, month=MONTH, all=True)) == "FORBIDDEN"
        await database.execute("UPDATE second_factors SET confirmed_at = now() WHERE user_id = $1", ada.id)
    assert code(await client_at(0, token).post(EXPORT, month=MONTH, all=True)) == "FORBIDDEN"
    assert await events(installation, ada) == before

    found = rows(await fetch(await address(client, all=True)))
    assert line(eve, units="3") in found
    assert [row["kind"] for row in found[-2:]] == ["usage", "total"]
    assert int(found[-1]["units"]) == sum(int(row["units"]) for row in found[:-1])
    assert await events(installation, ada) == [*before, ("USAGE_EXPORTED", f"everybody, {MONTH}")]
    # An act, which stays when the administrator has deleted the account.
    async with installation.database() as database:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await database.execute("DELETE FROM audit_events WHERE user_id = $1", ada.id)
    own = (await client.run(LOG))["me"]["securityEvents"]["nodes"][0]
    assert own == {"action": "USAGE_EXPORTED", "actorKind": "ADMIN", "changes": []}

    url = await address(client, all=True)
    # The last administrator would stay one.
    await appoint(installation, eve)
    async with installation.database() as database:
        await database.execute("UPDATE users SET role = 'USER' WHERE id = $1", ada.id)
    assert code(await fetch(url)) == "FORBIDDEN"


async def test_what_a_spreadsheet_would_run_is_text(installation, client_at, ada):
    client = client_at(0, ada.session)
    names = ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(1)", " =1", 'a "quoted", name', "plain"]
    for name in names:
        made = await create_token(client, name=name)
        await spend(installation, ada.id, token=ids.find("ApiToken", made["apiToken"]["id"]), units=1)

    *found, _ = rows(await fetch(await address(client)))

    written = {row["apiTokenName"] for row in found}
    assert written >= {'\'=HYPERLINK("http://x","y")', "'+1", "'-1", "'@SUM(1)", 'a "quoted", name', "plain"}
    assert not [name for name in written if name.lstrip().startswith(("=", "+", "-", "@"))]


async def test_a_client_that_leaves_makes_room_for_the_next(installation, client_at, ada):
    await spend_much(installation, ada, 60_000)
    client = client_at(0, ada.session)
    waiting = await address(client)
    async with httpx2.AsyncClient(timeout=60, transport=Transport()) as http:
        async with http.stream("GET", await address(client)) as one, http.stream("GET", await address(client)) as two:
            assert (one.status_code, two.status_code) == (200, 200)
            refused = await http.get(waiting)
            assert (refused.status_code, code(refused)) == (503, "SERVICE_UNAVAILABLE")
            assert refused.headers["retry-after"] == "1"

        async def is_answered():
            return (await http.get(waiting)).status_code == 200

        # The refusal has not used the address up.
        await until(is_answered)


async def read_until_broken_off(url, happens):
    """The part of the file that came, where something happens after its first piece."""
    text = b""
    async with httpx2.AsyncClient(timeout=60) as http, http.stream("GET", url) as response:
        try:
            async for piece in response.aiter_bytes():
                if not text:
                    await happens()
                text += piece
        except httpx2.RemoteProtocolError:
            return text
    raise AssertionError("the file is whole")


def is_incomplete(text):
    return text.startswith(HEADER.encode()) and b"\r\ntotal," not in text


async def test_a_file_whose_credential_is_revoked_meanwhile_is_incomplete(installation, client_at, ada):
    await spend_much(installation, ada, 60_000)

    async def revoked():
        async with installation.database() as database:
            await database.execute("UPDATE sessions SET revoked_at = now() WHERE user_id = $1", ada.id)

    assert is_incomplete(await read_until_broken_off(await address(client_at(0, ada.session)), revoked))
    log = installation.services[0].log.read_text()
    assert "A download was broken off: Unauthenticated" in log
    # It is no error of the service.
    assert "ASGI" not in log


async def test_a_file_whose_postgres_goes_away_meanwhile_is_incomplete(installation, client_at, ada):
    await spend_much(installation, ada, 60_000)

    async def stands_still():
        installation.postgres.pause()

    try:
        text = await read_until_broken_off(await address(client_at(0, ada.session)), stands_still)
    finally:
        installation.postgres.resume()
    await installation.recovered()

    assert is_incomplete(text)


async def test_sixty_thousand_rows_are_each_there_once(installation, client_at, ada):
    await spend_much(installation, ada, 60_000)

    *found, total = rows(await fetch(await address(client_at(0, ada.session))))

    assert len({row["apiToken"] for row in found}) == len(found) == 60_000
    assert total["units"] == "120000"


async def test_without_redis_no_address_is_given(installation, client_at, ada):
    client = client_at(0, ada.session)
    await client.run("{ me { id } }")
    installation.redis.pause()
    try:
        response = await client.post(EXPORT, month=MONTH)
    finally:
        installation.redis.resume()
    await installation.recovered()

    assert (code(response), response.json()["data"]) == ("SERVICE_UNAVAILABLE", {"exportUsage": None})
