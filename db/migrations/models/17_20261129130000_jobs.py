from tortoise import BaseDBAsyncClient

# The partial indexes are written by hand: for the queue, for what a worker has begun, and for keys of callers.

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "jobs" (
    "id" UUID NOT NULL PRIMARY KEY,
    "credential_id" UUID NOT NULL,
    "credential_kind" VARCHAR(16) NOT NULL,
    "scopes" JSONB NOT NULL,
    "signed_by" VARCHAR(255),
    "credential_expires_at" TIMESTAMPTZ NOT NULL,
    "limit_key" UUID NOT NULL,
    "address" VARCHAR(64) NOT NULL,
    "model" VARCHAR(255) NOT NULL,
    "version" VARCHAR(255),
    "outputs" JSONB,
    "inputs" BYTEA,
    "inputs_object" VARCHAR(255),
    "input_bytes" BIGINT NOT NULL,
    "result" BYTEA,
    "result_object" VARCHAR(255),
    "result_bytes" BIGINT NOT NULL,
    "result_version" VARCHAR(255),
    "milliseconds" DOUBLE PRECISION NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "code" VARCHAR(40),
    "message" VARCHAR(2000),
    "turn" BIGINT NOT NULL,
    "idempotency_key" VARCHAR(255),
    "digest" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "available_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "started_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "units" BIGINT NOT NULL,
    "attempts" SMALLINT NOT NULL,
    "call_id" BYTEA,
    "call_units" BIGINT NOT NULL,
    "call_ends" BIGINT NOT NULL,
    "call_hour" TIMESTAMPTZ,
    "call_generation" INT NOT NULL,
    "worker" UUID,
    "worker_until" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_jobs_user_id_260af5" ON "jobs" ("user_id", "created_at");
CREATE INDEX IF NOT EXISTS "idx_jobs_ended_a_857842" ON "jobs" ("ended_at");
CREATE INDEX IF NOT EXISTS "idx_jobs_queue" ON "jobs" ("turn", "created_at", "id") WHERE state = 'QUEUED';
CREATE INDEX IF NOT EXISTS "idx_jobs_queue_of_model" ON "jobs" ("model", "turn", "created_at", "id") WHERE state = 'QUEUED';
CREATE INDEX IF NOT EXISTS "idx_jobs_unfinished" ON "jobs" ("user_id", "turn") WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX IF NOT EXISTS "idx_jobs_started" ON "jobs" ("turn") WHERE started_at IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "uid_jobs_call" ON "jobs" ("call_id") WHERE call_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "uid_jobs_key" ON "jobs" ("user_id", "idempotency_key") WHERE idempotency_key IS NOT NULL;
COMMENT ON COLUMN "jobs"."state" IS 'QUEUED: QUEUED\nRUNNING: RUNNING\nSUCCEEDED: SUCCEEDED\nFAILED: FAILED\nCANCELLED: CANCELLED\nEXPIRED: EXPIRED';
COMMENT ON TABLE "jobs" IS 'One call of a model that a worker runs later. The row is the truth of the job and of its charge.'"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "jobs";"""


MODELS_STATE = (
    "eJztXetz2za2/1cw+tLsjNabOE7iunfujGzLrVrH9kpy02zdkSERkhBToJYErWh6879fHP"
    "D9kknqRTH4YkskDij9AB2c9/m7MTM0oltHrTntG0+ENc7Q3w2GZ0S8SNxrogaez4M7cIHj"
    "oS4H4zkdcBgmL+OhxU084uLOGOsWEZc0Yo1MOufUgKc0Wkg32OSfOn0mGhqZRCOMU6wfof"
    "6UIKohaiEuXj1+4fQRGWNEuYV+/dRvosWUjqZw25oaC4YMNiIIMw0xgyOLG2KmI/gEmjES"
    "H4GyyS4eZjP6X5uI7z8hYh5TPPLPv8RlyjTylVjw9s+GbYkb4qJ4POZEG2DeEGP+bJCvc2"
    "oSS74HovnTYEyJrkWWgmpAKq8P+HIur93fdy6v5Ej4usPByNDtGQtGz5d8ajB/uG1T7Qho"
    "4N6EMGLCxwgtELN13V1N75LzvcQFbtrE/0JacEEjY2zrsMyN/xnbbASri+ST4M/J/7ofLT"
    "RsMLi57Q967f5g0EjsCvgIsbVzL40MBjuKMg5w/v3NmTcARF5twAMufml1X719/w8JgWHx"
    "iSlvSrga3yQh5tghlUsToCz/J3C+mGIzHWdvfAxp8UHLYOxdCEAOfjoefB5AW4C0McNfBz"
    "phEz4Vb09fr4D491ZXonz6WqJsiF+6wwRu3DvH8haAHYA7FQ8qAq43vo7g5sE2G9o4stbI"
    "gBkS2P7au71JxzagiKGr0RFH/4d0avEDRHkFrIAFzDyzrP/qYTxffWz9EYf64vr2PM4+YI"
    "LzGPDBMZgX+IBiLeBd7vu94o513ViII5QRvjDMp0IrkEar1qL8Wojvza3BnJiDGWU2Tzk/"
    "O4ynL0UaaWwp3DPgsJZAfFzx75/Hb04+nJy+fX9yKobIz+lf+bBilTo3/RjEIYkxAe6luM"
    "PpjKQjHKWMb3OX9Mh7cYAcvyG+oHbL9KW7C1bg2u98bPf6rY93kZ/AZavfhjvH8uoydvXV"
    "+9jPwp8Efer0f0HwFv3n9qYd/6X44/r/acBnwjY3BsxYDLAWkp69qx5qkVUP6QUFVz1KWc"
    "NVP5BV9jBZucwmeRZac5kfd5RyA8tcMTZap1UWUh8px8KjlGqVq7zKOrb4wLZKrXOcVq30"
    "Yaw0nQOdmDpFC8k2bmTRlzJ2VGydo7aOk3c5jB0n7zKtHXDrW+zEnOt4JKAbLgfF7KJJyj"
    "VspBVDfR2LaIDtmJpiYxZDNUyj8Izv1Rl8fm2g4WUKg+jNsK5n6scJ4hopx2+PP7z39WJ4"
    "s0ol7n1sXV8n9WIfnzKyc4RUHbZVPmzBc1aQJ4VINukGq+6ivsCTwLE4fkp1enl+ySi0V4"
    "ZJ6IT9RpYS4I74HJiN0kx0rpf43p3mMCENrgY/ZRMvfE9seEOJ7+4oZRL3Vu+iddluSISH"
    "ePS0wKY2iEANd4xjI3bFH5u8NTuexa9ghicSHPgW8JnDqKf47L3VyPbXwxfK7ao3yYRanJ"
    "hEQ0B3hB7JDFP9ETzjzDDFKUaFLNtEloEoh4vO8qIFFVvF5kAvviriBhphi6T557fwhDxO"
    "+aiBVKyvcsHv1wUvV72IJuUTbMZP/DLKO9Ocjt+d5FCdxKhM3Unei8pMEq7BMzGpmLSM5J"
    "Q6gZKfqiw/zbFlLQxx1Gh0QqxCQRgppDWMxzh+l8dIIUat+KUlzBQateY6Xg6KBhXF6epn"
    "Etp8bJFujLBeCOWAYnf7ueHEUG4f4DfvcwD8Js6SAoDhVkzVNrLgbTN7llARorq2sXOg73"
    "vtbkGoJc0Zgr8PrHX5sXNzhuS/uLC6hwAvFQCQjXt9AwAs25qTkvatOK0S0CotoOmYFTRw"
    "hUi2a+Dapf6zFfsWILUB+9adO81BIvqieSu0nSLmra7Y293ORX+VfSsUlxnJAYkCfu7SXv"
    "3WJTqW3yMT63DGyYGdR1mAR37vX4zhmgj9agzrCo60L4zE11wToo9ingvxsq44mWRsWzgt"
    "/LwISl1nlvqCNDKeibncxIbqunPVeVNZxLLEvGsi1XNmqRNIhZw4YTzFVOK8xCNupHjZPF"
    "BvGekb4k8eaGHCK3++gxTa0+Et4PZq2Rrl7WciJ0gmrAZ3mytTVmHcgMDAnJ6wT1PM0VTM"
    "KFCXzibMEB6NDJvxJlqYlHPCEGUymVRMxSzsuGPEJTeTNCBPesE2OvsDe2A3Bho7ci56Ik"
    "vrDGFkGgvwnomvZ/hTijHyUeLNbM4h/9V5JzYnMZvSxYbEEM/VFnyqIySeADOOxLUheWCj"
    "KWZiwY5QC8Y4U2kzyigAC5/Vy6idYgs94jEn5mMTqCGfdkiQG+yKCAWPHXxeAc5kQkz4jn"
    "eu2I/kySf+U14o+daVb728Wwc874py++3V7VfcwrFLi1ZFdOCDs2vsLXCnmsfemrGEAcPK"
    "6+QIKGrotDvJ40U6yfYinSS8SFKoGjyJb1fW1RGdocqgN3rt66szBH8fWOuuM+jf/tYGl4"
    "f3MuoEeWC9z71++6OgkP8f2O+dXqd/2z1D7osybpIfc6zgj5kL+GP6+hXjN2EaxXBidQXs"
    "4RcyKhQvECKpn996K2EC5fJHVNZI0awRKVgIbbJYEZIoVf1w3k7kC+GpQXx98jUj0yGgqA"
    "PEq0T49h/9iPSeKMHgS/DXtzc/e8PjdRmieA8JaPlJvLOLYAQUqvTFGmVIwH5RBHafQKFe"
    "DPWEe3c/0fYXfuW4TNtjfEhzlQEyqERXyArZCpWwa4JlDuu6NLXJ0PkfrCZaYLCSyfIAcg"
    "CfEmoik06m3EKekS5hf9zQvGB5vDQYcarldYlGLWnvA7OlM8ajRWRujKbOrBji+xEVW4vg"
    "vEX1ChntzukkM9MuVf5PSa9zf3rVDSB3kut+PD5++/bD8eu370/fnXz48O70tZ9ql7y1Kv"
    "HuvPMzpN1FfqheHp4y5n3X0WkqKW+junboKCgGaoJQWTFi2og4isrUXQnIVPBk1ZwMFZEH"
    "O7B6PY5lrFxCFAzdXSkFyj0wsPyBL8p/t0K2Mo3FWSBCHaGw7CauY+4JXob4ImhsGjOEmQ"
    "FylCt0gRMYjfBITDGjlpWUBrf2lA3LdWsLddVPC9xIPcEVOZewVMUEZp9kM/Du2ya2M7G5"
    "IoxL/mo78ofMl2m8KzpgJfsyYaiQPeRYSnLqsG3BE1zmIaTCZ2I67ARUQQLvLEJYEz2aNo"
    "Ql/2uGITd8APV7qPb4k2RJzJ4NxUC3Wrsb1wIv3c0nHpRkart77BpcLpipALeLEtVGld0a"
    "06OhzZ3b6xKiqV26+ZvjPFlrYlR22uBxsjS5+D2VSV8KyFTOWlWk8SyrQEXONEiJSDnJ3E"
    "yJ7PPLS8bIJ3ePfJuonMo5PjCCUuLiVBDnhoV0sRNNp7WIezw4AZs2hFGO5RvxTNlGxD1F"
    "RoLjTFLKomz7gWCp/TSlOkGP8Bhx5Ml6KxbhTfeQnOGlFO6RrNUdmq3ptkEZGtoSCUiFis"
    "A0y/l0MNcRgm/yLwD3aKb59l9xns7zagErWqZ4mY0qbHO/YZuVsFpVjb1v3CCYHZH2IriH"
    "EIpWVl7ZeJED1UdlT450i06YrMpaZJdHiOoQNrKDyJyww7l0e4HMSWooqh+IaJ4rGl+nM8"
    "oHTyTlV5Z9UEeI1CEdjwAqHrm5bthm1YCMcq33eUrWvc+uWPc+UbBOaj1FAPYJagjvVg6F"
    "Z2JaqbbGbIxDJOrkzQWyYfO5zQsJlyESFS9YXrikLB34c8qwucywB7AM5IdL7sj7tcH83I"
    "XRx1xAft65aXU/p4ckn6fAfv65326lwj4wCqeQJAgVh8mXSAK4DfwNWiD4MUqoPLoFAyHD"
    "1UYs+BaFWE1Ao1hNSVbjQFiC1SQIFavJxWpc3Erwmjjl7pjN6xpymkEJ0T1JqTZ9rk0/oz"
    "r0IIDyOymb/ko3cMaejxPG8B4D5dZ2/dG29v0KgC9v78+v2+iu277o9DquSO+bwuRNuCQu"
    "UK/KYOs6bhL2wiGT+/rlNHyfeIclh/99375vXxZ037lUZ8j5/8C69zc3nZufz5D74oH17i"
    "8u2u1LGOS/fGBXrc41XHL+P7CL1s1F+1pe8l8+sPYfd50uXHNfNEr8ljacoz9yi6fl9mW5"
    "4+vHpDZfv2JGLAtPCsEbIqkfwsevX+fBGIZlHwTyZhRnbpspR+4qscejULpVaYmHamQ2Nz"
    "hho2W6D2Nl2F6ctIabfTs9LNIbhqxSaDM7heRVaKu23/eg0aqC/2VW4+A8svgZU4lziYWO"
    "06qlrvRSlw+3UDEWB7TMQvM0yzHuKKVKOa3yKpftyqI6shzKCstw92I6nk+ibNrlNDy3/n"
    "ThNulhutpgv4n+6G5ORzH1LUSkHJJl1TfAsAQLidLVZi/vmI9IFEmql+ZF8Em6j0ZhXwT7"
    "qWGnlMV7wW4RJlSyUZVlI7lUpXLUUyhr80NbM1E9gNfJ7Eyimh2jH1Co2k9pWIojlafVo1"
    "3NkeK0iilVmSmpcnTb7KHpJWLHYl6K9tC8d6c5TEhfbKIZ2lCRJpoXrd5F67K9qofmNgsj"
    "XJMxb7lZRykFEsK3m6sKJehioFd1Pm+Zn5ZbOhZ6TM2IiVzyJsJQGOyJLImGHIfhmSxMwM"
    "hXLkmQQJtTZhPL6T8FxQNkLppbYwDey3FQWQB6HfO0era7e7gspeD201pMxZ+gSxaUVPAa"
    "WxkmmhnPXncvp1Ka+7GO0KU7SJaJRsfvEMjDW6mZpmrhblYByq6QkOVBz45WyPSfbyx6bX"
    "81hjafHqjO/Y0KzA6PL+zYCJHVr4hzncRkyx6NxFlTuE1SnG6rimZFFreouLwf6c5vc50i"
    "2oVbYGfLddGG27naD4jBjiQ0N4U0IyQqKPXf9GpT+aIR1DkDQYjAI0D2mdBn4vQvlT0D0B"
    "xbltCztZ+QxYUyoTmSmXMCpvYn2NmDi5Snmtum2B+kYDUqJYPtSgbz1idVCHs5myBEXuWS"
    "Ao3f293O1edB+2Orc32Gwu8eWLcNVHetXu/TbffyDEXfPzDB625+bnu04XcPrNe+uL25HF"
    "y1LmS/v8jb+G80jxC4+cJN+xeyK1THc/MytkkmfgPnJMjZBQzidKqKQfkqBvIkK7LDfYI6"
    "hrrn2eJi1IpQ98QmVyHX2ejXq16tCstdl8NVaZVVwKZaYWUHVP4/5f9bbSEydM1YsEamlc"
    "i938xhKXKG5rQW3UP8ROASc3xd4BIbEoE5cnQEYroNJeU4ypGOLdmV46ekry7uJxOzgp8s"
    "aS7a6ZPXcNAp7XUL2qvqTln/879CFvi+mdpGybv1MlcVK5XX/t6HoRBAYAnxNLBySxu4m0"
    "UmmzNoFBo0cGjMcIagHy80cxgS6BnBxLZoSnO4DEGw0ELwQaQbwPrcgAdquj0mkox11x8A"
    "YisevxhDrz+FbEgHj/zBko0tKEN3k3/bxJbBHhLXpuDndDSVzgBmOK0zIh0yvIAMP75DTL"
    "QuI3c+YjFLf0BTn0Z1ezb3D8nELhKV7I+vU3WOtcKRK8JY73ScKrDK6ytZ6lyMyMlNPwHX"
    "gsgukN6dhjcQ0aXJZpeyW7nTm9wK+mA2kWU43E6wlrlpgGccyJ0h0C3HaRKX0lRz60/bcK"
    "CYapmz6ZY58n8BWd8bXztJ/zRPbabT7MpMp4m6TDJzbjAXSviMMjutfNzq5N0YqToOUrJT"
    "AqA0nFKEKQfALp1CNy19zmAj2zQJ4wOTiG9opWWQZqdXpVMrpFOQBlaE51QclE+EFQE5Sa"
    "jwzcBXQjTQ6di3j0Qx7ourl0TnOBvp5BRZZhj4o8FkBwh+QRXo5v7jebv76k2iuKaUhAdO"
    "pkIS7uxAjTjd7puZhSS7oU11Tpl1BM9LEe7+/Gs7SG8lbCPQTQqtRfVX4XCiaAoos1GHV1"
    "r9AJfs6rcu0bPimurp7Pq2TU2/S8a2hfVGirLv3Wqu7kEvB+VU+buucATtbMEsCU0y3T7w"
    "YIWUkxENzIpwF1w86NV9/+IfoKSPdcPQIoTUkq/BriiNiRjJrK+k7r+bx4KxtD2b8yXi5K"
    "t4GBhiscQbycP0DNnsiRkL1kRMTCB9XxZ5FltUlxNboY80tznyLAloSEZYfECwOohb8j43"
    "DCTWdFk4Ytpr5CsLPqiw6WraUR3Zq5hVKEyjihGoTna7LVdcpvDMBmvOVA3xQ/fv7q1vQN"
    "UWctuNA5wmrwvx7QT6BUCO09UQ7Le5Wgi8XdFB4G2ygYAxz6ydlA12hKiGSG8+b0V1541z"
    "jjxn7kn2kXuSbCgOOkcxId0nqZPddOelUouKOSpN4QCEHJNwc1kiTSFMp9IUqrzCe2jRVL"
    "UfbPRIepdLvnq3Qr56l5SvVDKISgZRySAZlnZOTaKJZWqkGtv9u83V9nY5Drpp5Q1anhIE"
    "DwMbNkYuPWRXnKGFExOHLLF9iDRsu6bwpjReu3fcOF5TzE2glgcdyzi6MdUJkICpGhBKiV"
    "be5ZPXCL97SmNY2cfCUyqzOvywsO0ngHibt5ScFaKsoTBds0zvisQxd8nIeCbmMqtMU+T+"
    "C3zXGVm2XJNJ5joeuaHDAq4pYZyOMDdMJB7qVFMqXotprVlTOGbgJ3QT3f5SIcxVCmHef8"
    "Livtnk9otaljmeQmTKClBlK4DST5V+qvTTVFmpJyQcpl0JicYw02SlyP2VspIlRw7GcmjR"
    "cuUJKeYIXRsTCrogIVIzBKEG/gsNUDxnTM0Z0VaUIF9jwjV0yuowmr1qmNsRgyyCdXHgin"
    "0m9MIkxH3yNcMDliCshVC06oBu/9GPnM2JWN5ImzVveDzAVxVs+z7V+FiGlMMay6x7jFYJ"
    "yVUWkqEQz8DiZJ5c5lXhBRGyUiEGFVvT3UUYrGUue0n+vmWkb4g/W5a+qyBnbFj2XlOeti"
    "znW6SI0s6tF6RoOSi3/KyDUOtUWqGaV6zl8Qunj+B/Ab/Jr5/6XnUWasn6MI5lME14XnM2"
    "VQyh4iK0kuG+RxlOHtElbZxxWrXyh7TyqtxyGQZbpVXOGcf4bDyV9LCHKZWCVuVVpvNBiQ"
    "j7KFX9mhNsPsZeagtCuk8LtM/GOUpVP5y3kkBYHXt5EuvDMJgfkl/u8E0DO3PL3csQ9BQj"
    "wr0Xm55tQrD9IS/aDy6wrvv1EYIKCGi4lH60JmrddZwyBjJAUz6siUxD14mG7Dkam8YMdY"
    "lGrR/AdmAdoa6xEBPaXKfPxIn35FOylAGhSYPDbh8PlRr6Jp1MoBKkOBMhutRcemUguYEe"
    "JXJQMM16dGuPQ+FyLIs+yCoMlj2UiErLxxRuyuoMuesxqPoLe0/qyjaOVPkwqorQXKD8gi"
    "pnocpZHJY0qspZ1FZ3HoGkUexw9UlU3nTBIzaAfYypENWK4R7QKOBLAy/L/xbD3SdRsJeG"
    "nbKxUAeEOj2YpaB/pRs4S5KPEcbWYAyUB7gKKwC9vL0/v26ju277otPruLUn/TND3oRL4g"
    "J1NPJuu3VdnV4JUg+/MGZzbFIr3d8fH9J8UWkXG8IbXSDNU3bQCiidvEvxhlMYBfUHwXEv"
    "M4ekriybtEAXBL/3i2ERp5ohZGK6yrdTyRB04fQUz60/VXahsRk45wAk2YlmIbVwsBaIx0"
    "FsAl8YMIfuNL6BXjdi+JHQ5GX5cwyfx29hY9kzj0yjY/f3tnYXB/8rFxHNI0S1Syk9zSGa"
    "n2b3GTjshmJV4a8HJ6JjMRk0CiwmtYSplOBSWnBxGGJh9CNkCv41xHXvmCsqs4fp1AKspy"
    "858kIJrSkgVEuwuwjoDQvzlzi1RIt/L4f4DnJrPrm9Z898x5egcv1e4oLjg3o8Qr6nSsjW"
    "7kVkz0FWAQl29pPj2LK4IJatdMEQKaRnIR67rRaTYvuuHrrhMGDlAVMesOrI1coDpjxgtf"
    "WApfaYA906Q/xPbS0XUawPEOdVRkuhKMfTYpVnSXmWviPglWdJeZYqsAo19yxd+g6KRqZO"
    "Ggxp5lBNA49HPg3VqaTiuWM8x0nc6yP9Oxp13C/SFvsTDCV4NA2cQZJyTE1BOrWZlpF7uu"
    "3HKa200qwuWyutiodtvwHtW3CxKcV/S4qqUqMKq1EyMqAYl/VJVNWRslKlG35RUH0NiBTy"
    "ZZE3CbaKnWgBhUouzDRmVUmGvzJiYmTiZg65fWzA83JJ7BCVJQ4mRwZ2BWg5icyYsudep1"
    "vdmDQdSToas+W2rnWitdzdJC6nh39t60Gp5akjwlxAsF6daiXAKwF+jyxvwxJ86FeRADlz"
    "m0eJ6mSdO35z8uHk9O37E3+j+1dW7e/kOS3r3xTrFBIiqeG+3Uw31Cqd079AEEPmQe3czX"
    "FST/2BL57Ut04j+SbCY05MN4pCdnh3wyjQ2DBDZixQA89C78FCJs9Vi1Ndl5HVWPx3S7TJ"
    "6ZKn9q4eumE729pndPWDpzfCsrKP3ycy5wNIlS9ik4gQfXeWiSqxpy75QkYOtukcyh+Qg0"
    "mZ4bEv+wAYIoybS0d+F+K8wwAiCRdY0wTr4IajATSRzZyCCtoR6gi+IH3dMkJMKAXMgCSM"
    "FOP/9p6jrP5KaaiP8KWUhgqfwKGyi8DMCmoNYZoa7tzNqA0JkNM4NMPmcgXGKQAPl9xxix"
    "8YxKuYLjRwaIYyvwSS552bVvdzeg8Ib3zYs3X+ud9u7dtuXTXMdxCFWe0Ex4rUxTuI/Ma9"
    "6hHf/h9/AL/j"
)
