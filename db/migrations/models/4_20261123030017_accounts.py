from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "audit_events" (
    "id" UUID NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID,
    "action" VARCHAR(40) NOT NULL,
    "actor_kind" VARCHAR(9) NOT NULL,
    "actor_id" UUID,
    "subject" VARCHAR(255),
    "ip_address" VARCHAR(45),
    "user_agent" VARCHAR(255),
    "detail" TEXT
);
CREATE INDEX IF NOT EXISTS "idx_audit_event_at_d387df" ON "audit_events" ("at");
CREATE INDEX IF NOT EXISTS "idx_audit_event_user_id_7e1fe1" ON "audit_events" ("user_id", "at");
COMMENT ON COLUMN "audit_events"."actor_kind" IS 'SELF: SELF\nAPI_TOKEN: API_TOKEN\nADMIN: ADMIN\nSYSTEM: SYSTEM\nVISITOR: VISITOR';
COMMENT ON TABLE "audit_events" IS 'What happened to an account, written in the transaction in which it happened.';
        CREATE TABLE IF NOT EXISTS "recovery_codes" (
    "id" UUID NOT NULL PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL,
    "used_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_recovery_co_user_id_15d066" UNIQUE ("user_id", "digest")
);
COMMENT ON TABLE "recovery_codes" IS 'Stands in for the authenticator program, once; by its digest.';
        CREATE TABLE IF NOT EXISTS "second_factors" (
    "sealed_secret" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "confirmed_at" TIMESTAMPTZ,
    "last_step" BIGINT,
    "user_id" UUID NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "second_factors" IS 'A user''s authenticator program. It counts from its confirmation on; until then it was only offered.';
        ALTER TABLE "mail_codes" ADD "email" VARCHAR(254);
        COMMENT ON COLUMN "mail_codes"."purpose" IS 'VERIFY_EMAIL: VERIFY_EMAIL\nRESET_PASSWORD: RESET_PASSWORD\nCHANGE_EMAIL: CHANGE_EMAIL\nSECOND_FACTOR: SECOND_FACTOR';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "mail_codes" DROP COLUMN "email";
        COMMENT ON COLUMN "mail_codes"."purpose" IS 'VERIFY_EMAIL: VERIFY_EMAIL';
        DROP TABLE IF EXISTS "audit_events";
        DROP TABLE IF EXISTS "second_factors";
        DROP TABLE IF EXISTS "recovery_codes";"""


MODELS_STATE = (
    "eJztXWtz2rga/isavmzPDJvTpmnapmfODElIl90m6QDZ7iU7jmIL0MZIrCWHMnv2vx+9so"
    "3vxCZcDPWXBCS9En5kSe9dfzfG3CK2OGhNaJ8/ENY4QX83GB4T9SFV10QNPJmENVAg8b2t"
    "G+MJNSQ008X4XkgHm1LVDLAtiCqyiDAdOpGUwyiNFrI5G35v00diIdMhFmGSYvsA9UcEUQ"
    "tRgaT6dPenpHeIDxCVAv34pd9E0xE1R1AtRnzKEGcmQZhZiHGJhOSqpwP4BRY31U+gbLiJ"
    "wVxG/3KJev4hUf04asjf/1DFlFnkKxHw9feGK1SFKlTDY0ksA8vGH9Bo8mAMKLGtGPTUgq"
    "a63JCziS67uemcX+iW8Hj3hsltd8zC1pOZHHE2b+661DoAGqgbEkYcGDYyIcy1bX/2giLv"
    "OVSBdFwyfwArLLDIALs2TGvjPwOXmTCbSI8Ef47+6/+0SDPDuLruG7123zAaqbcAfkJirv"
    "wikzN4gyiTAN/f/3j9hoDo0gYMcPZDq/vi9fG/NARcyKGjKzVcjX80IZbYI9VTEaKs/6dw"
    "PhthJxvnoH0CafVDl8E4KAhBDpdKAF8A0BogbYzxV8MmbChH6uu7lwsg/rnV1Si/e6lR5m"
    "ple4v+yq851FUAdgjuSA1UBtyg/T6CWwTbfGiTyAqTQw8pbH/sXV9lYxtSJNC1qCnR/5BN"
    "hdxBlBfAClhAz2Mh/rKjeL64bP2ShPrs0/VpcvuADk4TwIfHXlHgQ4pnAe/vvt8q7uq5pT"
    "AmxDHGlLkyY8/uMJk9AVmkianw953dmgL1c9W/7w9fHb09evf6+OidaqJ/57zk7YJZ6lz1"
    "ExBHuJIUuOeqRtIxyUY4Tpl8zX3Sg+DDDu4yDfWA1jWzZ/5bsADXfuey3eu3Lj/HlsB5q9"
    "+GmkNdOkuUvjhOLIt5J+hLp/8Dgq/ot+urdnKlzNv1f2vAb8Ku5AbjUwNbEY4tKA1Qi806"
    "+TqhqrclZj1OuYezviOzHGCycJod8qgks2UWd5xyBdNcsW10n2ZZcRpkuS08TlnPcpVn2c"
    "ZCGq5Yap6TtPVM78ZM0wnQqa4zZI98gTqPfikBu2LzHJevj94UELCP3uRK2FCVkDiEkhjK"
    "KeEiJKvUxFV3QT2heAPd5uAhU+8WqELj0F5wh9Ah+4nMNMAd9TswM7MkNl8xfeN3s5uQhq"
    "Xh8nLwdK4Mjr5Q6tm9M1rj3uqdtc7bDY3wPTYfptixjBjUUMMPeaJk3jZdNT4cJ0sww0MN"
    "DjwF/OYo6hlmgmA28k0E8EAFrQM9Pib33Jqh6YgjhwypkASU7eiOjDG170Alz7gzxjZVG1"
    "wTCY7kCEtEJdR4M42mVL01rgR69dRIcmRiQdLWgXUP9rR1oLYDbNUOoKe5zNE6J1iNsvpp"
    "lDd2lB6+OSpwlqpWuYeproufphou45E4VHW6DOOa2UHNvVaZe51gIaZcHTYWHRJRyhKUQb"
    "qHRqHDN0W4VtVqwUpL8a0WFRMbz4yyls0k3f7JCKs3cNrcxHYplEOKzb3PDc9xY/0Avzou"
    "APCr5JYUAgxVcYAdngdvm7njlJAQV1zyjQN902t3S0KtaU4Q/L1lrfPLztUJ0v+SPOoWrM"
    "y1RSgf9/21CAlXTIhCdZl5T9LWDFqlGTQbs5IqrgjJelVcm5R/1qLhAqRWoOH67Hezk4g+"
    "qeCKvE4xBVdXvdvdzll/kYYrhDrueBoH/NSnvfipS2ysnyMX66ib646dR3mAx52XQIQ21b"
    "M+E6dL1c+Z+rivODnE5I/Ema0Cq67f1z7jJYgQqt9nItXzetknkEop4aN4qq7UbodNyTOs"
    "JAGo14z0ufpTBFro8GLe306yXNnwljBbtFyLyvYj0R2kYxzC2ubCKAdoZxBoWNCS8QUsBS"
    "PVo0JdmwUwQ9g0uctkE00dKiVhiDIdf6C6YgJ7ynRV5AcfhORp08VKe79lt+yKo4HHpaAH"
    "MhMnCCOHT8HOEfSmqlUhPDYbEuc7gYauWrtqbA7hEtrCgVQTiJBQnU+xQOonYjYDC4tq7f"
    "+6UmETPpNQR0xs3VJSXijcpBKgImLDzomCW/N2qOZZs9SaiawRMziPi+qFQ4o9tHMcFVG8"
    "H+Ur3o9SinfNyRgP6umW1Q7He6gy6I1e+9PFCYK/t6z1uWP0r39qg5Y4+BjXG9+y3q+9fv"
    "tSUej/t+znTq/Tv+6eIP/DMprl9wVm8H3uBL7Pnr9y+02Upt5wEvFg7v2fxCxlYo2Q7J+p"
    "by2W1eV8MGvPy6U8L5UIVy54NE61fzivx1mAyEy/pz75mhNNF1LsA8SLWPj2L/0Y954KY5"
    "xz8J+urz4GzZOxjRk2gu04bZ7Ncx7kqkCSTZqL9CBhDoVSypBWJPlCE7QE2LYh3wJGsIC/"
    "E02tL9A2xAN0zhnxMi50iUUFelDii9BUoM0gE26O0Eg1d6jQSg4hCc7M/bCRMVfs5HlKh7"
    "kxrZlcUEYUq7/cqut56MWwvj88fP367eHL18fv3hy9ffvm3ct5MGu6alFU62nnIwS2xtZh"
    "EOlaqzS+abeGOp5jpRJHZPsvB2qKsJblEjyZOoCWieAMyWqvm6qpWivCA3Zg9noSayeLFP"
    "sXqV3I+el3wBDzhk/yfNeKo3L49AC1mOKypDMD45PHXekoGuC+IpYqzLg2IXm8lrYVCW1z"
    "gnL1lqQZvHUMsGJu7tmsXPWjSFaSj2RBiA7MVjk2eU6yGni3rQ/YGLNcke1Kr+CO5hbkLG"
    "vHijdYuGk50FRxHLotJQWl1TZWG4S3kShe8JE44X5C4JsghDXRneOCF9u/xxjCBg2HTGxq"
    "3X3QAiNzx/dgDvcyCvqGdPjov3xqoPR+trlhn7HLhT2V2O3iRHsjwK5t06ORl7uwxjlCs3"
    "fRia8OiwQ5qFb5USaH6XR6aj0t4+0ektUhDlXhwfN0ARU50+a+sxnHWdSvNv8ki3vxFtK4"
    "qsbeCQI5bEGZyUzV0CsJIt+1TlPNOMIIRgCF55A+KoYZI4cORxIFMZkf0P1MHyVebGamun"
    "XtA5ZJtztxHfX+kJKeY7X6dVPq12B+Mo+4pz05IuSVduP4ud3tXPxqtC9bnU8nKPrtlnXb"
    "QPW51et9ue6en6D491umTq6rj+2ANvrtlvXaZ9dX58ZF60w7ecS+JtfmdqI4y8d/rzrsu0"
    "IMzHGR7ArH+ckVjlO5Fbx8JXmseH5m2iRdnZ92+fy0G84fUjG0N5BApI5F/lYY9To77XN3"
    "uCrNciHv82XDzetQ812Z4dr6XmdT3HaweUWzKXpaH25bfJp5+VKsvllAM+Q1LagdumGS2h"
    "C1x3TgoOepDMaCe6Iwj+RC1C5wuh2VCBLLgjlCq2awr5hBrpp/iAx8ILMD9BH86PBAQglD"
    "I+46aU3Rpgd/hrWjlmHXIMPWLnn7zwVURO+u86hk7K5BfpX8XRVylJSJ9AZNtc5zi8Z4hn"
    "Q+pAPUQuYIoqWRmlhBvLvm9PvkOaGEGWUZRxOHm7APDrlqyBnsctBcbeu+WVfkRIFvauQ6"
    "m20F2MFFu+d2b7Wr0EG1+pSPVbiIqmoM+KpvogqBsnCG50MBgH26Gt2se744M13HIUwaDl"
    "FPKGRGPGMuxjnUNdIZSMNWtCg3WS7IacIa3xx8NUSGTQdz9j6OcV+VnhNb4nyk013kSRHw"
    "x4LOdhD8kmb7q5vL03b3xatU6P7WbsBcCtAIN3fvUltSJg5gvG0wdCszPJYQqeI6wmdmaN"
    "sz/WC59GylfZcjef8yXZfjeQEXeS4nsxEWuDxFYmYJiHUY+IGrSi4fgVuoiaUqUYLe0MFj"
    "zzHrSYeuZ/eWITCG7lm+nuyPWoSskgi5fX3ntpmVNXvtLHmBX313X7O6us7a4llbPGuL55"
    "O8USwdbQZvlExXm88bxTLlFvaH97J+ZDMxB6gj5yGhDh9rVkYNMqDOWLPHisn5gFxtuJS+"
    "QRLisjizZ4gPBvrauBQHtaExn6GYr852tVX18XqYKUGwrY5t9bY6JOPEz8+2lCLcC9Zq0T"
    "G/qqxLte9oMS53f31H/Q10uXlP0NasdpVZbX3NtZBkkqHeWhDFFSNbSsFesTndkQQBT3Hx"
    "wb0Ga+bhq8BnrJiDfyZX7t2/kcmQz6/mWMSLh7eAFOHCbT6k7AD1wR/FQtTzTLn7U9K7IG"
    "3Bj1/6zeCSAqGvExCKa87mr5/ZW+3SUnEWuubhvkUeTh/RS2pKk7T1zO/SzNeRX8tssFWa"
    "5UKsu0Me+cNSyztOWQtoVZ7lOnN+nTl/ezivJXN+dfTllQ1P2SPr3u6rBjZm3LsReJjp8e"
    "RVNBepENx5kyf1B2fYtgWI9hDpBwF+TXTTP2uC8xEA04yk/EeYWUiP9gENuG0RC3FXAq1O"
    "sfgd6A6EtsGpYps+EoGmXjgNgkfIiLbZ9OD1zQIV1oU2F2gtqnxKVIWbLZEa3fPULodnlK"
    "ZONZ/hy12GVZwT7IUdegNsIhwOZSXbgKZWXVRaqDWBCSh3uM5J9imcZyNHbAj7AFOblGRq"
    "Qpoa+KWB19GV5XCfk9SwLw07ZeDfp+RcY5yB/oXNcR4nnyBMzMEAKHdwFhYAen59c/qpjT"
    "5322edXscPtpqfGboSilQB9UTlbrv1qTrXHWgB+YInBLhUZfNJCdoAQbOgHf4HPlVVjpZk"
    "lSja9O7Fm2AHrkngTIuv2L+LIEze39TZm+8JYYFQq6aHIz16Wlxe0xiZUUXzXiOvNnx7Vn"
    "hRLTBvSmCOTV9RqSRGtIeSSZEbD/LvO0jddrCRizt2AeQVh6Nrh4Os7SP/zY2Q7OF7e1Qk"
    "+8pRfvaVI519pSKnc4s41BxlHc1+zcJzGYdtnjqS88Gu2pVkO3Kkre1ynkfiiJJHVYRkDx"
    "f8WlRosKhKIOw330N0X70ssp+qVvlXM7xM5bNSI8pMf4H8fB4Rks0n9NiOZLmN1B2rP8z+"
    "+T/pbak4"
)
