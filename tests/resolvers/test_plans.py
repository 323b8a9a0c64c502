import asyncio
from dataclasses import replace
from datetime import timedelta

from db.models.plans import Plan
from resolvers import plans
from settings import ModelLimit
from tests.resolvers.conftest import epoch


async def test_the_free_plan_is_what_the_settings_say(read):
    plan = await Plan.get(name="free")

    assert (plan.units_per_minute, plan.units_per_day, plan.concurrent_requests) == (120, 10_000, 8)
    assert (plan.max_api_tokens, plan.max_token_lifetime, plan.models) == (10, timedelta(days=365), [])


async def test_many_starts_at_once_write_it_once_and_leave_the_epoch(read):
    plan, before = await Plan.get(name="free"), await epoch()

    await asyncio.gather(*(plans.write_free(read) for _ in range(20)))

    assert await Plan.all() == [plan]
    assert await epoch() == before


async def test_a_change_raises_the_epoch_once(read):
    plan, before = await Plan.get(name="free"), await epoch()
    changed = replace(read, free_units_per_minute=7)

    await asyncio.gather(*(plans.write_free(changed) for _ in range(20)))

    assert (await Plan.get(id=plan.id)).units_per_minute == 7
    assert await epoch() == before + 1


async def test_limits_of_models_are_what_the_settings_say_and_a_change_raises_the_epoch(read):
    before = await epoch()
    limits = (ModelLimit("text_reader", 60, None), ModelLimit("similarity", 5, 500))

    await asyncio.gather(*(plans.write_free(replace(read, free_model_limits=limits)) for _ in range(5)))

    assert (await Plan.get(name="free")).model_limits == [
        {"model": "text_reader", "units_per_minute": 60, "units_per_day": None},
        {"model": "similarity", "units_per_minute": 5, "units_per_day": 500},
    ]
    assert await epoch() == before + 1
    await plans.write_free(read)
    assert (await Plan.get(name="free")).model_limits == []
