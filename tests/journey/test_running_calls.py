"""The running calls of a credential end with it, in whatever way it ends, in all processes, in Triton too."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from access import signing_keys
from access.credentials import Credential, Kind
from access.signing_keys import Keys
from tests import forked
from tests.conftest import TEST_MODELS
from tests.journey.accounts import PASSWORD, REQUEST_RESET, RESET, act, code_in_mail, logged_in
from tests.journey.client import TEXT, code, codes, create_token, revoke_token, usage
from tests.journey.installation import running
from tests.journey.running_calls import PATIENT, Running, write_model
from tests.mails import until

LOGOUT = "mutation { logout { at } }"
SESSIONS = "{ me { sessions { id current } } }"
ENDED = (401, "UNAUTHENTICATED")
DELETE = "mutation ($id: ID!) { deleteApiToken(id: $id) { __typename } }"
REVOKE_SESSION = "mutation ($id: ID!) { revokeSession(id: $id) { __typename } }"
NEXT_PASSWORD = "a third horse, no battery"  # noqa: S105 - a test's
CHANGE = act(
    'changePassword(currentPassword: $password, newPassword: "another horse battery")', "$password: String!", ""
)
DELETE_ACCOUNT = act("deleteAccount(password: $password)", "$password: String!", "")
SUSPEND = "UPDATE users SET suspended_at = now() WHERE id = $1"
NOTE = "INSERT INTO credential_events (at, user_id) VALUES (clock_timestamp(), $1); "


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("patient"))


@pytest.fixture(scope="module")
def _own(tmp_path_factory, patient):
    with running(tmp_path_factory.mktemp("running"), models=[TEST_MODELS, patient.parents[1]]) as started:
        yield started


@pytest.fixture(scope="module")
async def installation(_own):
    async with _own.in_redis() as redis:
        await redis.config_set("appendfsync", "no")
    return _own


@pytest.fixture
async def run(installation, patient):
    running = Running(installation, patient)
    yield running
    await running.aclose()


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def session(client_at, ada):
    return client_at(0, ada.session)


async def test_a_revoked_api_token_ends_its_calls_and_no_others(client_at, run, ada, session):
    token, other = [await create_token(session, name=name) for name in ("a", "b")]
    kept = asyncio.create_task(client_at(1, other["token"]).post(PATIENT))
    await run.begin(ada.id, token["token"], beside=1)

    await revoke_token(session, token)

    await run.have_ended(counted=False)
    assert not kept.done()
    await revoke_token(session, other)
    assert codes([await kept]) == {ENDED: 1}
    assert await usage(session) == {"patient": (3, 3, 3)}


async def test_a_deleted_api_token_ends_its_calls(run, ada, session):
    token = await create_token(session)
    await run.begin(ada.id, token["token"])

    await session.run(DELETE, id=token["apiToken"]["id"])

    await run.have_ended()


async def test_logout_ends_the_calls_of_the_session_and_is_answered_itself(run, ada, session):
    await run.begin(ada.id, ada.session)

    assert codes([await session.post(LOGOUT)]) == {(200, "OK"): 1}

    await run.have_ended()


async def test_a_session_revoked_by_another_one_ends_its_calls(client_at, installation, run, ada):
    other = client_at(1, await installation.session_of(ada.id))
    await run.begin(ada.id, ada.session)
    (found,) = [one["id"] for one in (await other.run(SESSIONS))["me"]["sessions"] if not one["current"]]

    await other.run(REVOKE_SESSION, id=found)

    await run.have_ended()
    assert code(await other.post(TEXT)) == "OK"


async def test_the_other_sessions_end_their_calls(client_at, installation, run, ada):
    other = client_at(1, await installation.session_of(ada.id))
    await run.begin(ada.id, ada.session)

    await other.run("mutation { revokeOtherSessions { count } }")

    await run.have_ended()


async def test_a_changed_password_ends_the_calls_of_other_sessions(installation, new_client, person, run):
    address = await person()
    one, other = [await logged_in(new_client(0), address) for _ in range(2)]
    await run.begin(await id_of(installation, address), one)

    changed = await new_client(1, other).run(CHANGE, password=PASSWORD)

    assert changed["changePassword"]["__typename"] == "PasswordChanged"
    await run.have_ended()


async def test_a_reset_password_ends_the_calls_of_all_sessions(installation, new_client, person, run):
    address = await person()
    await run.begin(await id_of(installation, address), await logged_in(new_client(0), address))
    visitor = new_client(1)
    await visitor.run(REQUEST_RESET, email=address)

    reset = await visitor.run(
        RESET, code=await code_in_mail(installation, address, "reset-password"), password=NEXT_PASSWORD
    )

    assert reset["resetPassword"]["__typename"] == "PasswordChanged"
    await run.have_ended()


async def test_a_deleted_account_ends_its_calls(installation, new_client, person, run):
    address = await person()
    session = await logged_in(new_client(0), address)
    token = await create_token(new_client(0, session))
    await run.begin(await id_of(installation, address), token["token"])

    deleted = await new_client(1, session).run(DELETE_ACCOUNT, password=PASSWORD)

    assert deleted["deleteAccount"]["__typename"] == "AccountDeleted"
    await run.have_ended(counted=False)


@pytest.mark.parametrize("with_event", [True, False], ids=["noted", "by hand"])
async def test_a_suspended_user_ends_all_calls(installation, run, ada, with_event):
    await run.begin(ada.id, ada.session)

    async with installation.database() as database, database.transaction():
        await database.execute(SUSPEND, ada.id)
        if with_event:
            await database.execute(NOTE.rstrip("; "), ada.id)
            await database.execute("NOTIFY gatehouse_index")

    await run.have_ended()


async def test_a_credential_revoked_on_the_command_line_ends_its_calls(installation, run, ada, session, tmp_path):
    token = await create_token(session)
    given = tmp_path / "token"
    given.write_text(token["token"])
    await run.begin(ada.id, token["token"])

    command = forked.Forked(
        "credentials", "revoke", environ=installation.services[0].environ, log=tmp_path / "log", given=given
    )

    await run.have_ended()
    assert await asyncio.to_thread(command.wait) == 0


async def test_a_batch_ends_with_its_credential(client_at, run, ada, session):
    token = await create_token(session)
    run.user_id, client = ada.id, client_at(1, token["token"])
    batch = asyncio.create_task(client.http.post("/graphql", json=[{"query": PATIENT}, {"query": PATIENT}]))
    await until(lambda: run.have_begun(1))

    await revoke_token(session, token)

    assert [place["errors"][0]["extensions"]["code"] for place in (await batch).json()] == ["UNAUTHENTICATED"] * 2
    await until(run.are_counted)


async def test_an_expired_credential_ends_its_calls(installation, run, ada):
    at = datetime.now(UTC).replace(microsecond=0)
    credential = Credential(Kind.SESSION, uuid4(), ada.id, frozenset(), at + timedelta(seconds=8))
    async with installation.database() as database:
        await database.execute(
            "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
            *(credential.id, ada.id, at, credential.expires_at),
        )
    await run.begin(ada.id, installation.signer.sign(credential, at))

    await run.have_ended()

    assert datetime.now(UTC) >= credential.expires_at


async def test_a_token_whose_end_was_moved_forward_ends_its_calls(installation, run, ada, session):
    # As a rotation moves it.
    token = await create_token(session)
    await run.begin(ada.id, token["token"])

    async with installation.database() as database:
        await database.execute("UPDATE api_tokens SET expires_at = now() WHERE user_id = $1", ada.id)

    await run.have_ended()


async def test_calls_end_while_redis_hangs(installation, run, ada, session):
    token = await create_token(session)
    await run.begin(ada.id, token["token"])
    installation.redis.pause()
    try:
        revoking = asyncio.create_task(revoke_token(session, token))
        await run.have_ended(counted=False)
    finally:
        installation.redis.resume()

    assert code(await revoking) == "OK"
    await installation.recovered()
    await until(run.are_counted)


async def test_a_retired_key_ends_the_calls_of_what_it_has_signed(installation, run, ada):
    file = installation.environ["GATEHOUSE_SIGNING_KEYS_FILE"]
    environ = installation.services[0].environ
    (leaked,) = kids(file)
    assert forked.run("keys", "new", file, "--signs-after", "0", environ=environ).returncode == 0
    await run.begin(ada.id, ada.session)

    retired = await asyncio.to_thread(forked.run, "keys", "retire", leaked, environ=environ)

    await run.have_ended()
    assert retired.returncode == 0, retired.stderr


def kids(file):
    found: Keys = signing_keys.read(Path(file))
    return [key.kid for key in found.signing]


async def id_of(installation, address):
    async with installation.database() as database:
        return await database.fetchval("SELECT id FROM users WHERE email = $1", address)
