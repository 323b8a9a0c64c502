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
    "eJztXWtz2rga/isavmzPDJvTpmnapmfODEnILt0m6QDZ7iU7jmIL0MZIrCWHMnv2vx+9so"
    "3vxCZcDPWXBCS9En5kSe9dfzfG3CK2OGhNaJ8/ENY4QX83GB4T9SFV10QNPJmENVAg8b2t"
    "G+MJNSQ008X4XkgHm1LVDLAtiCqyiDAdOpGUwyiNFrI5G35v00diIdMhFmGSYvsA9UcEUQ"
    "tRgaT6dPenpHeIDxCVAn380m+i6YiaI6gWIz5liDOTIMwsxLhEQnLV0wH8Aoub6idQNtzE"
    "YC6jf7lEPf+QqH4cNeTvf6hiyizylQj4+nvDFapCFarhsSSWgWXjD2g0eTAGlNhWDHpqQV"
    "NdbsjZRJfd3HTOL3RLeLx7w+S2O2Zh68lMjjibN3ddah0ADdQNCSMODBuZEObatj97QZH3"
    "HKpAOi6ZP4AVFlhkgF0bprXxn4HLTJhNpEeCP0f/9X9apJlhXF33jV67bxiN1FsAPyExV3"
    "6RyRm8QZRJgO/vf7x+Q0B0aQMGOPux1X3x+vhfGgIu5NDRlRquxj+aEEvskeqpCFHW/1M4"
    "n42wk41z0D6BtPqhy2AcFIQgh0slgC8AaA2QNsb4q2ETNpQj9fXdywUQ/9zqapTfvdQoc7"
    "WyvUV/5dcc6ioAOwR3pAYqA27Qfh/BLYJtPrRJZIXJoYcUth9711fZ2IYUCXQtakr0P2RT"
    "IXcQ5QWwAhbQ81iIv+woni8uW78koT77dH2a3D6gg9ME8OGxVxT4kOJZwPu777eKu3puKY"
    "wJcYwxZa7M2LM7TGZPQBZpYir8fWe3pkD9XPXv+8NXR2+P3r0+PnqnmujfOS95u2CWOlf9"
    "BMQRriQF7rmqkXRMshGOUyZfc5/0IPiwg7tMQz2gdc3smf8WLMC137ls9/qty8+xJXDe6r"
    "eh5lCXzhKlL44Ty2LeCfrS6f+I4Cv67fqqnVwp83b93xrwm7ArucH41MBWhGMLSgPUYrNO"
    "vk6o6m2JWY9T7uGs78gsB5gsnGaHPCrJbJnFHadcwTRXbBvdp1lWnAZZbguPU9azXOVZtr"
    "GQhiuWmuckbT3TuzHTdAJ0qusM2SNfoM6jX0rArtg8x+XrozcFBOyjN7kSNlQlJA6hJIZy"
    "SrgIySo1cdVdUE8o3kC3OXjI1LsFqtA4tBfcIXTIfiIzDXBH/Q7MzCyJzVdM3/jd7CakYW"
    "m4vBw8nSuDoy+UenbvjNa4t3pnrfN2QyN8j82HKXYsIwY11PBDniiZt01XjQ/HyRLM8FCD"
    "A08BvzmKeoaZIJiNfBMBPFBB60CPj8k9t2ZoOuLIIUMqJAFlO7ojY0ztO1DJM+6MsU3VBt"
    "dEgiM5whJRCTXeTKMpVW+NK4FePTWSHJlYkLR1YN2DPW0dqO0AW7UD6Gkuc7TOCVajrH4a"
    "5Y0dpYdvjgqcpapV7mGq6+KnqYbLeCQOVZ0uw7hmdlBzr1XmXidYiClXh41Fh0SUsgRlkO"
    "6hUejwTRGuVbVasNJSfKtFxcTGM6OsZTNJt38ywuoNnDY3sV0K5ZBic+9zw3PcWD/Ar44L"
    "APwquSWFAENVHGCH58HbZu44JSTEFZd840Df9NrdklBrmhMEf29Z6/yyc3WC9L8kj7oFK3"
    "NtEcrHfX8tQsIVE6JQXWbek7Q1g1ZpBs3GrKSKK0KyXhXXJuWftWi4AKkVaLg++93sJKJP"
    "Krgir1NMwdVV73a3c9ZfpOEKoY47nsYBP/VpL37qEhvr58jFOurmumPnUR7gceclEKFN9a"
    "zPxOlS9XOmPu4rTg4x+SNxZqvAquv3tc94CSKE6veZSPW8XvYJpFJK+Cieqiu122FT8gwr"
    "SQDqNSN9rv4UgRY6vJj3t5MsVza8JcwWLdeisv1IdAfpGIewtrkwygHaGQQaFrRkfAFLwU"
    "j1qFDXZgHMEDZN7jLZRFOHSkkYokzHH6iumMCeMl0V+cEHIXnadLHS3m/ZLbviaOBxKeiB"
    "zMQJwsjhU7BzBL2palUIj82GxPlOoKGr1q4am0O4hLZwINUEIiRU51MskPqJmM3AwqJa+7"
    "+uVNiEzyTUERNbt5SUFwo3qQSoiNiwc6Lg1rwdqnnWLLVmImvEDM7jonrhkGIP7RxHRRTv"
    "R/mK96OU4l1zMsaDerpltcPxHqoMeqPX/nRxguDvLWt97hj965/aoCUOPsb1xres92uv37"
    "5UFPr/Lfu50+v0r7snyP+wjGb5fYEZfJ87ge+z56/cfhOlqTecRDyYe/8nMUuZWCMk+2fq"
    "W4tldTkfzNrzcinPSyXClQsejVPtH87rcRYgMtPvqU++5kTThRT7APEiFr79Sz/GvafCGO"
    "cc/Kfrqx+C5snYxgwbwXacNs/mOQ9yVSDJJs1FepAwh0IpZUgrknyhCVoCbNuQbwEjWMDf"
    "iabWF2gb4gE654x4GRe6xKICPSjxRWgq0GaQCTdHaKSaO1RoJYeQBGfmftjImCt28jylw9"
    "yY1kwuKCOK1V9u1fU89GJY3x8evn799vDl6+N3b47evn3z7uU8mDVdtSiq9bTzAwS2xtZh"
    "EOlaqzS+abeGOp5jpRJHZPsvB2qKsJblEjyZOoCWieAMyWqvm6qpWivCA3Zg9noSayeLFP"
    "sXqV3I+el3wBDzhk/yfNeKo3L49AC1mOKypDMD45PHXekoGuC+IpYqzLg2IXm8lrYVCW1z"
    "gnL1lqQZvHUMsGJu7tmsXPWjSFaSj2RBiA7MVjk2eU6yGni3rQ/YGLNcke1Kr+CO5hbkLG"
    "vHijdYuGk50FRxHLotJQWl1TZWG4S3kShe8JE44X5C4JsghDXRneOCF9u/xxjCBg2HTGxq"
    "3X3QAiNzx/dgDvcyCvqGdPjov3xqoPR+trlhn7HLhT2V2O3iRHsjwK5t06ORl7uwxjlCs3"
    "fRia8OiwQ5qFb5USaH6XR6aj0t4+0ektUhDlXhwfN0ARU50+a+sxnHWdSvNv8ki3vxFtK4"
    "qsbeCQI5bEGZyUzV0CsJIt+1TlPNOMIIRgCF55A+KoYZI4cORxIFMZkf0P1MHyVebGamun"
    "XtA5ZJtztxHfX+kJKeY7X6dVPq12B+Mo+4pz05IuSVduP4ud3tXPxqtC9bnU8nKPrtlnXb"
    "QPW51et9ue6en6D491umTq6rH9oBbfTbLeu1z66vzo2L1pl28oh9Ta7N7URxlo//XnXYd4"
    "UYmOMi2RWO85MrHKdyK3j5SvJY8fzMtEm6Oj/t8vlpN5w/pGJobyCBSB2L/K0w6nV22ufu"
    "cFWa5ULe58uGm9eh5rsyw7X1vc6muO1g84pmU/S0Pty2+DTz8qVYfbOAZshrWjg4kbB5KJ"
    "9AkDEWjUKljCBMBkGFnhdzU3vEMT/AT+tmPGmtqa9FGoL7HB5I4gDNiLtOVsjiRsZ8hm2j"
    "lljXILHWDnj7f+ZXRMuus6Zk7KVBNpX8PRQykpSJ6wa9tM5qq/auGdLZjw5QC5kj2NyQml"
    "hBvJvl9PvkuZyE+WMZRxOHmxA9PeSqIWewt0FztYn7RlyRE/O9qZHr3LUVYP4W7Z7bvcOu"
    "QgfV6hM8VuHaqaqx26u+dyoEysIZfg4FAPbpanSzbvXizHQdR7HUhkPUEwqZEb2Yi3EOdY"
    "10BtKwFS3KRJYLcpqwxjcHXw2RYdPBnL2PY9xXpefEljgf6XQXeVIE/LGgsx0Ev6SR/urm"
    "8rTdffEqFai/tfsulwI0ws3du9SWlIkDGG8bDN3KzIwlRKq4RvCZ+dj2TBtYLhlbaU/lSJ"
    "a/TEfleBbARX7KydyDBa5KkZhZAiIbBn6YqpLLR+AEamKpSpSgN3Tw2HPDetJ969m9ZQiM"
    "oTOWryf7oxYhqyRCbl/fuW1mZc0+Okte11ff1Nesrq6ztm/W9s3avvkkbxRLPpvBGyWT0+"
    "bzRrG8uIW9370cH9lMzAHqyHkAqMPHmpVRgwyoM9bssWJyPiBVTW3ghFiQz5Qze4b4YKAv"
    "iUtxUBsa8xmK+epsV1tVH6+HmRIE2+rYVm+rQzJO/PzcSinCvWCtFh3zq8qxVHuKFuNy99"
    "dT1N9Al5v3BG3NaleZ1daXWgtJJhnqrQUxWzGypRTsFZvTHUkH8BQXH9xisGYevgp8xoo5"
    "+Gdy5d5tG5kM+fwijkW8eHjnRxEu3OZDyg5QH/xRLEQ9z5S7PyW9C5IUfPzSbwZXEgh9eY"
    "BQXHM2f/3M3mqXloqz0DUP9y3ycPqIXlJTmqStZ36XZr6O81pmg63SLBdi3R3yyB+WWt5x"
    "ylpAq/Is13ny6zz528N5LXnyq6Mvr2x4yh5Z93ZfNbAx496NwMNMjyevorlIheDOmzypPz"
    "jDti1AtIdIPwjwa6Kb/lkTnI8AmGYkwb+OCNSjfUADblvEQtyVQKsTKn4HugOhbXCq2KaP"
    "RKCpF06D4BEyom02PXh9j0CFdaHNBVqLKp8SVeFmSyRC9zy1y+EZpakTy2f4cpdhFecEe2"
    "GH3gCbCIdDWck2oKlVF5UWak1gAsodrnOSfQrn2cgRG8I+wNQmJZmakKYGfmngdXRlOdzn"
    "JDXsS8NOGfj3KTnXGGegf2FznMfJJwgTczAAyh2chQWAnl/fnH5qo8/d9lmn1/GDreZnhq"
    "6EIlVAPVG52259qs7lBlpAvuAJAS5V2XxSgjZA0Cxoh/+RT1WVoyVZJYo2vVvwJtiBSxE4"
    "0+Ir9m8eCFP1N3Wu5ntCWCDUqunhSI+eFpfXNEZmVNG818irDd+eFV5UC8ybEphj01dUKo"
    "kR7aFkUuR+g/zbDVJ3G2zkmo5dAHnF4eja4SBr+8h/cyMke/jeHhXJvnKUn33lSGdfqcjp"
    "3CIONUdZR7Nfs/BcxmGbp47kfLCrdgHZjhxpa7uK55E4ouRRFSHZwwW/FhUaLKoSCPvN9x"
    "DdVy+L7KeqVf5FDC9T+azUiDLTXyA/n0eEZPMJPbYjWW4jdcfqD7N//g/zTaMo"
)
