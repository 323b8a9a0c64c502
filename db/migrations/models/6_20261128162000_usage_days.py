"""Adds `usage_days`, which triggers on `usage` keep, and fills it from the hours there are.

The service may fold meanwhile, by this version or the one before, which writes `usage` alone. From the moment the
triggers are there, a row of `usage_days` is begun with all that its hours hold before the first of them is changed, and
every change is added to it. So a row that exists is exact, and the backfill only inserts rows that do not exist. It goes
in parts that commit one by one: none holds anybody up for long, and whatever is broken off may be run again.
"""

import asyncio

import asyncpg
from tortoise import BaseDBAsyncClient

# Each step is a transaction of its own, and may be repeated.
RUN_IN_TRANSACTION = False

_TRIES = 10
_PAUSE_SECONDS = 2
_PARTS = 256

_TABLES = """
CREATE TABLE IF NOT EXISTS "usage_days" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "token_id" UUID,
    "model" VARCHAR(255) NOT NULL,
    "day" DATE NOT NULL,
    "calls" BIGINT NOT NULL,
    "failed" BIGINT NOT NULL,
    "units" BIGINT NOT NULL,
    "inference_ms" DOUBLE PRECISION NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "usage_days_row" ON "usage_days" ("user_id", "day", "token_id", "model")
    NULLS NOT DISTINCT;
COMMENT ON TABLE "usage_days" IS 'Sums of one day, UTC, of what `usage` has by the hour. Triggers on `usage` keep them; they stay when hours go.';
CREATE TABLE IF NOT EXISTS "usage_hours" (
    "id" INT NOT NULL PRIMARY KEY,
    "kept_from" DATE NOT NULL
);
COMMENT ON TABLE "usage_hours" IS 'One row, once hours were cleaned away: the first day that still has all of its hours.';
CREATE TABLE IF NOT EXISTS "usage_rejected" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partition" VARCHAR(8) NOT NULL,
    "generation" INT NOT NULL,
    "entry_id" VARCHAR(40) NOT NULL,
    "entry" BYTEA NOT NULL,
    "reason" VARCHAR(255) NOT NULL,
    "at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_usage_rejec_at_a77433" ON "usage_rejected" ("at");
COMMENT ON TABLE "usage_rejected" IS 'An entry of a log that could not be booked, as it came. Its calls are in no sum.';

-- Before an hour is written: the day's row, if there is none, with what its hours hold so far. Two at once: the second
-- waits for the first to commit, and inserts nothing.
CREATE OR REPLACE FUNCTION usage_days_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_day date := (NEW.hour AT TIME ZONE 'UTC')::date;
BEGIN
    IF NOT EXISTS (
        SELECT FROM usage_days d WHERE d.user_id = NEW.user_id AND d.day = its_day
            AND d.token_id IS NOT DISTINCT FROM NEW.token_id AND d.model = NEW.model
    ) THEN
        INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
        SELECT NEW.user_id, NEW.token_id, NEW.model, its_day, coalesce(sum(u.calls), 0), coalesce(sum(u.failed), 0),
            coalesce(sum(u.units), 0), coalesce(sum(u.inference_ms), 0)
        FROM usage u WHERE u.user_id = NEW.user_id AND u.hour >= its_day::timestamp AT TIME ZONE 'UTC'
            AND u.hour < (its_day + 1)::timestamp AT TIME ZONE 'UTC'
            AND u.token_id IS NOT DISTINCT FROM NEW.token_id AND u.model = NEW.model
        ON CONFLICT (user_id, day, token_id, model) DO NOTHING;
    END IF;
    RETURN NEW;
END $$;

-- After it: what was added to the hour is added to the day. Nothing ever deletes from the day.
CREATE OR REPLACE FUNCTION usage_days_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE usage_days d SET
        calls = d.calls + NEW.calls - coalesce(OLD.calls, 0),
        failed = d.failed + NEW.failed - coalesce(OLD.failed, 0),
        units = d.units + NEW.units - coalesce(OLD.units, 0),
        inference_ms = d.inference_ms + NEW.inference_ms - coalesce(OLD.inference_ms, 0)
    WHERE d.user_id = NEW.user_id AND d.day = (NEW.hour AT TIME ZONE 'UTC')::date
        AND d.token_id IS NOT DISTINCT FROM NEW.token_id AND d.model = NEW.model;
    RETURN NULL;
END $$;

-- They lock `usage` against writers until this commits, which is at once.
CREATE OR REPLACE TRIGGER usage_days_begin BEFORE INSERT OR UPDATE ON "usage"
    FOR EACH ROW EXECUTE FUNCTION usage_days_begin();
CREATE OR REPLACE TRIGGER usage_days_add AFTER INSERT OR UPDATE ON "usage"
    FOR EACH ROW EXECUTE FUNCTION usage_days_add();
"""
# Users by the first byte of their id.
_FILL = """
INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
SELECT user_id, token_id, model, (hour AT TIME ZONE 'UTC')::date, sum(calls), sum(failed), sum(units), sum(inference_ms)
FROM usage WHERE user_id BETWEEN $1 AND $2
GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 2, 3
ON CONFLICT (user_id, day, token_id, model) DO NOTHING
"""
# In place of `usage_row`: the same columns, so that ON CONFLICT of the version before finds it, in the order in which
# they are read.
_ROW = 'UNIQUE INDEX CONCURRENTLY "usage_row_by_hour" ON "usage" ("user_id", "hour", "token_id", "model") NULLS NOT DISTINCT'
_HOUR = 'INDEX CONCURRENTLY "idx_usage_hour_4864e7" ON "usage" ("hour")'


async def upgrade(db: BaseDBAsyncClient) -> str:
    await _patiently(_prepare, db)
    if await db.execute_query_dict("SELECT FROM usage LIMIT 1"):
        for part in range(_PARTS):
            await _patiently(_fill, db, part)
    await _index(db, "usage_row_by_hour", _ROW)
    await _index(db, "idx_usage_hour_4864e7", _HOUR)
    return 'DROP INDEX CONCURRENTLY IF EXISTS "usage_row"'


async def _prepare(db: BaseDBAsyncClient) -> None:
    async with db._in_transaction() as tx:
        # Statements queue behind one that waits for a table, also those that only read.
        await tx.execute_script("SET LOCAL lock_timeout = '3s'")
        await tx.execute_script(_TABLES)


async def _fill(db: BaseDBAsyncClient, part: int) -> None:
    await db.execute_query(_FILL, [f"{part:02x}000000-{'0000-' * 3}{'0' * 12}", f"{part:02x}ffffff-{'ffff-' * 3}{'f' * 12}"])


async def _patiently(step, *arguments) -> None:
    for tries in range(1, _TRIES + 1):
        try:
            return await step(*arguments)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if tries == _TRIES:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def _index(db: BaseDBAsyncClient, name: str, definition: str) -> None:
    found = await db.execute_query_dict("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [name])
    if found and found[0]["indisvalid"]:
        return
    if found:
        # Broken off half-way, it is of no use.
        await db.execute_script(f'DROP INDEX CONCURRENTLY "{name}"')
    await db.execute_script(f"CREATE {definition}")


async def downgrade(db: BaseDBAsyncClient) -> str:
    # Hours that were cleaned away are gone with their days.
    return """
        CREATE UNIQUE INDEX "usage_row" ON "usage" ("user_id", "token_id", "model", "hour") NULLS NOT DISTINCT;
        DROP INDEX IF EXISTS "usage_row_by_hour";
        DROP INDEX IF EXISTS "idx_usage_hour_4864e7";
        DROP TRIGGER IF EXISTS usage_days_add ON "usage";
        DROP TRIGGER IF EXISTS usage_days_begin ON "usage";
        DROP FUNCTION IF EXISTS usage_days_add();
        DROP FUNCTION IF EXISTS usage_days_begin();
        DROP TABLE IF EXISTS "usage_rejected";
        DROP TABLE IF EXISTS "usage_hours";
        DROP TABLE IF EXISTS "usage_days";"""


MODELS_STATE = (
    "eJztXVtz2zYW/isYvTQ7o3oTx7k5Ozsj23KiJrEzktw0rTsyTEESYgpQCdCKptv/vjjg/SaTsi4U"
    "wxdbBHAA8gMJnDv+bkz5kJjioDWjfX5HWOMY/d1geErUj0RdEzXwbBbUQIHEt6ZujGd0IKGZLsa3"
    "QlrYkKpmhE1BVNGQCMOiM0k5jNJoIZOz8c8mvSdDZFhkSJik2DxA/QlBdIioQFL9uvkm6Q3iI0Sl"
    "QL986TfRfEKNCVSLCZ8zxJlBEGZDxLhEQnLV0wHcwZAb6hYoG29jMJvRv2yinn9MVD+WGvKPP1Ux"
    "ZUPynQi4/KNhC1WhCtXwWJLhAMvGn9BodjcYUWIOI9DTITTV5QO5mOmyq6vO2bluCY93OzC4aU9Z"
    "0Hq2kBPO/Oa2TYcHQAN1Y8KIBcOGJoTZpunOnlfkPIcqkJZN/AcYBgVDMsK2CdPa+M/IZgbMJtIj"
    "wZ+j/7q3Fmo2GFxc9ge9dn8waCTeAriF2Fy5RQZn8AZRJgG+v/9x+g0A0aUNGOD0fav75PnLf2kI"
    "uJBjS1dquBr/aEIssUOqpyJAWf9P4Hw6wVY6zl77GNLqRlfB2CsIQA4+FQ8+D6ANQNqY4u8Dk7Cx"
    "nKjL10+XQPxrq6tRfv1Uo8zVl+189BduzaGuArADcCdqoCLgeu2rCG4ebLOhjSMrDA49JLD9pXd5"
    "kY5tQBFDd0gNif6HTCrkHqK8BFbAAnqeCvGXGcbzyafWb3GoTz9ensSXD+jgJAZ8sO3lBT6geBTw"
    "7ur7o+KunluKwYxYgylltkxZsztMpk9AGmlsKtx1Z7+mQN2u+vfz4bOjV0evn788eq2a6Pv0S14t"
    "maXORT8GcYgrSYB7pmoknZJ0hKOU8dfcJT3wfuzhKtNQDzi8ZObCfQuW4NrvfGr3+q1PnyOfwFmr"
    "34aaQ126iJU+eRn7LPxO0JdO/z2CS/T75UU7/qX47fq/N+CesC35gPH5AA9DHJtX6qEWmXXyfUZV"
    "byvMepSygrO+J7PsYbJ0mi1yrySzVT7uKOUaprlky2iVZllxGmS1JTxKWc9ymWfZxEIObLHSPMdp"
    "65nej5mmM6BTXafIHtkCdRb9SgJ2yeY5Kl8fvcghYB+9yJSwoSomcQglMRRTwoVI1qmJK+8H9YDi"
    "DXSbo7tUvZunCo1Ce84tQsfsA1logDvqPjAz0iQ2VzF95Xazn5AGpcHnZeG5rwwOv1Dq2Z09WuPe"
    "6p22ztoNjfAtNu7m2BoOIlBDDT/ksRK/bbJqejiNl2CGxxoceAq45zDqKWYCbzayTQTwQDmtAz0+"
    "Jbd8uEDzCUcWGVMhCSjb0Q2ZYmregEqecWuKTaoWuCYSHMkJlohKqHFmGs2pemtsCfTqqZHkyMCC"
    "JK0Dmx7sYetAbQfYqR1AT3ORrdUnWI+y+mGUt7aVHr44yrGXqlaZm6mui+6mGq7BPbGo6nQVxjW1"
    "g5p7LTP3OsNCzLnabIZ0TEQhS1AKaQWNQocv8nCtqtWSLy3Btw6pmJl4MShq2YzTVU9GWL+B0+QG"
    "NguhHFBs731uOI4bmwf42cscAD+LL0kBwFAVBdjiWfC2mT1NCAlRxSXfOtBXvXa3INSa5hjB32vW"
    "OvvUuThG+l+cR92Blbm2CGXjXl2LkLDFjChUV5n3OG3NoJWaQTMxK6jiCpFsVsW1TflnIxouQGoN"
    "Gq7Pbjd7ieiDCq7Q6xRRcHXVu93tnPaXabgCqKOOp1HAT1za8w9dYmL9HJlYh91c92w/ygI86rwE"
    "IrShnvWROH1S/Zyqn1XFySIGvyfWYh1Ydd2+qoyXIEKofh+JVM/ppUogFVLCh/FUXanVDhuSp1hJ"
    "PFAvGelz9ScPtNDhud/fXrJc6fAWMFu07CGV7XuiO0jGOAS1zaVRDtBuQKBhTkvGF7AUTFSPCnVt"
    "FsAMYcPgNpNNNLeolIQhynT8geqKCewo01WRG3wQkCdNF2vt/ZpdswuORg6Xgu7IQhwjjCw+BzuH"
    "15uqVoXw2GxMrJ8EGtvq21VjcwiX0BYOpJpAhITqfI4FUreI2QIsLKq1e3eFwiZcJqGOmNi5paS4"
    "ULhNJUBJxIa9EwV35u1Qzr1mpW8m9I0Y3n6cVy8cUFTQznGUR/F+lK14P0oo3jUnM7hTT7eqdjja"
    "Q5lBb/TaH8+PEfy9Zq3PnUH/8kMbtMTez6je+Jr1vvb67U+KQv+/Zr92ep3+ZfcYuT9W0Sy/yTGD"
    "bzIn8E36/BVbb8I09YITiwezb78Ro5CJNURSPVPfRiyrq/lg1p6XK3leKhGuWPBolKp6OG/GWYDI"
    "VL+nPvmeEU0XUFQB4mUsfPu3foR7T4Qx+hz8x8uLd17zeGxjio1gN06bp37Og0wVSLxJc5keJMih"
    "UEgZ0golX2iClgCbJuRbwAg+4J9EU+sLtA3xAJ1xRpyMC10ypALdKfFFaCrQZpAZNyZooppbVGgl"
    "h5AEp+Z+2MqYa3byPKHjzJjWVC4oJYrV/dzK63noxLC+OTx8/vzV4dPnL1+/OHr16sXrp34wa7Jq"
    "WVTrSecdBLZGvkMv0rVWafzQbg11PMdaJY7Q8l8M1ARhLcvFeDK1Aa0SwRmQ1V43ZVO1loQH7MDs"
    "9STWThYJ9i9Uu5Tz0+/AQPgNH+T5LhVHZfH5AWoxxWVJawHGJ4e70lE0wH2FLFWYcW1CcngtbSsS"
    "2uYE5eotSTJ4mxhgzdzco1m58keRrCUfyZIQHZitYmyyT7IeeHetD9gas1yS5Up/wR3NLchF2ooV"
    "bbB00bKgqeI4dFtKckqrbawWCGchUbzgPbGC9YTAlSCENdGNZYMX27+nGMIGBxaZmXR481YLjMye"
    "3oI53Mko6BrS4af78qmBkuvZ9oZ9xCoX9FRgtYsSVUaA3diiR0Mvd26Nc4imctGJzw7zBDmoVtlR"
    "JofJdHrqe1rF2z0gq0McysKDZ+kCSrKn+b6zKdtZ2K82eyeLevHm0riqxs4OAjlsQZnJDNXQKfEi"
    "37VOU804wghGAIXnmN4rhhkji44nEnkxmW/R7UJvJU5sZqq6deMDFkm3O7Mt9f6Qgp5jtfp1W+pX"
    "b35St7iHPTlC5KV24/i13e2cfx20P7U6H49R+OqaddtA9bnV63257J4do+j1NVM718W7tkcbvrpm"
    "vfbp5cXZ4Lx1qp08Ipfxb3M3UZzF47/XHfZdIgbmZZ7sCi+zkyu8TORWcPKVZLHi2Zlp43R1ftrV"
    "89NuOX9IydDeQgKROhb5R2HU6+y0j13hyjTLubzPVw03r0PN92WGa+t7nU1x18HmJc2m6Gh9uDnk"
    "89TDlyL1zRyaIadpTu3QFZPUhKg9pgMHHU9lMBbcEoV5KBeidoHT7ahEkFgWzBFaNYNdxQyy1fxD"
    "ZOAdWRygd+BHh0cSShiacNtKaoq2PfgjrB21DLsBGbZ2yas+F1ASvbvOo5Kyunr5VbJXVchRUiTS"
    "GzTVOs8tmuIF0vmQDlALGROIlkZqYgVxzprT75PjhBJklGUczSxuwDo45qohZ7DKQXO1rLtmXZER"
    "Bb6tketstiVgB5etnrs91a5EG9X6Uz6W4SCqsjHg6z6JKgBqiFM8H3IA7NLV6Kad88WZYVsWYXJg"
    "EfWEQqbEM2ZinEFdI52CNCxFy3KTZYKcJKzxzcBXQzQw6chn76MY91XpGTElzkY62UWWFAF/htDZ"
    "HoJf0Gx/cfXppN198iwRur+zEzBXAjTEzd3a1JSUiQMYbxcM3doMjwVEqqiO8JEZ2iqmHyyWnq2w"
    "77KkFhl+IBmOy35tc7nXsm43gERc+URQOM4cBnPiWxXdMZq7J5WAw5WgY0gTRsH1amTrs0zgMHP3"
    "HBN1DWLglFvkAHX5XLWXeNHUPWjH4xE1lWRocNU/wJSUQ7c//COE0bs0aTRbSrpLFUf3X0javDbP"
    "e41XOX0yTFlBM27FjPcl0fZFsq6mrr/RrKzLVuB4LtgcR1dJtagJiDQbuWkDFE4TcMo3sFQlM4uP"
    "LTx13GIfdKd9dG8pK2TgHOtaKf6sFXhlUuDt3tq062Vxwz6TKx6fWp+cuvutp/Y32c76VPubVNPf"
    "JJIMPIU3iicLz+aNInnKc0cjOTmX0pmYA9SRfkC+xaealVGDjKg11coJxeS8RbZ2G5GuOwhExXLF"
    "QCuRc6QP7UxwUFsa8xGSaHmWq53KpZthpgTBptq21duqpMkUDXFmrrsEYSVYq2Xb/Lpy3tWe+/m4"
    "3GoJ/zErIyygq817jLZmtcvMaoM75kBIMksxLiyJoY2QrWTeLNmc7kl6loe4eO9UmQ3z8GXgM9bM"
    "wT+SK3dOP0plyP2DkZbx4sEZTHm4cJOPKTtAYK+h2iADisWbb5LeeEljfvnSb3pHxAh9mItQXHM6"
    "f/3I3mqHwpKz0DUP9yPycHqLXlFTGqetZ36fZr6Ou11lgS3TLOdi3S1yz+9WtMuHKWsBrcyzXJ9b"
    "Up9bsjucN3JuSXn05aUNDqyQdW//VQNbM+5dCTxO9XhyKprLVAi23+RB/cEpNk0Boj3EWUN4dRNd"
    "9U+b4HwEwDRDB65oB0892ls04uaQDBG3JdDqBLc/ge5AaBucKjbpPRG+xyg8Qkqs4zYHhwNx+xYd"
    "jyGqUu2HOv/uwguplBzdaNQg4EjcHKAzeA8gdF3iOyK8fOIIz7GOpLRI7uSF8Fx1xsKSZiws8/ZT"
    "Fja5wIkXTgBOMTzDNPUJIikhOkV4UJ+gEgbuLfCfenVOALxcZPZoap1IqaVlA7iLYpurT1KlKM2t"
    "bLEB7CNMTVKQqQloauBXBl4HzRfD3SepYV8ZdsrAcVAJ0INpCvrnJsdZnHyMMDYHI6Dcw1lYAujZ"
    "5dXJxzb63G2fdnodN4bW3zN0JRSpAurI4N1262N5TrHRkvcZTo0D9euaDwrmWsTMJ5337KkvHw8h"
    "gFKLx6pAy7aOxHqj4zHdBD86QRry5VzO/EZ3hMygyVQfK7PQAZlOIjaggUxBKQFLWx++Pnm11Kte"
    "LUjXgvRe4lkL0hs/gD4twRPI0RlRjql5nSIi9B7ivIz3USJx3J++FlBrAfUHAr4WUGsBtQSzUHEB"
    "9ZzHBKNEZfNhERVMrDll1Pd8rqosLSSafNx0EgbNsAXHs3KmDbfYPQM1ODS06YiNhDDPnKumhyM9"
    "elIQ3dAYqfk0/F5DrzZcPSqxRi2IbksQjUxfXm4/QlRBjj/PSavZ56wmTlndyoHB+wDymtNgalf7"
    "YqnMQiQVfG+P8mR9PsrO+nyksz6XaXd+D9rOzO3Zqc2xP0/8hg/uz5dqz7T43Mkq5Wpb54qvQwot"
    "DDn8wKfpWKtvR9QSEjS97gGvkpqm3kOV1OmFf+kOkjv0xkZZs0b40btw6UMiN32Q+R2ZyQGk1yii"
    "7okQ/XBKnzItQF3yjRgOtulrkN8gxzJkhds+HKvKEGHSWjjcu+LjnQXA4DYcS8GlYtXRLYdolCZS"
    "ywFVVer+wKlTIK34QtiCIy8gtaiwpynhqxsYoLZI1YJAdRiqWhAo8Z4bPkZTrWIFJYEwTQXf3PWI"
    "AgmQ01Zohq3FEoxTAL5dSCel7J5BvGzRddPW+56eCsmTzkWr+zU9hdRJSpr7k6/9ditxxjkWxdbk"
    "gKKCr/VGbLH1mXtV8WcuieTQIhY1Jo0UkcGtWSor4KDNQzJC9sSWTQ+wJ0z4xtQA98QSBZnrEEm9"
    "kudcyWcpydiyEXabVxDdZ0/z8H+qVSa6ui5xgJpMDfLPPgIpRLL9M5B2s1Hu4rSj9W9m//wfjB6N"
    "lw=="
)
