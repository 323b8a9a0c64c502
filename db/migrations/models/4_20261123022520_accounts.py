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
        DROP TABLE IF EXISTS "recovery_codes";
        DROP TABLE IF EXISTS "second_factors";
        DROP TABLE IF EXISTS "audit_events";"""


MODELS_STATE = (
    "eJztXXtv27YW/yqE/1kv4OW2aZq26cUFnMTZ3DVJYTvrHhkURqJtLjLpiVRcY3ff/fJQkv"
    "V2JMcP2RUQODbJQ0o/SuR58+/GmFvEFgetCe3zB8IaJ+jvBsNjor6k6pqogSeTsAYKJL63"
    "dWM8oYaEZroY3wvpYFOqmgG2BVFFFhGmQyeSchil0UI2Z8PvbfpILGQ6xCJMUmwfoP6IIG"
    "ohKpBU3+7+lPQO8QGiUqCPX/pNNB1RcwTVYsSnDHFmEoSZhRiXSEiuejqAK7C4qS6BsuEm"
    "BnMZ/csl6v6HRPXjqCF//0MVU2aRr0TAz98brlAVqlANjyWxDCwbf0CjyYMxoMS2YtBTC5"
    "rqckPOJrrs5qZzfqFbwu3dGya33TELW09mcsTZvLnrUusAaKBuSBhxYNjIhDDXtv3ZC4q8"
    "+1AF0nHJ/AassMAiA+zaMK2N/wxcZsJsIj0SfBz917+0SDPDuLruG7123zAaqacALiExV3"
    "6RyRk8QZRJgO/vf7x+Q0B0aQMGOPux1X3x+vhfGgIu5NDRlRquxj+aEEvskeqpCFHW/1M4"
    "n42wk41z0D6BtLrQZTAOCkKQw1clgC8AaA2QNsb4q2ETNpQj9fPdywUQ/9zqapTfvdQoc/"
    "Vmey/9lV9zqKsA7BDckRqoDLhB+30Etwi2+dAmkRUmhx5S2H7sXV9lYxtSJNC1qCnR/5BN"
    "hdxBlBfAClhAz2Mh/rKjeL64bP2ShPrs0/VpcvmADk4TwIfbXlHgQ4pnAe+vvt8q7uq+pT"
    "AmxDHGlLkyY83uMJk9AVmkianw153dmgJ1uerf94evjt4evXt9fPRONdHXOS95u2CWOlf9"
    "BMQRriQF7rmqkXRMshGOUyYfc5/0IPiyg6tMQ92gdc3smf8ULMC137ls9/qty8+xV+C81W"
    "9DzaEunSVKXxwnXot5J+hLp/8jgp/ot+urdvJNmbfr/9aAa8Ku5AbjUwNbEY4tKA1Qi806"
    "+TqhqrclZj1OuYezviOzHGCycJod8qgks2Ve7jjlCqa5YsvoPs2y4jTIckt4nLKe5SrPso"
    "2FNFyx1DwnaeuZ3o2ZphOgU11nyB75AnUe/VICdsXmOS5fH70pIGAfvcmVsKEqIXEIJTGU"
    "U8JFSFapiavuC/WE4g10m4OHTL1boAqNQ3vBHUKH7Ccy0wB31HVgZmZJbL5i+sbvZjchDU"
    "vD18vB07kyOPpAqXv39miNe6t31jpvNzTC99h8mGLHMmJQQw0/5ImSedt01fhwnCzBDA81"
    "OHAXcM1R1DPMBMFs5JsI4IYKWgd6fEzuuTVD0xFHDhlSIQko29EdGWNq34FKnnFnjG2qFr"
    "gmEhzJEZaISqjxZhpNqXpqXAn06q6R5MjEgqStA+se7GnrQG0H2KodQE9zma11TrAaZfXT"
    "KG9sKz18c1RgL1WtcjdTXRffTTVcxiNxqOp0GcY1s4Oae60y9zrBQky52mwsOiSilCUog3"
    "QPjUKHb4pwrarVgjctxbdaVExsPDPKWjaTdPsnI6zewGlzE9ulUA4pNvc8NzzHjfUD/Oq4"
    "AMCvkktSCDBUxQF2eB68beaOU0JCXHHJNw70Ta/dLQm1pjlB8HnLWueXnasTpP8ledQtWJ"
    "lri1A+7vtrERKumBCF6jLznqStGbRKM2g2ZiVVXBGS9aq4Nin/rEXDBUitQMP12e9mJxF9"
    "UsEVeZxiCq6uera7nbP+Ig1XCHXc8TQO+KlPe/FTl9hY30cu1lE31x3bj/IAjzsvgQhtqn"
    "t9Jk6Xqp8z9XVfcXKIyR+JM1sFVl2/r33GSxAhVL/PRKrn9bJPIJVSwkfxVF2p1Q6bkmdY"
    "SQJQrxnpc/VRBFro8GLe306yXNnwljBbtFyLyvYj0R2kYxzC2ubCKAdoZxBoWNCS8QUsBS"
    "PVo0JdmwUwQ9g0uctkE00dKiVhiDIdf6C6YgJ7ynRV5AcfhORp08VKe79lt+yKo4HHpaAH"
    "MhMnCCOHT8HOEfSmqlUh3DYbEuc7gYauenfV2BzCJbSFA6kmECGhOp9igdQlYjYDC4tq7V"
    "9dqbAJn0moIya2bikpLxRuUglQEbFh50TBrXk7VHOvWeqdibwjZrAfF9ULhxR7aOc4KqJ4"
    "P8pXvB+lFO+akzEe1N0tqx2O91Bl0Bu99qeLEwSft6z1uWP0r39qg5Y4+BrXG9+y3q+9fv"
    "tSUej/t+znTq/Tv+6eIP/LMprl9wVm8H3uBL7Pnr9y602Upl5wEvFg7v2fxCxlYo2Q7J+p"
    "by2W1eV8MGvPy6U8L5UIVy54NE61fzivx1mAyEy/pz75mhNNF1LsA8SLWPj2L/0Y954KY5"
    "xz8J+ur34ImidjGzNsBNtx2jyb5zzIVYEkmzQX6UHCHAqllCGtSPKFJmgJsG1DvgWM4AX+"
    "TjS1vkDbEA/QOWfEy7jQJRYV6EGJL0JTgTaDTLg5QiPV3KFCKzmEJDgz98NGxlyxk+cpHe"
    "bGtGZyQRlRrP7rVl3PQy+G9f3h4evXbw9fvj5+9+bo7ds3717Og1nTVYuiWk87P0Bga+w9"
    "DCJda5XGN+3WUMdzrFTiiCz/5UBNEdayXIInUxvQMhGcIVntdVM1VWtFeMAOzF5PYu1kkW"
    "L/IrULOT/9DBhi3vBJnu9acVQOnx6gFlNclnRmYHzyuCsdRQPcV8RShRnXJiSP19K2IqFt"
    "TlCunpI0g7eOAVbMzT2blat+FMlK8pEsCNGB2SrHJs9JVgPvtvUBG2OWK7Jc6Te4o7kFOc"
    "taseINFi5aDjRVHIduS0lBabWN1QLhLSSKF3wkTrieEPglCGFNdOe44MX27zGGsEHDIROb"
    "WncftMDI3PE9mMO9jIK+IR2++g+fGii9nm1u2GescmFPJVa7ONHeCLBrW/Ro5OEurHGO0O"
    "xddOKrwyJBDqpVfpTJYTqdnnqflvF2D8nqEIeq8OB5uoCK7Glz39mM7SzqV5u/k8W9eAtp"
    "XFVjbweBHLagzGSmauiVBJHvWqepZhxhBCOAwnNIHxXDjJFDhyOJgpjMD+h+prcSLzYzU9"
    "269gHLpNuduI56fkhJz7Fa/bop9WswP5lb3NOeHBHySrtx/Nzudi5+NdqXrc6nExT9dcu6"
    "baD63Or1vlx3z09Q/PctUzvX1Q/tgDb665b12mfXV+fGRetMO3nEfibfze1EcZaP/1512H"
    "eFGJjjItkVjvOTKxyncit4+UryWPH8zLRJujo/7fL5aTecP6RiaG8ggUgdi/ytMOp1dtrn"
    "rnBVmuVC3ufLhpvXoea7MsO19b3OprjtYPOKZlP0tD7ctvg08/ClWH2zgGbIa1o4OBE0Lu"
    "rP81HWNgZIGxvJgqgTGyJwi4tpZLCvjwEjwz2XoyZy1fxDZOADmTX1GUlDIMIDCaUMjbjr"
    "ZMUvbv4CnmH1qGXZNciytWve/nMDFdG/63wqGatskGclf3WFXCVlIr5BY63z3aIxniGdF+"
    "kAtZA5gqhppCZWEO/MOf08ec4oYWZZxtHE4SasiEOuGnIGSx40V8u7b94VOdHgmxq5zmpb"
    "AbZw0eq53dPtKrRRrT71YxUOpKoaI77qE6lCoCyc4QFRAGCfrkY367wvzkzXcQiThkPUHQ"
    "qZEdeYi3EOdY10BtKwFC3KUZYLcpqwxjcHXw2RYdPBnL2PY9xXpefEljgf6XQXeVIEfFjQ"
    "2Q6CX9J8f3VzedruvniVCuHf2kmYSwEa4ebuXWpLysQBjLcNhm5lBsgSIlVcV/jMTG17pi"
    "csl6attA9zJP9fpgtzPD/gIg/mZFbCAoeoSMwsATEPAz+AVcnlI3APNbFUJUrQGzp47Dlo"
    "PenY9ezeMgTG0E3L15P9UYuQVRIht6/v3DazsmbvnSUP8qvP8GtWV9dZWz5ry2dt+XySN4"
    "qlpc3gjZJpa/N5o1jG3MJ+8V72j2wm5gB15Dw01OFjzcqoQQbUGWv2WDE5H5CqpjZwQizI"
    "dMqZPUN8MNDHx6U4qA2N+QzFfHWWq62qj9fDTAmCbbVtq6fVIRk7fn7WpRThXrBWi7b5VW"
    "Vfqn1Ii3G5++tD6i+gy817grZmtavMauvjroUkkwz11oJorhjZUgr2is3pjiQKeIqLD843"
    "WDMPXwU+Y8Uc/DO5cu8cjkyGfH5ExyJePDwNpAgXbvMhZQeoD/4oFqKeZ8rdn5LeBekLPn"
    "7pN4PDCoQ+VkAorjmbv35mb7VLS8VZ6JqH+xZ5OL1FL6kpTdLWM79LM19HgC2zwFZplgux"
    "7g555A9Lvd5xylpAq/Is1xn06wz628N5LRn0q6Mvr2x4yh5Z93ZfNbAx496NwMNMjyevor"
    "lIheDOmzypPzjDti1AtIdIPwjwa6Kb/lkTnI8AmGYk9b+OCNSjfUADblvEQtzV0YM61eJ3"
    "oDsQ2ganim36SASaeuE0CG4hI9pm04PXJwxUWBfaXKC1qPIuURVutkSKdM9TuxyeUZo65X"
    "yGL3cZVnFOsBd26A2wibA5lJVsA5padVFpodYEJqDc5jon2adwno1ssSHsA0xtUpKpCWlq"
    "4JcGXkdXlsN9TlLDvjTslIF/n5JzjXEG+hc2x3mcfIIwMQcDoNzBWVgA6Pn1zemnNvrcbZ"
    "91eh0/2Gq+Z+hKKFIF1BOVu+3Wp+oce6AF5AueEOBSlc0nJWgDBM2Cdvgf+VRVOVqSVaJo"
    "0zsfb4IdOC6BMy2+Yv9MgjCJf1Nncb4nhAVCrZoejvToaXF5TWNkRhXNe4082vDrWeFFtc"
    "C8KYE5Nn1FpZIY0R5KJkVOPsg/9yB16sFGDvDYBZBXHI6uHQ6ylo/8JzdCsofP7VGR7CtH"
    "+dlXjnT2lYrszi3iUHOUtTX7NQv3ZRy2eWpLzge7akeT7ciWtrZDeh6JI0puVRGSPXzh16"
    "JCg5eqBMJ+8z1E99XLIuupapV/RMPLVD4rNaLM9BfIz+cRIdl8Qo/tSJbbSN2x+s3sn/8D"
    "Cemsxg=="
)
