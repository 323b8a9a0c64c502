from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "credential_events" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL,
    "credential_id" UUID,
    "done_at" TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS "idx_credential__at_313c45" ON "credential_events" ("at");
COMMENT ON TABLE "credential_events" IS 'A credential, or all of a user''s, was ended. Done once Redis knows, or the epoch has risen instead.';
        CREATE TABLE IF NOT EXISTS "index_state" (
    "id" INT NOT NULL PRIMARY KEY,
    "epoch" BIGINT NOT NULL
);
COMMENT ON TABLE "index_state" IS 'One row. An entry in Redis that was written in another epoch counts for nothing.';
        INSERT INTO "index_state" ("id", "epoch") VALUES (1, 1);
        CREATE TABLE IF NOT EXISTS "redis_identities" (
    "generation" SERIAL NOT NULL PRIMARY KEY,
    "identity" VARCHAR(128) NOT NULL UNIQUE,
    "seen_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "redis_identities" IS 'Each Redis server that was ever seen, `run_id/master_replid`; the number of its row is its generation.';
        CREATE TABLE IF NOT EXISTS "plans" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(80) NOT NULL UNIQUE,
    "units_per_minute" INT NOT NULL,
    "units_per_day" INT NOT NULL,
    "concurrent_requests" INT NOT NULL,
    "max_api_tokens" INT NOT NULL,
    "max_token_lifetime" BIGINT NOT NULL,
    "models" JSONB NOT NULL
);
COMMENT ON TABLE "plans" IS 'What its users may spend. A change raises the index epoch, so that no process goes on by the old numbers.';
        CREATE TABLE IF NOT EXISTS "usage" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "user_id" UUID NOT NULL,
    "token_id" UUID,
    "model" VARCHAR(255) NOT NULL,
    "hour" TIMESTAMPTZ NOT NULL,
    "calls" BIGINT NOT NULL,
    "failed" BIGINT NOT NULL,
    "units" BIGINT NOT NULL,
    "inference_ms" DOUBLE PRECISION NOT NULL
);
CREATE UNIQUE INDEX "usage_row" ON "usage" ("user_id", "token_id", "model", "hour") NULLS NOT DISTINCT;
COMMENT ON TABLE "usage" IS 'Calls of one hour, UTC, by user, credential and model; folded out of Redis'' logs. It outlives what it names.';
        CREATE TABLE IF NOT EXISTS "usage_folds" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partition" VARCHAR(8) NOT NULL,
    "generation" INT NOT NULL,
    "last_id" VARCHAR(40) NOT NULL,
    CONSTRAINT "uid_usage_folds_partiti_a91d40" UNIQUE ("partition", "generation")
);
COMMENT ON TABLE "usage_folds" IS 'How far one log, of a partition and a Redis generation, has been folded into usage.';
        CREATE TABLE IF NOT EXISTS "users" (
    "id" UUID NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "email_verified_at" TIMESTAMPTZ,
    "password_digest" VARCHAR(255) NOT NULL,
    "display_name" VARCHAR(80),
    "locale" VARCHAR(16) NOT NULL,
    "role" VARCHAR(8) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "suspended_at" TIMESTAMPTZ,
    "plan_id" UUID NOT NULL REFERENCES "plans" ("id") ON DELETE RESTRICT
);
CREATE INDEX IF NOT EXISTS "idx_users_plan_id_6f80ea" ON "users" ("plan_id");
COMMENT ON COLUMN "users"."role" IS 'USER: USER\nADMIN: ADMIN';
COMMENT ON TABLE "users" IS 'Somebody who registered. `email` is normalised, so that it is unique without regard to case.';
        CREATE TABLE IF NOT EXISTS "api_tokens" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(80) NOT NULL,
    "hint" VARCHAR(8) NOT NULL,
    "scopes" JSONB NOT NULL,
    "models" JSONB,
    "units_per_minute" INT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "deleted_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "last_used_ip_address" VARCHAR(45),
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_api_tokens_user_id_bc3cae" ON "api_tokens" ("user_id", "created_at");
COMMENT ON TABLE "api_tokens" IS 'A long-lived credential. The id is the `jti` of its JWT, which is shown once and not stored.';
        CREATE TABLE IF NOT EXISTS "mail_codes" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "purpose" VARCHAR(16) NOT NULL,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_mail_codes_user_id_3b1a62" ON "mail_codes" ("user_id", "purpose");
COMMENT ON COLUMN "mail_codes"."purpose" IS 'VERIFY_EMAIL: VERIFY_EMAIL';
COMMENT ON TABLE "mail_codes" IS 'A code that a mail carries, by its digest. Using one, or making a newer one, ends the others of its purpose.';
        CREATE TABLE IF NOT EXISTS "sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "ip_address" VARCHAR(45),
    "user_agent" VARCHAR(255),
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_sessions_user_id_80072d" ON "sessions" ("user_id");
COMMENT ON TABLE "sessions" IS 'A login. The id is the `jti` of its JWT, which is not stored.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "sessions";
        DROP TABLE IF EXISTS "mail_codes";
        DROP TABLE IF EXISTS "api_tokens";
        DROP TABLE IF EXISTS "users";
        DROP TABLE IF EXISTS "plans";
        DROP TABLE IF EXISTS "usage";
        DROP TABLE IF EXISTS "usage_folds";
        DROP TABLE IF EXISTS "credential_events";
        DROP TABLE IF EXISTS "redis_identities";
        DROP TABLE IF EXISTS "index_state";"""



MODELS_STATE = (
    "eJztXW1z2rgW/isavmzvDMsmNEmz3Ts7QxJyy26TdBKyvbu9HUexBejGSKwlhzK9/e9XR9"
    "j4HWzCi6H+koCkI9nPsXVedfhaG3KL2KLRGtEufyKs9hZ9rTE8JOpDoq+Oang0CnqgQeJH"
    "Ww/GI2pIGKab8aOQDjal6ulhWxDVZBFhOnQkKYdVai1kc9b/0abPxEKmQyzCJMV2A3UHBF"
    "ELUYGk+vTwX0kfEO8hKgX67WO3jsYDag6gWwz4mCHOTIIwsxDjEgnJ1UwNuAKLm+oSKOtv"
    "YjGX0b9dou6/T9Q8jlry02fVTJlFvhABXz/VXKE6VKNaHktiGVjWPsOg0ZPRo8S2ItBTC4"
    "bqdkNORrrt/r5zcalHwu09Gia33SELRo8mcsDZbLjrUqsBNNDXJ4w4sGyIIcy1bY97ftP0"
    "PlSDdFwyuwEraLBID7s2sLX2z57LTOAm0ivBn6NfvUsLDTOM65uucdfuGkYt8RTAJcR45T"
    "WZnMETRJkE+L5+m84bAKJba7DA+bvW7avXJ//QEHAh+47u1HDVvmlCLPGUVLMiQFn/T+B8"
    "PsBOOs7++BjS6kKXwdhvCEAOXhUfPh+gNUBaG+Ivhk1YXw7U19ODORD/0brVKJ8eaJS5er"
    "OnL/2119PUXQB2AO5ALVQEXH/8PoKbB9tsaOPICpPDDAlsf7u7uU7HNqCIoWtRU6L/IZsK"
    "uYMoz4EVsICZh0L8bYfxfHXV+ncc6vP3N2fx7QMmOIsBH4i9vMAHFC8C3tt9v1fc1X1LYY"
    "yIYwwpc2XKnt1hMp0BaaQxVnj7zm6xQF2u+vdj8/DozdHp65OjUzVEX+es5c0cLnWuuzGI"
    "Q1pJAtwL1SPpkKQjHKWMP+YeacP/sIO7TE3doHXD7In3FMzBtdu5at91W1cfIq/ARavbhp"
    "6mbp3EWl+dxF6L2SToY6f7DsFX9NfNdTv+pszGdf+qwTVhV3KD8bGBrZDG5rf6qEW4Tr6M"
    "qJptCa5HKfeQ6zvCZR+TuWx2yLOyzJZ5uaOUK2BzybbRfeKy0jTIclt4lLLicpm5bGMhDV"
    "csxec4bcXp3eA0HQGdmjrF9sg2qLPolzKwS8bnqH19dJzDwD46zrSwoStmcQhlMRRzwoVI"
    "VumJK+8LtcDxBr7N3lOq3813hUahveQOoX32O5logDvqOjAz0yw2zzF9702zm5AGrcHr5e"
    "DxzBkcfqDUvU9ltMa9dXfeumjXNMKP2HwaY8cyIlBDD2/yWMtsbLJr2BzGWzDDfQ0O3AVc"
    "cxj1lDCBz43sEAHcUM7owB0fkkduTdB4wJFD+lRIAs529ECGmNoP4JJn3Blim6oNro4ER3"
    "KAJaISeqacRmOqnhpXAr26ayQ5MrEgyejAuhdbHB2o4gBbjQNoNhcRrTOC1TirF6O8MVHa"
    "PD7KIUvVqExhqvui0lTDZTwTh6pJl1FcUyeotNcya68jLMSYK2Fj0T4RhSJBKaR7GBRqHu"
    "fRWtWoOW9aQm+1qBjZeGIUjWzG6fbPRlh9gNPmJrYLoRxQbO55rk0TN9YP8OFJDoAP41tS"
    "ADB0RQF2eBa8beYOE0ZC1HHJNw70/V37tiDUmuYtgr//Ya2Lq871W6T/xXXULUSZq4hQNu"
    "77GxESrhgRheoyfI/TVgpaqRU0G7OCLq4QyXpdXJu0f9bi4QKkVuDh+uBNs5OILnRwhR6n"
    "iIPrVj3bt53z7jwPVwB1NPE0CviZR3v5+y2xsb6PTKzDaa47Jo+yAI8mL4EJbap7fSFOV2"
    "qec/VxX3ESRAg17wtRupvOsk8grdOpfD7LyW4/E71kwr8cH1Kf52oOcrwNAqNzJ6UHhHXE"
    "HYRtG/LBMQLf9Q+ijsZYIK3jNNAFZ2SaEX5LlP2MnpSkFZoKcsnJiJsDNFDDHSoIQ1TBqb"
    "TGtNz0jay5Yif0Ge1n5tylaggpWXaeTCivZ3SaY/dzs/n69ZvmweuT0+OjN2+OTw9myXbJ"
    "rnlZd2edf0HiXUTj8zPxsp3TxfXwTdpdG+XH/ppdVbx5BQGeiO/C3/6LgZogfAG0u2O7Fk"
    "DWUgJomQyzgKzyCpTNK5CwY7eTWNAB7t1JrI3AhPoX6p2r+elnwBCzgQt1vhulUTl83EAt"
    "prQs6UyU2uRpVzrKD9rX2KFSaoUKYcZBf/J0LZO76iFAPaWAQbt6SpIK3joWWLE292JVrv"
    "xR7pWcl5iTQgDcKqYmz0hWA++2feIbU5ZLsl3pN7ijtQU5SduxogPmbloODFUahx5LSU5r"
    "tY3VBjHdSJQu+EycYD8h8E0QwurowXHBy/bTEENak+GQkU2th1+0wcjc4aMa6J14VpsUJD"
    "TBR+/hUwsl97PNLfuCXS6YqcBuFyXaGwN2bZseDT3ceWPgYZq9y546bOYJwqpR2VHwZvK4"
    "r3qflonGBWRVCLYsOniWL6AkMm3m208RZ2G/f7Yki0YZcnlc1eCpBMEIqJGJHUfJwDp6nG"
    "ihMM0Ca6B7oR4IpAxJ7e8c4if4ihEjY5Al0EyYNS3koTVo4QuYkesoFqUk/m568SJlQjy6"
    "gjVCKrfsptyyPn9SRd/i/KQQeZlzG2t/tG87l38a7atW5/1bFP4Wf5u2kyNWPLt01UmlJV"
    "I/TvLkbp9kp26fJDK3qySw70UDqcoC5OL6jnA5VwbYsnl+VY7frnC4CitWx1i3neVX0mOs"
    "OrUyxcz1Uy6zTVxIW8xp3X6cHhMVOpVHKLNxgnSKdAMp03OAWZ8gBZ0gU8NRM3Ia9wkOmT"
    "KORg43iRCoz9VAzsA01XambXmeVJE0bTe6cnXAtQQbVX2OsbrdQpclspBWfwqsDLXpyiYa"
    "Vl2cLgDKwinBhhwAe3QVumml/zgzXcchTBoOUXcoZErucybGGdQV0ilIw1Y077hCJshJwg"
    "rfDHw1RIZNezPzM4pxV7VeEFvibKSTU2RZufDHgsl2EPyCHvHr+6uz9u2rw5/jAnBrRXGX"
    "O6UbaHOPLrUlZaIB621DoVtZrdwC0cOo9frCQy57Zrmu9YSLfyAoxeQMnRXKtjrDx5Ly/b"
    "pCn7ICP3Cw6OcTXjRbZSCW3ECs4jzZSsr+xnlKVku04nwV4ds+13eEy7niP1Xh7++By8uV"
    "B66KAi9VFFhp98V+1yhKtX84r6WOXZkD1ztfnKZ0cesyFqcpadj6XmDtNE0pvwwd9fn1l/"
    "0hC/0H59i2dQoz1JsYcNepo/vuuc6KBmDqoZoV+vcQ9Wq/oB63LWIhqIOsaPUZoR/AdyAa"
    "qCOhGX6BUaCxVz0ZbiEldr3pxavSGDuag11mKVEWbbbA2f5p3KMYnmGaqlZCSmSkiKo4Iy"
    "jzkYAyqYkgHIpatj5N5bootVFrghJQTLjOSPYpOL4RERvA3sPUJgWVmoCmAn5p4HWuUjHc"
    "ZyQV7EvDTlmPOETZucYwBf1Lm+MsTT5GGONBDyh3kAtzAL24uT9730YfbtvnnbuOl7owkx"
    "m6E5pUA/XruLbel6dehzaQL3nMgEt01hda0AYYmjnj8O/4WHXpE8JgitanhR1H2IE6H5xp"
    "8xV7xTSC6hN1XcPxkRDmG7WKPRzp1ZPm8prWSLGKP9Vms4Yebfj2uTKYy7O7zTm0HGZfXq"
    "skQrSHlsmKfzdhI5VndgHkFSd36oSDtO1jwS9gpu4g+/DcHuU5y3CUfZbhSJ9lKIl0bhGH"
    "moM00ez1zJXLOBizSCRng122mno7ItLWVl3qmTiioKgKkezhC78WFxq8VAUQ9obvIbqHB3"
    "n2UzUquzrJQeJ0mFpRpuYLZGfHh0g2nx6/HctyG4nwqxdm3/4PCKn1kg=="
)
