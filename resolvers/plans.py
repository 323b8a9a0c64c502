"""Plans: the limits of users."""

from datetime import timedelta

import orjson
from tortoise import Tortoise

from db.postgres import as_service_unavailable
from settings import Settings

FREE = "free"

# One statement, so that no process can be killed between the new numbers and the new epoch: without the epoch, Redis
# would keep the old numbers. A start that changes nothing writes no row; `xmax` is 0 only in a row just inserted.
_WRITE = """
WITH written AS (
INSERT INTO plans AS plan (
    id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, model_limits,
    weight, models
)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7::jsonb, $8, '[]')
ON CONFLICT (name) DO UPDATE SET
    units_per_minute = excluded.units_per_minute,
    units_per_day = excluded.units_per_day,
    concurrent_requests = excluded.concurrent_requests,
    max_api_tokens = excluded.max_api_tokens,
    max_token_lifetime = excluded.max_token_lifetime,
    model_limits = excluded.model_limits,
    weight = excluded.weight
WHERE (plan.units_per_minute, plan.units_per_day, plan.concurrent_requests, plan.max_api_tokens,
       plan.max_token_lifetime, plan.model_limits, plan.weight)
    IS DISTINCT FROM (excluded.units_per_minute, excluded.units_per_day, excluded.concurrent_requests,
                      excluded.max_api_tokens, excluded.max_token_lifetime, excluded.model_limits,
                      excluded.weight)
RETURNING xmax <> 0 AS changed
),
risen AS (
    UPDATE index_state SET epoch = epoch + 1 WHERE EXISTS (SELECT FROM written WHERE changed) RETURNING epoch
)
SELECT epoch, pg_notify('gatehouse_index', '') FROM risen
"""


async def write_free(settings: Settings) -> None:
    """Writes the plan `free` from the settings at each start. Any number of processes may do it at once."""
    numbers = (
        settings.free_units_per_minute,
        settings.free_units_per_day,
        settings.free_concurrent_requests,
        settings.free_max_api_tokens,
        # Tortoise stores a timedelta in microseconds.
        settings.free_max_token_lifetime // timedelta(microseconds=1),
        orjson.dumps([limit._asdict() for limit in settings.free_model_limits]).decode(),
        settings.free_weight,
    )
    async with as_service_unavailable():
        await Tortoise.get_connection("default").execute_query_dict(_WRITE, [FREE, *numbers])
