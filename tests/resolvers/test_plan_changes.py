import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from db.models.index_state import CredentialEvent
from db.models.plans import Plan
from db.models.users import User
from limits import revocation
from limits.charges import Charge
from resolvers import administration, plan_changes, plans
from resolvers.plan_changes import NewPlan
from settings import ModelLimit
from tests.limits.people import store_of
from tests.resolvers.administering import acts, administrator, having
from tests.resolvers.conftest import NOW, epoch
from tests.resolvers.interference import DyingGate, Killed

DYING: Any = DyingGate()
PRO = NewPlan(
    name="pro",
    units_per_minute=600,
    units_per_day=50_000,
    concurrent_requests=16,
    max_api_tokens=20,
    max_token_lifetime=timedelta(days=30),
    models=["private", "private", "other"],
)


@pytest.fixture
async def root(new_person):
    return await administrator(await new_person("root@example.org"))


async def limits_of(gate, person):
    """By plan, as the next request of theirs finds them."""
    admission = await gate.admit(person.caller.credential, Charge("plan", longest=timedelta(seconds=1)))
    by_name = {window.name: window.limit for window in admission.windows}
    return by_name["minute"], by_name["day"], sorted(admission.rights.plan_models)


async def test_a_plan_is_made_and_given_to_a_user(read, gate, root, ada):
    assert await limits_of(gate, ada) == (120, 10_000, [])
    before = await epoch()

    plan = await plan_changes.save(gate, root, PRO, read, at=NOW)
    user = await plan_changes.assign(gate, root, ada.id, "pro", at=NOW + timedelta(seconds=1))

    assert (plan.models, plan.max_token_lifetime) == (["private", "other"], timedelta(days=30))
    assert user.plan.name == "pro"
    assert await limits_of(gate, ada) == (600, 50_000, ["other", "private"])
    assert [one.name for one in await plan_changes.listed(await administration.admit(root))] == ["free", "pro"]
    # Nobody had the plan, so nothing that Redis holds is old.
    assert await epoch() == before
    saved, given = await acts()
    assert saved[:6] == ("PLAN_SAVED", "ADMIN", root.credential.user_id, None, "pro", None)
    assert saved[6] == dict.fromkeys(saved[7])
    assert saved[7] == {
        "unitsPerMinute": 600,
        "unitsPerDay": 50_000,
        "concurrentRequests": 16,
        "maxApiTokens": 20,
        "maxTokenLifetime": 30 * 86_400,
        "weight": 1,
        "models": ["private", "other"],
        "modelLimits": [],
    }
    assert given[0] == "USER_PLAN_SET"
    assert given[2:4] == (root.credential.user_id, ada.id)
    assert given[6:] == ({"plan": "free"}, {"plan": "pro"})


async def test_limits_of_models_hold_at_the_next_request(read, gate, root, ada):
    await plan_changes.save(gate, root, PRO, read, at=NOW)
    await plan_changes.assign(gate, root, ada.id, "pro", at=NOW + timedelta(seconds=1))
    limits = [ModelLimit("text", 7, None), ModelLimit("image", None, 9)]

    await plan_changes.save(gate, root, replace(PRO, model_limits=limits), read, at=NOW + timedelta(seconds=2))

    admission = await gate.admit(ada.caller.credential, Charge("plan", longest=timedelta(seconds=1)))
    of_models = {window.name: window.limit for window in admission.windows if window.model}
    assert of_models == {"model-minute:text": 7, "model-day:image": 9}
    saved = (await acts())[-1]
    assert saved[6] == {"modelLimits": []}
    assert saved[7] == {
        "modelLimits": [
            {"model": "text", "unitsPerMinute": 7, "unitsPerDay": None},
            {"model": "image", "unitsPerMinute": None, "unitsPerDay": 9},
        ]
    }


async def test_the_weight_of_a_plan_holds_at_the_next_request(read, gate, root, ada):
    async def weight():
        admission = await gate.admit(ada.caller.credential, Charge("plan", longest=timedelta(seconds=1)))
        return ada.caller.with_rights(admission.rights).weight

    assert await weight() == 1
    await plan_changes.save(gate, root, replace(PRO, weight=3), read, at=NOW)
    await plan_changes.assign(gate, root, ada.id, "pro", at=NOW + timedelta(seconds=1))
    assert await weight() == 3

    await plan_changes.save(gate, root, replace(PRO, weight=100), read, at=NOW + timedelta(seconds=2))

    assert await weight() == 100
    assert (await acts())[-1][6:] == ({"weight": 3}, {"weight": 100})


@pytest.mark.parametrize(
    ("limits", "path", "code"),
    [
        ([ModelLimit("text", None, None)], ("0",), "MISSING"),
        ([ModelLimit("text", 0, None)], ("0", "unitsPerMinute"), "OUT_OF_RANGE"),
        ([ModelLimit("text", 1, 2**31)], ("0", "unitsPerDay"), "OUT_OF_RANGE"),
        ([ModelLimit("text", 1, 1), ModelLimit("text", 2, 2)], ("1", "model"), "DUPLICATE"),
        ([ModelLimit(f"model {number}", 1, 1) for number in range(101)], (), "TOO_LONG"),
        ([ModelLimit("x" * 256, 1, 1)], ("0", "model"), "TOO_LONG"),
    ],
)
async def test_wrong_limits_of_models_are_refused(read, gate, root, limits, path, code):
    with pytest.raises(errors.InvalidInput) as refused:
        await plan_changes.save(gate, root, replace(PRO, model_limits=limits), read, at=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [
        (("input", "modelLimits", *path), code)
    ]
    assert [plan.name for plan in await Plan.all()] == ["free"]
    assert await acts() == []


async def test_a_changed_plan_holds_at_the_next_request(read, gate, root, ada):
    await plan_changes.save(gate, root, PRO, read, at=NOW)
    await plan_changes.assign(gate, root, ada.id, "pro", at=NOW)
    assert (await limits_of(gate, ada))[0] == 600
    before = await epoch()

    await plan_changes.save(gate, root, replace(PRO, units_per_minute=7), read, at=NOW + timedelta(seconds=1))

    assert (await limits_of(gate, ada))[0] == 7
    assert await epoch() == before + 1
    assert (await acts())[-1][6:] == ({"unitsPerMinute": 600}, {"unitsPerMinute": 7})


async def test_a_plan_that_is_saved_as_it_was_writes_nothing(read, gate, root):
    await plan_changes.save(gate, root, PRO, read, at=NOW)
    before = await epoch()

    await plan_changes.save(gate, root, PRO, read, at=NOW)

    assert (await epoch(), len(await acts())) == (before, 1)


async def test_a_process_that_is_killed_after_the_commit_leaves_nothing_to_do(read, gate, root, ada):
    await plan_changes.save(gate, root, PRO, read, at=NOW)
    await plan_changes.assign(gate, root, ada.id, "pro", at=NOW)
    await limits_of(gate, ada)
    with pytest.raises(Killed):
        await plan_changes.save(DYING, root, replace(PRO, units_per_minute=7), read, at=NOW)

    await gate.confirm_for_all()

    assert (await limits_of(gate, ada))[0] == 7


async def test_a_worker_finishes_giving_a_plan(read, gate, root, ada):
    await plan_changes.save(gate, root, PRO, read, at=NOW)
    await limits_of(gate, ada)
    with pytest.raises(Killed):
        await plan_changes.assign(DYING, root, ada.id, "pro", at=NOW)

    assert await revocation.finish(store_of(gate), older_than=timedelta(0)) == 1

    assert (await limits_of(gate, ada))[0] == 600


async def test_one_plan_that_two_administrators_make_at_once_is_one(read, gate, root, eve):
    other = await administrator(eve)

    await asyncio.gather(
        *(plan_changes.save(gate, by, PRO, read, at=NOW) for by in (root, other)),
    )

    assert await Plan.filter(name="pro").count() == 1
    assert len(await acts()) == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": "  "}, [("name", "TOO_SHORT")]),
        ({"name": "x" * 81}, [("name", "TOO_LONG")]),
        ({"name": "a\u200bb"}, [("name", "INVALID_CHARACTER")]),
        ({"units_per_minute": 0}, [("unitsPerMinute", "OUT_OF_RANGE")]),
        ({"units_per_day": 2**31}, [("unitsPerDay", "OUT_OF_RANGE")]),
        (
            {"concurrent_requests": 0, "max_api_tokens": -1},
            [("concurrentRequests", "OUT_OF_RANGE"), ("maxApiTokens", "OUT_OF_RANGE")],
        ),
        ({"weight": 0}, [("weight", "OUT_OF_RANGE")]),
        ({"weight": 101}, [("weight", "OUT_OF_RANGE")]),
        ({"max_token_lifetime": timedelta(0)}, [("maxTokenLifetime", "OUT_OF_RANGE")]),
        ({"max_token_lifetime": timedelta(days=367)}, [("maxTokenLifetime", "OUT_OF_RANGE")]),
        ({"models": ["m"] * 101}, [("models", "TOO_LONG")]),
        ({"models": ["a", "\0"]}, [("models.1", "INVALID_CHARACTER")]),
    ],
)
async def test_a_bad_plan_is_refused_and_not_saved(read, gate, root, change, found):
    with pytest.raises(errors.InvalidInput) as refusal:
        await plan_changes.save(gate, root, replace(PRO, **change), read, at=NOW)

    assert [(".".join(problem.path[1:]), problem.code) for problem in refusal.value.problems] == found
    assert (await Plan.all().count(), await acts()) == (1, [])


async def test_the_numbers_of_the_free_plan_are_the_operators(read, gate, root):
    free = NewPlan(
        name=plans.FREE,
        units_per_minute=120,
        units_per_day=10_000,
        concurrent_requests=8,
        max_api_tokens=10,
        max_token_lifetime=timedelta(days=365),
        models=["private"],
    )
    with pytest.raises(errors.InvalidInput) as refusal:
        await plan_changes.save(gate, root, replace(free, units_per_day=7), read, at=NOW)
    assert [(one.path, one.code) for one in refusal.value.problems] == [(("input", "unitsPerDay"), "SET_BY_SETTINGS")]
    assert await acts() == []

    await plan_changes.save(gate, root, free, read, at=NOW)
    await plans.write_free(read)

    plan = await Plan.get(name=plans.FREE)
    assert (plan.units_per_day, plan.models) == (10_000, ["private"])


@pytest.mark.parametrize("name", ["", "gold", "\0", "x" * 100_000])
async def test_a_plan_that_there_is_not_is_not_given(gate, root, ada, name):
    with pytest.raises(errors.InvalidInput) as refusal:
        await plan_changes.assign(gate, root, ada.id, name, at=NOW)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("plan",), "UNKNOWN_PLAN")]
    assert (await acts(), await CredentialEvent.all().count()) == ([], 0)


async def test_giving_the_plan_that_a_user_has_writes_nothing(gate, root, ada):
    assert (await plan_changes.assign(gate, root, ada.id, "free", at=NOW)).plan.name == "free"

    assert (await acts(), await CredentialEvent.all().count()) == ([], 0)


async def test_only_administrators_change_plans(read, gate, root, ada):
    without = await administrator(ada, second_factor=False)
    for by in (having(ada, "USER"), ada.by_token("INFER", "READ"), without):
        with pytest.raises(errors.Forbidden):
            await plan_changes.save(gate, by, PRO, read, at=NOW)
        with pytest.raises(errors.Forbidden):
            await plan_changes.assign(gate, by, ada.id, "free", at=NOW)
        with pytest.raises(errors.Forbidden):
            await plan_changes.listed(by)
    with pytest.raises(errors.UserNotFound):
        await plan_changes.assign(gate, root, uuid4(), "free", at=NOW)

    assert (await Plan.all().count(), await acts()) == (1, [])
    assert (await User.get(id=ada.id).select_related("plan")).plan.name == "free"
