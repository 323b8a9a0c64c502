"""`gatehouse users` and `gatehouse plans`, as an operator types them beside the running processes."""

import asyncio
import json
from functools import partial
from uuid import uuid4

import pytest

from tests import forked
from tests.journey.client import TEXT, code, create_token
from tests.mails import caught_by, until

LIMITS = "{ rateLimit { windows { name limit } } models { totalCount } }"
ACTS = "SELECT action, actor_kind FROM audit_events WHERE after IS NOT NULL AND user_id = $1 ORDER BY at"
PRO = ("--units-per-day=7777", "--concurrent-requests=7", "--max-api-tokens=7", "--max-token-lifetime-days=7")


@pytest.fixture
def gatehouse(installation):
    async def run(*arguments):
        environ = {**installation.environ, "PYTHONWARNINGS": "error"}
        ended = await asyncio.to_thread(partial(forked.run, *arguments, environ=environ))
        assert "Traceback" not in ended.stderr
        return ended

    return run


@pytest.fixture
def told(gatehouse):
    """What a command that succeeds prints, as JSON."""

    async def run(*arguments):
        ended = await gatehouse(*arguments, "--json")
        assert (ended.returncode, ended.stderr) == (0, "")
        return json.loads(ended.stdout)

    return run


@pytest.fixture
async def ada(installation):
    return await installation.person()


async def test_the_operator_suspends_a_user_and_reinstates_them(installation, client_at, gatehouse, told, ada):
    token = await create_token(client_at(0, ada.session))
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert [code(await client.post(TEXT)) for client in clients] == ["OK", "OK"]

    ended = await gatehouse("users", "suspend", ada.email, "--reason", "Spam.")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{ada.id}  {ada.email}  suspended  plan ")
    assert [code(await client.post(TEXT)) for client in clients] == ["UNAUTHENTICATED", "UNAUTHENTICATED"]
    await until(lambda: len(caught_by(installation.mail.mails, ada.email)) == 1)
    (found,) = await told("users", "find", ada.email.upper(), "--state", "suspended")
    assert (found["id"], found["email"], found["state"], found["role"]) == (str(ada.id), ada.email, "SUSPENDED", "USER")
    assert found["suspendedAt"] > found["createdAt"]

    back = await told("users", "reinstate", str(ada.id))

    assert (back["state"], back["suspendedAt"]) == ("ACTIVE", None)
    assert [code(await client.post(TEXT)) for client in clients] == ["OK", "OK"]
    async with installation.database() as database:
        acts = await database.fetch(ACTS, ada.id)
    assert [tuple(act) for act in acts] == [("USER_SUSPENDED", "SYSTEM"), ("USER_REINSTATED", "SYSTEM")]


async def test_the_operator_makes_a_plan_changes_it_and_gives_it(client_at, gatehouse, told, ada):
    name = f"pro {uuid4()}"
    saved = await told("plans", "save", name, "--units-per-minute=777", *PRO, "--model", "private")
    await told("users", "plan", ada.email, name)
    assert await _minute(client_at(1, ada.session)) == 777

    ended = await gatehouse("plans", "save", name, "--units-per-minute=778", *PRO, "--weight=5")

    assert (
        ended.stdout == f"{name}: 778 units a minute, 7777 a day, 7 at once, 7 API tokens for up to 7 days, weight 5\n"
    )
    assert await _minute(client_at(1, ada.session)) == 778
    assert saved == {
        "name": name,
        "unitsPerMinute": 777,
        "unitsPerDay": 7777,
        "concurrentRequests": 7,
        "maxApiTokens": 7,
        "maxTokenLifetimeSeconds": 604_800,
        "weight": 1,
        "models": ["private"],
        "modelLimits": [],
    }
    assert {**saved, "unitsPerMinute": 778, "weight": 5, "models": []} in await told("plans", "list")
    assert [user["email"] for user in await told("users", "find", "--plan", name)] == [ada.email]
    assert ended.stdout in (await gatehouse("plans", "list")).stdout


async def _minute(client):
    windows = (await client.run(LIMITS))["rateLimit"]["windows"]
    return next(window["limit"] for window in windows if window["name"] == "minute")


async def test_users_that_are_not_found_are_none(gatehouse, told):
    assert await told("users", "find", "nobody at all") == []
    assert (await gatehouse("users", "find", "nobody at all")).stdout == "no user was found\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("users suspend nobody@example.org --reason x", "No user has this address or id."),
        ("users reinstate 7c9e6679-7425-40de-944b-e07fc1f90ae7", "No user has this address or id."),
        ("users plan ADA gold", "There is no plan with this name."),
        ("users suspend ADA --reason=", "A suspension needs a reason."),
        (f"plans save free --units-per-minute=7 {' '.join(PRO)}", "The plan `free` takes this from GATEHOUSE_FREE_"),
        (f"plans save pro --units-per-minute=0 {' '.join(PRO)}", "This must be from 1 to "),
        (f"plans save pro --units-per-minute=9 --model-limits=a {' '.join(PRO)}", "--model-limits must hold MODEL="),
        (f"users find {'x' * 300}", "`search`: This has more than 254 characters."),
    ],
)
async def test_what_is_refused_is_said_in_one_line_and_changes_nothing(installation, gatehouse, ada, arguments, said):
    ended = await gatehouse(*(ada.email if word == "ADA" else word for word in arguments.split()))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"gatehouse: {said}")
    assert ended.stderr.count("\n") == 1
    async with installation.database() as database:
        assert await database.fetchval("SELECT count(*) FROM audit_events WHERE user_id = $1", ada.id) == 0
        assert await database.fetchval("SELECT suspended_at FROM users WHERE id = $1", ada.id) is None


async def test_the_operator_cannot_dismiss_the_last_administrator(installation, gatehouse, ada):
    async with installation.database() as database:
        await database.execute("UPDATE users SET role = 'ADMIN' WHERE id = $1", ada.id)
        await database.execute("UPDATE users SET role = 'USER' WHERE id <> $1", ada.id)

    ended = await gatehouse("admin", "dismiss", ada.email)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "gatehouse: This user is the last administrator who is not suspended. Appoint another one first.\n"
    )
    assert (await gatehouse("admin", "list")).stdout == f"{ada.email}\n"
